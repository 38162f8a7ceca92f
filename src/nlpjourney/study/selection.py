"""Which tests a change can touch, or a topic has: whoever works on one thing need not wait for all.

What is selected are files of `tests/`, and of the tests that go through the roadmap (`tests/practices`) the topics whose
practice and the tools whose script are run. A run of everything remains what decides: see `Selection.report`.
"""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlpjourney.errors import UnknownName
from nlpjourney.source import Sources
from nlpjourney.study.roadmap import System, Topic, topics

# Cheap, and about all that there is: the roadmap, nothing half-filled, the command's help.
ALWAYS = (
    "tests/study/test_roadmap.py",
    "tests/study/test_new.py",
    "tests/cli/test_cli.py::test_help_names_every_verb_and_loads_nothing_heavy",
)
PRACTICES, TOOLS = "tests/practices/test_practices.py", "tests/practices/test_systems.py"


@dataclass(frozen=True)
class Selection:
    """What to run. `files`: of tests, as pytest takes them; `practices`: ids of topics; `tools`: like "2.6/faiss".

    `why_all`: the changed file that everything stands on, where one is; then the rest is empty. `unknown`: changed files
    that no test is seen to read.
    """

    files: tuple[str, ...] = ()
    practices: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    why_all: str = ""
    unknown: tuple[str, ...] = ()

    def arguments(self) -> list[str]:
        """For pytest."""
        through = [file for file, chosen in ((PRACTICES, self.practices), (TOOLS, self.tools)) if chosen]
        only = [f"--practice={id}" for id in self.practices] + [f"--tool={name}" for name in self.tools]
        return [*self.files, *through, *only]

    def report(self, everything: Selection) -> list[str]:
        """What runs, and what does not."""
        if self.why_all:
            return [f"All tests: everything stands on {self.why_all}."]
        chosen = {file.partition("::")[0] for file in self.files}
        left = Counter("/".join(Path(file).parts[:2]) for file in everything.files if file not in chosen)
        parts = [f"{folder} ({n})" for folder, n in sorted(left.items())]
        if rest := [id for id in everything.practices if id not in self.practices]:
            parts.append(f"practices {' '.join(rest)}")
        if rest := [name for name in everything.tools if name not in self.tools]:
            parts.append(f"{len(rest)} tools")
        lines = [
            f"{len(chosen)} of {len(everything.files)} files of tests, {len(self.practices)} of "
            f"{len(everything.practices)} practices, {len(self.tools)} of {len(everything.tools)} tools",
            f"not run: {', '.join(parts)}; a full run runs all" if parts else "nothing is left out",
        ]
        if self.unknown:
            lines.append(f"no test is seen to read: {', '.join(self.unknown)}")
        return lines


@dataclass(frozen=True)
class Unit:
    """One thing that can be run alone, and the files that it starts from."""

    kind: str  # "file", "practice" or "tool"
    name: str
    starts: tuple[Path, ...]
    topic: str = ""


def units(sources: Sources) -> list[Unit]:
    """All that there is to run."""
    root = sources.root
    files = sorted(f for f in sources.files if f.name.startswith("test_") and f.suffix == ".py" and f.exists())
    named = [(f.relative_to(root).as_posix(), f) for f in files if root / "tests" in f.parents]
    found = [Unit("file", name, (f,)) for name, f in named if name not in (PRACTICES, TOOLS)]
    for t in built():
        found.append(Unit("practice", t.id, (root / PRACTICES, t.source, t.folder / "exercises.py"), t.id))
        found += [Unit("tool", tool(t, s), (root / TOOLS, t.system_script(s)), t.id) for s in with_script(t)]
    return found


def built() -> list[Topic]:
    """The topics whose practice is written."""
    return [t for t in topics() if t.source.exists()]


def with_script(t: Topic) -> list[System]:
    return [s for s in t.systems if t.system_script(s).exists()]


def tool(t: Topic, system: System) -> str:
    return f"{t.id}/{system.slug}"


def select(chosen: Iterable[Unit], **more: Any) -> Selection:
    names: dict[str, list[str]] = {"file": [], "practice": [], "tool": []}
    for unit in chosen:
        names[unit.kind].append(unit.name)
    return Selection(tuple(names["file"]), tuple(names["practice"]), tuple(names["tool"]), **more)


def with_always(selection: Selection) -> Selection:
    more = [test for test in ALWAYS if test.partition("::")[0] not in selection.files]
    return Selection((*selection.files, *more), selection.practices, selection.tools, unknown=selection.unknown)


def of_topic(t: Topic, sources: Sources) -> Selection:
    """A topic's practice, exercises and tools, and the tests of the modules that its files name.

    A module's tests are those files of the folder of `tests/` that mirrors its own which name it themselves.
    """
    own = [u for u in units(sources) if u.topic == t.id]
    modules = {m for unit in own for start in unit.starts if t.folder in start.parents for m in sources.taken(start)}
    mirrors: dict[Path, set[Path]] = {}
    for module in modules:
        for root in sources.roots:
            if root in module.parents and root.name == "src":
                inside = module.relative_to(root).parts[1:-1]  # below the package, without the file
                mirrors.setdefault(sources.root.joinpath("tests", *inside), set()).add(module)
    tests = [
        u
        for u in units(sources)
        if u.kind == "file" and sources.taken(u.starts[0]) & mirrors.get(u.starts[0].parent, set())
    ]
    return with_always(select([*tests, *own]))


