"""Runs functions on given inputs inside the sandbox process. Started by `sandbox`, never imported.

The process knows the inputs and nothing else: no reference, no expected answer. So whatever the code does here (patch
modules, write to the reply, exit), the most it can reach is a wrong reply about itself. An audit hook, which cannot be
taken off again, keeps it from files outside its own empty folder, from other processes and from the network.
"""

import contextlib
import json
import os
import sys
import traceback
from collections.abc import Iterable
from typing import Any

PRINT_LIMIT = 4_000

FORBIDDEN_EVENTS = (
    "subprocess.Popen", "os.system", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.exec", "os.startfile",
    "os.kill", "os.killpg", "signal.pthread_kill", "pty.spawn", "socket.", "ctypes.", "winreg.", "webbrowser.open",
)  # fmt: skip
PATH_EVENTS = (
    "open", "os.listdir", "os.scandir", "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink",
    "os.chmod", "os.chown", "os.truncate", "os.utime", "os.chdir", "shutil.rmtree", "shutil.copyfile", "shutil.move",
    "sqlite3.connect",
)  # fmt: skip


class Printed:
    """Standard output of the learner's code: the first characters are kept, the rest is dropped."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        self.text += text[: max(0, PRINT_LIMIT - len(self.text))]
        return len(text)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return False


def limit_resources(seconds: float, megabytes: int) -> None:
    try:
        import resource
    except ImportError:  # Windows: the parent's clock is the only limit
        return
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 8, int(seconds) + 9))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 24, 1 << 24))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, ValueError):
        with open("/proc/self/statm") as f:
            used = int(f.read().split()[0]) * resource.getpagesize()
        limit = used + megabytes * (1 << 20)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def lock_up(home: str, readable: list[str], secret: list[str]) -> None:
    """Install the audit hook. `secret` folders stay shut even when they lie inside `readable` ones."""
    real, commonpath = os.path.realpath, os.path.commonpath
    refuse = PermissionError

    def inside(place: str, folders: Iterable[str]) -> bool:
        for folder in folders:
            try:
                if commonpath((place, folder)) == folder:
                    return True
            except ValueError:  # another drive
                continue
        return False

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event.startswith(FORBIDDEN_EVENTS):
            raise refuse(f"the checked code may not use {event}")
        if event in PATH_EVENTS:
            for arg in args[:2] if event != "open" else args[:1]:
                if isinstance(arg, bytes):
                    arg = os.fsdecode(arg)  # noqa: PLW2901
                if not isinstance(arg, str | os.PathLike):
                    continue
                place = real(arg)
                writes = event != "open" or any(c in (args[1] or "r") for c in "wax+") or (args[2] or 0) & 3
                if inside(place, (home,)) or place == os.devnull:
                    continue
                if inside(place, secret) or (writes and event not in ("os.listdir", "os.scandir")):
                    raise refuse(f"the checked code may not touch {arg}")
                if not inside(place, readable):
                    raise refuse(f"the checked code may not read {arg}")

    sys.addaudithook(hook)


def main() -> None:
    job = json.loads(sys.stdin.buffer.readline())
    # The reply has a descriptor of its own; what the code prints, at any level, does not reach it.
    reply = os.fdopen(os.dup(1), "w", encoding="utf-8")
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)

    import importlib.util

    spec = importlib.util.spec_from_file_location("codec", job["codec"])
    assert spec is not None and spec.loader is not None
    codec: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(codec)
    import numpy  # noqa: F401  (before the hook: it loads ctypes)

    with contextlib.suppress(ImportError):
        import _posixsubprocess

        def refused(*_: object) -> None:
            raise PermissionError("the checked code may not start a process")

        # The one way to start a process that raises no audit event.
        module: Any = _posixsubprocess
        module.fork_exec = refused

    def send(**line: object) -> None:
        reply.write(json.dumps(line) + "\n")
        reply.flush()

    limit_resources(job["seconds"], job["megabytes"])
    printed = Printed()
    sys.stdout = sys.stderr = printed
    readable = [os.path.realpath(p) for p in {sys.prefix, sys.base_prefix, *sys.path} if p]
    lock_up(os.path.realpath(os.getcwd()), readable, [os.path.realpath(p) for p in job["secret"]])

    def failure(error: BaseException) -> dict[str, str]:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == "<your code>"]
        line = f" (line {frames[-1].lineno})" if frames else ""
        try:
            text = str(error)[:500]
        except BaseException:
            text = "?"
        return {"error": type(error).__name__, "message": text + line}

    calls = job["calls"]

    def run(source: str, name: str) -> None:
        space: dict[str, Any] = {"__name__": "learner"}
        printed.text = ""
        send(started=True)  # from here on the parent's clock runs
        try:
            exec(compile(source, "<your code>", "exec"), space)
            function = space[name]
        except BaseException as e:
            send(setup=failure(e), printed=printed.text)
            return
        for call in calls:
            printed.text = ""
            try:
                outcome = {"value": codec.encode(function(*codec.decode(call)))}
            except BaseException as e:
                outcome = failure(e)
            send(**outcome, printed=printed.text)

    for source, name in job["programs"]:
        run(source, name)


main()
