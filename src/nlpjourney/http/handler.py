"""What the handlers of all protocols share: JSON in and out, streams, and one place where an error becomes a reply.

Only a `Problem`, a `JourneyError` and what Tornado itself refuses (no such route, a missing parameter) are the client's affair
and get a status from 400 to 499. Everything else is a fault of ours: the client gets a 500 without details, the log gets
the trace.
"""

from __future__ import annotations

import json
import logging
from abc import abstractmethod
from typing import Any

from tornado import web
from tornado.websocket import WebSocketHandler

from nlpjourney.errors import JourneyError

log = logging.getLogger(__name__)


class Problem(JourneyError):
    """A request that is answered with an error: its status, 400 to 499, the protocol's own word for its kind, a sentence."""

    def __init__(self, message: str, status: int = 400, kind: str = "") -> None:
        super().__init__(message)
        self.status, self.kind = status, kind


def read_json(text: str | bytes) -> Any:
    """JSON as its standard has it: without NaN and Infinity, which Python's reader takes. Raises ValueError."""

    def refuse(name: str) -> None:
        raise ValueError(f"{name} is not JSON")

    try:
        return json.loads(text, parse_constant=refuse)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None


class Handler(web.RequestHandler):
    """One request. `state` is what the server keeps."""

    def initialize(self, state: Any) -> None:
        self.state = state

    def check_xsrf_cookie(self) -> None:
        """Clients of an API send no cookies."""

    def body(self) -> Any:
        """The request's JSON; {} when it is empty. Raises Problem for anything else."""
        try:
            return read_json(self.request.body or b"{}")
        except ValueError:
            raise Problem("the request's body is not JSON") from None

    def fields(self) -> dict[str, Any]:
        """The request's JSON object. Raises Problem for other JSON."""
        content = self.body()
        if not isinstance(content, dict):
            raise Problem(f"the request's body has to be a JSON object, not a {type(content).__name__}")
        return content

    def reply(self, content: Any, status: int = 200) -> None:
        """Answer with JSON, and with nothing else."""
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(content))

    async def send_event(self, data: Any, event: str | None = None) -> None:
        """Send one server-sent event; `data` goes as JSON unless it is a string, whose lines are kept."""
        text = data if isinstance(data, str) else json.dumps(data)
        name = f"event: {event}\n" if event else ""
        lines = "".join(f"data: {line}\n" for line in text.split("\n"))
        await self._send("text/event-stream; charset=utf-8", f"{name}{lines}\n")

    async def send_line(self, data: Any) -> None:
        """Send one line of JSON (NDJSON)."""
        await self._send("application/x-ndjson; charset=utf-8", json.dumps(data) + "\n")

    async def _send(self, content_type: str, text: str) -> None:
        if not self._headers_written:
            self.set_header("Content-Type", content_type)
            self.set_header("Cache-Control", "no-cache")
        self.write(text)
        await self.flush()

    def write_problem(self, status: int, kind: str, message: str) -> None:
        """Answer with an error in the protocol's own form; `kind` is "" where nothing more is known."""
        self.reply({"error": {"message": message, "type": kind or _kind_of(status)}}, status)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = (kwargs.get("exc_info") or (None, None, None))[1]
        if isinstance(error, Problem):
            self.write_problem(error.status, error.kind, str(error))
        elif isinstance(error, JourneyError):
            self.write_problem(400, "", str(error))
        elif isinstance(error, web.HTTPError) and status_code < 500:
            self.write_problem(status_code, "", error.log_message or self._reason)
        else:
            self.write_problem(500, "", "the server failed at this request; its log says how")

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        if not isinstance(value, JourneyError | web.HTTPError):
            log.error("%s %s", self.request.method, self.request.uri, exc_info=(typ, value, tb))


def _kind_of(status: int) -> str:
    return {403: "forbidden", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}.get(
        status, "invalid_request" if status < 500 else "server_error"
    )


class NoRoute(Handler):
    """What is asked of no protocol that is served."""

    def prepare(self) -> None:
        raise Problem(f"this server has no route {self.request.path}", 404)


class Foreign(Handler):
    """What a page of another machine asks, whatever it is."""

    def initialize(self, header: str) -> None:
        self.header = header

    def prepare(self) -> None:
        raise Problem(f"this server answers programs and pages of its own machine only, not {self.header!r}", 403)


class SocketHandler(WebSocketHandler):
    """One WebSocket, with JSON messages. A subclass takes them in `receive`; errors are mapped as for a request."""

    def initialize(self, state: Any) -> None:
        self.state = state

    @abstractmethod
    async def receive(self, message: Any) -> None:
        """A message has come."""

    async def on_message(self, message: str | bytes) -> None:
        try:
            try:
                content = read_json(message)
            except ValueError:
                raise Problem("the message is not JSON") from None
            await self.receive(content)
        except JourneyError as error:
            await self.send({"error": {"message": str(error), "type": getattr(error, "kind", "") or "invalid_request"}})
        except Exception:
            log.exception("%s", self.request.uri)
            self.close(1011, "the server failed at this message")

    async def send(self, content: Any) -> None:
        """Send one message as JSON."""
        await self.write_message(json.dumps(content))
