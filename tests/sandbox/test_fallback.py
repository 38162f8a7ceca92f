"""Where the kernel does not help, Python's audit hook refuses the same to code that does not set out to switch it off."""

import shutil
from pathlib import Path

import pytest

from nlpjourney.sandbox import process, run


@pytest.fixture(autouse=True)
def no_kernel(tmp_path, monkeypatch):
    """The sandbox as on a system without Landlock and seccomp."""
    folder = tmp_path / "sandbox"
    shutil.copytree(Path(process.__file__).parent, folder)
    for name, line in (("landlock", "def version(): return 0"), ("seccomp", "def available(): return False")):
        with (folder / f"{name}.py").open("a") as file:
            file.write(f"\n{line}\n")
    monkeypatch.setattr(process, "__file__", str(folder / "process.py"))


@pytest.mark.parametrize(
    "body",
    [
        "open({file!r}).read()",
        "import os; os.open({file!r}, os.O_RDONLY)",
        "import sqlite3",
        "import readline",
        "import tokenizers",
        "import numpy, os; os.open(numpy.__file__, os.O_RDONLY | os.O_TRUNC)",
        "import os; os.mkdir({file!r} + 'x')",
        "import subprocess; subprocess.run(['true'])",
        "import os, resource; resource.prlimit(os.getppid(), resource.RLIMIT_AS, (1, 1))",
        "import socket; socket.socket()",
        "import ctypes; ctypes.CDLL(None)",
        "import os, sys; os.devnull = {file!r}; os.fsdecode = lambda p: os.getcwd(); open(os.fsencode({file!r}))",
        "import sys; m = sys.modules['__main__']; m.FORBIDDEN_EVENTS = m.PATH_EVENTS = (); open({file!r})",
    ],
)  # fmt: skip
def test_files_processes_and_the_network_are_refused(body, tmp_path):
    import numpy

    file, library = tmp_path / "secret", Path(numpy.__file__)
    file.write_text("42")
    before = library.read_bytes()
    outcome = run("def f():\n    " + body.format(file=str(file)), "f", [()])[0]
    assert outcome.error == "PermissionError", outcome
    assert library.read_bytes() == before


def test_answers_still_run():
    assert run("import numpy as np\ndef f(x):\n    return np.sum(x)", "f", [([1, 2],)])[0].value == 3
