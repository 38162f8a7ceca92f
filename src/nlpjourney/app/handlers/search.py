"""The search explorer: one query, several rankers, and why each document scored what it did."""

from __future__ import annotations

from typing import Any

from tornado import web

from nlpjourney.app.handlers.base import PageHandler
from nlpjourney.app.views import demos
from nlpjourney.app.worker import WorkerDied
from nlpjourney.assets import AssetError


class SearchHandler(PageHandler):
    """A query stands in the address: a search changes nothing, and can be sent to a friend as a link."""

    @web.authenticated
    async def get(self) -> None:
        query = str(self.get_query_argument("q", "")).strip()
        view = demos.SearchView(query, str(self.get_query_argument("in", "wikipedia")))
        if view.collection not in demos.COLLECTIONS:
            raise web.HTTPError(404, f"There is no collection {view.collection!r}.")
        if len(query) > demos.QUERY_LIMIT:
            view.problem = f"A query may have {demos.QUERY_LIMIT} characters at most; this has {len(query):,}."
        elif query:
            try:
                view.answer = await self.settings["journey_search"].run(demos.search, view.collection, query)
            except AssetError:
                view.problem = (
                    "The collection is not on this machine and could not be fetched. Other pages work without it."
                )
            except WorkerDied as error:
                view.problem = str(error)
        if self.by_htmx:
            self.part("parts/found.html", view=view)
        else:
            await self.page("search.html", view=view)


HANDLERS: list[tuple[Any, ...]] = [(r"/journey/demos/search", SearchHandler)]
