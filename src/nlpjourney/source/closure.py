"""What each file of the checkout takes from the others: by names, not by packages.

`from package import Name` leads to the module that defines `Name` and leaves alone what else the package hands out. A module's
name in a string counts (`python -m nlpjourney.cli`), and the name of a file that lies beside the one that mentions it
(`"catalog.toml"`). What is put together at run time (`import_module(f"nlpjourney.{name}")`) cannot be read: it is missed.

There are two closures. The sharp one says what a change can touch. The sound one also holds what Python executes on the way
to a module: the `__init__` of every package above it, with all that it imports.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from nlpjourney.source.imports import Import, Part, Source

SKIPPED = {"__pycache__", ".ipynb_checkpoints"}
FOLDERS = ("src", "tests", "practices", "bench")


class Sources:
    """The files below some folders of a checkout. `gone`: files that were there before a change, and count as empty now."""

    def __init__(self, root: Path, gone: Iterable[Path] = (), folders: Iterable[str] = FOLDERS) -> None:
        self.root = root
        self.roots = [root / "src", root]
        self.files = {f for name in folders for f in walk(root / name)} | set(gone)
        self._folders: dict[Path, list[Path]] = {}
        for file in self.files:
            for folder in file.parents[: len(file.relative_to(root).parts) - 1]:
                self._folders.setdefault(folder, []).append(file)
        self._read: dict[Path, Source] = {}
        self._known: dict[tuple[Path, bool], set[tuple[Path, bool]]] = {}

    @cached_property
    def _packages(self) -> re.Pattern[str]:
        ours = {
            "tests",
            *(f.parent.name for f in self.files if f.name == "__init__.py" and f.parent.parent in self.roots),
        }
        return re.compile(rf"\b(?:{'|'.join(sorted(ours))})(?:\.\w+)+")

    def source(self, file: Path) -> Source:
        if file not in self._read:
            text = file.read_text(encoding="utf-8") if file.exists() else ""
            root = next((r for r in self.roots if r in file.parents), file.parent)
            self._read[file] = Source.of(text, ".".join(file.relative_to(root).parts[:-1]))
        return self._read[file]

    def strings(self, file: Path) -> set[str]:
        """All strings that a Python file holds, its docstrings apart."""
        return set().union(*(part.strings for part in self.source(file).parts.values()))

    def taken(self, file: Path) -> set[Path]:
        """The files that hold what `file` itself names: one step."""
        return {f for f, whole in self._steps_of(file, True) if whole}

    def closure(self, *files: Path, sound: bool = False) -> set[Path]:
        """The files, and all that they take from others, directly or not. A test's `conftest`s count as far as it uses them.

        Of a package that is only passed through, the sharp closure holds the `__init__` without what that imports.
        """
        return set(self._reached(files, sound))

    def used(self, *files: Path) -> set[Path]:
        """The sharp closure without the packages that are only passed through."""
        return {file for file, whole in self._reached(files, sound=False).items() if whole}

    def _reached(self, files: Iterable[Path], sound: bool) -> dict[Path, bool]:
        """The closure, and of each file whether all of it counts."""
        found: dict[Path, bool] = {}
        queue: list[tuple[Path, bool]] = []

        def reach(steps: Iterable[tuple[Path, bool]]) -> None:
            for file, whole in steps:
                if not found.get(file) and (whole or file not in found):
                    found[file] = whole
                    queue.append((file, whole))

        reach((file, True) for file in files)
        for file in files:
            names = set().union(*(p.names | p.strings for p in self.source(file).parts.values()))
            for conftest in self._conftests(file):
                part = self.source(conftest).part_for(names)
                found.setdefault(conftest, True)
                reach(self._steps(conftest, part))
                names |= part.names
        while queue:
            file, whole = queue.pop()
            if file.suffix == ".py" and (whole or sound):
                reach(self._steps_of(file, whole))
        return found

    def _steps_of(self, file: Path, whole: bool) -> set[tuple[Path, bool]]:
        """What a file leads to, or what only its code outside of definitions leads to."""
        if (file, whole) not in self._known:
            source = self.source(file)
            parts = source.parts.values() if whole else [source.parts[""]]
            self._known[file, whole] = {step for part in parts for step in self._steps(file, part)}
        return self._known[file, whole]

    def _conftests(self, file: Path) -> Iterator[Path]:
        """The nearest first."""
        for folder in file.parents:
            if (conftest := folder / "conftest.py") in self.files and conftest != file:
                yield conftest

    def _steps(self, file: Path, part: Part) -> Iterator[tuple[Path, bool]]:
        """What a part of a file leads to, and whether all of that counts."""
        for wanted in part.imports:
            yield from self._resolve(wanted)
        for text in part.prose:
            for dotted in self._packages.findall(text):
                module, _, name = dotted.rpartition(".")
                yield from self._resolve(Import(module, name))
            if (beside := file.parent / text) in self.files and "." in text and "/" not in text:
                yield beside, True
        for text in part.folders:
            yield from ((f, True) for f in self._folders.get(file.parent / text, []) if "/" not in text)

    def _resolve(self, wanted: Import) -> Iterator[tuple[Path, bool]]:
        """The module that holds what is wanted, whole, and the packages above it, in passing."""
        module, name = wanted.module, wanted.name
        parents = module.split(".")
        for i in range(1, len(parents)):
            if above := self._find(".".join(parents[:i])):
                yield above, above.name != "__init__.py"  # of a module, a class is wanted, or a method
        file = self._find(module)
        if file is None:
            return
        if file.name != "__init__.py":
            yield file, True
        elif not name:
            if wanted.uses is None:
                yield file, True
            for attribute in wanted.uses or ():
                yield from self._resolve(Import(module, attribute))
        elif name in (exports := self.source(file).exports):
            yield file, False
            if (exports[name].module, exports[name].name) == (module, name):  # `from . import name`
                yield from self._submodule(wanted)
            else:
                yield from self._resolve(replace(exports[name], uses=wanted.uses))
        elif self._find(f"{module}.{name}"):
            yield file, False
            yield from self._submodule(wanted)
        else:
            yield file, True

    def _submodule(self, wanted: Import) -> Iterator[tuple[Path, bool]]:
        yield from self._resolve(Import(f"{wanted.module}.{wanted.name}", uses=wanted.uses))

    def _find(self, module: str) -> Path | None:
        for root in self.roots:
            base = root.joinpath(*module.split("."))
            for file in (base / "__init__.py", base.with_name(f"{base.name}.py")):
                if module and file in self.files:
                    return file
        return None


def walk(folder: Path) -> Iterator[Path]:
    """All files below a folder that are not made by a run."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_dir():
            if path.name not in SKIPPED:
                yield from walk(path)
        else:
            yield path
