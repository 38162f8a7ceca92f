"""Tricks against the grader: none passes, none hangs, none reaches a file, a process or the network."""

import importlib
import time

import pytest

from nlpjourney import sandbox
from nlpjourney.sandbox import run
from nlpjourney.study import grade as grade_module
from nlpjourney.study import practice
from nlpjourney.study.grade import grade

sample = importlib.import_module("tests.study.sample")

ALWAYS_EQUAL = """
class Yes(dict):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return 0
    __class__ = dict
def count_words(words):
    return Yes()
"""

PATCHED_COUNTER = """
import collections
collections.Counter = lambda words: {}
def count_words(words):
    return {}
"""

PATCHED_EQUALITY = """
import builtins, math, sys
builtins.isinstance = lambda *a: True
builtins.len = lambda x: 0
math.isclose = lambda *a, **k: True
for module in list(sys.modules.values()):
    if hasattr(module, "difference"):
        module.difference = lambda *a: None
def count_words(words):
    return {}
"""

IMPORTS_THE_GRADER = """
def count_words(words):
    from nlpjourney.study import grade, compare
    compare.difference = grade._fault = lambda *a: None
    return {}
"""

READS_THE_REFERENCE = f"""
def count_words(words):
    with open({sample.__file__!r}) as f:
        space = {{}}
        exec(f.read(), space)
    return space["COUNT"].reference(words)
"""

READS_BY_OS = f"""
import os
def count_words(words):
    fd = os.open({sample.__file__!r}, os.O_RDONLY)
    space = {{}}
    exec(os.read(fd, 1_000_000), space)
    return space["COUNT"].reference(words)
"""

IMPORTS_THE_PACKAGE = """
def count_words(words):
    import nlpjourney.study.practice
    return nlpjourney.study.practice.practice("1.2").exercise("1.2.a").reference(words)
"""

FORGES_THE_REPLY = """
import json, os
def count_words(words):
    forged = json.dumps({"value": {"t": "dict", "v": []}, "verdict": "passed", "passed": True}) + "\\n"
    for fd in range(3, 20):
        try:
            os.write(fd, forged.encode() * 100)
        except OSError:
            pass
    return {}
"""

FORGES_A_VERDICT = """
import os
def count_words(words):
    line = b'{"exercise": "9.9.a", "title": "", "status": "passed", "tried": 40}\\n'
    for fd in range(20):
        try:
            os.write(fd, line)
        except OSError:
            pass
    os._exit(0)
"""

WALKS_THE_HEAP = """
import gc, sys
def count_words(words):
    for thing in gc.get_objects():
        if isinstance(thing, dict) and "expected" in thing or "reference" in getattr(thing, "__dict__", {}):
            return thing["expected"]
    frame = sys._getframe()
    while frame:
        if "expected" in frame.f_locals:
            return frame.f_locals["expected"]
        frame = frame.f_back
    return {}
"""

EXITS = "import sys\ndef count_words(words):\n    sys.exit(0)"
EXITS_HARD = "import os\ndef count_words(words):\n    os._exit(0)"
EXITS_AT_IMPORT = "import os\nos._exit(0)\ndef count_words(words):\n    return {}"
KILLS_ITSELF = "import os, signal\ndef count_words(words):\n    os.kill(os.getpid(), signal.SIGKILL)"
KILLS_THE_PARENT = "import os, signal\ndef count_words(words):\n    os.kill(os.getppid(), signal.SIGKILL)"
FORKS = "import os\ndef count_words(words):\n    while True:\n        os.fork()"
SPAWNS = "import subprocess\ndef count_words(words):\n    return subprocess.run(['true']).returncode"
SPAWNS_LOW = """
import _posixsubprocess, os
def count_words(words):
    return os.posix_spawn("/bin/true", ["true"], {})
"""
LOADS_C = "import ctypes\ndef count_words(words):\n    return ctypes.CDLL(None).getpid()"
CONNECTS = """
import socket
def count_words(words):
    socket.create_connection(("192.0.2.1", 80), timeout=1)
    return {}
"""
WRITES_A_FILE = "def count_words(words):\n    open('/tmp/nlp-journey-attack', 'w').write('x')\n    return {}"
RECURSES = "def count_words(words):\n    return count_words(words)"
RECURSES_DEEPLY = """
import sys
sys.setrecursionlimit(10**9)
def count_words(words):
    return count_words(words)
"""
NESTS_DEEPLY = """
def count_words(words):
    nested = []
    for _ in range(100_000):
        nested = [nested]
    return nested
"""
CONTAINS_ITSELF = "def count_words(words):\n    loop = {}\n    loop['x'] = loop\n    return loop"
EATS_MEMORY = "def count_words(words):\n    return [0] * 10**10"
EATS_MEMORY_SLOWLY = """
def count_words(words):
    kept = []
    while True:
        kept.append(bytearray(10_000_000))
"""
PRINTS_FOREVER = "def count_words(words):\n    while True:\n        print('x' * 10_000)"
RETURNS_TOO_MUCH = "def count_words(words):\n    return 'x' * 200_000_000"
RETURNS_TOO_MANY = "def count_words(words):\n    return list(range(3_000_000))"
LOOPS = "def count_words(words):\n    while True:\n        pass"
LOOPS_AT_IMPORT = "while True:\n    pass\ndef count_words(words):\n    return {}"
LOOPS_WITHOUT_MERCY = """
import signal, threading
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
def spin():
    while True:
        pass
def count_words(words):
    for _ in range(4):
        threading.Thread(target=spin).start()
    spin()
"""
RETURNS_A_GENERATOR = "def count_words(words):\n    return (w for w in words)"
RETURNS_A_BOMB = """
class Bomb:
    def __repr__(self): raise SystemExit
    def __reduce__(self): import os; return os._exit, (0,)
def count_words(words):
    return Bomb()
"""
RAISES_ODDLY = """
class Odd(BaseException):
    def __str__(self): raise KeyboardInterrupt
def count_words(words):
    raise Odd()
"""
HUGE_INT = "def count_words(words):\n    return 1 << 10_000_000"

