"""The search servers as one: the routes of three protocols over the same collections."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from nlpjourney.http import LocalServer
from nlpjourney.tasks.search.analyzer import Analyzer
from nlpjourney.tasks.search.server import elasticsearch_api, pinecone_api, solr_api
from nlpjourney.tasks.search.server.collections import Collections

ROUTES = [*pinecone_api.ROUTES, *solr_api.ROUTES, *elasticsearch_api.ROUTES]  # the last ones are the widest


class SearchServer(LocalServer):
    """A server for the time of a `with` block; `url` is where it listens (127.0.0.1 only).

    >>> with SearchServer("data") as server:      # doctest: +SKIP
    ...     client = Elasticsearch(server.url)

    folder: where text collections are kept; they are there again the next time. analyzer: from text to terms.
    """

    def __init__(self, folder: str | Path, analyzer: Analyzer | None = None) -> None:
        self._collections = Collections(Path(folder), analyzer or Analyzer())
        super().__init__(ROUTES, self._collections)
        self._collections.url = self.url

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self._collections.close()
