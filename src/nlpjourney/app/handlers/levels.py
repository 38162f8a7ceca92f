"""A text at the four levels of language."""

from __future__ import annotations

from typing import Any

from tornado import web

from nlpjourney.app.handlers.base import PageHandler
from nlpjourney.app.views import levels
from nlpjourney.app.worker import WorkerDied


class LevelsHandler(PageHandler):
    """The text stands in the address: looking changes nothing, and a sentence can be sent to a friend as a link."""

    @web.authenticated
    async def get(self) -> None:
        text = str(self.get_query_argument("text", "", strip=False)).replace("\r\n", "\n")
        view = levels.LevelsView(text)
        if len(text) > levels.LIMIT:
            view.problem = f"The text may have {levels.LIMIT:,} characters at most; this has {len(text):,}."
        elif text.strip():
            try:
                view.found = await self.settings["journey_levels"].run(levels.look, text)
            except WorkerDied as error:
                view.problem = str(error)
        if self.by_htmx:
            self.part("parts/levels.html", view=view)
        else:
            await self.page("levels.html", view=view)


HANDLERS: list[tuple[Any, ...]] = [(r"/journey/demos/levels", LevelsHandler)]
