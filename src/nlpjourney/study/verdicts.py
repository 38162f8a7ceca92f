"""What is remembered of tools' runs, so that the tests need not repeat those into which nothing new goes.

A run is remembered under a key of everything that goes in: the script, every source file that it can come to (the sound
closure), the assets that these name, the versions of all distributions of our environment and of the script's own, Python,
the machine's kind, and the harness. Only green is kept, for a month. What keeps this honest:

- A run that read anything else (`recording` sees every file that Python opens) is not remembered.
- Each time some of what is remembered is run all the same: the oldest, and a few drawn by lot. A red one drops all that is
  remembered of its class and fails the run.
- The table of `journey systems` knows real runs on this machine only: nothing here writes to it.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

from nlpjourney.assets import cache_folder, catalog
from nlpjourney.files import write_text
from nlpjourney.source import Sources
from nlpjourney.study import systems
from nlpjourney.study.paths import ROOT, SOURCE
from nlpjourney.study.roadmap import System, Topic

KEPT = timedelta(days=30)
AUDITED_SHARE, AUDITED_OLDEST = 0.05, 3
SETTINGS = ("PYTHON", "NUMBA_", "OMP_", "MKL_", "OPENBLAS_", "LC_", "LANG", "TZ")  # of the environment
HARNESS = [
    SOURCE / name
    for name in (
        "study/systems.py", "study/verdicts.py", "study/recording/sitecustomize.py", "source/closure.py", "source/imports.py",
    )
]  # fmt: skip
TEST = ROOT / "tests" / "practices" / "test_systems.py"
# What lies here is the operating system's, whose name and release are in the key.
SYSTEM_FOLDERS = ("/bin", "/dev", "/etc", "/lib", "/lib64", "/proc", "/sbin", "/sys", "/usr", "/System", "/Library")


@dataclass(frozen=True)
class Inputs:
    """What goes into a run, and the key made of it."""

    key: str
    files: frozenset[Path]
    assets: frozenset[str]
    environments: tuple[Path, ...]  # folders of which the key holds the versions of all that is installed


@dataclass(frozen=True)
class Verdict:
    """A green run that is remembered."""

    key: str
    version: str
    result: str
    seconds: float
    at: str

    @property
    def age(self) -> timedelta:
        return datetime.now(UTC) - datetime.fromisoformat(self.at)


def inputs(t: Topic, system: System) -> Inputs:
    """Raises NoEnvironment when the script's own environment cannot be made."""
    script = t.system_script(system)
    files = sources().closure(script, sound=True)
    written = set().union(*(sources().strings(f) for f in files if f.suffix == ".py"))
    named = {name: asset for name, asset in catalog().items() if name in written}
    everything = {
        "files": {_short(f): _sha256(f) for f in files},
        "assets": {name: [a.member, a.file, a.sha256, *(p.sha256 for p in a.archives)] for name, a in named.items()},
        "harness": [_sha256(f) for f in (*HARNESS, TEST) if f.exists()],
        "ours": installed(),
        "machine": machine_kind(),
        "settings": {name: value for name, value in os.environ.items() if name.startswith(SETTINGS)},
    }
    environments = [Path(sys.prefix), Path(sys.base_prefix)]
    if system.how == "script":
        python = systems.interpreter(script)
        everything["theirs"] = installed(python)
        environments.append(python.parents[1])
    key = hashlib.sha256(json.dumps(everything, sort_keys=True).encode()).hexdigest()
    return Inputs(key, frozenset(files), frozenset(named), tuple(environments))


@cache
def sources() -> Sources:
    return Sources(ROOT)


