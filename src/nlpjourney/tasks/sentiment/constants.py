"""Constants of a Python file, read without running it: lists of words that a package keeps in its program."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nlpjourney.errors import FileFormatError


def read_constants(file: Path, names: Sequence[str]) -> dict[str, Any]:
    """The values of these names, assigned at the top of the file as literals, of other such names, or with `set(…)`.

    Raises FileFormatError for a file that is no Python, and for a name that is not there or is computed otherwise.
    """
    try:
        body = ast.parse(file.read_text(encoding="utf-8")).body
    except (SyntaxError, ValueError) as error:
        raise FileFormatError(f"{file} is no Python file: {error}") from error
    found: dict[str, Any] = {}
    for statement in body:
        if isinstance(statement, ast.Assign):
            for name in (n.id for target in statement.targets for n in ast.walk(target) if isinstance(n, ast.Name)):
                try:
                    found[name] = _value(statement.value, found)
                except ValueError:  # computed: not what is asked for, or refused below
                    continue
    if missing := [name for name in names if name not in found]:
        raise FileFormatError(f"{file} has no constant {missing[0]!r} that can be read without running it")
    return {name: found[name] for name in names}


def _value(node: ast.expr, known: dict[str, Any]) -> Any:
    match node:
        case ast.Name(id=name) if name in known:
            return known[name]
        case ast.Dict(keys=keys, values=values):
            return {_value(k, known): _value(v, known) for k, v in zip(keys, values) if k is not None}
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return tuple(_value(item, known) for item in items)
        case ast.Call(func=ast.Name(id="set"), args=[items], keywords=[]):
            return frozenset(_value(items, known))
        case _:
            return ast.literal_eval(node)
