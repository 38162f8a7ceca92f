"""The grader says what is right, what is wrong, and which known mistake a wrong answer is."""

import importlib
import shutil
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

from nlpjourney.study import apart, messages
from nlpjourney.study.compare import difference
from nlpjourney.study.grade import grade
from nlpjourney.study.practice import practice

sample = importlib.import_module("tests.study.sample")


def test_right_answer_passes_with_the_explanation():
    verdict = grade(sample.COUNT, sample.RIGHT)
    assert verdict.passed
    assert verdict.tried > len(sample.COUNT.examples)
    assert (verdict.explanation, verdict.beyond) == ("One pass.", "collections.Counter.")


@pytest.mark.parametrize("wrong", sample.COUNT.wrong, ids=lambda w: w.name)
def test_wrong_answer_is_named_with_its_hint(wrong):
    source = sample.COUNT.source_of(wrong)
    verdict = grade(sample.COUNT, source, wrong.name)
    assert (verdict.status, verdict.misconception, verdict.hint) == ("failed", wrong.name, wrong.hint)


def test_failure_shows_input_got_expected_and_the_difference():
    verdict = grade(sample.COUNT, "def count_words(words):\n    return {'a': 1, 'b': 1}")
    assert verdict.input == "count_words(['a', 'b', 'a'])"
    assert verdict.got == "{'a': 1, 'b': 1}"
    assert verdict.expected == "{'a': 2, 'b': 1}"
    assert "['a']" in verdict.fault and "got 1, expected 2" in verdict.fault


def test_mistake_nobody_foresaw_has_no_hint_of_another():
    verdict = grade(sample.COUNT, "def count_words(words):\n    return 'moon'")
    assert verdict.status == "failed" and verdict.hint == ""


def right_but(condition, instead):
    """The source of an answer that is right, but gives `instead` where `condition` holds."""
    return sample.RIGHT.replace("    counts = {}", f"    if {condition}:\n        return {instead}\n    counts = {{}}")


@pytest.mark.parametrize(
    "source",
    [
        right_but("len(words) == 3", "{}"),  # on what fails like `nothing`, which fails on much more
        right_but(
            "True", "{word: 1 for word in words} if words else None"
        ),  # on nearly all that fails like `only_ones`
    ],
    ids=["right where the known one fails", "wrong in another way once"],
)
def test_mistake_that_differs_on_one_input_is_not_named(source):
    verdict = grade(sample.COUNT, source)
    assert (verdict.status, verdict.misconception, verdict.hint) == ("failed", "", "")


def test_mistake_is_named_though_the_answer_is_right_in_another_way_where_both_are_right():
    each_once = replace(
        sample.COUNT, judge=lambda args, got: None if sorted(got) == sorted(set(args[0])) else "not each word once"
    )
    source = """
def count_words(words):
    counts = {word: words[:-1].count(word) for word in words[:-1]}
    return list(counts) if set(counts) == set(words) else counts
"""
    assert grade(each_once, source).misconception == "last_word_missed"


def test_untouched_stub_is_neither_right_nor_wrong():
    verdict = grade(sample.COUNT, "def count_words(words):\n    raise NotImplementedError('your turn')")
    assert verdict.status == "untouched"


def test_error_in_the_answer_is_told_with_its_line():
    verdict = grade(sample.COUNT, "def count_words(words):\n    return words['x']")
    assert verdict.got.startswith("TypeError") and "(line 2)" in verdict.got


def test_mistake_that_only_random_inputs_show_is_found():
    exercise = replace(sample.COUNT, examples=[([],)])
    assert not grade(exercise, exercise.source_of(exercise.wrong[0]), "only_ones").passed


def test_an_answer_may_not_change_its_input_into_the_expected_one():
    source = "def count_words(words):\n    words.clear()\n    return {}"
    assert not grade(sample.COUNT, source).passed


def test_printed_text_is_handed_back():
    source = sample.RIGHT.replace("return counts", "print('so far', counts)\n    return {}")
    assert grade(sample.COUNT, source).printed.startswith("so far")


def test_judge_decides_where_many_answers_are_right():
    exercise = replace(
        sample.COUNT, judge=lambda args, got: None if sorted(got) == sorted(set(args[0])) else "not each word once"
    )
    assert grade(exercise, "def count_words(words):\n    return list(set(words))").passed
    verdict = grade(exercise, "def count_words(words):\n    return words")
    assert verdict.fault == "not each word once"
    assert "wrong form" in grade(exercise, "def count_words(words):\n    return 5").fault


def test_numbers_within_tolerance_and_numpy_scalars_pass():
    exercise = replace(
        sample.COUNT, reference=lambda words: len(words) / 3, wrong=(), tolerance=1e-6, inputs=None, function="third"
    )
    assert grade(exercise, "import numpy as np\ndef third(w):\n    return np.float64(len(w)) / 3 + 1e-9").passed
    assert not grade(exercise, "def third(w):\n    return len(w) / 3 + 1e-3").passed


