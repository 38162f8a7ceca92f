"""What all handlers share: authentication, rendering, slow work elsewhere, limits, errors in words.

Every form works without JavaScript: a plain POST answers with the whole page. With htmx the same POST answers with the part
that changes.
"""

from __future__ import annotations

import asyncio
import http
from collections.abc import Callable
from typing import Any, TypeVar

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado import web

from nlpjourney.app import pages
from nlpjourney.errors import JourneyError, UnknownName
from nlpjourney.study import learner
from nlpjourney.study.practice import NoPractice
from nlpjourney.study.progress import Progress, State
from nlpjourney.study.roadmap import UnknownTopic

T = TypeVar("T")

MOST_DIGITS = 3

POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self';"
    " frame-ancestors 'self'"
)


class PageHandler(JupyterHandler):
    """A page of ours. Subclasses decorate their methods with `web.authenticated`."""

    @property
    def content_security_policy(self) -> str:
        return POLICY  # no inline script or style: what a user typed cannot become either

    async def apart(self, function: Callable[..., T], *args: Any) -> T:
        """Run what reads files or waits for a process in a thread, so that the server stays free."""
        return await asyncio.get_running_loop().run_in_executor(self.settings["journey_threads"], function, *args)

    async def state(self) -> State:
        """The learner's progress as it stands now."""
        return await self.apart(lambda: Progress().state())

    @property
    def by_htmx(self) -> bool:
        return self.request.headers.get("HX-Request") == "true"

    def url(self, *parts: str) -> str:
        """An address of ours: `url("topics", "1.2")`."""
        return url_path_join(self.base_url, "journey", *parts)

    def field(self, name: str, limit: int, what: str) -> str:
        """A text of the form as it was typed. Refuses one of more than `limit` characters with a sentence."""
        text = str(self.get_body_argument(name, "", strip=False)).replace("\r\n", "\n")
        if len(text) > limit:
            raise web.HTTPError(413, f"{what} may have {limit:,} characters at most; this has {len(text):,}.")
        return text

    def number(self, text: str) -> int | None:
        """The number of a choice, as our forms send it; None for anything else."""
        return int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else None

    async def page(self, template: str, state: State | None = None, **values: Any) -> None:
        """Answer with a whole page. `state`: the learner's progress, if the handler has asked for it already."""
        if "due" not in values:
            values["due"] = len(await self.apart(learner.review_items, state or await self.state()))
        self.write(pages.render(template, **self.common(), **values))

    def part(self, template: str, **values: Any) -> None:
        """Answer with a part of a page, for htmx."""
        self.write(pages.render(template, **self.common(), **values))

    def common(self) -> dict[str, Any]:
        token = self.xsrf_token  # asking for it sets the cookie
        return {
            "url": self.url,
            "static": lambda name: url_path_join(self.base_url, "static/nlpjourney", name),
            "notebook_url": url_path_join(self.base_url, "tree"),
            "xsrf": token.decode() if isinstance(token, bytes) else str(token),
            "path": self.request.path,
            "by_htmx": self.by_htmx,
        }

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Every error is a sentence: to htmx as a part, else as a page. Details go to the server's log only."""
        error = (kwargs.get("exc_info") or (None, None, None))[1]
        if isinstance(error, UnknownTopic | NoPractice | UnknownName):
            self.set_status(404)
            status_code, sentence = 404, f"{str(error)[:1].upper()}{str(error)[1:]}."
        elif status_code == 403 and not self.check_host():
            sentence = "This server answers to its own address only: open the one that the terminal shows."
        elif status_code == 403:
            sentence = "You are not signed in any more, or this page is too old. Load it again."
        elif isinstance(error, JourneyError):
            self.set_status(400)
            status_code, sentence = 400, f"{str(error)[:1].upper()}{str(error)[1:]}"
        elif isinstance(error, web.HTTPError) and error.log_message and status_code < 500:
            sentence = error.log_message % error.args if error.args else error.log_message
        elif status_code >= 500:
            sentence = "Something went wrong on our side; the terminal that runs the server says what."
        else:
            sentence = http.HTTPStatus(status_code).phrase + "."
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        template = "parts/problem.html" if self.by_htmx else "error.html"
        self.finish(pages.render(template, **self.common(), due=0, status=status_code, sentence=sentence))

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        if not isinstance(value, JourneyError):  # what a user can mend is no event
            super().log_exception(typ, value, tb)
