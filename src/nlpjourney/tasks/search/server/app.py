"""The server itself: Tornado in a thread of its own, on a free port of this machine."""

from __future__ import annotations

import asyncio
import json
import shutil
import threading
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote, unquote

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from nlpjourney.tasks.search.analyzer import Analyzer
from nlpjourney.tasks.search.server.collection import Collection
from nlpjourney.tasks.search.server.vector_collection import VectorCollection


class RequestError(ValueError):
    """A request that the server does not understand: becomes status 400."""


class State:
    """What the server keeps: text collections on disk, vector collections in memory, both by name."""

    def __init__(self, folder: Path, analyzer: Analyzer) -> None:
        self.folder, self.analyzer = folder, analyzer
        self.vectors: dict[str, VectorCollection] = {}
        self.collections: dict[str, Collection] = {}
        self.url = ""
        for path in sorted(folder.glob("collection-*")):
            self.collections[unquote(path.name.removeprefix("collection-"))] = Collection(path, analyzer)

    def collection(self, name: str) -> Collection:
        """The text collection of this name, made when missing."""
        if name not in self.collections:
            self.collections[name] = Collection(self.folder / f"collection-{quote(name, safe='')}", self.analyzer)
        return self.collections[name]

    def drop(self, name: str) -> bool:
        """Delete a text collection with its files; False when there is none."""
        found = self.collections.pop(name, None)
        if found is not None:
            found.close()
            shutil.rmtree(found.folder)
        return found is not None

    def close(self) -> None:
        for collection in self.collections.values():
            collection.close()


class Handler(RequestHandler):
    """What the handlers of all protocols share: the state, and JSON in and out."""

    def initialize(self, state: State) -> None:
        self.state = state

    def check_xsrf_cookie(self) -> None:
        """Clients of an API send no cookies."""

    def body(self) -> Any:
        """The request's JSON; {} when it is empty."""
        try:
            return json.loads(self.request.body or b"{}")
        except ValueError:
            raise RequestError("the request's body is not JSON") from None

    def reply(self, content: Any, status: int = 200) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(content))


class LocalServer:
    """A server for the time of a `with` block; `url` is where it listens (127.0.0.1 only).

    >>> with LocalServer("data") as server:      # doctest: +SKIP
    ...     client = Elasticsearch(server.url)

    folder: where text collections are kept; they are there again the next time. analyzer: from text to terms.
    """

    def __init__(self, folder: str | Path, analyzer: Analyzer | None = None) -> None:
        self._state = State(Path(folder), analyzer or Analyzer())
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="local-server", daemon=True)

    @property
    def url(self) -> str:
        return self._state.url

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        self._ready.set()
        self._loop.run_forever()

    async def _listen(self) -> None:
        from nlpjourney.tasks.search.server import elasticsearch_api, pinecone_api, solr_api

        routes = [*pinecone_api.ROUTES, *solr_api.ROUTES, *elasticsearch_api.ROUTES]  # the last ones are the widest
        app = Application(
            [(pattern, handler, {"state": self._state}) for pattern, handler in routes], log_function=_silent
        )
        sockets = bind_sockets(0, "127.0.0.1")
        self._server = HTTPServer(app)
        self._server.add_sockets(sockets)
        self._state.url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"

    def __enter__(self) -> LocalServer:
        self._thread.start()
        if not self._ready.wait(30):
            raise RuntimeError("the local server did not start within 30 seconds")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        async def stop() -> None:
            self._server.stop()
            await self._server.close_all_connections()

        asyncio.run_coroutine_threadsafe(stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
        self._state.close()


def _silent(handler: RequestHandler) -> None:
    """No line on the terminal for each request."""
