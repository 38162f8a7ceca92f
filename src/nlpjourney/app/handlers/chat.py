"""The chat: an answer comes as it is written to those who have scripts, whole to those who have none."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tornado import web
from tornado.iostream import StreamClosedError

from nlpjourney.app.handlers.base import PageHandler
from nlpjourney.app.views import chat
from nlpjourney.app.worker import WorkerDied
from nlpjourney.assets import AssetError

if TYPE_CHECKING:
    from nlpjourney.app.demos.chat import Piece


class ChatHandler(PageHandler):
    @web.authenticated
    async def get(self) -> None:
        await self.page("chat.html", view=chat.ChatView())

    @web.authenticated
    async def post(self) -> None:
        text = self.field("text", chat.TURN_LIMIT, "A turn").strip()
        temperature = self.field("temperature", 10, "The temperature") or "0.7"
        view = chat.ChatView(temperature=temperature)
        if temperature not in chat.TEMPERATURES:
            raise web.HTTPError(400, f"There is no temperature {temperature!r}.")
        try:
            view.messages = chat.read_history(self.field("history", chat.HISTORY_LIMIT, "The conversation"))
        except chat.BadConversation as error:
            raise web.HTTPError(400, str(error)) from None
        if not text:
            view.problem = "Write something first."
        elif "application/x-ndjson" in self.request.headers.get("Accept", ""):
            await self._stream(view, text)
            return
        else:
            await self._whole(view, text)
        await self.page("chat.html", view=view)

    async def _pieces(self, view: chat.ChatView, text: str) -> AsyncIterator[Piece]:
        """The answer's pieces from the worker. A problem of ours comes as the last one's `problem`."""
        from nlpjourney.app.demos.chat import Piece

        worker = self.settings["journey_chat"]
        try:
            piece = await worker.run(
                chat.begin, [*view.messages, {"role": "user", "content": text}], float(view.temperature)
            )
            yield piece
            while not piece.finished:
                piece = await worker.run(chat.more, piece.answer)
                yield piece
        except AssetError:
            yield Piece(
                0,
                "",
                True,
                problem="The model is not on this machine and could not be fetched. Other pages work without it.",
            )
        except WorkerDied as error:
            yield Piece(0, "", True, problem=str(error))

    async def _stream(self, view: chat.ChatView, text: str) -> None:
        """One piece a line, as JSON."""
        self.set_header("Content-Type", "application/x-ndjson; charset=UTF-8")
        try:
            async for piece in self._pieces(view, text):
                self.write(json.dumps(asdict(piece)) + "\n")
                await self.flush()
        except StreamClosedError:
            return  # the page was left: its answer is given up when enough others are asked for

    async def _whole(self, view: chat.ChatView, text: str) -> None:
        answer = ""
        async for piece in self._pieces(view, text):
            answer += piece.text
            view.prompt = piece.prompt or view.prompt
            view.problem = piece.problem
            view.speed = f"{piece.n_written} tokens, {piece.tokens_per_second:g} a second"
        if not view.problem:
            view.messages += [{"role": "user", "content": text}, {"role": "assistant", "content": answer}]


HANDLERS: list[tuple[Any, ...]] = [(r"/journey/demos/chat", ChatHandler)]
