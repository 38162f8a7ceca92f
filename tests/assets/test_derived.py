"""What is computed once and kept: anew for other inputs or other code, whole, and made by one process."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nlpjourney import assets
from nlpjourney.assets import derived
from nlpjourney.text.embeddings import Word2Vec

rule = importlib.import_module("nlpjourney.assets.derived")  # the module; the name in the package is the function

MAKER = """
from pathlib import Path
from pack.words import WORD

def make(place: Path) -> None:
    with (place.parents[2] / "log.txt").open("a") as log:
        log.write("made\\n")
    place.write_text(WORD)
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NLP_JOURNEY_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package `pack`, in the place of ours, whose `maker.make` takes a word from `words` and nothing from `other`."""
    folder = tmp_path / "src" / "pack"
    folder.mkdir(parents=True)
    for name, text in {"__init__": "", "maker": MAKER, "words": "WORD = 'old'", "other": ""}.items():
        (folder / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(str(folder.parent))
    monkeypatch.setattr(rule, "PACKAGE", folder)
    for name in [name for name in sys.modules if name.partition(".")[0] == "pack"]:
        monkeypatch.delitem(sys.modules, name)
    return folder


def maker() -> Callable[[Path], object]:
    make: Callable[[Path], object] = importlib.import_module("pack.maker").make
    return make


def times_made(cache: Path) -> int:
    return len((cache / "log.txt").read_text().splitlines()) if (cache / "log.txt").exists() else 0


def test_it_is_made_once_and_anew_for_other_inputs(cache: Path, package: Path, tmp_path: Path) -> None:
    file = tmp_path / "corpus.txt"
    file.write_text("a")
    first = derived("vectors", ["x", file], maker())
    assert first.read_text() == "old" and first.parent == cache / "derived" / "vectors"
    assert derived("vectors", ["x", file], maker()) == first and times_made(cache) == 1
    file.write_text("b")
    second = derived("vectors", ["x", file], maker())
    assert second != first and times_made(cache) == 2
    assert list(first.parent.iterdir()) == [second]  # the old one is gone
    assert derived("others", ["x", file], maker()).parent != second.parent and second.exists()
    assert sorted(path.name for path in (cache / "derived").iterdir()) == ["others", "vectors"]  # nothing is left aside


def test_inputs_do_not_run_into_each_other(cache: Path, package: Path) -> None:
    keys = {derived("x", inputs, maker()).name for inputs in (["ab", "c"], ["a", "bc"], ["abc"], ["", "abc"], [])}
    assert len(keys) == 5
    assert derived("x", [b"\xc3\xa9"], maker()) == derived("x", ["é"], maker())


def test_new_code_makes_it_anew_and_an_edit_elsewhere_does_not(cache: Path, package: Path) -> None:
    first = derived("x", [], maker())
    (package / "other.py").write_text("# an edit elsewhere\n")
    (package / "__init__.py").write_text("import pack.other\n")  # the package is only passed through
    assert derived("x", [], maker()) == first
    (package / "words.py").write_text("WORD = 'new'")
    second = derived("x", [], maker())
    assert second != first
    (package / "maker.py").write_text(MAKER + "\n# another line\n")
    assert derived("x", [], maker()) != second and times_made(cache) == 3


def test_what_counts_as_the_code_of_ours() -> None:
    names = {f.name for f in rule._code(Path(sys.modules[Word2Vec.__module__].__file__ or ""))}
    assert {"word2vec.py", "word2vec_training.py", "word_vectors.py"} <= names
    assert not names & {"store.py", "derived.py", "glove.py", "porter.py", "__init__.py"}


def test_an_asset_counts_without_being_fetched(cache: Path, package: Path) -> None:
    """An asset counts by its hashes: other assets, another key."""
    one, other = assets.find("minilm-tokenizer"), assets.find("wordnet")
    assert derived("x", [one], maker()) != derived("x", [other], maker())
    assert not (cache / "assets").exists()


def test_what_fails_leaves_nothing(cache: Path, package: Path) -> None:
    def fail(place: Path) -> None:
        place.mkdir()
        (place / "half").write_text("half")
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        derived("x", [], fail)
    assert [path for path in (cache / "derived").rglob("*") if path.is_file()] == []


def test_a_folder_may_be_made(cache: Path, package: Path) -> None:
    def folder(place: Path) -> None:
        place.mkdir()
        (place / "a").write_text("a")

    first = derived("x", ["1"], folder)
    assert (first / "a").read_text() == "a"
    assert (derived("x", ["2"], folder) / "a").exists() and not first.exists()


def test_of_several_processes_one_makes_it(cache: Path, tmp_path: Path) -> None:
    code = f"""
import time
from pathlib import Path
from nlpjourney.assets import derived

def make(place):
    time.sleep(0.5)
    with open({str(tmp_path / "log")!r}, "a") as log:
        log.write("made\\n")
    place.write_text("done")

print(derived("x", ["1"], make).read_text())
"""
    (tmp_path / "make.py").write_text(code)
    runs = [subprocess.Popen([sys.executable, str(tmp_path / "make.py")], stdout=subprocess.PIPE) for _ in range(3)]
    assert [run.communicate(timeout=120)[0].split() for run in runs] == [[b"done"]] * 3
    assert (tmp_path / "log").read_text() == "made\n"


@pytest.mark.parametrize("name", ["", "a/b", "..", "a b"])
def test_a_name_is_a_folders_name(cache: Path, name: str) -> None:
    with pytest.raises(ValueError, match="called by letters"):
        derived(name, [], Path.touch)
