"""What an exercise is. Each topic's `exercises.py` makes a list of these; nothing here runs a learner's code."""

from __future__ import annotations

import inspect
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

Args = tuple[Any, ...]


@dataclass(frozen=True)
class Wrong:
    """A wrong answer that somebody might give: a whole function, and the hint that names its fault."""

    function: Callable[..., Any]
    hint: str

    @property
    def name(self) -> str:
        return self.function.__name__


@dataclass(frozen=True)
class Exercise:
    """One exercise; see CONTRIBUTING.md for how to write one.

    `examples` and what `inputs` draws are tuples of arguments. An answer is right when it equals `reference(*args)` within
    `tolerance`, or, when there is a `judge`, when `judge(args, got)` returns None instead of what is wrong. `keeps_arguments`:
    the task says that the function is to leave its arguments as they are, and the check looks at them afterwards.
    """

    id: str
    title: str
    difficulty: int
    task: str
    function: str
    examples: Sequence[Args]
    reference: Callable[..., Any]
    wrong: Sequence[Wrong]
    hints: Sequence[str]
    explanation: str
    beyond: str
    inputs: SearchStrategy[Args] | None = None
    judge: Callable[[Args, Any], str | None] | None = None
    tolerance: float = 1e-9
    seconds: float = 10
    keeps_arguments: bool = False

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\d\.\d+\.[a-z]", self.id):
            raise ValueError(f"an exercise's id is like 1.2.a, not {self.id!r}")
        if self.difficulty not in (1, 2, 3):
            raise ValueError(f"{self.id}: difficulty is 1, 2 or 3, not {self.difficulty!r}")
        if not self.examples or not all(isinstance(e, tuple) for e in self.examples):
            raise ValueError(f"{self.id}: examples are tuples of arguments, and there must be some")

    @property
    def topic(self) -> str:
        return self.id.rpartition(".")[0]

    def source_of(self, wrong: Wrong) -> str:
        """The wrong answer as a learner would have typed it, with the imports and helpers that it uses."""
        from nlpjourney.study.gather import gather

        file = inspect.getsourcefile(wrong.function)
        assert file is not None
        with open(file, encoding="utf-8") as f:
            return gather([f.read()], [wrong.name])


@dataclass(frozen=True)
class Question:
    """A short question for spaced review; `answer` is the index of the right choice."""

    id: str
    text: str
    choices: Sequence[str]
    answer: int
    explanation: str

    def __post_init__(self) -> None:
        if not 0 <= self.answer < len(self.choices):
            raise ValueError(f"{self.id}: there is no choice {self.answer}")

    @property
    def topic(self) -> str:
        return self.id.rpartition(".")[0]

    def shuffled(self) -> list[tuple[int, str]]:
        """The choices with their indices, in another order each time, so that nobody remembers a place for an answer."""
        return random.sample(list(enumerate(self.choices)), len(self.choices))
