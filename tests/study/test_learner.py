"""What a learner does outside a notebook, and what is kept of it."""

import sqlite3
from datetime import UTC, datetime, timedelta

import nbformat
import pytest

from nlpjourney.errors import InvalidInput
from nlpjourney.study import learner, messages
from nlpjourney.study.practice import NoPractice
from nlpjourney.study.progress import Progress, ProgressError
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


def test_a_later_wrong_try_does_not_spoil_the_exercises_that_build_on_it(small_practice):
    twice = "def add_twice(a, b):\n    return double(add(a, b))"
    assert learner.check_source("1.2.a", ADD).passed
    assert learner.check_source("1.2.b", twice).passed
    assert not learner.check_source("1.2.a", "def add(a, b):\n    return 0\n").passed
    item = Progress().state().item("1.2.a")
    assert (item.passed, item.passed_source, item.source) == (True, ADD, "def add(a, b):\n    return 0\n")
    assert learner.check_source("1.2.b", twice).passed
    learner.reset("1.2.a")
    assert Progress().state().item("1.2.a").passed_source == ""


def test_statements_that_were_left_out_are_named_when_the_answer_is_wrong(small_practice):
    source = "T = {}\ndef fill(t):\n    t['n'] = 0\nfill(T)\ndef add(a, b):\n    return a + b + T.get('n', 1)\n"
    verdict = learner.check_source("1.2.a", source)
    assert verdict.status == "failed" and "fill(T)" in verdict.left_out
    assert "Not run" in messages.as_text(verdict)


def test_source_that_python_cannot_hold_is_a_wrong_answer(small_practice):
    for source in ("x=" + "-" * 50_000 + "1", "x=" + "(" * 5_000 + ")" * 5_000, "x = '\0'"):
        verdict = learner.check_source("1.2.a", source)
        assert verdict.status == "failed" and verdict.fault.startswith("Python cannot read this: ")


def test_rows_that_nobody_can_have_written_are_passed_over(workspace):
    log = Progress()
    log.record("proved", "1.1")
    rows = [
        ("not a date", "proved", "1.2", "{}"),
        ("2026-01-01T00:00:00", "proved", "1.3", "{}"),  # of no time zone
        ("2026-01-01T00:00:00+00:00", "proved", "1.4", "no JSON"),
        ("2026-01-01T00:00:00+00:00", "proved", "1.5", "[1]"),
        ("2026-01-01T00:00:00+00:00", b"proved", "1.6", "{}"),
    ]
    with sqlite3.connect(log.file) as db:
        db.executemany("insert into event (at, kind, item, data) values (?, ?, ?, ?)", rows)
    log.record("proved", "2.6")
    assert log.state().proved == {"1.1", "2.6"}


def test_damaged_log_is_told_with_its_place_and_a_way_out(workspace):
    file = workspace / "progress.sqlite3"
    workspace.mkdir(exist_ok=True)
    file.write_bytes(b"no database at all" * 100)
    with pytest.raises(ProgressError, match=r"progress\.sqlite3 cannot be used .*move it away"):
        Progress()


def test_workspace_that_cannot_be_made_is_told(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        monkeypatch.setenv("NLP_JOURNEY_WORKSPACE", str(place))
        with pytest.raises(InvalidInput, match="cannot be your workspace"):
            Progress()


def test_copy_that_cannot_be_written_is_told(workspace):
    workspace.mkdir(exist_ok=True)
    (workspace / topic("1.2").folder.parent.name).write_text("a file where the folder has to be")
    with pytest.raises(InvalidInput, match=r"your copy of 1\.2 .* could not be written"):
        learner.open_practice(topic("1.2"))
