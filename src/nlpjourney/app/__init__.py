"""The web app: the roadmap, exercises and demos as pages of a Jupyter server, beside its notebooks.

One server, one token, the same kernels: pages stand at `/journey`, practices open in Notebook 7. `start` is the launcher;
any Jupyter server that has this package loads the pages as an extension.
"""

from __future__ import annotations

from typing import Any

import nlpjourney.study  # noqa: F401  (before Jupyter, which then starts in half the time)


def start(port: int | None, open_browser: bool) -> None:
    """Serve the app until Ctrl-C. `port`: by default the first free one from 8888 on."""
    from nlpjourney.app.launch import launch

    launch(port, open_browser)


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Where Jupyter Server finds the extension."""
    from nlpjourney.app.extension import JourneyApp

    return [{"module": "nlpjourney.app", "app": JourneyApp}]
