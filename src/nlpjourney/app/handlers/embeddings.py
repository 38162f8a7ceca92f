"""The embedding map: a word among its neighbours, and analogies as arrows."""

from __future__ import annotations

from typing import Any

from tornado import web

from nlpjourney.app.handlers.base import PageHandler
from nlpjourney.app.views import demos
from nlpjourney.app.worker import WorkerDied


class EmbeddingsHandler(PageHandler):
    """What is asked stands in the address: `word` and `by` for neighbours, or `a`, `b`, `c` for an analogy."""

    @web.authenticated
    async def get(self) -> None:
        word, *analogy = (str(self.get_query_argument(name, "")).strip().lower() for name in ("word", "a", "b", "c"))
        view = demos.EmbeddingsView(word, str(self.get_query_argument("by", "pca")), tuple(analogy))
        if view.by not in view.methods:
            raise web.HTTPError(404, f"There is no drawing by {view.by!r}.")
        worker = self.settings["journey_embeddings"]
        try:
            if max(map(len, (word, *analogy))) > view.limit:
                view.problem = f"A word may have {view.limit} letters at most."
            elif all(analogy):
                view.drawing = await worker.run(demos.analogy, *analogy)
            elif any(analogy):
                view.problem = "An analogy needs three words."
            elif word:
                view.drawing = await worker.run(demos.neighbours, word, view.by)
        except WorkerDied as error:
            view.problem = str(error)
        if self.by_htmx:
            self.part("parts/word_map.html", view=view)
        else:
            await self.page("embeddings.html", view=view)


HANDLERS: list[tuple[Any, ...]] = [(r"/journey/demos/embeddings", EmbeddingsHandler)]
