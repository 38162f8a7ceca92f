"""The attention explorer: `text`, `score`, and optionally `layer`, `head` and `token` stand in the address."""

from __future__ import annotations

from typing import Any

from tornado import web

from nlpjourney.app.handlers.base import PageHandler
from nlpjourney.app.views import attention
from nlpjourney.app.worker import WorkerDied
from nlpjourney.assets import AssetError


class AttentionHandler(PageHandler):
    @web.authenticated
    async def get(self) -> None:
        text = str(self.get_query_argument("text", ""))
        score = str(self.get_query_argument("score", "induction"))
        if score not in attention.SCORES:
            raise web.HTTPError(404, "There is no score %r.", score)
        layer, head, token = map(self._number, ("layer", "head", "token"))
        view = attention.AttentionView(text, score, layer, head, token)
        if len(text) > view.limit:
            view.problem = f"The text may have {view.limit} characters at most; this has {len(text):,}."
        elif (view.layer is None) != (view.head is None):
            view.problem = "A head is named by its layer and its number: give both, or neither."
        elif text.strip():
            try:
                view.reading = await self.settings["journey_attention"].run(
                    attention.read, text, score, view.layer, view.head
                )
                view.problem = view.reading.problem
            except AssetError:
                view.problem = "The model is not on this machine and could not be fetched. Other pages work without it."
            except WorkerDied as error:
                view.problem = str(error)
        await self.page("attention.html", view=view)

    def _number(self, name: str) -> int | None:
        """A number of the address; None where there is none."""
        text = str(self.get_query_argument(name, ""))
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) <= 3):
            raise web.HTTPError(400, f"The {name} must be a number from 0.")
        return int(text)


HANDLERS: list[tuple[Any, ...]] = [(r"/journey/demos/attention", AttentionHandler)]
