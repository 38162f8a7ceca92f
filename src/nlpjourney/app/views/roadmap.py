"""The roadmap page: stages, topics, how far the learner is, and where to go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nlpjourney.app.views.prerequisites import Map, draw
from nlpjourney.study import learner
from nlpjourney.study.progress import State
from nlpjourney.study.roadmap import Topic, stages, topic

Status = Literal["done", "begun", "open", "coming"]
WORDS: dict[Status, str] = {"done": "Done", "begun": "Begun", "open": "Notebook", "coming": "No notebook yet"}


@dataclass(frozen=True)
class TopicCard:
    """One topic in a list; `requires` are the topics that it stands on."""

    topic: Topic
    status: Status
    words: str
    passed: int
    total: int
    requires: tuple[Topic, ...]


@dataclass(frozen=True)
class StageSection:
    number: int
    title: str
    cards: tuple[TopicCard, ...]

    @property
    def practices(self) -> int:
        return sum(card.status != "coming" for card in self.cards)

    @property
    def how_many(self) -> str:
        """Such as "5 topics, 2 with a notebook so far"."""
        n, ready = len(self.cards), self.practices
        topics = f"{n} topic{'s' * (n > 1)}"
        if ready == n:
            return f"{topics}, {'each' if n > 1 else 'it comes'} with a notebook"
        return f"{topics}, {ready or 'none'} with a notebook so far"


@dataclass(frozen=True)
class RoadmapView:
    sections: tuple[StageSection, ...]
    go_on: TopicCard | None
    begun: bool
    due: int
    map: Map

    @property
    def cards(self) -> list[TopicCard]:
        return [card for section in self.sections for card in section.cards]

    @property
    def passed(self) -> int:
        return sum(card.passed for card in self.cards)

    @property
    def total(self) -> int:
        return sum(card.total for card in self.cards)

    @property
    def practices(self) -> int:
        return sum(section.practices for section in self.sections)

    @property
    def coming(self) -> int:
        return len(self.cards) - self.practices


def card(t: Topic, state: State) -> TopicCard:
    """A topic with the learner's state."""
    found = learner.topic_status(t, state)
    tried = any(id.startswith(t.id + ".") for id in state.items)
    status: Status = "coming"
    if found.done:
        status = "done"
    elif t.is_built:
        status = "begun" if found.opened or tried else "open"
    words = WORDS[status]
    if found.proved:
        words = "Done: you proved that you know it"
    elif found.total and status != "coming":
        words = f"{words}: {found.passed} of {found.total} exercises passed"
    return TopicCard(t, status, words, found.passed, found.total, tuple(topic(id) for id in t.requires))


def roadmap_view(state: State) -> RoadmapView:
    """Everything on the page."""
    sections = tuple(StageSection(s.number, s.title, tuple(card(t, state) for t in s.topics)) for s in stages())
    following = learner.continue_topic(state)
    status = {c.topic.id: c.status for section in sections for c in section.cards}
    return RoadmapView(
        sections=sections,
        go_on=card(following, state) if following else None,
        begun=any(s in ("begun", "done") for s in status.values()),
        due=len(learner.review_items(state)),
        map=draw(status),
    )
