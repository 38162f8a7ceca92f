"""The Jupyter Server extension: it registers our pages, and ends our worker processes with the server."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from jupyter_server.extension.application import ExtensionApp

from nlpjourney.app.handlers import HANDLERS
from nlpjourney.app.workers import Workers

HERE = Path(__file__).parent


class JourneyApp(ExtensionApp):
    """Pages at `/journey`, static files at `/static/nlpjourney`."""

    name = "nlpjourney"
    extension_url = "/journey"
    default_url = "/journey"
    static_paths = [str(HERE / "static")]  # noqa: RUF012  (traitlets' own way)

    def initialize_settings(self) -> None:
        self.settings["journey_threads"] = ThreadPoolExecutor(4, "journey")
        self.settings["journey_workers"] = Workers()

    def initialize_handlers(self) -> None:
        self.handlers.extend(HANDLERS)

    async def stop_extension(self) -> None:
        self.settings["journey_threads"].shutdown(wait=False, cancel_futures=True)
        self.settings["journey_workers"].stop()
