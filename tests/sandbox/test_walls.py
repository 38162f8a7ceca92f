"""What the kernel refuses to the judged code after it has switched the audit hook off (which Python code can)."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from nlpjourney.sandbox import landlock, run, seccomp

HERE = Path(__file__).resolve().parent
pytestmark = pytest.mark.skipif(
    not (landlock.version() and seccomp.available()), reason="this kernel has no Landlock or no known seccomp"
)

WITHOUT_HOOK = """
import gc, types
def unhook():
    for thing in gc.get_objects():
        if isinstance(thing, types.FunctionType) and thing.__qualname__.endswith("lock_up.<locals>.hook"):
            for name, cell in zip(thing.__code__.co_freevars, thing.__closure__):
                if name in ("forbidden", "with_paths", "unwatched"):
                    cell.cell_contents = ()
unhook()
def f(*args):
"""


def attack(body, *args, **options):
    return run(WITHOUT_HOOK + textwrap.indent(body, "    "), "f", [args], **{"seconds": 20} | options)[0]


def test_the_hook_can_be_switched_off():
    """Else the tests below would prove nothing of the kernel."""
    assert attack("import ctypes\nctypes.string_at(b'a')\nreturn 1").value == 1


def test_libraries_threads_and_the_own_folder_stay():
    body = """
import threading, scipy.sparse, numpy, zoneinfo
done = []
thread = threading.Thread(target=lambda: done.append(1))
thread.start(); thread.join()
open("own", "w").write("a"); open("own", "a").write("b")
import os
os.rename("own", "other")
text = open("other").read()
os.remove("other")
return [done, text, float(numpy.linalg.det(numpy.eye(3)))]
"""
    assert attack(body).value == [[1], "ab", 1.0]


READS = {
    "open": "open(path).read()",
    "open in C": "import readline; readline.read_history_file(path)",
    "libc": "import ctypes; lib = ctypes.CDLL(None)\nif lib.open(path.encode(), 0) < 0: raise PermissionError",
    "tokenizers": """
from tokenizers import Tokenizer, models, trainers
t = Tokenizer(models.BPE()); t.train([path], trainers.BpeTrainer(vocab_size=300))
if t.get_vocab_size() > 0: return t.get_vocab_size()
""",
    "sqlite": "import sqlite3; sqlite3.connect(path).execute('select * from sqlite_master').fetchall()",
    "import": "import sys, os; sys.path.insert(0, os.path.dirname(path)); __import__(os.path.basename(path)[:-3])",
}


@pytest.mark.parametrize("way", READS)
def test_secret_files_cannot_be_read(way, tmp_path):
    file = tmp_path / "secret.py"
    file.write_text("the answer = 42")
    outcome = attack(f"path = {str(file)!r}\n{READS[way]}\nreturn 'read'")
    assert outcome.error and outcome.value is None, outcome


def test_secret_folders_inside_of_readable_ones_stay_shut():
    """As the package's own folder in an installation: beside other packages, which can be imported."""
    import numpy

    shut = Path(numpy.__file__).parent / "ma"
    assert attack(f"return len(open({str(shut / 'core.py')!r}).read())", secret=[shut]).error == "PermissionError"
    assert attack(f"return len(open({str(shut.parent / 'version.py')!r}).read()) > 0", secret=[shut]).value is True


WRITES = {
    "sqlite": """
import sqlite3
db = sqlite3.connect(":memory:")
db.execute(f"attach '{path}' as x")
db.execute("create table x.y(z)")
""",
    "vacuum": "import sqlite3\nsqlite3.connect(':memory:').execute(f\"vacuum into '{path}'\")",
    "readline": "import readline; readline.write_history_file(path)",
    "fifo": "import os; os.mkfifo(path)",
    "node": "import os; os.mknod(path)",
    "folder": "import os; os.mkdir(path)",
    "link": "import os; open('own', 'w').close(); os.link('own', path)",
    "rename": "import os; open('own', 'w').close(); os.rename('own', path)",
    "open": "open(path, 'w')",
}  # fmt: skip


@pytest.mark.parametrize("way", WRITES)
def test_nothing_is_written_elsewhere(way, tmp_path):
    target = tmp_path / "new"
    assert attack(f"path = {str(target)!r}\n{WRITES[way]}").error
    assert not target.exists()


