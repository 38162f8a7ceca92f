"""A separate process, limited in time and memory, for code that must not be trusted to judge itself.

What it is for: a mistake, or a clever trick, in code that a learner or a model wrote must not hang the program that runs it
or harm files. On Linux with Landlock and seccomp the kernel sees to that (`landlock`, `seccomp`); elsewhere Python's audit hook
does, which code that means to can get around (see `runner`). What it is not: a prison for hostile native code; on a server for
many people, put a container around it.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlpjourney.sandbox import codec

REPLY_LIMIT = 64 << 20
START_SECONDS = 30  # Python and NumPy start in a tenth of a second, PyTorch in two; a busy machine shall fail nobody
LOOK_SECONDS = 0.1  # between two looks at the clock and at what the code has written
FOLDER_BYTES, FOLDER_FILES = 64 << 20, 1_000
NAME_LIMIT, TEXT_LIMIT = 100, 4_000  # of what an outcome says; a forged one is cut as well
KEPT_ENVIRONMENT = ("PATH", "SYSTEMROOT", "LANG", "LC_ALL", "TMPDIR", "TEMP", "LD_LIBRARY_PATH")


@dataclass(frozen=True)
class Outcome:
    """What one call came to: a value, or the name of an error with its message."""

    value: Any = None
    error: str | None = None
    message: str = ""
    printed: str = ""
    arguments: Any = None  # as they were after the call, where that was asked for


TIMEOUT, DIED = "Timeout", "Died"


def run(
    source: str,
    function: str,
    calls: Sequence[tuple[Any, ...]],
    *,
    secret: Sequence[Path] = (),
    seconds: float = 10,
    megabytes: int = 1024,
    with_arguments: bool = False,
) -> list[Outcome]:
    """Define `source`, then call its `function` with each of `calls`; one outcome for each.

    `secret` folders cannot be read there, not even to import from them. A call that exceeds the time, kills the process or
    never returns ends the run: it and those after it come back as the errors "Timeout" or "Died". Code that fails before the
    first call gives that failure for all. PyTorch is loaded beforehand if the source imports it. `with_arguments`: outcomes also
    hold the arguments as they are after the call.
    """
    return run_trusted(
        [(source, function)],
        calls,
        secret=secret,
        seconds=seconds,
        megabytes=megabytes,
        with_arguments=with_arguments,
    )[0]


def run_trusted(
    programs: Sequence[tuple[str, str]],
    calls: Sequence[tuple[Any, ...]],
    *,
    secret: Sequence[Path] = (),
    seconds: float = 10,
    megabytes: int = 1024,
    with_arguments: bool = False,
) -> list[list[Outcome]]:
    """`run` for several (source, function) in one process, one after the other, each with `seconds` of its own.

    Only for code that does not meddle with the rest. What ends the process takes no other's outcomes with it.
    """
    if not programs:
        return []
    job = {
        "programs": programs,
        "calls": [codec.encode(list(call)) for call in calls],
        "seconds": seconds * len(programs),
        "megabytes": megabytes,
        "secret": [str(folder) for folder in secret],
        "preloaded": _to_preload(source for source, _ in programs),
        "with_arguments": with_arguments,
    }
    lines, end = _talk(json.dumps(job).encode() + b"\n", len(programs), seconds)
    done: list[list[Outcome]] = []
    while lines and len(done) < len(programs):
        lines = lines[1:]  # "started"
        if lines and isinstance(setup := lines[0].get("setup"), dict):
            failed = _outcome(setup)
            done.append([failed] * len(calls))
            lines = lines[1:]
        else:
            done.append([_outcome(line) for line in lines[: len(calls)]])
            lines = lines[len(calls) :]
    if not done:
        done = [[]]
    rest = end or Outcome(error=DIED, message="the process ended before it answered (exit, crash or out of memory)")
    done[-1] += [rest] * (len(calls) - len(done[-1]))
    done += run_trusted(
        programs[len(done) :],
        calls,
        secret=secret,
        seconds=seconds,
        megabytes=megabytes,
        with_arguments=with_arguments,
    )
    return done


def _to_preload(sources: Iterable[str]) -> list[str]:
    """PyTorch, if some source imports it (its native code cannot be loaded later), with what its optimizers need."""
    text = "\n".join(sources)
    if not re.search(r"^\s*(import|from)\s+torch\b|^\s*import\s.*,\s*torch\b", text, re.M):
        return []
    return ["torch", "torch._dynamo"] if "optim" in text else ["torch"]


def _outcome(line: dict[str, Any]) -> Outcome:
    printed = _shown(line.get("printed", ""), TEXT_LIMIT)
    if "error" in line:
        name = _shown(line["error"], NAME_LIMIT) or "Exception"
        if name in (TIMEOUT, DIED):  # names of ours: here it is the code's own exception
            name = f"your {name}"
        return Outcome(error=name, message=_shown(line.get("message", ""), TEXT_LIMIT), printed=printed)
    try:
        arguments = codec.decode(line["arguments"]) if "arguments" in line else None
        return Outcome(value=codec.decode(line["value"]), printed=printed, arguments=arguments)
    except (KeyError, ValueError, TypeError, MemoryError):
        return Outcome(error=DIED, message="the reply was not understood", printed=printed)


def _shown(text: object, limit: int) -> str:
    """A text that can be shown anywhere: cut, and half characters (lone surrogates) written out."""
    return str(text)[:limit].encode("utf-8", "backslashreplace").decode()


def _talk(job: bytes, n_programs: int, seconds: float) -> tuple[list[dict[str, Any]], Outcome | None]:
    """Send the job, collect the reply's lines; what ended it early, if anything did.

    Nothing here waits without a clock: not for the end of the reply either, which somebody else may hold open.
    """
    env = {k: v for k, v in os.environ.items() if k in KEPT_ENVIRONMENT}
    # One BLAS thread: address space, which is limited, is reserved for each of them.
    env |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    runner = Path(__file__).with_name("runner.py")
    lines: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="nlp-journey-", ignore_cleanup_errors=True) as home:
        child = subprocess.Popen(
            [sys.executable, "-I", "-B", "-X", "utf8", str(runner)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=home,
            env=env | dict.fromkeys(("HOME", "TMPDIR", "TORCHINDUCTOR_CACHE_DIR"), home),
            start_new_session=os.name == "posix",
        )
        arrived: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=_exchange, args=(child, job, arrived), daemon=True).start()
        end, deadline = None, time.monotonic() + START_SECONDS
        try:
            while end is None:
                if time.monotonic() > deadline:
                    end = Outcome(error=TIMEOUT, message=f"no answer within {seconds:g} seconds: an endless loop?")
                elif _is_too_full(home):
                    end = Outcome(
                        error="TooManyFiles",
                        message=f"more than {FOLDER_BYTES >> 20} MB or {FOLDER_FILES:,} files were written",
                    )
                with contextlib.suppress(queue.Empty):
                    if not (raw := arrived.get(timeout=LOOK_SECONDS)):
                        break
                    lines.append(_line(raw))
                    if "started" in lines[-1] and n_programs:  # a program starts now: its time begins
                        n_programs -= 1
                        deadline = time.monotonic() + seconds
        finally:
            _kill(child)
            child.wait()
    return lines, end


def _exchange(child: subprocess.Popen[bytes], job: bytes, arrived: queue.SimpleQueue[bytes]) -> None:
    """In a thread: the job in, the lines of the reply out, then an empty one."""
    assert child.stdin is not None and child.stdout is not None
    with contextlib.suppress(OSError, ValueError), child.stdin:
        child.stdin.write(job)
    with contextlib.suppress(OSError, ValueError), child.stdout:
        room = REPLY_LIMIT
        while room > 0 and (raw := child.stdout.readline(room)):
            room -= len(raw)
            arrived.put(raw)
    arrived.put(b"")


def _is_too_full(home: str) -> bool:
    """Whether the code has filled its folder (no limit of the system counts that)."""
    room = FOLDER_BYTES
    with contextlib.suppress(OSError), os.scandir(home) as entries:
        for n, entry in enumerate(entries):
            with contextlib.suppress(OSError):
                room -= entry.stat(follow_symlinks=False).st_size
            if room < 0 or n >= FOLDER_FILES:
                return True
    return False


def _line(raw: bytes) -> dict[str, Any]:
    """One line of the reply; a forged one becomes an empty dict, which no outcome can be read from."""
    try:
        line = json.loads(raw)
    except (ValueError, RecursionError, MemoryError):
        return {}
    return line if isinstance(line, dict) else {}


def _kill(child: subprocess.Popen[bytes]) -> None:
    """End the process with everything that it may have started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.name == "posix":
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()
