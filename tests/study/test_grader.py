"""The grader says what is right, what is wrong, and which known mistake a wrong answer is."""

import importlib
from dataclasses import replace

import numpy as np
import pytest

from nlpjourney.study.grade import grade

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
