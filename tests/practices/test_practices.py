"""Every practice, executed from top to bottom with the network refused; every exercise, both ways."""

import ast
import os
import time
from functools import cache

import nbformat
import pytest

from nlpjourney.sandbox import run_trusted
from nlpjourney.study import build
from nlpjourney.study.grade import SECRET, inputs_for, judge, outcomes_of_wrong
from nlpjourney.study.practice import practice
from nlpjourney.study.progress import Progress
from nlpjourney.study.roadmap import topics

SECONDS = 60  # what a practice may take on two cores of its own; tests beside it take their share
BUILT = [t for t in topics() if t.source.exists()]
EXERCISES = [e for t in BUILT for e in practice(t.id).exercises]


def together(exercise):
    """Tests of an exercise run in one process of pytest's, where its answers are tried once."""
    return pytest.mark.xdist_group(exercise.id)


WRONG = [pytest.param(e, w, id=f"{e.id}-{w.name}", marks=together(e)) for e in EXERCISES for w in e.wrong]


@pytest.mark.parametrize("t", BUILT, ids=str)
class TestNotebook:
    def test_is_built_from_its_source(self, t):
        assert build.is_current(t), f"run `journey build {t.id}`"

    def test_committed_outputs_have_no_errors_and_no_paths_of_a_machine(self, t):
        book = nbformat.reads(t.notebook.read_text(encoding="utf-8"), as_version=4)
        for cell in book.cells:
            for out in cell.get("outputs", []):
                assert out["output_type"] != "error"
                shown = out.get("text", "") + "".join(map(str, out.get("data", {}).values()))
                for root in ("/home/", "/root/", "/tmp/", "/Users/"):
                    assert root not in shown, (cell.source[:60], root)

    def test_nothing_else_stands_on_an_answer(self, t):
        """So that a practice runs the same before and after an exercise is solved."""
        answers = set()
        for cell in practice(t.id).cells:
            if cell.exercise:
                answers |= _defined(cell.solution)
            elif cell.kind == "code":
                assert not answers & _used(cell.source), cell.source[:80]

    def test_runs_offline_as_learners_find_it_and_as_they_leave_it(self, t, workspace, monkeypatch):
        """One run: after each stub, which counts for nothing, stands its solution, which passes."""
        alone = "PYTEST_XDIST_WORKER" not in os.environ
        if not alone:  # threads that wait for each other and for another test's waste the time of both
            for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
                monkeypatch.setenv(name, "1")
        book, solved = (build.notebook(practice(t.id), version) for version in ("stub", "solution"))
        cells = []
        for cell, solution in zip(book.cells, solved.cells, strict=True):
            cells += [cell, nbformat.v4.new_code_cell(solution.source)] if cell.metadata.get("exercise") else [cell]
        book.cells = cells
        start = time.monotonic()
        book = build.execute(book, offline=True, workspace=workspace)
        took = time.monotonic() - start
        stubs = [i for i, cell in enumerate(book.cells) if cell.metadata.get("exercise")]
        exercises = [e.id for e in practice(t.id).exercises]
        assert [book.cells[i].metadata["exercise"] for i in stubs] == exercises
        for i in stubs:
            assert "not started" in str(book.cells[i].outputs), book.cells[i].source
            assert "not started" not in str(book.cells[i + 1].outputs)
        attempts = Progress().events("attempt")
        assert [item for _, _, item, _ in attempts] == exercises, "an untouched stub was taken for an answer"
        assert [e for e in exercises if not Progress().state().item(e).passed] == []
        assert took < (SECONDS if alone else 2 * SECONDS), f"{t} took {took:.0f} s"


def _defined(source):
    """The names that a cell defines at its top level."""
    tree = ast.parse(source)
    return {n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)}


def _used(source):
    """The names that a cell takes from cells before it."""
    names = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Name)]
    return {n.id for n in names if isinstance(n.ctx, ast.Load)} - {n.id for n in names if isinstance(n.ctx, ast.Store)}


@cache
def tried(exercise_id):
    """Inputs, and what comes of them: from the solution, the stub, a constant, each wrong answer, and from those once more.

    In two processes, as in earnest: one for what is judged, one for the known mistakes that it is compared with.
    """
    p, exercise = practice(exercise_id), practice(exercise_id).exercise(exercise_id)
    first = exercise.reference(*exercise.examples[0])
    constant = f"def {exercise.function}(*args):\n    return {first!r}" if not hasattr(first, "dtype") else "x = 1"
    sources = p.solution_source(exercise_id), p.stub_source(exercise_id), constant
    answers = [(source, exercise.function) for source in sources]
    answers += [(exercise.source_of(wrong), wrong.name) for wrong in exercise.wrong]
    inputs = inputs_for(exercise)
    solution, stub, constant, *wrong = run_trusted(answers, inputs, secret=SECRET, seconds=exercise.seconds)
    return inputs, solution, stub, constant, wrong, outcomes_of_wrong(exercise, inputs)


@pytest.mark.parametrize("exercise", [pytest.param(e, id=e.id, marks=together(e)) for e in EXERCISES])
class TestExercise:
    def test_is_complete(self, exercise):
        assert len(exercise.wrong) >= 5
        assert exercise.hints and exercise.task and exercise.explanation and exercise.beyond
        assert len({w.hint for w in exercise.wrong}) == len(exercise.wrong), "each mistake has a hint of its own"
        assert exercise.inputs is not None, "fresh inputs keep a memorised answer from passing"

    def test_stub_fails(self, exercise):
        inputs, _, stub, _, _, known = tried(exercise.id)
        assert judge(exercise, inputs, stub, known).status == "untouched"

    def test_solution_passes(self, exercise):
        inputs, solution, *_, known = tried(exercise.id)
        verdict = judge(exercise, inputs, solution, known)
        assert verdict.passed, verdict

    def test_examples_are_not_all_alike(self, exercise):
        """A function that ignores its input must fail."""
        inputs, _, _, constant, _, known = tried(exercise.id)
        assert judge(exercise, inputs, constant, known).status == "failed"


@pytest.mark.parametrize(("exercise", "wrong"), WRONG)
def test_wrong_answer_is_rejected_with_its_own_hint(exercise, wrong):
    inputs, *_, answers, known = tried(exercise.id)
    verdict = judge(exercise, inputs, answers[exercise.wrong.index(wrong)], known)
    assert (verdict.status, verdict.misconception, verdict.hint) == ("failed", wrong.name, wrong.hint)


@pytest.mark.parametrize("t", BUILT, ids=str)
def test_questions_are_fair(t):
    for q in practice(t.id).questions:
        assert q.text and q.explanation and len(set(q.choices)) == len(q.choices) >= 3
