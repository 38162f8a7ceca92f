"""`./journey`: the standard library only, a second start at once, and words instead of stack traces."""

import ast
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nlpjourney.study.paths import ROOT

BOOTSTRAP = ROOT / "journey"
INSTALLING = "Installing (about 3 GB with PyTorch; 3 to 15 minutes, only this once) …"


def test_imports_only_the_standard_library():
    tree = ast.parse(BOOTSTRAP.read_text(encoding="utf-8"))
    names = {
        n.names[0].name if isinstance(n, ast.Import) else n.module
        for n in ast.walk(tree)
        if isinstance(n, ast.Import | ast.ImportFrom)
    }
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


@pytest.fixture
def checkout(tmp_path):
    """A copy of the bootstrap with a `.venv` that counts as installed, whose `journey` only says what it was asked."""
    root = tmp_path / "clone with space"
    root.mkdir()
    shutil.copy(BOOTSTRAP, root / "journey")
    (root / "pyproject.toml").write_text("[project]\n")
    package = root / "package" / "nlpjourney" / "cli"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").write_text("")
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text("import sys; print('asked:', *sys.argv[1:])")
    (root / ".venv" / "bin").mkdir(parents=True)
    python = root / ".venv" / "bin" / "python"
    python.write_text(
        f"""#!/bin/sh
case "$*" in
  *compiled*) echo "pip was asked: $*"; exit "${{COMPILING_ENDS_WITH:-0}}";;
  *"-m pip"*) echo "pip was asked: $*"; exit "${{PIP_ENDS_WITH:-0}}";;
esac
PYTHONPATH="{root}/package" exec {sys.executable} "$@"
"""
    )
    python.chmod(0o755)
    return root


def stamp(root: Path, extras: str) -> None:
    import hashlib

    digest = hashlib.sha256((root / "pyproject.toml").read_bytes()).hexdigest()
    (root / ".venv" / f"installed-{extras}").write_text(digest)


def start(root: Path, *args: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(root / "journey"), *args],
        capture_output=True,
        text=True,
        check=False,
        env=env,
        timeout=120,
    )


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for Python is a shell script")
class TestSecondStart:
    def test_hands_over_at_once(self, checkout):
        stamp(checkout, "systems")
        begin = time.monotonic()
        done = start(checkout)
        assert done.stdout.splitlines() == ["NLP Journey", "asked: start"], done.stderr
        assert time.monotonic() - begin < 2

    def test_arguments_are_handed_on(self, checkout):
        stamp(checkout, "systems")
        assert start(checkout, "check", "1.2").stdout.splitlines()[-1] == "asked: check 1.2"

    def test_tests_tools_serve_learners_too_but_not_the_other_way_round(self, checkout):
        stamp(checkout, "systems,dev")
        assert "asked: start" in start(checkout).stdout
        (checkout / ".venv" / "installed-systems,dev").unlink()
        stamp(checkout, "systems")
        done = start(checkout, "test")
        assert done.stdout.splitlines()[1:] == [INSTALLING, "asked: warmup", "asked: assets fetch", "asked: test"]
        assert "--editable" in (checkout / ".venv" / "install.log").read_text()
        assert "Installing" not in start(checkout, "test").stdout

    def test_a_changed_project_file_is_installed_again(self, checkout):
        stamp(checkout, "systems")
        (checkout / "pyproject.toml").write_text("[project]\nname = 'other'\n")
        assert INSTALLING in start(checkout).stdout
        assert INSTALLING not in start(checkout).stdout

    def test_an_installation_that_fails_is_told_with_pips_words_and_tried_again(self, checkout):
        for _ in range(2):
            done = start(checkout, env=os.environ | {"PIP_ENDS_WITH": "1"})
            assert done.returncode == 1 and "asked" not in done.stdout
            assert "pip was asked: -m pip" in done.stderr and "Run the same command again" in done.stderr

    def test_without_a_compiler_two_tools_are_left_out_and_everything_else_works(self, checkout):
        done = start(checkout, env=os.environ | {"COMPILING_ENDS_WITH": "1"})
        assert done.returncode == 0 and "need a C++ compiler" in done.stdout
        assert done.stdout.splitlines()[-1] == "asked: start"


def test_missing_venv_module_is_explained_in_a_sentence(tmp_path):
    shutil.copy(BOOTSTRAP, tmp_path / "journey")
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "ensurepip.py").write_text("raise ImportError('taken out, as on Debian')")
    done = start(tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 1 and "sudo apt install python3-venv" in done.stderr and "Traceback" not in done.stderr


def test_an_old_python_is_explained_in_a_sentence(tmp_path):
    code = BOOTSTRAP.read_text(encoding="utf-8").replace("OLDEST = (3, 11)", "OLDEST = (9, 0)")
    code = code.replace('shutil.which(f"python3.{minor}")', "None")
    (tmp_path / "journey").write_text(code)
    done = start(tmp_path)
    assert done.returncode == 1 and "needs Python 3.11 or newer" in done.stderr and "Traceback" not in done.stderr
