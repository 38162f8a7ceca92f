"""Solving an exercise on a page: check, hint, solution, reset."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from tornado import web

from nlpjourney.app import pages
from nlpjourney.app.handlers.base import PageHandler
from nlpjourney.app.views.topic import exercise_card, topic_view
from nlpjourney.errors import JourneyError
from nlpjourney.study import learner, messages
from nlpjourney.study.grade import Verdict
from nlpjourney.study.practice import practice
from nlpjourney.study.progress import Progress
from nlpjourney.study.roadmap import topic

ID = r"(\d+\.\d+\.[a-z])"
SOURCE_LIMIT = 100_000


class ExerciseHandler(PageHandler):
    """Answers with a part below the text area, or (without htmx) with the topic's page and that part in its place."""

    async def answer(self, id: str, template: str, source: str | None = None, **values: Any) -> None:
        exercise = (await self.apart(practice, id)).exercise(id)
        if self.by_htmx:
            self.part(template, exercise=exercise, **values)
            return
        state = await self.state()
        view = await self.apart(topic_view, topic(id), state)
        shown = (id, pages.environment().get_template(template).render(**self.common(), exercise=exercise, **values))
        await self.page("topic.html", state, view=view, shown=shown, kept={} if source is None else {id: source})


class CheckHandler(ExerciseHandler):
    async def check_apart(self, function: Callable[..., Verdict], *args: str) -> Verdict:
        """As `apart`, by threads of their own: no page waits behind answers that do not come to an end."""
        return await asyncio.get_running_loop().run_in_executor(self.settings["journey_checks"], function, *args)

    @web.authenticated
    async def post(self, id: str) -> None:
        source = self.field("source", SOURCE_LIMIT, "An answer")
        before = await self.state()
        problem, verdict = "", None
        try:
            verdict = await self.check_apart(learner.check_source, id, source)
        except LookupError:
            raise
        except JourneyError as error:
            problem = f"{str(error)[:1].upper()}{str(error)[1:]} Your answer is kept on this page."
        except Exception:  # whatever the grader stumbled over, the page and the typed answer stay
            self.log.exception("the grader failed on %s", id)
            problem = "The grader itself failed; the terminal that runs the server says why. Your answer is kept."
        if topic(id).id not in before.opened:
            await self.apart(Progress().record, "opened", topic(id).id)
        await self.answer(
            id, "parts/verdict.html", source, **verdict_values(verdict, before.item(id).passed), problem=problem
        )


def verdict_values(verdict: Verdict | None, again: bool) -> dict[str, Any]:
    """What the verdict's template needs; `again`: it was passed before."""
    if verdict is None:
        return {"verdict": None, "headline": "", "rows": [], "again": again}
    return {"verdict": verdict, "headline": messages.headline(verdict), "rows": messages.rows(verdict), "again": again}


class HintHandler(ExerciseHandler):
    @web.authenticated
    async def post(self, id: str) -> None:
        await self.answer(id, "parts/hint.html", self._typed(), hint=await self.apart(learner.next_hint, id))

    def _typed(self) -> str | None:
        return self.field("source", SOURCE_LIMIT, "An answer") or None


class SolutionHandler(HintHandler):
    @web.authenticated
    async def post(self, id: str) -> None:
        try:
            solution, early = await self.apart(learner.solution, id), ""
        except learner.TooEarly as error:
            solution, early = "", str(error)
        await self.answer(id, "parts/solution.html", self._typed(), solution=solution, early=early)


class StartOverHandler(PageHandler):
    """Forget one exercise's progress and put its stub back."""

    @web.authenticated
    async def post(self, id: str) -> None:
        await self.apart(learner.reset, id)
        p = await self.apart(practice, id)
        card = exercise_card(p, p.exercise(id), await self.state())
        if self.by_htmx:
            self.part("parts/exercise.html", card=card, shown=None, kept={}, focus=True)
        else:
            self.redirect(f"{self.url('topics', topic(id).id)}#{card.anchor}", status=303)


HANDLERS: list[tuple[Any, ...]] = [
    (rf"/journey/exercises/{ID}/check", CheckHandler),
    (rf"/journey/exercises/{ID}/hint", HintHandler),
    (rf"/journey/exercises/{ID}/solution", SolutionHandler),
    (rf"/journey/exercises/{ID}/reset", StartOverHandler),
]
