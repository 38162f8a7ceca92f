"""A new topic's files: all of them, red until the last mark is gone, and nothing is overwritten."""

import subprocess
import sys

import pytest

from nlpjourney.source import walk
from nlpjourney.study import new
from nlpjourney.study.paths import ROOT, SOURCE
from nlpjourney.study.practice import practice
from nlpjourney.study.roadmap import topic, topics


def test_nothing_half_filled_is_in_the_checkout():
    folders = [ROOT / name for name in ("practices", "src", "tests", "bench")]
    texts = (f for folder in folders for f in walk(folder) if f.suffix in (".py", ".ipynb", ".toml"))
    left = [f for f in texts if new.MARK in f.read_text(encoding="utf-8") and f != SOURCE / "study" / "new.py"]
    assert [f.relative_to(ROOT).as_posix() for f in left] == []


def test_all_that_a_topic_has(small_practice):
    t = topic("2.1")
    names = {file.relative_to(t.folder.parents[1]).as_posix() for file in new.files(t) if t.folder in file.parents}
    folder = "2-core-tasks/2.1-text-classification"
    assert names == {
        f"{folder}/practice.py", f"{folder}/exercises.py", f"{folder}/systems/scikit_learn.py",
        f"{folder}/systems/transformers.py",
    }  # fmt: skip
    others = {f for f in new.files(t, "tasks.classification") if t.folder not in f.parents}
    assert others == {
        ROOT / "bench/text_classification.py", ROOT / "tests/tasks/classification/test_text_classification.py",
    }  # fmt: skip


def test_files_parse_are_formatted_and_marked(tmp_path):
    """Of every topic: long titles, many tools, tools that run isolated."""
    for t in topics():
        for file, text in new.files(t, "tasks").items():
            (tmp_path / f"{t.id}-{file.parent.name}-{file.name}").write_text(text, encoding="utf-8")
            assert new.MARK in text
    for check in (
        ["format", "--check"],
        ["check", "--ignore", "I001,E501"],
    ):  # elsewhere, ours is not known as ours; prose
        ruff = [sys.executable, "-m", "ruff", *check, "--config", str(ROOT / "pyproject.toml"), str(tmp_path)]
        done = subprocess.run(ruff, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-3000:]


def test_the_exercises_of_a_new_topic_can_be_read_and_are_not_complete(small_practice):
    t = topic("2.1")
    new.write({file: text for file, text in new.files(t).items() if t.folder in file.parents})
    p = practice("2.1")
    assert [e.id for e in p.exercises] == ["2.1.a", "2.1.b", "2.1.c"] and not any(e.wrong for e in p.exercises)
    assert [c.exercise for c in p.cells if c.exercise] == ["2.1.a", "2.1.b", "2.1.c"]
    for e in p.exercises:
        assert "len(text)" in p.solution_source(e.id) and "NotImplementedError" in p.stub_source(e.id)


def test_nothing_is_overwritten_and_then_nothing_is_written(small_practice):
    t = topic("2.1")
    wanted = {file: text for file, text in new.files(t).items() if t.folder in file.parents}
    there = t.folder / "exercises.py"
    there.parent.mkdir(parents=True)
    there.write_text("mine")
    with pytest.raises(ValueError, match=r"nothing is overwritten: .*exercises\.py exists"):
        new.write(wanted)
    assert there.read_text() == "mine" and [f.name for f in t.folder.rglob("*.py")] == ["exercises.py"]


def test_a_package_that_is_none_is_refused():
    with pytest.raises(ValueError, match=r"named like tasks\.classification, not 'tasks/x'"):
        new.files(topic("2.1"), "tasks/x")
