"""The review page: one due item at a time, the longest waiting first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from nlpjourney.app.views.topic import ExerciseCard, QuestionCard, exercise_card
from nlpjourney.study import learner
from nlpjourney.study.exercise import Question
from nlpjourney.study.practice import practice
from nlpjourney.study.progress import State
from nlpjourney.study.roadmap import Topic, topic


@dataclass(frozen=True)
class ReviewView:
    """`due` items wait, `item` is the first of them; `next_day` is when the next one comes when none is due now."""

    due: int
    topic: Topic | None
    question: QuestionCard | None
    exercise: ExerciseCard | None
    next_day: str


def review_view(state: State, now: datetime | None = None) -> ReviewView:
    """The first due item, or when to come back."""
    items = learner.review_items(state, now)
    if not items:
        days = [item.due for item in state.items.values() if item.due is not None]
        return ReviewView(0, None, None, None, min(days).date().isoformat() if days else "")
    first = items[0]
    if isinstance(first, Question):
        return ReviewView(len(items), topic(first.id), QuestionCard(first, True), None, "")
    card = exercise_card(practice(first.id), first, state, fresh=True)
    return ReviewView(len(items), topic(first.id), None, card, "")