def test_arrays_compare_shape_kind_and_value():
    exercise = replace(sample.COUNT, reference=lambda words: np.ones((2, 3)), wrong=(), inputs=None, function="ones")
    numpy = "import numpy as np\n"
    assert grade(exercise, numpy + "def ones(w):\n    return np.ones((2, 3), dtype=np.float32)").passed
    assert "shape (3, 2), expected (2, 3)" in grade(exercise, numpy + "def ones(w):\n    return np.ones((3, 2))").fault
    assert "dtype" in grade(exercise, numpy + "def ones(w):\n    return np.ones((2, 3), dtype=int)").fault
    got = grade(exercise, numpy + "def ones(w):\n    a = np.ones((2, 3)); a[1, 2] = 4; return a").fault
    assert "[1, 2]" in got and "1 of 6 values differ" in got


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (float(np.float32(1 / 3)), 1 / 3),
        ([float(np.float32(0.1)), 2.0], [0.1, 2.0]),
        (np.array([1, 2]), [1, 2]),
        ([0.25, 0.75], np.array([0.25, 0.75])),
        ([1, 0], np.array([1.0, 0.0])),
        ([1.0, 0.0], np.array([1, 0])),
        (np.array([[1.5]]), [[1.5]]),
        ([float(np.float32(0.1))], np.array([0.1])),
        (np.array(2.5), 2.5),
        (2.5, np.array(2.5)),
        ([True], np.array([True])),
        ({"a": np.array([1])}, {"a": [1]}),
        ([], np.array([])),
    ],
)
def test_right_values_are_right_in_whatever_they_are_held(got, expected):
    assert difference(got, expected) is None


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (0.3333, 1 / 3),
        (0.0, 3e-6),  # exact in single precision, and still another number
        (float(np.float32(1.0001)), 1.0),
        ([1.5], np.array([1])),
        ([1, 2, 3], np.array([1, 2])),
        ([[1], [1, 2]], np.array([[1, 1], [1, 2]])),
        ([True], np.array([1])),
        ([1], np.array([True])),
        (np.array([1.0, 2.0]), [1.0, 3.0]),
        (np.array(1.5), 2.5),
        ("ab", np.array(["a", "b"])),
        (10**400, 1.5),
        (1.5, 10**400),
        ([10**4000], [1.0]),
    ],
)
def test_other_values_are_not(got, expected):
    assert difference(got, expected) is not None


def test_large_whole_numbers_get_a_verdict():
    for value in ("10**5000", "[10**5000]", "10**4000", "[-(10**4200)]"):
        verdict = grade(sample.COUNT, f"def count_words(words):\n    return {value}")
        assert verdict.status == "failed" and verdict.got, value


def test_half_characters_can_be_shown():
    answers = [
        "print('\\ud800')\n    return words",
        "raise ValueError('\\ud800')",
        "return {'\\ud800': 1}",
        "return '\\ud800'",
    ]
    for body in answers:
        verdict = grade(sample.COUNT, f"def count_words(words):\n    {body}")
        assert verdict.status == "failed"
        messages.as_text(verdict).encode()
        messages.as_html(verdict).encode()


CHANGES_ITS_ARGUMENT = sample.RIGHT.replace("    return counts", "    words.clear()\n    return counts")


def test_arguments_are_to_stay_where_the_task_says_so():
    verdict = grade(replace(sample.COUNT, keeps_arguments=True), CHANGES_ITS_ARGUMENT)
    assert verdict.status == "failed" and "argument was changed" in verdict.fault and "work on a copy" in verdict.fault
    assert grade(replace(sample.COUNT, keeps_arguments=True), sample.RIGHT).passed
    assert grade(sample.COUNT, CHANGES_ITS_ARGUMENT).passed


@pytest.mark.parametrize(("id", "changed"), [("1.6.c", "hidden"), ("7.4.d", "w")])
def test_exercises_that_say_so_look_at_them(id, changed):
    found = practice(id)
    exercise = found.exercise(id)
    source = found.solution_source(id)
    spoiled = f"{source}\nright = {exercise.function}\ndef spoiled({changed}, *rest):\n    import copy\n"
    spoiled += f"    found = right(copy.deepcopy({changed}), *rest)\n    {changed}[:] = 7\n    return found\n"
    assert grade(exercise, source).passed
    assert "argument was changed" in grade(exercise, spoiled, "spoiled").fault


def test_grader_that_stands_still_is_ended(monkeypatch):
    """Whatever stopped it: here a process that takes the job and never answers."""
    monkeypatch.setattr(apart, "PATIENCE", 1)
    monkeypatch.setattr(apart.sys, "executable", shutil.which("sleep"))
    popen = apart.subprocess.Popen
    monkeypatch.setattr(apart.subprocess, "Popen", lambda command, **options: popen([command[0], "600"], **options))
    start = time.monotonic()
    with pytest.raises(apart.GraderFailed, match="came to no verdict"):
        apart.grade_apart(replace(sample.COUNT, seconds=1), sample.RIGHT)
    assert time.monotonic() - start < 30


def test_grader_that_was_killed_is_said_to_be(monkeypatch):
    popen = apart.subprocess.Popen
    kills_itself = "import os; os.kill(os.getpid(), 9)"
    monkeypatch.setattr(
        apart.subprocess, "Popen", lambda command, **options: popen([sys.executable, "-c", kills_itself], **options)
    )
    with pytest.raises(apart.GraderFailed, match="ended from outside"):
        apart.grade_apart(sample.COUNT, sample.RIGHT)
