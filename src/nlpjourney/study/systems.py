"""The named tools: each has a script that really uses it, run here on demand; a row is green only after a run.

Tools that live beside the library run in our environment. Those that conflict with it (`how = "script"`) declare what
they need at the top of their script (PEP 723) and run in an environment of their own, made by uv. Every run gets a
home folder of its own, since many tools write into it, and a time limit.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock

from nlpjourney.assets import cache_folder
from nlpjourney.errors import MissingFile, UnknownName
from nlpjourney.files import write_text
from nlpjourney.indexes import for_uv, pip_settings
from nlpjourney.study.roadmap import System, Topic, topics

SECONDS = 900  # a cold environment is downloaded first
QUIET = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "ANONYMIZED_TELEMETRY": "false",
    "TOKENIZERS_PARALLELISM": "false",
    "PYTHONUTF8": "1",
}
# The work is small: a second thread gains little, and on a busy machine two that wait for each other take twice the time.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Run:
    """One run of a tool's script: when (UTC, ISO 8601), whether it went well, what it printed as its last line."""

    topic: str
    slug: str
    ok: bool
    version: str
    result: str
    seconds: float
    at: str


def find(name: str, topic_id: str | None = None) -> list[tuple[Topic, System]]:
    """The systems of that name or slug, in any topic or in one. Raises LookupError when there is none."""
    wanted = name.casefold().replace("-", "_").replace(" ", "_")
    found = [
        (t, s)
        for t in topics()
        for s in t.systems
        if wanted in (s.slug, s.name.casefold().replace("-", "_").replace(" ", "_")) and topic_id in (None, t.id)
    ]
    if not found:
        import difflib

        near = difflib.get_close_matches(wanted, {s.slug for t in topics() for s in t.systems}, n=3)
        raise UnknownName(f"the roadmap names no tool {name!r}" + (f"; near: {', '.join(near)}" if near else ""))
    return found


def run(t: Topic, system: System, seconds: float = SECONDS) -> Run:
    """Run a tool's script and remember what came of it. Raises FileNotFoundError when it has none yet."""
    script = t.system_script(system)
    if not script.exists():
        raise MissingFile(f"{system.name} of topic {t.id} has no script yet")
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="nlp-journey-system-", ignore_cleanup_errors=True) as home:
        try:
            done = subprocess.run(
                _command(t, system),
                env=_environment(home),
                cwd=home,
                capture_output=True,
                text=True,
                encoding="utf-8",
                errors="replace",
                timeout=seconds,
                check=False,
            )
            ok, version, result = _read(done)
        except subprocess.TimeoutExpired:
            ok, version, result = False, "", f"no result within {seconds:g} seconds"
    took = round(time.monotonic() - start, 1)
    outcome = Run(t.id, system.slug, ok, version, result, took, datetime.now(UTC).isoformat(timespec="seconds"))
    _remember(outcome)
    return outcome


def _command(t: Topic, system: System) -> list[str]:
    script = t.system_script(system)
    if system.how != "script":
        return [sys.executable, str(script)]
    # uv keeps an environment for each script's path: from one path, all clones of the project use one environment.
    shared = cache_folder() / "scripts" / t.id / script.name
    write_text(shared, script.read_text(encoding="utf-8"))
    # What our interpreter is a copy of: asked for the copy, uv does not recognise its environment and makes it anew each time.
    base = sys._base_executable  # type: ignore[attr-defined]
    return [
        sys.executable,
        "-m",
        "uv",
        "run",
        "--quiet",
        "--no-project",
        "--python",
        base,
        "--script",
        str(shared),
    ]


def _environment(home: str) -> dict[str, str]:
    uv_cache = os.environ.get("UV_CACHE_DIR") or str(cache_folder() / "uv")
    env = os.environ | QUIET | {"HOME": home, "XDG_CACHE_HOME": home, "XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home}
    env |= ONE_THREAD
    env["PYTHONSAFEPATH"] = "1"  # a script may be named like the package it tries, and must not import itself
    env |= {"NLP_JOURNEY_CACHE": str(cache_folder()), "NLP_JOURNEY_PYTHON": sys.executable, "UV_CACHE_DIR": uv_cache}
    env.pop("VIRTUAL_ENV", None)
    # An environment that uv makes has no compiled modules: where they may not be written either, every run compiles anew.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    return env | for_uv(pip_settings())


def _read(done: subprocess.CompletedProcess[str]) -> tuple[bool, str, str]:
    """(went well, version, result) of a finished script."""
    lines = done.stdout.strip().splitlines()
    if done.returncode == 0 and lines:
        try:
            last = json.loads(lines[-1])
            return True, str(last["version"]), str(last["result"])
        except (ValueError, KeyError, TypeError):
            return False, "", f"its last line is not a JSON result: {lines[-1][:200]}"
    said = (done.stderr.strip() or done.stdout.strip()).splitlines()
    return False, "", said[-1][:500] if said else f"ended with code {done.returncode} and said nothing"


def _file() -> Path:
    return cache_folder() / "systems.json"


def results() -> dict[tuple[str, str], Run]:
    """The last run on this machine of each tool that was ever run, by (topic, slug)."""
    if not _file().exists():
        return {}
    rows = json.loads(_file().read_text(encoding="utf-8"))
    return {(row["topic"], row["slug"]): Run(**row) for row in rows}


def _remember(outcome: Run) -> None:
    cache_folder().mkdir(parents=True, exist_ok=True)
    with FileLock(_file().with_suffix(".lock")):
        known = results() | {(outcome.topic, outcome.slug): outcome}
        write_text(_file(), json.dumps([asdict(row) for _, row in sorted(known.items())], indent=1) + "\n")
