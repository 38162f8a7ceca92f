"""`./journey`: the standard library only, a second start at once, and words instead of stack traces."""

import ast
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nlpjourney.study.paths import ROOT

BOOTSTRAP = ROOT / "journey"
CARD = Path("/proc/driver/nvidia/version").exists()
INSTALLING = "Installing (about 3 GB with PyTorch; 1 to 10 minutes, only this once) …"


def test_imports_only_the_standard_library_and_the_one_module_that_keeps_to_it():
    tree = ast.parse(BOOTSTRAP.read_text(encoding="utf-8"))
    names = {alias.name for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names}
    names |= {f"{n.module}.{n.names[0].name}" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert {name for name in names if name.split(".")[0] not in sys.stdlib_module_names} == {"nlpjourney.indexes"}


PYTHON = """#!/bin/sh
say() { echo "$1: $2 constraint=$UV_CONSTRAINT builds=$UV_BUILD_CONSTRAINT index=$UV_DEFAULT_INDEX"; }
case "$*" in
  "-m pip --version") exit "${PIP_IS_BROKEN:-0}";;
  "-m pip config list") echo "global.index-url='https://mirror.example/simple'"; echo "global.constraint='/our own.txt'"; exit 0;;
  *"-m pip"*" pip uv") say asked "$*"; exit "${UV_CANNOT_BE_HAD:-0}";;
  "-m uv --version") exit 0;;
  *--dry-run*) say looked "$*"; exit "${NO_CPU_INDEX:-0}";;
  *compiled*) say asked "$*"; exit "${COMPILING_ENDS_WITH:-0}";;
  *"-m pip"*|*"-m uv"*) say asked "$*"; exit "${INSTALLING_ENDS_WITH:-0}";;
esac
"""


@pytest.fixture
def checkout(tmp_path):
    """A copy of the bootstrap with a `.venv` whose Python stands in for installers, and whose `journey` says what it was asked.

    A virtual environment that is made again is not made, but told.
    """
    root = tmp_path / "clone with space"
    root.mkdir()
    shutil.copy(BOOTSTRAP, root / "journey")
    (root / "pyproject.toml").write_text("[project]\n")
    (root / "requirements.lock").write_text("uv==1.0\n")
    (root / "src" / "nlpjourney").mkdir(parents=True)
    for name in ("__init__.py", "indexes.py"):
        shutil.copy(ROOT / "src" / "nlpjourney" / name, root / "src" / "nlpjourney")
    package = root / "package" / "nlpjourney" / "cli"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").write_text("")
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text("import sys; print('asked:', *sys.argv[1:])")
    (root / "stand-in").mkdir()
    (root / "stand-in" / "venv.py").write_text("def create(folder, **how): print('made', folder.name, how)")
    (root / ".venv" / "bin").mkdir(parents=True)
    python = root / ".venv" / "bin" / "python"
    python.write_text(PYTHON + f'PYTHONPATH="{root}/package" exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    return root


def stamp(root: Path, extras: str) -> None:
    digest = hashlib.sha256((root / "pyproject.toml").read_bytes() + (root / "requirements.lock").read_bytes())
    (root / ".venv" / f"installed-{extras}").write_text(digest.hexdigest())


def start(root: Path, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(root / "journey"), *args],
        capture_output=True,
        text=True,
        check=False,
        env=without_uv_settings() | {"PYTHONPATH": str(root / "stand-in")} | env,
        timeout=120,
    )


def without_uv_settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("UV_")}