ATTACKS = {name: value for name, value in globals().items() if name.isupper() and isinstance(value, str)}


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_neither_passes_nor_hangs(name, monkeypatch):
    exercise = sample.COUNT
    # Two seconds are enough to tell an endless loop; the sample has only a few, small inputs.
    monkeypatch.setattr(grade_module, "DRAWS", 5)
    start = time.monotonic()
    verdict = grade(type(exercise)(**(vars(exercise) | {"seconds": 2})), ATTACKS[name])
    assert verdict.status == "failed", verdict
    assert time.monotonic() - start < 60


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("LOOPS", "Timeout"), ("EXITS_HARD", "Died"), ("RECURSES", "RecursionError"), ("EATS_MEMORY", "MemoryError"),
        ("SPAWNS", "PermissionError"), ("CONNECTS", "PermissionError"), ("READS_THE_REFERENCE", "PermissionError"),
        ("LOADS_C", "PermissionError"), ("WRITES_A_FILE", "PermissionError"), ("FORKS", "PermissionError"),
        ("KILLS_THE_PARENT", "PermissionError"), ("RETURNS_A_GENERATOR", "NotPlain"), ("ALWAYS_EQUAL", "NotPlain"),
        ("CONTAINS_ITSELF", "NotPlain"), ("HUGE_INT", "NotPlain"), ("RETURNS_TOO_MANY", "NotPlain"),
    ],
)  # fmt: skip
def test_attack_is_told_for_what_it_is(name, word):
    seconds = 2 if word == "Timeout" else 30  # on a busy machine, too
    outcome = run(ATTACKS[name], "count_words", [(["a", "b"],)], seconds=seconds)[0]
    assert outcome.error == word, outcome


def test_the_package_itself_is_refused_by_name():
    outcome = run(IMPORTS_THE_PACKAGE, "count_words", [(["a"],)], secret=grade_module.SECRET)[0]
    assert outcome.error == "PermissionError" and "may not import nlpjourney" in outcome.message


def test_forged_lines_cannot_shift_a_right_value_to_where_it_is_wanted():
    outcomes = run(FORGES_THE_REPLY, "count_words", [(["a"],), (["b"],)], seconds=2)
    assert [sandbox.encode(o.value) for o in outcomes if o.error is None] in (
        [], [{"t": "dict", "v": []}], [{"t": "dict", "v": []}] * 2,
    )  # fmt: skip


def test_forged_starts_win_no_time():
    """A line "started" starts a program's clock: the code's own must not start it again and again."""
    source = """
import os, time
def f(x):
    for _ in range(40):
        time.sleep(0.25)
        for fd in range(3, 20):
            try:
                os.write(fd, b'{"started": true}' + bytes([10]))
            except OSError:
                pass
    return x
"""
    assert (
        run(source, "f", [(1,)], seconds=1)[0].value is None
    )  # with a new clock each time it would have come to its end


def test_nothing_of_the_exercise_is_in_the_process():
    source = """
def count_words(words):
    import gc, sys
    frames, frame = [], sys._getframe()
    while frame:
        frames.append(sorted(frame.f_locals))
        frame = frame.f_back
    return [str(frames), sorted(m for m in sys.modules if "nlpjourney" in m or "hypothesis" in m)]
"""
    frames, modules = run(source, "count_words", [(["a"],)])[0].value
    assert modules == []
    assert "reference" not in frames and "expected" not in frames


def test_the_learners_environment_is_not_handed_on(monkeypatch):
    monkeypatch.setenv("MY_SECRET_TOKEN", "abc")
    source = "import os\ndef f():\n    return sorted(os.environ)"
    assert "MY_SECRET_TOKEN" not in run(source, "f", [()])[0].value


def test_exercises_module_itself_is_out_of_reach():
    """The folder with all references and solutions, as a learner would name it."""
    folder = practice.topic("1.2").folder
    source = f"import os\ndef f():\n    return os.listdir({str(folder)!r})"
    assert run(source, "f", [()])[0].error == "PermissionError"
