"""The roadmap page."""

from __future__ import annotations

from typing import Any

from tornado import web

from nlpjourney.app.handlers.base import PageHandler
from nlpjourney.app.views.roadmap import roadmap_view


class RoadmapHandler(PageHandler):
    @web.authenticated
    async def get(self) -> None:
        view = await self.apart(roadmap_view, await self.state())
        await self.page("roadmap.html", view=view, due=view.due)


HANDLERS: list[tuple[Any, ...]] = [(r"/journey/?", RoadmapHandler)]