def asked(root: Path) -> list[str]:
    """What pip and uv were asked, from the log."""
    log = (root / ".venv" / "install.log").read_text(encoding="utf-8").splitlines()
    return [line for line in log if line.startswith(("asked: ", "looked: "))]


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for Python is a shell script")
class TestSecondStart:
    def test_hands_over_at_once(self, checkout):
        stamp(checkout, "learn,systems")
        begin = time.monotonic()
        done = start(checkout)
        assert done.stdout.splitlines() == ["NLP Journey", "asked: start"], done.stderr
        assert time.monotonic() - begin < 2

    def test_arguments_are_handed_on(self, checkout):
        stamp(checkout, "learn,systems")
        assert start(checkout, "check", "1.2").stdout.splitlines()[-1] == "asked: check 1.2"

    def test_tests_tools_serve_learners_too_but_not_the_other_way_round(self, checkout):
        stamp(checkout, "learn,systems,dev")
        assert "asked: start" in start(checkout).stdout
        (checkout / ".venv" / "installed-learn,systems,dev").unlink()
        stamp(checkout, "learn,systems")
        done = start(checkout, "test")
        assert done.stdout.splitlines()[1:] == [INSTALLING, "asked: warmup", "asked: assets fetch", "asked: test"]
        assert "--editable" in (checkout / ".venv" / "install.log").read_text()
        assert "Installing" not in start(checkout, "test").stdout

    @pytest.mark.parametrize("file", ["pyproject.toml", "requirements.lock"])
    def test_a_changed_project_or_lock_is_installed_again(self, checkout, file):
        stamp(checkout, "learn,systems")
        (checkout / file).write_text("# other\n")
        assert INSTALLING in start(checkout).stdout
        assert INSTALLING not in start(checkout).stdout


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for Python is a shell script")
class TestInstalling:
    def test_uv_keeps_to_the_lock_and_to_what_pip_is_configured_for(self, checkout):
        assert start(checkout).returncode == 0
        fetched, *_, installed, compiled = asked(checkout)
        assert "install --constraint requirements.lock pip uv" in fetched
        for line in (installed, compiled):
            assert "constraint=requirements.lock /our own.txt builds=requirements.lock" in line
            assert "index=https://mirror.example/simple" in line
        assert "-m uv pip install" in installed and "--editable .[learn,systems] " in installed
        assert "--editable .[compiled] " in compiled

    def test_tests_get_the_tests_tools(self, checkout):
        start(checkout, "test")
        assert "--editable .[learn,systems,dev] " in asked(checkout)[-2]

    def test_pip_stands_in_where_uv_cannot_be_had(self, checkout):
        assert start(checkout, UV_CANNOT_BE_HAD="1").returncode == 0
        log = asked(checkout)
        assert not any("-m uv" in line for line in log)
        assert "install --constraint requirements.lock pip " in log[1]
        for line, extras in zip(log[2:], ("learn,systems", "compiled"), strict=True):
            assert "-m pip" in line and f"--editable .[{extras}] " in line
            assert "--constraint requirements.lock --build-constraint requirements.lock" in line

    @pytest.mark.skipif(sys.platform != "linux" or CARD, reason="PyTorch comes without CUDA anyway, or there is a card")
    def test_without_an_nvidia_card_pytorch_comes_without_cuda_if_its_index_can_be_reached(self, checkout, tmp_path):
        path = tmp_path / "bin"  # without nvidia-smi, whatever this machine has
        path.mkdir()
        for reached in (True, False):
            assert start(checkout, PATH=str(path), NO_CPU_INDEX="01"[not reached]).returncode == 0
            looked, installed, _ = asked(checkout)[1:]
            assert looked.startswith("looked: ") and "--torch-backend=cpu" in looked
            assert ("--torch-backend=cpu" in installed) == reached
            (checkout / ".venv" / "installed-learn,systems").unlink()
        (path / "nvidia-smi").write_text("#!/bin/sh\n")
        (path / "nvidia-smi").chmod(0o755)
        start(checkout, PATH=str(path))
        assert not any("--torch-backend" in line for line in asked(checkout))

    def test_an_installation_that_fails_is_told_with_the_installers_words_and_tried_again(self, checkout):
        for _ in range(2):
            done = start(checkout, INSTALLING_ENDS_WITH="1")
            assert done.returncode == 1 and "asked" not in done.stdout
            assert "asked: -m uv pip install" in done.stderr and "Run the same command again" in done.stderr
        done = start(checkout)
        assert done.returncode == 0 and done.stdout.splitlines()[-1] == "asked: start"

    def test_without_a_compiler_two_tools_are_left_out_and_everything_else_works(self, checkout):
        done = start(checkout, COMPILING_ENDS_WITH="1")
        assert done.returncode == 0 and "need a C++ compiler" in done.stdout
        assert done.stdout.splitlines()[-1] == "asked: start"

    def test_a_virtual_environment_that_was_cut_short_is_made_again(self, checkout):
        made = "made .venv {'with_pip': True, 'clear': True}"
        done = start(checkout, PIP_IS_BROKEN="1")
        assert made in done.stdout and done.stdout.splitlines()[-1] == "asked: start", done.stderr
        assert "Installing" not in start(checkout).stdout

        (checkout / "requirements.lock").write_text("uv==2.0\n")
        done = start(checkout, INSTALLING_ENDS_WITH="1")
        assert done.returncode == 1 and made not in done.stdout  # a whole one is changed in place
        (checkout / "requirements.lock").write_text("uv==1.0\n")  # installed once, but who knows what is there now
        done = start(checkout)
        assert made in done.stdout and done.stdout.splitlines()[-1] == "asked: start", done.stderr


def test_missing_venv_module_is_explained_in_a_sentence(tmp_path):
    shutil.copy(BOOTSTRAP, tmp_path / "journey")
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "requirements.lock").write_text("")
    (tmp_path / "ensurepip.py").write_text("raise ImportError('taken out, as on Debian')")
    done = start(tmp_path, PYTHONPATH=str(tmp_path))
    assert done.returncode == 1 and "sudo apt install python3-venv" in done.stderr and "Traceback" not in done.stderr


def test_an_old_python_is_explained_in_a_sentence(tmp_path):
    code = BOOTSTRAP.read_text(encoding="utf-8")
    code = code.replace("OLDEST, NEWEST = (3, 11), (3, 13)", "OLDEST, NEWEST = (9, 0), (9, 2)")
    (tmp_path / "journey").write_text(code)
    done = start(tmp_path)
    assert done.returncode == 1 and "needs Python 3.11, 3.12 or 3.13" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for Python is a shell script")
def test_a_python_that_was_not_tested_hands_over_to_one_that_was(checkout):
    """Names on the path may be empty shells, as those of pyenv are: they are passed over."""
    code = (checkout / "journey").read_text(encoding="utf-8")
    (checkout / "journey").write_text(code.replace("(3, 11), (3, 13)", "(9, 0), (9, 2)"))
    path = checkout / "bin"
    path.mkdir()
    for name, does in (("python3.2", "exit 1"), ("python3.1", 'test "$1" = -c || echo "3.1 was given: $*"')):
        (path / name).write_text(f"#!/bin/sh\n{does}\n")
        (path / name).chmod(0o755)
    done = start(checkout, "check", "1.2", PATH=str(path))
    assert done.stdout == f"3.1 was given: {checkout / 'journey'} check 1.2\n", done.stderr
