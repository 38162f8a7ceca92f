"""The Jupyter Server extension: it registers our pages, and ends our worker processes with the server."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from jupyter_server.extension.application import ExtensionApp

from nlpjourney.app.handlers import HANDLERS
from nlpjourney.app.workers import Workers
from nlpjourney.study import apart

HERE = Path(__file__).parent


class JourneyApp(ExtensionApp):
    """Pages at `/journey`, static files at `/static/nlpjourney`."""

    name = "nlpjourney"
    extension_url = "/journey"
    default_url = "/journey"
    static_paths = [str(HERE / "static")]  # noqa: RUF012  (traitlets' own way)

    def initialize_settings(self) -> None:
        self.settings["journey_threads"] = ThreadPoolExecutor(4, "journey")
        self.settings["journey_checks"] = ThreadPoolExecutor(4, "journey-check")
        self.settings["journey_workers"] = Workers()

    def initialize_handlers(self) -> None:
        self.handlers.extend(HANDLERS)

    async def stop_extension(self) -> None:
        for threads in ("journey_threads", "journey_checks"):
            self.settings[threads].shutdown(wait=False, cancel_futures=True)
        apart.end_all()  # else their threads, for which Python waits at its end, would wait for them
        self.settings["journey_workers"].stop()
