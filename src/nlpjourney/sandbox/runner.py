"""Runs functions on given inputs inside the sandbox process. Started by `sandbox`, never imported.

The process knows the inputs and nothing else: no reference, no expected answer. So whatever the code does here (patch
modules, write to the reply, exit), the most it can reach is a wrong reply about itself. On Linux the kernel shuts all else
out before the code begins: files other than the libraries' and those of its own empty folder (`landlock`); other processes,
the network, and ways around the limits (`seccomp`). An audit hook refuses the same everywhere, and says it in plainer words; but
it is Python, and code in the same process that means to can switch it off. Where the kernel does not help, it is all there is.
"""

import contextlib
import json
import os
import signal
import sys
import traceback
from collections.abc import Iterable
from typing import Any

PRINT_LIMIT = 4_000

NAME_LIMIT, MESSAGE_LIMIT = 100, 500
LARGEST_FILE, OPEN_FILES = 4 << 20, 64  # also what files that are open and removed can come to: 256 MB
SYSTEM_FILES = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo",
    "/dev/urandom", "/dev/zero", "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu",
)  # fmt: skip

FORBIDDEN_EVENTS = (
    "subprocess.Popen", "os.system", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.exec", "os.startfile",
    "os.kill", "os.killpg", "signal.pthread_kill", "pty.spawn", "socket.", "ctypes.", "winreg.", "webbrowser.open",
    "resource.setrlimit", "resource.prlimit", "sys.addaudithook",
)  # fmt: skip
PATH_EVENTS = (
    "open", "os.listdir", "os.scandir", "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink",
    "os.chmod", "os.chown", "os.truncate", "os.utime", "os.chdir", "shutil.rmtree", "shutil.copyfile", "shutil.move",
    "sqlite3.connect",
)  # fmt: skip
# These open files without an audit event: refused where the kernel does not watch.
UNWATCHED_IMPORTS = ("_sqlite3", "readline", "_dbm", "_gdbm", "_cffi_backend", "pyarrow", "tokenizers", "cffi")


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
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, ValueError):
        with open("/proc/self/statm") as f:
            used = int(f.read().split()[0]) * resource.getpagesize()
        limit = used + megabytes * (1 << 20)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def library_folders() -> set[str]:
    """Where the native libraries lie that are loaded by now: others that come later lie beside them."""
    with open("/proc/self/maps") as f:
        files = [line.split(maxsplit=5)[5].strip() for line in f if ".so" in line]
    return {os.path.dirname(file) for file in files}


def kernel_walls(here: str, home: str, readable: list[str], secret: list[str]) -> bool:
    """Have the kernel shut out what it can; whether it watches over files. (Older ones cannot, and a container may forbid it.)"""
    landlock, seccomp = load(os.path.join(here, "landlock.py")), load(os.path.join(here, "seccomp.py"))
    watches = False
    if landlock.version() > 0:
        with contextlib.suppress(OSError):
            landlock.restrict([*readable, *SYSTEM_FILES, *library_folders()], [home, os.devnull], secret)
            watches = True
    if seccomp.available():
        with contextlib.suppress(OSError):
            seccomp.restrict()
    return watches


def die_with_the_parent() -> None:
    """On Linux: whoever asked is gone, then so is this process, whatever it is doing."""
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(
            1, ctypes.c_ulong(signal.SIGKILL), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)
        )


def lock_up(home: str, readable: list[str], secret: list[str], kernel_watches: bool) -> None:
    """Install the audit hook. `secret` folders stay shut even when they lie inside `readable` ones."""
    # All that the hook needs, bound here: what the code rebinds elsewhere is not looked up.
    real, commonpath, decode, devnull = os.path.realpath, os.path.commonpath, os.fsdecode, os.devnull
    forbidden, with_paths, unwatched = FORBIDDEN_EVENTS, PATH_EVENTS, () if kernel_watches else UNWATCHED_IMPORTS
    changes = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    packages = {os.path.basename(folder) for folder in secret}
    refuse, pathlike = PermissionError, os.PathLike

    def inside(place: str, folders: Iterable[str]) -> bool:
        for folder in folders:
            try:
                if commonpath((place, folder)) == folder:
                    return True
            except ValueError:  # another drive
                continue
        return False

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event.startswith(forbidden):
            why = ": native code cannot be loaded here; use NumPy, SciPy or PyTorch" if event == "ctypes.dlopen" else ""
            raise refuse(f"the checked code may not use {event}{why}")
        if event == "import" and args[0] in unwatched:
            raise refuse(f"the checked code may not import {args[0]}: it opens files unseen")
        if event == "import" and args[0].partition(".")[0] in packages:
            raise refuse(f"the checked code may not import {args[0]}: write what you need of it yourself")
        if event in with_paths:
            for given in args[:2] if event != "open" else args[:1]:
                arg = decode(given) if isinstance(given, bytes) else given
                if not isinstance(arg, str | pathlike):
                    continue
                place = real(arg)
                writes = event != "open" or any(c in (args[1] or "r") for c in "wax+") or (args[2] or 0) & changes
                if inside(place, (home,)) or place == devnull:
                    continue
                if inside(place, secret) or (writes and event not in ("os.listdir", "os.scandir")):
                    raise refuse(f"the checked code may not touch {arg}")
                if not inside(place, readable):
                    raise refuse(f"the checked code may not read {arg}")

    sys.addaudithook(hook)


def load(file: str) -> Any:
    """A module of the sandbox, by its file: the package itself is out of reach here."""
    import importlib.util

    spec = importlib.util.spec_from_file_location(file.rpartition(os.sep)[2].removesuffix(".py"), file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> None:
    job = json.loads(sys.stdin.buffer.readline())
    # The reply has a descriptor of its own; what the code prints, at any level, does not reach it.
    reply = os.fdopen(os.dup(1), "w", encoding="utf-8")
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)

    here = os.path.dirname(os.path.abspath(__file__))
    codec = load(os.path.join(here, "codec.py"))
    home, secret = os.path.realpath(os.getcwd()), [os.path.realpath(p) for p in job["secret"]]
    readable = [os.path.realpath(p) for p in {sys.prefix, sys.base_prefix, *sys.path} if p]
    if sys.platform == "linux":
        die_with_the_parent()
    import numpy  # noqa: F401  (before the walls: it loads native code)

    for name in job["preloaded"]:
        with contextlib.suppress(Exception):  # the answer's own import will say what is wrong with it
            __import__(name)
    limit_resources(job["seconds"], job["megabytes"])
    kernel_watches = sys.platform == "linux" and kernel_walls(here, home, readable, secret)

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

    printed = Printed()
    sys.stdout = sys.stderr = printed
    lock_up(home, readable, secret, kernel_watches)

    def failure(error: BaseException) -> dict[str, str]:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == "<your code>"]
        line = f" (line {frames[-1].lineno})" if frames else ""
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, PermissionError):
            cause = cause.__context__
        if (
            isinstance(error, ImportError | OSError) and cause is not None
        ):  # what a library made of our refusal says less
            error = cause
        try:
            name, text = str(type(error).__name__)[:NAME_LIMIT], str(error)[:MESSAGE_LIMIT]
        except BaseException:
            name, text = "Exception", "?"
        return {"error": name, "message": text + line}

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
                arguments = codec.decode(call)
                outcome = {"value": codec.encode(function(*arguments))}
                if job["with_arguments"]:
                    outcome["arguments"] = codec.encode(arguments)
            except BaseException as e:
                outcome = failure(e)
            send(**outcome, printed=printed.text)

    for source, name in job["programs"]:
        run(source, name)


main()
