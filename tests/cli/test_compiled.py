"""Compiled loops that may contain older ones of another module are deleted, and no others."""

import os

import pytest

from nlpjourney.cli import compiled

SOURCES = {
    "hash.py": "def find(): ...",
    "tables.py": "from nlpjourney.hash import find",
    "deep/encode.py": "import re\nfrom nlpjourney.tables import (\n    rank,\n)",
    "deep/alone.py": "from nlpjourney import deep\nfrom nlpjourney.missing import nothing",
}


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Sources written at second 100, each but the first compiled at second 200."""
    monkeypatch.setattr(compiled, "PACKAGE", tmp_path)
    for name, text in SOURCES.items():
        file = tmp_path / name
        cache = file.parent / "__pycache__"
        cache.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        os.utime(file, (100, 100))
        for ending in ("nbi", "1.nbc") if name != "hash.py" else ():
            kernel = cache / f"{file.stem}.loop-3.py311.{ending}"
            kernel.touch()
            os.utime(kernel, (200, 200))
    return tmp_path


def kept(package):
    return {file.name.partition(".")[0] for file in package.rglob("*.nb[ic]")}


def test_nothing_has_changed(package):
    assert compiled.drop_stale() == 0 and kept(package) == {"tables", "encode", "alone"}


@pytest.mark.parametrize(
    ("changed", "left"),
    [("hash.py", {"alone"}), ("tables.py", {"alone"}), ("deep/encode.py", {"tables", "alone"})],
)
def test_what_reaches_a_change_goes(package, changed, left):
    os.utime(package / changed, (300, 300))
    assert compiled.drop_stale() == 3 - len(left)
    assert kept(package) == left
    assert compiled.drop_stale() == 0