def of_change(changed: dict[str, str | None], sources: Sources) -> Selection:
    """What a change can touch. `changed`: the files' names from the root, and their text before (None: they are new)."""
    root = sources.root
    for name in changed:
        if stands_below_all(Path(name)):
            return Selection(why_all=name)
    reading = {u: sources.closure(*u.starts) for u in units(sources)}
    chosen: set[Unit] = set()
    unknown = []
    for name, before in changed.items():
        file = root / name
        if file.name == "catalog.toml":
            found = _of_assets(rows(before, "asset") ^ rows(_text(file), "asset"), reading, sources)
        elif file.name == "roadmap.toml":
            topics_ = {row[0] for row in rows(before, "topic") ^ rows(_text(file), "topic")}
            found = {u for u, files in reading.items() if file in files and (u.kind == "file" or u.topic in topics_)}
        elif root / "practices" in file.parents:
            found = {u for u in reading if _is_part(file, u)}
        elif file.suffix == ".py":
            found = {u for u, files in reading.items() if file in files}
        elif root / "src" in file.parents:
            found = _of_data(file, reading, sources)
        else:
            found = {u for u in reading if u.kind == "file" and _mentions(sources, u.starts[0], file.name)}
        chosen |= found
        if not found and file.exists():
            unknown.append(name)
    return with_always(select((u for u in reading if u in chosen), unknown=tuple(unknown)))


def stands_below_all(name: Path) -> bool:
    """Whether every test stands on this file: the project's settings and pins, the tests' base, the package's own modules."""
    if len(name.parts) == 1:
        return name.suffix in (".toml", ".lock", ".txt")
    if name.parts[0] == "tests":
        return len(name.parts) == 2 and not name.name.startswith("test_")
    return name.parts[0] == "src" and len(name.parts) == 3


def _is_part(file: Path, unit: Unit) -> bool:
    """Whether a file of a topic's folder is part of what the unit runs: a tool's script, or all else for the practice."""
    if file.parent.name == "systems":
        return unit.kind == "tool" and file == unit.starts[1]
    return unit.kind == "practice" and file.parent == unit.starts[1].parent


def _of_assets(changed: set[tuple[str, str]], reading: dict[Unit, set[Path]], sources: Sources) -> set[Unit]:
    """Whoever names an asset that has changed, and the tests of the catalog itself."""
    names = {name for name, _ in changed}
    holders = {f for f in sources.files if f.suffix == ".py" and names & sources.strings(f)}
    return {u for u, files in reading.items() if holders & files or (names and u.name.startswith("tests/assets/"))}


def _of_data(file: Path, reading: dict[Unit, set[Path]], sources: Sources) -> set[Unit]:
    """Whoever reads a template, style sheet or table of a package; when tests are named after its page, only that page's."""
    house = next(folder for folder in file.parents if folder / "__init__.py" in sources.files)
    users = {u for u, files in reading.items() if file in files}
    users = users or {u for u, files in reading.items() if any(house in f.parents for f in files)}
    for page in (file.stem, file.parent.name):
        if any(Path(u.name).stem == f"test_{page}" for u in users):
            return {u for u in users if Path(u.name).stem == f"test_{page}" or _mentions(sources, u.starts[0], page)}
    return users


def _mentions(sources: Sources, file: Path, name: str) -> bool:
    """Whether a test has this name in a string, as a whole or as a piece of a path."""
    return any(name in re.split(r"[/?#]", text) for text in sources.strings(file))


def _text(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.exists() else None


def rows(text: str | None, kind: str) -> set[tuple[str, str]]:
    """(name, what it says) of each row of `catalog.toml` ("asset") or `roadmap.toml` ("topic")."""
    raw = tomllib.loads(text or "")
    if kind == "topic":
        return {(t["id"], repr(t)) for stage in raw.get("stage", ()) for t in stage["topic"]}
    archives = raw.get("archive", {})
    named = {name: row["archive"] for name, row in raw.get("asset", {}).items()}
    parts = {name: [part] if isinstance(part, str) else part for name, part in named.items()}
    return {(name, repr((row, [archives[p] for p in parts[name]]))) for name, row in raw.get("asset", {}).items()}


def changed_since(base: str, root: Path) -> dict[str, str | None]:
    """What differs from where this branch left `base`, new files included, and how it was there.

    Raises UnknownName when Git does not know `base`.
    """

    def git(*args: str) -> str:
        done = subprocess.run(["git", *args], cwd=root, capture_output=True, text=True, encoding="utf-8", check=False)
        if done.returncode:
            raise UnknownName(f"git {' '.join(args)}: {done.stderr.strip() or 'failed'}")
        return done.stdout

    start = git("merge-base", base, "HEAD").strip()
    differing = git("diff", "--name-only", "--no-renames", "-z", start).split("\0")
    there = set(git("ls-tree", "-r", "-z", "--name-only", start).split("\0"))
    new = git("ls-files", "--others", "--exclude-standard", "-z").split("\0")
    read = {"catalog.toml", "roadmap.toml"}  # whose rows are compared
    return {
        name: (git("show", f"{start}:{name}") if Path(name).name in read else "") if name in there else None
        for name in sorted({*differing, *new} - {""})
    }
