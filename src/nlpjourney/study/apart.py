"""The grader as a process of its own, which shares nothing with the caller and is not waited for without a clock.

What somebody changed in a running kernel (a patched library, a patched judge) is not there in a fresh process. The caller itself
is trusted: code in the kernel that replaces this very function, or writes into the log, gets the verdict that it likes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from typing import Any

from nlpjourney.errors import JourneyError
from nlpjourney.study.exercise import Exercise
from nlpjourney.study.grade import Verdict

PATIENCE = 90  # seconds for all that the grader does beside running answers, on a busy machine

_running: set[subprocess.Popen[bytes]] = set()
_lock = threading.Lock()


class GraderFailed(RuntimeError, JourneyError):
    """The grader was ended before it came to a verdict."""


def grade_apart(exercise: Exercise, source: str, function: str | None = None) -> Verdict:
    """`grade` in a fresh process. Raises GraderFailed when it had to be ended, or was ended by somebody else."""
    job = json.dumps({"exercise": exercise.id, "source": source, "function": function})
    limit = PATIENCE + 2 * exercise.seconds
    with (
        tempfile.TemporaryDirectory(
            prefix="nlp-journey-", ignore_cleanup_errors=True
        ) as folder,  # also what a killed one left
        subprocess.Popen(
            [sys.executable, "-I", "-m", "nlpjourney.study.grade"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), folder),
        ) as grader,
    ):
        with _lock:
            _running.add(grader)
        try:
            reply, complaint = grader.communicate(job.encode(), timeout=limit)
        except subprocess.TimeoutExpired:
            raise GraderFailed(
                f"the grader came to no verdict within {limit:g} seconds and was ended: check again"
            ) from None
        finally:
            with _lock:
                _running.discard(grader)
            grader.kill()  # the sandbox ends with it
    if grader.returncode < 0:
        raise GraderFailed("the grader was ended from outside before it came to a verdict: check again")
    if grader.returncode:  # a fault of ours
        raise RuntimeError(f"the grader failed:\n{complaint.decode(errors='replace')[-2000:]}")
    return read_verdict(reply)


def end_all() -> None:
    """End the graders that are at work: the server stops."""
    with _lock:
        for grader in _running:
            grader.kill()


def read_verdict(reply: bytes) -> Verdict:
    """The verdict in a grader process's reply."""
    fields: dict[str, Any] = json.loads(reply.splitlines()[-1])
    return Verdict(**fields)
