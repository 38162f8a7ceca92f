"""A topic's practice as code: the cells of `practice.py`, its exercises, their stubs and solutions."""

from __future__ import annotations

import importlib.util
import re
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from types import ModuleType
from typing import Any

from nlpjourney.errors import JourneyError
from nlpjourney.study.exercise import Exercise, Question
from nlpjourney.study.gather import gather
from nlpjourney.study.paths import PRACTICES
from nlpjourney.study.roadmap import Topic, topic

BEGIN, END = "# BEGIN SOLUTION", "# END SOLUTION"
_SOLUTION = re.compile(rf"^([ \t]*){BEGIN}[ \t]*\n(.*?)^[ \t]*{END}[ \t]*$", re.M | re.S)

_EXERCISE = re.compile(r'^# %% .*\bexercise="([^"]+)"', re.M)


class NoPractice(LookupError, JourneyError):
    """The topic has no practice, or the practice no such exercise."""


def demand_practices() -> None:
    """Raises NoPractice where no practices lie at all: a package that was installed by itself holds the library alone."""
    if not PRACTICES.is_dir():
        raise NoPractice(
            f"no practices lie at {PRACTICES}: the installed package is the library alone. "
            "Clone the repository and run ./journey there, or set NLP_JOURNEY_PRACTICES to its folder `practices`"
        )


@dataclass(frozen=True)
class Cell:
    """One cell of the source: "markdown" or "code"; `exercise` is the exercise's id when the cell holds one."""

    kind: str
    source: str
    exercise: str = ""
    tags: tuple[str, ...] = ()

    @property
    def stub(self) -> str:
        """The cell as a learner finds it: the solution replaced by a line that says so."""
        return _SOLUTION.sub(lambda m: f'{m[1]}raise NotImplementedError("your turn")', self.source)

    @property
    def solution(self) -> str:
        """The cell with its solution, without the marks."""
        return _SOLUTION.sub(lambda m: m[2].rstrip("\n"), self.source)


@dataclass(frozen=True)
class Practice:
    topic: Topic
    exercises: tuple[Exercise, ...]
    questions: tuple[Question, ...]

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The cells of `practice.py`. Read when first asked for: the grader, which starts for every check, never does."""
        return read_cells(self.topic.source.read_text(encoding="utf-8"))

    def exercise(self, id: str) -> Exercise:
        for candidate in self.exercises:
            if candidate.id == id:
                return candidate
        known = ", ".join(e.id for e in self.exercises)
        raise NoPractice(f"topic {self.topic.id} has no exercise {id!r}; it has {known}")

    def cell(self, id: str) -> Cell:
        for candidate in self.cells:
            if candidate.exercise == id:
                return candidate
        raise NoPractice(f"practice {self.topic.id} has no cell for exercise {id!r}")

    def sources(self, *, answers: dict[str, str] | None = None) -> list[str]:
        """The code cells in order: exercise cells as in `answers`, else as stubs; for `gather`."""
        answers = answers or {}
        return [answers.get(c.exercise, c.stub) for c in self.cells if c.kind == "code"]

    def solution_source(self, id: str) -> str:
        """Our solution of an exercise with all that it uses, ready to be checked."""
        solved = {c.exercise: c.solution for c in self.cells if c.exercise}
        return gather(self.sources(answers=solved), [self.exercise(id).function])

    def stub_source(self, id: str) -> str:
        """What a learner who changed nothing submits, with earlier exercises solved."""
        solved = {c.exercise: c.solution for c in self.cells if c.exercise and c.exercise != id}
        return gather(self.sources(answers=solved), [self.exercise(id).function])


def read_cells(text: str) -> tuple[Cell, ...]:
    """The cells of a percent-format source."""
    import jupytext  # takes two seconds

    notebook = jupytext.reads(text, fmt="py:percent")
    return tuple(
        Cell(
            kind=c.cell_type,
            source=c.source,
            exercise=str(c.metadata.get("exercise", "")),
            tags=tuple(c.metadata.get("tags", ())),
        )
        for c in notebook.cells
    )


def exercise_ids(t: Topic) -> list[str]:
    """The ids of a topic's exercises, read off the heads of its cells: to import the exercises of all topics takes seconds."""
    return [m[1] for m in _EXERCISE.finditer(t.source.read_text(encoding="utf-8"))] if t.source.exists() else []


@cache
def practice(id: str) -> Practice:
    """The practice of a topic (or of an exercise's topic). Raises NoPractice when it is not written yet."""
    t = topic(id)
    demand_practices()
    if not t.source.exists():
        raise NoPractice(f"topic {t} has no practice yet")
    module = _load_exercises(t)
    return Practice(
        topic=t,
        exercises=_listed(module, "EXERCISES"),
        questions=_listed(module, "QUESTIONS"),
    )


def _listed(module: ModuleType, name: str) -> tuple[Any, ...]:
    value: Sequence[Any] = getattr(module, name, ())
    return tuple(value)


def _load_exercises(t: Topic) -> ModuleType:
    file = t.folder / "exercises.py"
    name = f"nlpjourney_exercises_{t.id.replace('.', '_')}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickling look it up by name
    spec.loader.exec_module(module)
    return module


def task_markdown(exercise: Exercise) -> str:
    """The text above an exercise's cell."""
    level = ("easy", "medium", "hard")[exercise.difficulty - 1]
    return f"### Exercise {exercise.id}: {exercise.title} ({level})\n\n{textwrap.dedent(exercise.task).strip()}"
