"""What a learner types in a notebook: `check`, `hint`, `solution`, `progress`.

Each returns an object that a notebook shows as HTML and a terminal as text.
"""

from __future__ import annotations

import html
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nlpjourney.study import learner, messages
from nlpjourney.study.apart import GraderFailed
from nlpjourney.study.progress import Progress, ProgressError


class Shown:
    """Text with an HTML form."""

    def __init__(self, text: str, markup: str | None = None) -> None:
        self.text = text
        self.markup = markup or f"<pre>{html.escape(text)}</pre>"

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self.markup


def check(exercise_id: str, function: Callable[..., Any]) -> Shown:
    """Check your answer to an exercise: `check("1.2.a", merge_pair)`.

    Your function, with what it uses from this notebook, is run in a separate process on the exercise's examples and on
    fresh random inputs. What you get back says what is wrong, and a hint that fits.
    """
    exercise = learner.find_exercise(exercise_id)
    name = getattr(function, "__name__", "")
    if not inspect.isfunction(function) or name == "<lambda>":
        return Shown(f"check needs the function itself: check({exercise_id!r}, {exercise.function})")
    try:
        verdict = learner.check_cells(exercise, _cells(function), name, Progress())
    except (GraderFailed, ProgressError) as error:
        return Shown(str(error))
    return Shown(messages.as_text(verdict), messages.as_html(verdict))


def hint(exercise_id: str) -> Shown:
    """The next hint of an exercise."""
    found = learner.next_hint(exercise_id)
    return Shown(f"Hint {found.number} of {found.total}: {found.text}" if found else "This exercise has no hints.")


def solution(exercise_id: str) -> Shown:
    """Our solution, after a first try of your own."""
    try:
        return Shown(learner.solution(exercise_id))
    except learner.TooEarly as error:
        return Shown(str(error))


def progress() -> Shown:
    """What you have passed, what is due for review, and where to go on."""
    state = Progress().state()
    return Shown(messages.progress_text(state), messages.progress_html(state))


def _cells(function: Callable[..., Any]) -> list[str]:
    """The code around a function: the cells run so far, or the file that it stands in."""
    shell = sys.modules.get("IPython") and sys.modules["IPython"].get_ipython()
    if shell:
        return [str(cell) for cell in shell.user_ns.get("In", [])]
    file = inspect.getsourcefile(function)
    return [Path(file).read_text(encoding="utf-8")] if file and Path(file).exists() else []