@cache
def installed(python: Path | None = None) -> list[str]:
    """Name and version of every distribution of an interpreter's environment, of ours by default."""
    if python is None:
        return sorted(f"{d.name}=={d.version}" for d in distributions())
    code = "import importlib.metadata as m; print(*sorted(f'{d.name}=={d.version}' for d in m.distributions()))"
    done = subprocess.run([str(python), "-I", "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()


@cache
def machine_kind() -> list[str]:
    """What makes two machines compute alike: Python, the operating system, the processor and what it can do."""
    from llvmlite import binding

    features = binding.get_host_cpu_features().flatten()
    return [sys.version, platform.platform(), binding.get_host_cpu_name(), features, str(os.cpu_count())]


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else ""


def _short(file: Path) -> str:
    """The same in all clones."""
    return file.relative_to(ROOT).as_posix() if ROOT in file.parents else file.name


def _file(t: Topic, system: System, key: str) -> Path:
    return cache_folder() / "verdicts" / system.how / f"{t.id}-{system.slug}-{key[:20]}.json"


def recall(t: Topic, system: System) -> Verdict | None:
    """The green run into which the same went as would go in now, if there is one."""
    if not list(_file(t, system, "").parent.glob(f"{t.id}-{system.slug}-*.json")):
        return None  # without a look at what goes in, which takes a while
    try:
        key = inputs(t, system).key
    except systems.NoEnvironment:
        return None
    file = _file(t, system, key)
    if not file.exists():
        return None
    verdict = Verdict(**json.loads(file.read_text(encoding="utf-8")))
    return verdict if verdict.key == key and verdict.age < KEPT else None


def run(t: Topic, system: System, seconds: float = systems.SECONDS) -> tuple[systems.Run, str]:
    """Run a tool's script, and remember a green run; else the reason why it is not remembered."""
    try:
        before = inputs(t, system)
    except systems.NoEnvironment:
        return systems.run(t, system, seconds), "its environment cannot be made"
    with tempfile.TemporaryDirectory(prefix="nlp-journey-reads-") as folder:
        reads = Path(folder) / "reads"
        outcome = systems.run(t, system, seconds, reads)
        noted = reads.read_text(encoding="utf-8", errors="surrogateescape") if reads.exists() else ""
    strange = undeclared(noted.splitlines(), before)
    if not outcome.ok:
        return outcome, "red"
    if not noted:
        return outcome, "there is no record of what it read"
    if strange:
        return outcome, f"it read what the key does not hold: {', '.join(strange[:3])}"
    if inputs(t, system).key != before.key:
        return outcome, "something that goes in was changed meanwhile"
    verdict = Verdict(before.key, outcome.version, outcome.result, outcome.seconds, outcome.at)
    write_text(_file(t, system, before.key), json.dumps(asdict(verdict)) + "\n")
    _drop_old()
    return outcome, ""


def undeclared(noted: list[str], known: Inputs) -> list[str]:
    """Of the lines that `recording` wrote those that the key says nothing about."""
    places = [(kind, what) for kind, _, what in (line.partition("\t") for line in noted)]
    return [what if kind == "file" else f"{kind} ({what})" for kind, what in places if not _is_known(kind, what, known)]


def _is_known(kind: str, what: str, known: Inputs) -> bool:
    path = Path(os.path.realpath(what))
    if kind == "unrecorded process":  # as Python calls `ldconfig`
        return "python" not in path.name and any(_is_below(path, Path(folder)) for folder in SYSTEM_FOLDERS)
    if kind != "file":
        return False
    if path.name == "__pycache__" or _source_of(path) in known.files:  # in the folder Numba tries whether it can write
        return True
    if any(_is_below(path, folder) for folder in known.environments):
        return True
    if _is_below(path, ROOT):
        return False
    if _is_below(path, cache_folder()):
        folder = path.relative_to(os.path.realpath(cache_folder())).parts
        # What lies in an asset's folder, or beside it: how long its files are.
        return len(folder) > 1 and folder[0] == "assets" and folder[1].rpartition("-")[0] in known.assets
    own = Path(os.path.realpath(tempfile.gettempdir()))
    if _is_below(path, own):
        return path.relative_to(own).parts[0].startswith("nlp-journey-system-")
    return any(_is_below(path, Path(folder)) for folder in SYSTEM_FOLDERS)


def _is_below(path: Path, folder: Path) -> bool:
    return Path(os.path.realpath(folder)) in path.parents


def _source_of(path: Path) -> Path:
    """The module that a compiled file belongs to: Python's or Numba's; any other file as it is."""
    if path.parent.name != "__pycache__":
        return path
    return path.parent.parent / f"{path.name.partition('.')[0]}.py"


def draw(remembered: Mapping[str, Verdict], rng: random.Random, n_oldest: int = AUDITED_OLDEST) -> set[str]:
    """Which of the remembered runs are run all the same: the oldest, and each by lot."""
    oldest = sorted(remembered, key=lambda name: remembered[name].at)[:n_oldest]
    return {*oldest, *(name for name in remembered if rng.random() < AUDITED_SHARE)}


def forget(how: str) -> None:
    """Drop all that is remembered of tools that are used in this way."""
    shutil.rmtree(cache_folder() / "verdicts" / how, ignore_errors=True)


def _drop_old() -> None:
    for file in (cache_folder() / "verdicts").glob("*/*.json"):
        if datetime.now().timestamp() - file.stat().st_mtime > KEPT.total_seconds():
            file.unlink(missing_ok=True)
