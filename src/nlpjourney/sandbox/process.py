"""A separate process, limited in time and memory, for code that must not be trusted to judge itself.

What it is for: a mistake, or a clever trick, in code that a learner or a model wrote must not hang the program that runs it
or harm files. What it is not: a prison for hostile native code; on a server for many people, put a container around it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlpjourney.sandbox import codec

REPLY_LIMIT = 64 << 20
START_SECONDS = 30  # Python and NumPy start in a tenth of a second; a busy machine shall fail nobody
KEPT_ENVIRONMENT = ("PATH", "SYSTEMROOT", "LANG", "LC_ALL", "TMPDIR", "TEMP", "LD_LIBRARY_PATH")


@dataclass(frozen=True)
class Outcome:
    """What one call came to: a value, or the name of an error with its message."""

    value: Any = None
    error: str | None = None
    message: str = ""
    printed: str = ""


def run(
    source: str,
    function: str,
    calls: Sequence[tuple[Any, ...]],
    *,
    secret: Sequence[Path] = (),
    seconds: float = 10,
    megabytes: int = 1024,
) -> list[Outcome]:
    """Define `source`, then call its `function` with each of `calls`; one outcome for each.

    `secret` folders cannot be read there, not even to import from them. A call that exceeds the time, kills the process or
    never returns ends the run: it and those after it come back as the errors "Timeout" or "Died". Code that fails before the
    first call gives that failure for all.
    """
    return run_trusted([(source, function)], calls, secret=secret, seconds=seconds, megabytes=megabytes)[0]


def run_trusted(
    programs: Sequence[tuple[str, str]],
    calls: Sequence[tuple[Any, ...]],
    *,
    secret: Sequence[Path] = (),
    seconds: float = 10,
    megabytes: int = 1024,
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
        "codec": codec.__file__,
        "secret": [str(folder) for folder in secret],
    }
    lines, timed_out = _talk(json.dumps(job).encode() + b"\n", len(programs), seconds)
    done: list[list[Outcome]] = []
    while lines and len(done) < len(programs):
        lines = lines[1:]  # "started"
        if lines and isinstance(setup := lines[0].get("setup"), dict):
            failed = Outcome(error=str(setup.get("error")), message=str(setup.get("message")))
            done.append([failed] * len(calls))
            lines = lines[1:]
        else:
            done.append([_outcome(line) for line in lines[: len(calls)]])
            lines = lines[len(calls) :]
    if not done:
        done = [[]]
    if timed_out:
        rest = Outcome(error="Timeout", message=f"no answer within {seconds:g} seconds: an endless loop?")
    else:
        rest = Outcome(error="Died", message="the process ended before it answered (exit, crash or out of memory)")
    done[-1] += [rest] * (len(calls) - len(done[-1]))
    done += run_trusted(programs[len(done) :], calls, secret=secret, seconds=seconds, megabytes=megabytes)
    return done


def _outcome(line: dict[str, Any]) -> Outcome:
    printed = str(line.get("printed", ""))
    if "error" in line:
        return Outcome(error=str(line["error"]), message=str(line.get("message", "")), printed=printed)
    try:
        return Outcome(value=codec.decode(line["value"]), printed=printed)
    except (KeyError, ValueError, TypeError):
        return Outcome(error="Died", message="the reply was not understood", printed=printed)


def _talk(job: bytes, n_programs: int, seconds: float) -> tuple[list[dict[str, Any]], bool]:
    """Send the job, collect the reply's lines; True when the clock ended it."""
    env = {k: v for k, v in os.environ.items() if k in KEPT_ENVIRONMENT}
    # One BLAS thread: address space, which is limited, is reserved for each of them.
    env |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    runner = Path(__file__).with_name("runner.py")
    with tempfile.TemporaryDirectory(prefix="nlp-journey-", ignore_cleanup_errors=True) as home:
        child = subprocess.Popen(
            [sys.executable, "-I", "-B", "-X", "utf8", str(runner)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=home,
            env=env | {"HOME": home},
            start_new_session=os.name == "posix",
        )
        timed_out = threading.Event()

        def stop() -> None:
            timed_out.set()
            _kill(child)

        clock = threading.Timer(START_SECONDS, stop)
        clock.start()
        lines: list[dict[str, Any]] = []
        assert child.stdin is not None and child.stdout is not None
        try:
            with contextlib.suppress(BrokenPipeError):
                child.stdin.write(job)
                child.stdin.close()
            room = REPLY_LIMIT
            while room > 0 and (raw := child.stdout.readline(room)):
                room -= len(raw)
                lines.append(_line(raw))
                if "started" in lines[-1] and n_programs:  # a program starts now: its time begins
                    n_programs -= 1
                    clock.cancel()
                    clock = threading.Timer(seconds, stop)
                    clock.start()
        finally:
            clock.cancel()
            _kill(child)
            child.wait()
            child.stdout.close()
    return lines, timed_out.is_set()


def _line(raw: bytes) -> dict[str, Any]:
    """One line of the reply; a forged one becomes an empty dict, which no outcome can be read from."""
    try:
        line = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return line if isinstance(line, dict) else {}


def _kill(child: subprocess.Popen[bytes]) -> None:
    """End the process with everything that it may have started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.name == "posix":
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()
