"""The server itself: Tornado in a thread of its own, on a free port of this machine.

A page of the web that is open in a browser can send requests to this machine too. Its browser then names the page in `Origin`;
and where the page's own name was made to point to 127.0.0.1 (DNS rebinding), that name stands in `Host`. So both are looked
at, before any route, and a request that does not come from this machine's own pages and programs is answered with 403.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPServerRequest
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from nlpjourney.http.handler import Foreign, NoRoute

Route = tuple[str, type[RequestHandler]]
"""A regular expression for the path, whose groups are arguments, and the class that answers; the first that fits wins."""

START_SECONDS = 30
MAX_BODY_BYTES = 100 << 20
OWN_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})


def from_elsewhere(request: HTTPServerRequest) -> str:
    """The header that shows that a request comes from a page of another machine, "" if none does."""
    for header in ("Host", "Origin"):
        for value in request.headers.get_list(header):
            try:
                name = urlsplit(value if header == "Origin" else f"//{value}").hostname
            except ValueError:
                name = None
            if name not in OWN_NAMES:  # "null", the origin of a local file or a sandboxed frame, has no name
                return f"{header}: {value}"
    return ""


class _LocalApplication(Application):
    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> Any:
        if header := from_elsewhere(request):
            return self.get_handler_delegate(request, Foreign, {"header": header})
        return super().find_handler(request, **kwargs)


class LocalServer:
    """A server for the time of a `with` block; `url` is where it listens (127.0.0.1 only).

    routes: what it answers. state: what its handlers share, handed to each as `self.state`; called in the server's one thread.
    port: 0 takes a free one. Raises OSError when the port is taken.
    """

    def __init__(self, routes: Sequence[Route], state: Any = None, port: int = 0) -> None:
        self.state = state
        rows = [(pattern, handler, {"state": state}) for pattern, handler in routes]
        self._app = _LocalApplication(
            [*rows], default_handler_class=NoRoute, default_handler_args={"state": state}, log_function=_silent
        )
        self._sockets = bind_sockets(port, "127.0.0.1")
        self.url = f"http://127.0.0.1:{self._sockets[0].getsockname()[1]}"
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="local-server", daemon=True)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        self._ready.set()
        self._loop.run_forever()

    async def _listen(self) -> None:
        self._server = HTTPServer(self._app, max_body_size=MAX_BODY_BYTES, max_buffer_size=2 * MAX_BODY_BYTES)
        self._server.add_sockets(self._sockets)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(START_SECONDS):
            raise RuntimeError(f"the local server did not start within {START_SECONDS} seconds")
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


def _silent(handler: RequestHandler) -> None:
    """No line on the terminal for each request."""
