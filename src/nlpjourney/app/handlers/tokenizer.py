"""The tokenizer explorer: any text in several vocabularies, and how a word's tokens come about."""

from __future__ import annotations

from typing import Any

from tornado import web

from nlpjourney.app.handlers.base import PageHandler
from nlpjourney.app.views import demos
from nlpjourney.app.worker import WorkerDied


class TokenizerHandler(PageHandler):
    @web.authenticated
    async def get(self) -> None:
        await self.page("tokenizer.html", view=demos.TokenizerView(demos.SAMPLES[0][1]))

    @web.authenticated
    async def post(self) -> None:
        text = self.field("text", demos.TEXT_LIMIT, "The text")
        view = demos.TokenizerView(text)
        try:
            if text:
                view.results = await self.settings["journey_tokenizers"].run(demos.tokenize, text)
        except WorkerDied as error:
            view.problem = str(error)
        if self.by_htmx:
            self.part("parts/tokenized.html", view=view)
        else:
            await self.page("tokenizer.html", view=view)


class MergesHandler(PageHandler):
    """The merges of one word. A page of its own without htmx."""

    @web.authenticated
    async def post(self) -> None:
        key, word = self.field("vocabulary", 40, "The vocabulary"), self.field("word", demos.TEXT_LIMIT, "The word")
        vocabulary = demos.vocabulary(key)
        if vocabulary is None or not word:
            raise web.HTTPError(400, "Choose a word of one of the byte-pair vocabularies.")
        try:
            steps = await self.settings["journey_tokenizers"].run(demos.merge_steps, key, word)
        except WorkerDied as error:
            raise web.HTTPError(409, str(error)) from error
        values = {"vocabulary": vocabulary, "word": word, "steps": steps, "limit": demos.WORD_LIMIT}
        if self.by_htmx:
            self.part("parts/merges.html", **values)
        else:
            await self.page("merges.html", **values)


HANDLERS: list[tuple[Any, ...]] = [
    (r"/journey/demos/tokenizer", TokenizerHandler),
    (r"/journey/demos/tokenizer/merges", MergesHandler),
]
