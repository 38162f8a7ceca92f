"""The review page, and answers to questions wherever they stand."""

from __future__ import annotations

from typing import Any

from tornado import web

from nlpjourney.app.handlers.base import PageHandler
from nlpjourney.app.views.review import review_view
from nlpjourney.study import learner


class ReviewHandler(PageHandler):
    @web.authenticated
    async def get(self) -> None:
        view = await self.apart(review_view, await self.state())
        await self.page("review.html", view=view, due=view.due)


class AnswerHandler(PageHandler):
    @web.authenticated
    async def post(self, id: str) -> None:
        question = await self.apart(learner.find_question, id)
        choice = self.number(self.get_body_argument("choice", ""))
        if choice is None or choice >= len(question.choices):
            raise web.HTTPError(400, "Choose one of the answers first.")
        right = await self.apart(learner.answer, id, choice)
        values: dict[str, Any] = {"question": question, "choice": choice, "right": right}
        if self.by_htmx:
            self.part("parts/answer.html", **values)
        else:
            await self.page("answered.html", **values)


HANDLERS: list[tuple[Any, ...]] = [
    (r"/journey/review", ReviewHandler),
    (r"/journey/questions/(\d+\.\d+\.q\w+)", AnswerHandler),
]
