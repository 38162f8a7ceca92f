"""A topic's page: its story, its exercises with the learner's own answers, its tools and measurements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from nlpjourney.app.demos import demos
from nlpjourney.app.demos.demo import Demo
from nlpjourney.app.views.roadmap import TopicCard, card
from nlpjourney.app.views.story import Part, story
from nlpjourney.study import bench, learner, systems
from nlpjourney.study.exercise import Exercise, Question
from nlpjourney.study.practice import Practice, practice
from nlpjourney.study.progress import State
from nlpjourney.study.roadmap import System, Topic, stages, topics

HOW = {
    "core": "runs beside our library",
    "script": "runs in an environment of its own",
    "protocol": "its real client against a local server of ours",
    "none": "could not be had; our own code stands in",
}
LEVELS = ("easy", "medium", "hard")


@dataclass(frozen=True)
class ExerciseCard:
    """An exercise to solve on the page; `source` is what the text area starts with."""

    exercise: Exercise
    level: str
    source: str
    stub: str
    passed: bool
    attempts: int
    hints: int

    @property
    def anchor(self) -> str:
        return "exercise-" + self.exercise.id.replace(".", "-")


@dataclass(frozen=True)
class QuestionCard:
    question: Question
    answered: bool

    @property
    def anchor(self) -> str:
        return "question-" + self.question.id.replace(".", "-")


@dataclass(frozen=True)
class SystemRow:
    """A named tool with its last run here: `ok` is None when it never ran."""

    system: System
    how: str
    ok: bool | None
    version: str
    result: str
    day: str


@dataclass(frozen=True)
class BenchRow:
    work: str
    peer: str
    ratio: str
    faster: bool
    remark: str
    day: str


@dataclass(frozen=True)
class TopicView:
    card: TopicCard
    stage: str
    story: tuple[Part, ...]
    exercises: tuple[ExerciseCard, ...]
    questions: tuple[QuestionCard, ...]
    systems: tuple[SystemRow, ...]
    benches: tuple[BenchRow, ...]
    demos: tuple[Demo, ...]
    waiting: tuple[Topic, ...]
    leads_to: tuple[Topic, ...]
    before: Topic | None
    after: Topic | None

    @property
    def topic(self) -> Topic:
        return self.card.topic


def exercise_card(p: Practice, exercise: Exercise, state: State, fresh: bool = False) -> ExerciseCard:
    """An exercise with the learner's last answer, or (`fresh`) with the bare stub."""
    item, stub = state.item(exercise.id), p.cell(exercise.id).stub
    source = stub if fresh or not item.source else item.source
    level = LEVELS[exercise.difficulty - 1]
    return ExerciseCard(exercise, level, source, stub, item.passed, item.attempts, item.hints)


def topic_view(t: Topic, state: State) -> TopicView:
    """Everything on the page."""
    p = practice(t.id) if t.is_built else None
    order = topics()
    at = order.index(t)
    return TopicView(
        card=card(t, state),
        stage=next(s.title for s in stages() if s.number == t.stage),
        story=story(t) if p else (),
        exercises=tuple(exercise_card(p, e, state) for e in p.exercises) if p else (),
        questions=tuple(QuestionCard(q, state.item(q.id).attempts > 0) for q in p.questions) if p else (),
        systems=tuple(_system_rows(t)),
        benches=tuple(_bench_rows(t)),
        demos=tuple(demo for demo in demos() if demo.topic == t.id),
        waiting=tuple(learner.waiting_for(t, state)),
        leads_to=tuple(other for other in order if t.id in other.requires),
        before=order[at - 1] if at else None,
        after=order[at + 1] if at + 1 < len(order) else None,
    )


def _system_rows(t: Topic) -> list[SystemRow]:
    runs = systems.results()
    rows = []
    for system in t.systems:
        run = runs.get((t.id, system.slug))
        how = system.note or HOW[system.how]
        if run is None:
            rows.append(SystemRow(system, how, None, "", "", ""))
        else:
            day = datetime.fromisoformat(run.at).date().isoformat()
            rows.append(SystemRow(system, how, run.ok, run.version, run.line, day))
    return rows


def _bench_rows(t: Topic) -> list[BenchRow]:
    rows = []
    for row in bench.rows():
        if row.topic == t.id:
            times = f"{row.ratio:.2f} times" if row.ratio >= 1 else f"{1 / row.ratio:.2f} times"
            ratio = f"{times} {'faster' if row.ratio >= 1 else 'slower'} ({row.ratio_low:.2f}–{row.ratio_high:.2f})"
            remark = "; ".join(part for part in (row.speed, row.remark) if part)
            rows.append(BenchRow(row.work, row.peer, ratio, row.ratio >= 1, remark, row.day))
    return rows
