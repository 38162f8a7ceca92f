"""The training page: start a small run in a process of its own, follow its logbook, stop it, go on."""

from __future__ import annotations

import asyncio
import shutil
from typing import Any

from tornado import web

from nlpjourney.app.handlers.base import PageHandler
from nlpjourney.app.views import training


class TrainingHandler(PageHandler):
    """There is one run a server; its task stands in the settings while it lasts."""

    @property
    def task(self) -> asyncio.Task[None] | None:
        task: asyncio.Task[None] | None = self.settings.get("journey_training_task")
        return task

    @property
    def running(self) -> bool:
        return self.task is not None and not self.task.done()

    def view(self) -> training.TrainingView:
        """The run as its logbook tells it (reads a file)."""
        found = training.TrainingView(entries=training.entries(), running=self.running)
        if not self.running and self.settings.get("journey_training_wanted"):
            error = self.task.exception() if self.task and not self.task.cancelled() else None
            found.problem = f"The training ended early: {error}" if error else ""
        return found

    @web.authenticated
    async def get(self) -> None:
        view = await self.apart(self.view)
        if self.by_htmx:
            self.part("parts/training.html", view=view)
        else:
            await self.page("training.html", view=view)

    @web.authenticated
    async def post(self) -> None:
        action = self.field("action", 10, "The action")
        worker = self.settings["journey_training"]
        if action not in ("start", "stop", "new"):
            raise web.HTTPError(400, f"There is no action {action!r}.")
        if action in ("stop", "new"):
            self.settings["journey_training_wanted"] = False
            worker.stop()
            if self.task is not None:
                await asyncio.wait([self.task])
        if action == "new":
            await self.apart(shutil.rmtree, training.folder(), True)
        if action != "stop" and not self.running:
            self.settings["journey_training_wanted"] = True
            run = worker.run(training.train, str(training.folder()))
            self.settings["journey_training_task"] = asyncio.ensure_future(run)
        self.redirect(self.url("demos/training"))


HANDLERS: list[tuple[Any, ...]] = [(r"/journey/demos/training", TrainingHandler)]
