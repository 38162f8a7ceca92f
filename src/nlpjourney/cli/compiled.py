"""Compiled loops: which packages hold some (those whose `__init__` defines `warmup()`, found by reading), and which are stale."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import nlpjourney

PACKAGE = Path(nlpjourney.__file__).parent


def packages_with_kernels() -> list[str]:
    """Names of the packages with a `warmup()`, those with most source first: they take longest."""
    found = [init.parent for init in PACKAGE.rglob("__init__.py") if _defines_warmup(init)]
    found.sort(key=lambda folder: -sum(file.stat().st_size for file in folder.glob("*.py")))
    return [".".join(folder.relative_to(PACKAGE.parent).parts) for folder in found]


def _defines_warmup(file: Path) -> bool:
    body = ast.parse(file.read_text(encoding="utf-8")).body
    return any(isinstance(node, ast.FunctionDef) and node.name == "warmup" for node in body)


def drop_stale() -> int:
    """Delete compiled loops that are older than a module whose loops they may contain, and say of how many modules.

    A loop that another module's loop calls is compiled into it. Numba looks at the caller's own file only, so it would go on with
    the old one after an update. Imports from a package are not followed: loops come from the module where they stand.
    """
    imports = {file: _modules(file) for file in PACKAGE.rglob("*.py")}
    n_dropped = 0
    for file in imports:
        compiled = [*(file.parent / "__pycache__").glob(f"{file.stem}.*.nb[ic]")]
        if not compiled:
            continue
        reached, waiting = {file}, [file]
        while waiting:
            waiting += (new := {module for module in imports[waiting.pop()] if module in imports} - reached)
            reached |= new
        if max(module.stat().st_mtime for module in reached) > min(each.stat().st_mtime for each in compiled):
            n_dropped += 1
            for each in compiled:
                each.unlink(missing_ok=True)
    return n_dropped


def _modules(file: Path) -> list[Path]:
    names = re.findall(r"^from nlpjourney\.([\w.]+) import", file.read_text(encoding="utf-8"), re.MULTILINE)
    return [PACKAGE / f"{name.replace('.', '/')}.py" for name in names]
