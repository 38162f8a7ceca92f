"""Benchmarks: ours against a peer on the same work, in alternation, outputs checked equal before anything is timed.

Each file of `bench/` has `comparisons()`, a generator of `Comparison`s. Results go to `docs/benchmarks.json` (one row a
comparison, replaced when it is measured again), and `docs/benchmarks.md` is written from that. Nothing here judges: no
test asserts a time.
"""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nlpjourney.errors import JourneyError, UnknownName
from nlpjourney.files import write_text
from nlpjourney.study.paths import BENCH, DOCS


@dataclass(frozen=True)
class Comparison:
    """The same work done by us and by a peer.

    `agree` gets both results of the untimed first run (which also compiles and fills caches) and says whether they are
    equal, in the sense that this work has. `prepare`, where given, makes what one run needs and is not timed; both
    callables get its result. `amount` with `unit` (say 50.0, "MB") turns seconds into a speed. `packages` are the
    distributions whose versions the table names. `goal` is the ratio that we want to reach.
    """

    work: str
    peer: str
    ours: Callable[..., Any]
    theirs: Callable[..., Any]
    agree: Callable[[Any, Any], bool]
    goal: float
    topic: str
    amount: float = 0.0
    unit: str = ""
    packages: Sequence[str] = ()
    repeat: int = 5
    prepare: Callable[[], Any] | None = None
    remark: str = ""


@dataclass(frozen=True)
class Row:
    """One measured comparison. Times in seconds; `ratio` is the median of the ratios theirs/ours, run by run."""

    bench: str
    topic: str
    work: str
    peer: str
    versions: str
    ours: float
    theirs: float
    ratio: float
    ratio_low: float
    ratio_high: float
    goal: float
    speed: str
    machine: str
    day: str
    remark: str = ""


class Disagreement(RuntimeError, JourneyError):
    """Ours and the peer's output differ, so that a comparison of their speed would mean nothing."""


def names() -> list[str]:
    return sorted(file.stem for file in BENCH.glob("*.py"))


def load(name: str) -> Iterator[Comparison]:
    """The comparisons of `bench/<name>.py`. Raises LookupError with the names there are."""
    if name not in names():
        raise UnknownName(f"there is no benchmark {name!r}; there are: {', '.join(names())}")
    spec = importlib.util.spec_from_file_location(f"nlpjourney_bench_{name}", BENCH / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Iterator[Comparison] = module.comparisons()
    return found


def measure(name: str, comparison: Comparison) -> Row:
    """Run a comparison: once each for the check, then `repeat` times in alternation."""
    c = comparison

    def timed(function: Callable[..., Any]) -> tuple[float, Any]:
        args = () if c.prepare is None else (c.prepare(),)
        start = time.perf_counter()
        result = function(*args)
        return time.perf_counter() - start, result

    _, mine = timed(c.ours)
    _, peers = timed(c.theirs)
    if not c.agree(mine, peers):
        raise Disagreement(f"{c.work}: our result and {c.peer}'s differ; no speed is compared")
    del mine, peers
    pairs = []
    for i in range(c.repeat):  # who goes first alternates too: caches and clocks favour neither
        first, second = (c.ours, c.theirs) if i % 2 == 0 else (c.theirs, c.ours)
        a, b = timed(first)[0], timed(second)[0]
        pairs.append((a, b) if i % 2 == 0 else (b, a))
    ratios = sorted(theirs / ours for ours, theirs in pairs)
    ours, theirs = (statistics.median(column) for column in zip(*pairs))
    speed = f"{c.amount / ours:,.3g} {c.unit}/s against {c.amount / theirs:,.3g}" if c.amount else ""
    return Row(
        bench=name,
        topic=c.topic,
        work=c.work,
        peer=c.peer,
        versions=", ".join(f"{p} {version(p)}" for p in c.packages),
        ours=ours,
        theirs=theirs,
        ratio=statistics.median(ratios),
        ratio_low=ratios[0],
        ratio_high=ratios[-1],
        goal=c.goal,
        speed=speed,
        machine=machine(),
        day=date.today().isoformat(),
        remark=c.remark,
    )


def machine() -> str:
    """The processor's name, the cores that we may use, the Python version."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                name = line.partition(":")[2].strip()
                break
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{name}, {cores} cores, Python {platform.python_version()}"


def rows() -> list[Row]:
    """What was measured last, in the order of work."""
    file = DOCS / "benchmarks.json"
    return [Row(**row) for row in json.loads(file.read_text(encoding="utf-8"))] if file.exists() else []


def save(new: Sequence[Row]) -> None:
    """Put rows in the place of older ones of the same work and peer, and write the table anew."""
    kept = {(row.bench, row.work, row.peer): row for row in [*rows(), *new]}
    _write(list(kept.values()))


def forget_others(name: str, measured: Sequence[Row]) -> None:
    """Drop the rows of `bench/<name>.py` that are not among `measured`: comparisons that the file makes no longer."""
    works = {(row.work, row.peer) for row in measured}
    _write([row for row in rows() if row.bench != name or (row.work, row.peer) in works])


def _write(rows: Sequence[Row]) -> None:
    ordered = sorted(rows, key=lambda row: (row.topic, row.bench))
    write_text(DOCS / "benchmarks.json", json.dumps([asdict(row) for row in ordered], indent=1) + "\n")
    write_text(DOCS / "benchmarks.md", table(ordered))


def table(measured: Sequence[Row]) -> str:
    """`docs/benchmarks.md`."""
    lines = [
        "# Benchmarks",
        "",
        "Ours against the library it explains: the same input, the same process, in alternation, warm; outputs are checked",
        "equal first. *Ratio* is the peer's time divided by ours, the median of the runs (and the lowest and highest): above 1",
        "we are faster. Measure on your machine with `journey bench`, which rewrites this table.",
        "",
        "| Topic | Work | Peer | Ours | Peer's | Ratio | Goal | On | Remark |",
        "|---|---|---|---:|---:|---|---:|---|---|",
    ]
    where = sorted({(r.machine, r.day) for r in measured})
    number = {run: str(i) for i, run in enumerate(where, start=1)}
    for r in measured:
        ratio = f"**{r.ratio:.2f}** ({r.ratio_low:.2f}–{r.ratio_high:.2f})"
        peer = f"{r.peer} ({r.versions})" if r.versions else r.peer
        remark = "; ".join(part for part in (r.speed, r.remark) if part)
        cells = [r.topic, r.work, peer, seconds(r.ours), seconds(r.theirs), ratio, f"{r.goal:g}"]
        cells += [number[r.machine, r.day], remark]
        lines.append("| " + " | ".join(cells) + " |")
    lines += ["", *(f"{i}. {machine}; {day}" for (machine, day), i in number.items())]
    return "\n".join(lines) + "\n"


def seconds(value: float) -> str:
    return f"{value:.2f} s" if value >= 1 else f"{value * 1e3:.3g} ms" if value >= 1e-3 else f"{value * 1e6:.3g} µs"
