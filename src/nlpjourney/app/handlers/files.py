"""htmx, out of its verified package: no CDN, nothing third-party in the repository. Pages work without it as well."""

from __future__ import annotations

from typing import Any

from tornado import web

from nlpjourney import assets
from nlpjourney.app.handlers.base import PageHandler


class HtmxHandler(PageHandler):
    @web.authenticated
    async def get(self) -> None:
        try:
            code = await self.apart(lambda: assets.path("htmx").read_bytes())
        except assets.AssetError as error:
            raise web.HTTPError(404, "htmx is not cached and could not be fetched.") from error
        self.set_header("Content-Type", "text/javascript; charset=UTF-8")
        self.set_header("Cache-Control", "private, max-age=86400")
        self.write(code)


HANDLERS: list[tuple[Any, ...]] = [(r"/journey/htmx\.js", HtmxHandler)]