CHANGES = {
    "emptied": "os.open(path, os.O_RDONLY | os.O_TRUNC)",
    "truncated": "os.truncate(path, 0)",
    "mode": "os.chmod(path, 0)",
    "owner": "os.chown(path, 1, 1)",
    "time": "os.utime(path)",
    "attribute": "os.setxattr(path, 'user.a', b'1')",
    "removed": "os.remove(path)",
    "flags": "import fcntl, struct; fcntl.ioctl(os.open(path, os.O_RDONLY), 0x40086602, struct.pack('l', 0))",
}


@pytest.mark.parametrize("way", CHANGES)
def test_files_that_may_be_read_are_not_changed(way):
    import numpy

    file = Path(numpy.__file__).parent / "version.py"
    before = (file.read_bytes(), file.stat().st_mode, file.stat().st_mtime_ns)
    outcome = attack(f"import os\npath = {str(file)!r}\n{CHANGES[way]}")
    assert outcome.error == "PermissionError", outcome
    assert (file.read_bytes(), file.stat().st_mode, file.stat().st_mtime_ns) == before


REFUSED = {
    "stop the grader": "signal.pidfd_send_signal(os.pidfd_open(os.getppid()), signal.SIGSTOP)",
    "kill the grader": "os.kill(os.getppid(), signal.SIGKILL)",
    "limit the grader": "resource.prlimit(os.getppid(), resource.RLIMIT_AS, (1, 1))",
    "raise a limit": "resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))",
    "own session": "os.setsid()",
    "own group": "os.setpgid(0, 0)",
    "fork": "os.fork()",
    "process": "subprocess.run(['true'])",
    "fresh fork_exec": """
del sys.modules["_posixsubprocess"], sys.modules["subprocess"]
import subprocess
subprocess.run(["true"])
""",
    "become": "os.execv(sys.executable, ['python'])",
    "socket": "socket.socket()",
    "memory file": "os.memfd_create('a')",
    "signal by file": "import fcntl; fcntl.fcntl(os.open('/dev/urandom', 0), 8, os.getppid())",
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_other_processes_the_network_and_limits_are_out_of_reach(what):
    outcome = attack(f"import os, resource, signal, socket, sys\nimport subprocess\n{REFUSED[what]}\nreturn 1")
    # Python says of a refused setrlimit, whatever the reason, that the limit may not be raised.
    assert outcome.error == ("ValueError" if what == "raise a limit" else "PermissionError"), outcome


def test_old_numbers_of_calls_are_no_way_around():
    """x86-64 has the same calls a second time, from 2**30 on."""
    body = "import ctypes\nlib = ctypes.CDLL(None, use_errno=True)\nreturn [lib.syscall((1 << 30) + 57), ctypes.get_errno()]"
    assert attack(body).value == [-1, 1 if os.uname().machine == "x86_64" else 38]


def test_folder_is_not_filled():
    body = """
for i in range(200):
    with open(str(i), "wb") as f:
        f.write(bytes(4_000_000))
import time
time.sleep(30)
"""
    assert attack(body, seconds=60).error == "TooManyFiles"
    many = "import time\nfor i in range(1100):\n    open(str(i), 'w').close()\ntime.sleep(30)"
    assert attack(many, seconds=60).error == "TooManyFiles"
    assert attack("open('large', 'wb').write(bytes(5_000_000))").error == "OSError"
    assert attack("return len([open(str(i), 'w') for i in range(100)])").error == "OSError"


def test_sandbox_ends_with_the_program_that_started_it(tmp_path):
    mark = tmp_path / "pid"
    program = f"""
import subprocess, threading, time
from nlpjourney.sandbox import process, run
started = subprocess.Popen
def popen(*args, **options):
    child = started(*args, **options)
    open({str(mark)!r}, "w").write(str(child.pid))
    return child
process.subprocess.Popen = popen
run("def f():\\n    while True: pass", "f", [()], seconds=60)
"""
    parent = subprocess.Popen([sys.executable, "-c", program])
    deadline = time.monotonic() + 60
    while not (mark.exists() and mark.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    child = int(mark.read_text())
    while time.monotonic() < deadline:
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("the sandbox goes on without its parent")
