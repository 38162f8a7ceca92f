"""Right answers in other styles pass, known mistakes are named whatever is drawn, and choices give nothing away.

`RIGHT` of each `exercises.py` has, for each exercise, at least three functions that answer it in other ways than our
solution.
"""

import runpy
from functools import cache

import pytest

from nlpjourney.sandbox import run_trusted
from nlpjourney.study.gather import gather
from nlpjourney.study.grade import DRAWS, SECRET, draw, judge, outcomes_of_wrong
from nlpjourney.study.practice import practice
from nlpjourney.study.roadmap import topics

SEEDS = range(10)


@cache
def right(folder):
    return runpy.run_path(str(folder / "exercises.py"))["RIGHT"]


BUILT = [t for t in topics() if (t.folder / "exercises.py").exists()]
EXERCISES = [
    pytest.param(e, t, id=e.id, marks=pytest.mark.xdist_group(e.id)) for t in BUILT for e in practice(t.id).exercises
]


@cache
def inputs(exercise_id):
    """The examples, and what ten seeds draw."""
    exercise = practice(exercise_id).exercise(exercise_id)
    return [*exercise.examples, *(args for seed in SEEDS for args in draw(exercise, seed))]


@cache
def known(exercise_id):
    return outcomes_of_wrong(practice(exercise_id).exercise(exercise_id), inputs(exercise_id))


@pytest.mark.parametrize(("exercise", "t"), EXERCISES)
class TestAnswers:
    def test_right_answers_in_other_styles_pass(self, exercise, t):
        functions = right(t.folder)[exercise.id]
        assert len(functions) >= 3
        text = (t.folder / "exercises.py").read_text(encoding="utf-8")
        answers = [(gather([text], [f.__name__]), f.__name__) for f in functions]
        outcomes = run_trusted(answers, inputs(exercise.id), secret=SECRET, seconds=exercise.seconds)
        for function, found in zip(functions, outcomes, strict=True):
            verdict = judge(exercise, inputs(exercise.id), found, known(exercise.id))
            assert verdict.passed, (function.__name__, verdict)

    def test_known_mistakes_are_named_whatever_is_drawn(self, exercise, t):
        for wrong, found in zip(exercise.wrong, known(exercise.id), strict=True):
            n = len(exercise.examples)
            for start in range(n, len(found), DRAWS):  # the inputs of one check: examples, and one draw
                these = [*range(n), *range(start, min(start + DRAWS, len(found)))]
                verdict = judge(
                    exercise,
                    [inputs(exercise.id)[i] for i in these],
                    [found[i] for i in these],
                    [[outcomes[i] for i in these] for outcomes in known(exercise.id)],
                )
                assert (verdict.status, verdict.misconception) == ("failed", wrong.name)


@pytest.mark.parametrize("t", BUILT, ids=str)
def test_choices_give_nothing_away(t):
    """Who takes always the same place, or the longest or the shortest choice, knows about as much as by guessing."""
    questions = practice(t.id).questions
    longest = shortest = 0
    for q in questions:
        lengths = [len(choice) for choice in q.choices]
        assert max(lengths) <= 1.35 * min(lengths), (q.id, lengths)
        longest += lengths[q.answer] == max(lengths)
        shortest += lengths[q.answer] == min(lengths)
    most = max(sum(q.answer == place for q in questions) for place in range(4))
    assert max(longest, shortest, most) <= len(questions) // 2, (longest, shortest, most)
