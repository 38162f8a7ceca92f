"""The named tools: each has a script that really uses it, run here on demand; a row is green only after a run.

Tools that live beside the library run in our environment. Those that conflict with it (`how = "script"`) declare what
they need at the top of their script (PEP 723) and run in an environment of their own, made by uv, which all scripts that need the
same share. Every run gets a home folder of its own, since many tools write into it, and a time limit.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock

from nlpjourney.assets import cache_folder
from nlpjourney.errors import JourneyError, MissingFile, UnknownName
from nlpjourney.files import write_text
from nlpjourney.indexes import for_uv, pip_settings
from nlpjourney.study.roadmap import System, Topic, topics

SECONDS = 900  # a cold environment is downloaded first
RECORDING = Path(__file__).with_name("recording")
HEADER = re.compile(r"^# /// script$\n((?:^#(?:| .*)$\n)+)^# ///$", re.M)
WHY_LINES = 15
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
    """One run of a tool's script: when (UTC, ISO 8601), whether it went well, its result or the last lines that say why not."""

    topic: str
    slug: str
    ok: bool
    version: str
    result: str
    seconds: float
    at: str

    @property
    def line(self) -> str:
        """The result in one line: of many that say why it failed, the last."""
        return (self.result.splitlines() or [""])[-1]


class NoEnvironment(RuntimeError, JourneyError):
    """The environment that a script declares could not be made."""


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


def run(t: Topic, system: System, seconds: float = SECONDS, reads: Path | None = None) -> Run:
    """Run a tool's script and remember what came of it. Raises FileNotFoundError when it has none yet.

    `reads`: a file that gets a line for everything that the run reads (see `recording`).
    """
    script = t.system_script(system)
    if not script.exists():
        raise MissingFile(f"{system.name} of topic {t.id} has no script yet")
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="nlp-journey-system-", ignore_cleanup_errors=True) as home:
        env = _environment(home)
        if reads is not None:
            env["NLP_JOURNEY_READS"] = str(reads)
            env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(RECORDING), env.get("PYTHONPATH", "")]))
        try:
            python = interpreter(script) if system.how == "script" else Path(sys.executable)
            left = seconds - (time.monotonic() - start)
            ok, version, result = _read(_call([str(python), str(script)], env, home, left))
        except NoEnvironment as error:
            ok, version, result = False, "", str(error)
        except subprocess.TimeoutExpired:
            ok, version, result = False, "", f"no result within {seconds:g} seconds"
    took = round(time.monotonic() - start, 1)
    outcome = Run(t.id, system.slug, ok, version, result, took, datetime.now(UTC).isoformat(timespec="seconds"))
    _remember(outcome)
    return outcome


def _call(
    command: list[str], env: dict[str, str], folder: str | Path, seconds: float
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env=env,
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=seconds,
        check=False,
    )


def interpreter(script: Path) -> Path:
    """The Python of the environment that a script declares, which is made when it is not there yet.

    uv keeps an environment for each script's path. It gets a path that depends on nothing but what is declared, so that all
    clones of the project, and all scripts that need the same, use one. Raises NoEnvironment.
    """
    if not (header := HEADER.search(script.read_text(encoding="utf-8"))):
        raise NoEnvironment(f"{script.name} does not declare what it needs: it has no PEP 723 header")
    declared = tomllib.loads(re.sub(r"^# ?", "", header[1], flags=re.M))
    declared["dependencies"] = sorted(declared.get("dependencies", ()))
    key = hashlib.sha256(json.dumps([sys.version_info[:2], declared], sort_keys=True).encode()).hexdigest()[:16]
    asking = cache_folder() / "scripts" / f"{key}.py"
    write_text(asking, f"{header[0]}\nimport sys\n\nprint(sys.executable)\n")
    # What our interpreter is a copy of: asked for the copy, uv does not recognise its environment and makes it anew each time.
    base = sys._base_executable  # type: ignore[attr-defined]
    uv = [sys.executable, "-m", "uv", "run", "--quiet", "--no-project", "--python", base, "--script", str(asking)]
    with tempfile.TemporaryDirectory(prefix="nlp-journey-environment-") as home:
        done = _call(uv, _environment(home), home, SECONDS)
    if done.returncode:
        raise NoEnvironment(_why(done))
    return Path(done.stdout.strip())


def _environment(home: str) -> dict[str, str]:
    uv_cache = os.environ.get("UV_CACHE_DIR") or str(cache_folder() / "uv")
    env = os.environ | QUIET | {"HOME": home, "XDG_CACHE_HOME": home, "XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home}
    env |= ONE_THREAD | {"TMPDIR": home}  # what it leaves behind goes with its home
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
    return False, "", _why(done)


def _why(done: subprocess.CompletedProcess[str]) -> str:
    """The last lines that a failed program wrote, without rules and frames, which say nothing."""
    said = [line.rstrip() for line in (done.stderr.strip() or done.stdout.strip()).splitlines()]
    lines = [line[:300] for line in said if re.search(r"\w", line)]
    return "\n".join(lines[-WHY_LINES:]) or f"ended with code {done.returncode} and said nothing"


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
