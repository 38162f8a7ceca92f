"""A topic's page, its notebook, the proof that one knows it, and starting over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from jupyter_server.utils import url_escape, url_path_join
from tornado import web

from nlpjourney.app.handlers.base import PageHandler
from nlpjourney.app.views.topic import topic_view
from nlpjourney.study import learner
from nlpjourney.study.practice import practice
from nlpjourney.study.roadmap import topic

ID = r"(\d+\.\d+)"


class TopicHandler(PageHandler):
    @web.authenticated
    async def get(self, id: str) -> None:
        t, state = topic(id), await self.state()
        await self.page("topic.html", state, view=await self.apart(topic_view, t, state), shown=None, kept={})


class NotebookHandler(PageHandler):
    """Opens the learner's copy of the practice in Notebook 7."""

    @web.authenticated
    async def post(self, id: str) -> None:
        t = topic(id)
        file = await self.apart(learner.open_practice, t)
        path = self._path_on_server(file)
        if file.read_bytes() == t.notebook.read_bytes():
            # Our own notebook, unchanged: its pictures may be shown at once, as after running it.
            self.contents_manager.notary.sign(nbformat.read(file, as_version=4))
        # The session exists before the page asks for one: else the front end may start the kernel twice.
        sessions: Any = self.session_manager  # its annotations are partial
        if not await sessions.session_exists(path):
            await sessions.create_session(path=path, name=file.name, type="notebook")
        self.redirect(url_path_join(self.base_url, "notebooks", url_escape(path)), status=303)

    def _path_on_server(self, file: Path) -> str:
        root = Path(str(self.settings["server_root_dir"])).expanduser().resolve()
        try:
            return file.resolve().relative_to(root).as_posix()
        except ValueError:
            raise web.HTTPError(
                409, f"Your copy is {file}, but this server only sees {root}. Start it with: journey start"
            ) from None


class ProveHandler(PageHandler):
    """Skip a topic by answering all its questions."""

    @web.authenticated
    async def get(self, id: str) -> None:
        await self._show(id, {}, None)

    @web.authenticated
    async def post(self, id: str) -> None:
        questions = (await self.apart(practice, id)).questions
        choices = {q.id: self.get_body_argument(q.id, "") for q in questions}
        picked = {id: number for id, choice in choices.items() if (number := self.number(choice)) is not None}
        wrong = await self.apart(learner.prove, id, picked)
        await self._show(id, picked, {q.id for q in wrong})

    async def _show(self, id: str, picked: dict[str, int], wrong: set[str] | None) -> None:
        p = await self.apart(practice, id)
        await self.page("prove.html", topic=p.topic, questions=p.questions, picked=picked, wrong=wrong)


class ResetHandler(PageHandler):
    """Start over with a topic, or (without an id) with everything: asks first, then does it."""

    @web.authenticated
    async def get(self, id: str = "") -> None:
        await self.page("reset.html", topic=topic(id) if id else None)

    @web.authenticated
    async def post(self, id: str = "") -> None:
        await self.apart(learner.reset, id)
        self.redirect(self.url("topics", id) if id else self.url(), status=303)


HANDLERS: list[tuple[Any, ...]] = [
    (rf"/journey/topics/{ID}", TopicHandler),
    (rf"/journey/topics/{ID}/notebook", NotebookHandler),
    (rf"/journey/topics/{ID}/prove", ProveHandler),
    (rf"/journey/topics/{ID}/reset", ResetHandler),
    (r"/journey/reset", ResetHandler),
]
