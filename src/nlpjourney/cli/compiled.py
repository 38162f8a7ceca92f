"""Which packages hold compiled loops: those whose `__init__` defines `warmup()`, found by reading and not by importing."""

from __future__ import annotations

import ast
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
