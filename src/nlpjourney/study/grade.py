"""The grader: runs an answer in the sandbox, judges it here, and finds the hint that names its fault.

`python -m nlpjourney.study.grade` is the grader as a process: a job in on standard input, a verdict out (`apart` starts it). The
learner's code itself runs one process further away (`sandbox`), where no expected answer exists.
"""

from __future__ import annotations

import copy
import json
import secrets
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from nlpjourney import sandbox
from nlpjourney.sandbox import Outcome
from nlpjourney.study.compare import difference, readable, show
from nlpjourney.study.exercise import Args, Exercise, Wrong
from nlpjourney.study.paths import PRACTICES, SOURCE

DRAWS = 40
SECRET = (SOURCE, PRACTICES)  # where references and solutions stand: unreadable where an answer runs

Status = Literal["passed", "failed", "untouched"]


@dataclass(frozen=True)
class Verdict:
    """The answer to one check; texts are ready to be shown."""

    exercise: str
    title: str
    status: Status
    tried: int = 0
    input: str = ""
    got: str = ""
    expected: str = ""
    fault: str = ""
    misconception: str = ""
    hint: str = ""
    printed: str = ""
    left_out: str = ""  # statements of the notebook that the check did not take over
    explanation: str = ""
    beyond: str = ""

    @property
    def passed(self) -> bool:
        return self.status == "passed"


def grade(exercise: Exercise, source: str, function: str | None = None, *, seed: int | None = None) -> Verdict:
    """Judge `source`, which defines `function` (by default the exercise's own name)."""
    inputs = inputs_for(exercise, seed)
    outcomes = sandbox.run(
        source,
        function or exercise.function,
        inputs,
        secret=SECRET,
        seconds=exercise.seconds,
        with_arguments=exercise.keeps_arguments,
    )
    return judge(exercise, inputs, outcomes)


def judge(
    exercise: Exercise,
    inputs: Sequence[Args],
    outcomes: Sequence[Outcome],
    of_wrong: Sequence[Sequence[Outcome]] | None = None,
) -> Verdict:
    """The verdict on the outcomes of an answer; `of_wrong` are those of the known wrong answers, if they are at hand."""
    if all(o.error == "NotImplementedError" for o in outcomes):
        return Verdict(exercise.id, exercise.title, "untouched")
    faults = [_fault(exercise, args, outcome) for args, outcome in zip(inputs, outcomes)]
    failing = [i for i, fault in enumerate(faults) if fault is not None]
    if not failing:
        return Verdict(
            exercise.id,
            exercise.title,
            "passed",
            tried=len(inputs),
            explanation=exercise.explanation,
            beyond=exercise.beyond,
        )
    if of_wrong is None:
        of_wrong = outcomes_of_wrong(exercise, inputs)
    wrong = match(exercise, inputs, outcomes, failing, of_wrong)
    # The first example that fails is the plainest; among random inputs, the shortest.
    i = min(failing, key=lambda i: (i >= len(exercise.examples), i if i < len(exercise.examples) else _size(inputs[i])))
    return Verdict(
        exercise.id,
        exercise.title,
        "failed",
        tried=len(inputs),
        input=f"{exercise.function}({', '.join(show(a) for a in inputs[i])})",
        got=f"{outcomes[i].error}: {outcomes[i].message}" if outcomes[i].error else show(outcomes[i].value),
        expected=show(exercise.reference(*copy.deepcopy(inputs[i]))),
        fault=readable(faults[i] or ""),
        misconception=wrong.name if wrong else "",
        hint=wrong.hint if wrong else "",
        printed=outcomes[i].printed,
    )


def _size(args: Args) -> int:
    return len(json.dumps(sandbox.encode(args)))


def inputs_for(exercise: Exercise, seed: int | None = None) -> list[Args]:
    """The examples, and random inputs: new ones each time, or those of a seed."""
    return [*exercise.examples, *draw(exercise, secrets.randbits(32) if seed is None else seed)]


def draw(exercise: Exercise, seed: int) -> list[Args]:
    """Random inputs of the exercise's strategy, the same for the same seed."""
    if exercise.inputs is None:
        return []
    import hypothesis
    from hypothesis import HealthCheck, Phase, given, settings

    drawn: list[Args] = []

    @hypothesis.seed(seed)
    @settings(
        max_examples=DRAWS,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(exercise.inputs)
    def collect(args: Args) -> None:
        drawn.append(copy.deepcopy(args))

    collect()
    return drawn


def _fault(exercise: Exercise, args: Args, outcome: Outcome) -> str | None:
    """What is wrong with one outcome, or None."""
    if outcome.error:
        return f"{outcome.error}: {outcome.message}"
    if (fault := _fault_of_value(exercise, args, outcome.value)) is not None:
        return fault
    if outcome.arguments is not None and (change := difference(outcome.arguments, list(args), 0.0)) is not None:
        return f"the result is right, but an argument was changed, which is to stay as it is: work on a copy ({change})"
    return None


def _fault_of_value(exercise: Exercise, args: Args, got: Any) -> str | None:
    if exercise.judge is not None:
        try:
            return exercise.judge(copy.deepcopy(args), got)
        except Exception as e:  # an answer of a shape that the judge did not foresee
            return f"the answer has the wrong form ({type(e).__name__}: {e})"
    return difference(got, exercise.reference(*copy.deepcopy(args)), exercise.tolerance)


def outcomes_of_wrong(exercise: Exercise, inputs: Sequence[Args]) -> list[list[Outcome]]:
    """What each of the known wrong answers comes to on these inputs."""
    programs = [(exercise.source_of(wrong), wrong.name) for wrong in exercise.wrong]
    return sandbox.run_trusted(
        programs, inputs, secret=SECRET, seconds=exercise.seconds, with_arguments=exercise.keeps_arguments
    )


def match(
    exercise: Exercise,
    inputs: Sequence[Args],
    outcomes: Sequence[Outcome],
    failing: Sequence[int],
    of_wrong: Sequence[Sequence[Outcome]],
) -> Wrong | None:
    """The known wrong answer that behaves as this one does: it fails on the same inputs, with the same results.

    One that differs anywhere has another fault, and its hint would lead astray: rather none.
    """
    passing = set(range(len(inputs))) - set(failing)
    for wrong, theirs in zip(exercise.wrong, of_wrong, strict=True):
        if all(same(outcomes[i], theirs[i], exercise.tolerance) for i in failing) and all(
            _fault(exercise, inputs[i], theirs[i]) is None for i in passing
        ):
            return wrong
    return None


def same(one: Outcome, other: Outcome, tolerance: float) -> bool:
    """The same result for a reader: equal errors by name, else values without a difference."""
    if one.error or other.error:
        return one.error == other.error
    return difference(one.value, other.value, tolerance) is None


def main() -> None:
    job = json.load(sys.stdin)
    from nlpjourney.study.practice import practice

    exercise = practice(job["exercise"]).exercise(job["exercise"])
    verdict = grade(exercise, job["source"], job.get("function"))
    print(json.dumps(asdict(verdict)))


if __name__ == "__main__":
    main()
