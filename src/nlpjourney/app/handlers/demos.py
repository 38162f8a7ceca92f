"""All demos: their pages, the posts of their forms, the parts that htmx asks for, streams, their styles and scripts.

What a view cannot do is a sentence on its page (`problem`), and what the user typed stays there.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from tornado import web
from tornado.iostream import StreamClosedError

from nlpjourney.app.demos import demos, find
from nlpjourney.app.demos.demo import Call, Demo, StreamedView
from nlpjourney.app.handlers.base import PageHandler
from nlpjourney.app.views.demos import sections
from nlpjourney.assets import AssetError
from nlpjourney.errors import JourneyError, UnknownName
from nlpjourney.study.roadmap import topic

MISSING = "What this page needs is not on this machine and could not be fetched. Other pages work without it."
TYPES = {"style.css": "text/css", "script.js": "text/javascript"}


class DemosHandler(PageHandler):
    """The list of all."""

    @web.authenticated
    async def get(self) -> None:
        await self.page("demos.html", sections=sections(demos()))


class DemoHandler(PageHandler):
    @web.authenticated
    async def get(self, slug: str, name: str = "") -> None:
        await self._answer(find(slug), name, posted=False)

    @web.authenticated
    async def post(self, slug: str, name: str = "") -> None:
        await self._answer(find(slug), name, posted=True)

    async def _answer(self, demo: Demo, name: str, posted: bool) -> None:
        if name not in demo.views:
            raise UnknownName(f"there is no {name!r} in the demo {demo.slug}")
        view = demo.views[name].read(self._typed if posted else self._asked)
        asking = Call(demo, self.settings["journey_workers"], posted)
        if view.too_long:
            self.set_status(413)
        if isinstance(view, StreamedView) and "application/x-ndjson" in self.request.headers.get("Accept", ""):
            return await self._stream(view, asking)
        if not view.problem:
            try:
                await view.fill(asking)
            except JourneyError as error:
                view.problem = _sentence(error)
        if posted and view.changes and not view.problem:
            return self.redirect(self.url("demos", demo.slug), status=303)
        values: dict[str, Any] = {
            "view": view,
            "demo": demo,
            "topic": topic(demo.topic),
            "here": self.url("demos", demo.slug),
        }
        if self.by_htmx and view.part:
            self.part(f"{demo.folder.name}/{view.part}", **values)
        else:
            await self.page(f"{demo.folder.name}/{view.page}", **values)

    async def _stream(self, view: StreamedView, asking: Call) -> None:
        """One piece a line, as JSON. What went wrong is the last one's `problem`."""
        self.set_status(200)
        self.set_header("Content-Type", "application/x-ndjson; charset=UTF-8")
        try:
            async for piece in _pieces(view, asking):
                self.write(json.dumps(piece) + "\n")
                await self.flush()
        except StreamClosedError:
            pass  # the page was left

    def _asked(self, name: str, strip: bool) -> str | None:
        return self.get_query_argument(name, None, strip)

    def _typed(self, name: str, strip: bool) -> str | None:
        return self.get_body_argument(name, None, strip)


async def _pieces(view: StreamedView, asking: Call) -> AsyncIterator[Any]:
    if view.problem:
        yield {"problem": view.problem}
        return
    try:
        async for piece in view.stream(asking):
            yield piece
    except JourneyError as error:
        yield {"problem": _sentence(error)}


def _sentence(error: JourneyError) -> str:
    """What a page says. (An asset's error tells how to fetch it, which belongs to the terminal.)"""
    return MISSING if isinstance(error, AssetError) else f"{str(error)[:1].upper()}{str(error)[1:]}"


class DemoFileHandler(PageHandler):
    """A demo's style or script."""

    @web.authenticated
    async def get(self, slug: str, name: str) -> None:
        demo = find(slug)
        if not demo.has(name):
            raise UnknownName(f"there is no {name} of the demo {slug}")
        self.set_header("Content-Type", f"{TYPES[name]}; charset=UTF-8")
        self.write(await self.apart((demo.folder / name).read_bytes))


HANDLERS: list[tuple[Any, ...]] = [
    (r"/journey/demos/?", DemosHandler),
    (r"/journey/demos/([\w-]+)", DemoHandler),
    (r"/journey/demos/([\w-]+)/(style\.css|script\.js)", DemoFileHandler),
    (r"/journey/demos/([\w-]+)/([\w-]+)", DemoHandler),
]
