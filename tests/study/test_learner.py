"""What a learner does outside a notebook, and what is kept of it."""

from datetime import UTC, datetime, timedelta

import nbformat
import pytest

from nlpjourney.study import learner
from nlpjourney.study.practice import NoPractice
from nlpjourney.study.progress import Progress
from nlpjourney.study.roadmap import UnknownTopic, topic

ADD = "def add(a, b):\n    return a + b\n"


def test_wrong_then_right_and_the_log_keeps_both(small_practice):
    first = learner.check_source("1.2.a", "def add(a, b):\n    return a - b\n")
    assert (first.status, first.hint) == ("failed", "That is minus.")
    assert learner.check_source("1.2.a", ADD).passed
    item = Progress().state().item("1.2.a")
    assert (item.attempts, item.passed, item.source) == (2, True, ADD)
    assert [data["misconception"] for _, _, _, data in Progress().events("attempt")] == ["subtract", ""]


def test_code_that_does_not_parse_is_a_wrong_answer_with_its_line(small_practice):
    verdict = learner.check_source("1.2.a", "def add(a, b)\n    return a")
    assert verdict.status == "failed" and "line 1" in verdict.fault


def test_missing_function_is_said(small_practice):
    verdict = learner.check_source("1.2.a", "def plus(a, b):\n    return a + b")
    assert "no cell defines 'add'" in verdict.fault
    assert not Progress().state().item("1.2.a").passed


def test_untouched_stub_is_no_attempt(small_practice):
    verdict = learner.check_source("1.2.a", 'def add(a, b):\n    raise NotImplementedError("your turn")')
    assert verdict.status == "untouched" and Progress().events() == []


def test_names_of_the_practice_and_needed_exercises_are_there(small_practice):
    """1.2.b uses `double` of a cell, and `add` of exercise 1.2.a, which the learner has not solved."""
    assert learner.check_source("1.2.b", "def add_twice(a, b):\n    return double(add(a, b))").passed


def test_the_learners_own_solution_is_used_once_it_passed(small_practice):
    own = "def add(a, b):\n    print('mine')\n    return b + a\n"
    assert learner.check_source("1.2.a", own).passed
    source = "def add_twice(a, b):\n    add(a, b)\n    return -1"
    assert learner.check_source("1.2.b", source).printed.startswith("mine")


def test_hints_come_one_at_a_time_and_the_last_stays(small_practice):
    found = [learner.next_hint("1.2.a") for _ in range(3)]
    assert [(h.number, h.total, h.text) for h in found] == [(1, 2, "Plus."), (2, 2, "a + b"), (2, 2, "a + b")]
    assert learner.next_hint("1.2.b") is None


def test_solution_opens_after_a_try(small_practice):
    with pytest.raises(learner.TooEarly, match="first try"):
        learner.solution("1.2.a")
    learner.check_source("1.2.a", "def add(a, b):\n    return 0")
    assert learner.solution("1.2.a") == 'def add(a, b):\n    """The sum."""\n    return a + b'


def test_review_comes_back_later_and_later(small_practice):
    now = datetime(2030, 1, 1, tzinfo=UTC)
    log = Progress()
    log.record("attempt", "1.2.a", at=now, passed=True)
    log.record("answer", "1.2.q1", at=now, passed=True)
    assert learner.review_items(log.state(), now) == []
    due = learner.review_items(log.state(), now + timedelta(days=1))
    assert [item.id for item in due] == ["1.2.a", "1.2.q1"]
    log.record("answer", "1.2.q1", at=now + timedelta(days=1), passed=True)
    assert log.state().item("1.2.q1").due == now + timedelta(days=4)
    log.record("answer", "1.2.q1", at=now + timedelta(days=4), passed=False)
    assert log.state().item("1.2.q1").due == now + timedelta(days=5)


def test_answers_are_judged_and_bad_ones_refused(small_practice):
    assert learner.answer("1.2.q1", 1) and not learner.answer("1.2.q1", 0)
    with pytest.raises(ValueError, match="choices 0 to 2"):
        learner.answer("1.2.q1", 3)
    with pytest.raises(NoPractice, match="no question"):
        learner.answer("1.2.q9", 0)


def test_a_topic_is_proved_by_all_its_questions(small_practice):
    assert [q.id for q in learner.prove("1.2", {"1.2.q1": 1})] == ["1.2.q2"]
    assert not learner.topic_status(small_practice, Progress().state()).done
    assert learner.prove("1.2", {"1.2.q1": 1, "1.2.q2": 0}) == []
    assert learner.topic_status(small_practice, Progress().state()).done


def test_where_to_go_on(small_practice):
    assert learner.continue_topic(Progress().state()) == small_practice
    learner.open_practice(small_practice)
    assert learner.continue_topic(Progress().state()) == small_practice
    learner.check_source("1.2.a", ADD)
    assert not learner.topic_status(small_practice, Progress().state()).done
    learner.check_source("1.2.b", "def add_twice(a, b):\n    return 2 * (a + b)")
    assert learner.continue_topic(Progress().state()) is None


def test_reset_forgets_one_topic_or_everything(small_practice):
    learner.check_source("1.2.a", ADD)
    Progress().record("attempt", "2.6.a", passed=True)
    learner.reset("1.2")
    state = Progress().state()
    assert not state.item("1.2.a").passed and state.item("2.6.a").passed
    learner.reset()
    assert Progress().state().items == {}
    assert len(Progress().events()) == 4, "nothing is deleted: a reset is one more event"
    with pytest.raises(UnknownTopic):
        learner.reset("9.9")


def test_a_topic_waits_for_those_it_stands_on(small_practice):
    higher = topic("1.3")
    assert higher.requires == ("1.2",)
    assert learner.waiting_for(higher, Progress().state()) == [small_practice]
    learner.prove("1.2", {"1.2.q1": 1, "1.2.q2": 0})
    assert learner.waiting_for(higher, Progress().state()) == []


def test_progress_outlives_the_process_and_two_writers(small_practice, workspace):
    learner.check_source("1.2.a", ADD)
    one, two = Progress(), Progress()
    one.record("hint", "1.2.a")
    two.record("hint", "1.2.b")
    assert Progress(workspace / "progress.sqlite3").state().item("1.2.a").passed
    assert len(Progress().events("hint")) == 2


def test_the_learners_copy_is_never_overwritten(small_practice):
    mine = learner.open_practice(small_practice)
    assert mine.read_bytes() == small_practice.notebook.read_bytes()

    small_practice.notebook.write_text('{"cells": [], "metadata": {"v": 2}, "nbformat": 4, "nbformat_minor": 5}')
    assert learner.open_practice(small_practice).read_bytes() == small_practice.notebook.read_bytes(), (
        "untouched: updated"
    )

    mine.write_text("my edits")
    small_practice.notebook.write_text('{"cells": [], "metadata": {"v": 3}, "nbformat": 4, "nbformat_minor": 5}')
    assert learner.open_practice(small_practice).read_text() == "my edits"
    beside = mine.with_name(f"{mine.stem} (new).ipynb")
    assert beside.read_bytes() == small_practice.notebook.read_bytes()


def test_code_cells_of_a_notebook_file(tmp_path):
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1"), nbformat.v4.new_markdown_cell("text")])
    nbformat.write(book, tmp_path / "a.ipynb")
    assert learner.code_cells(tmp_path / "a.ipynb") == ["x = 1"]
    (tmp_path / "b.ipynb").write_text("no notebook")
    with pytest.raises(ValueError, match="is not a notebook"):
        learner.code_cells(tmp_path / "b.ipynb")
