"""From a notebook's cells, the code that one function needs: itself and what it uses, directly or not.

A check runs the learner's function in another process. Sending the whole notebook would run it all again; so the names that
the function uses are followed, through the cells' top-level definitions, by reading the code and not by running it.
"""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterable, Sequence
from functools import lru_cache

from nlpjourney.errors import JourneyError

BUILTINS = set(dir(builtins))
Definition = tuple[int, str, set[str]]  # position, source, names that it uses
Statement = tuple[list[str], str, set[str]]  # names that it binds, source, names that it uses


class NotFound(LookupError, JourneyError):
    """No cell defines the function."""


def gather(cells: Sequence[str], names: Iterable[str]) -> str:
    """Source that defines `names` and, before them, everything at top level of `cells` that they use.

    Where a name is defined more than once, the last definition counts, as in a notebook. Cells that do not parse (shell
    commands, half-typed code) are passed over. Raises NotFound when a name of `names` is defined nowhere.
    """
    wanted = list(names)
    known, futures = _definitions(cells)
    for name in wanted:
        if name not in known:
            raise NotFound(f"no cell defines {name!r}: write `def {name}(…):` in a cell and run it first")
    chosen: dict[int, str] = {}
    queue, seen = wanted, set(wanted)
    while queue:
        position, source, uses = known[queue.pop()]
        chosen[position] = source
        new = {u for u in uses if u in known and u not in seen}
        seen |= new
        queue.extend(new)
    return "\n\n".join([*sorted(futures), *(chosen[i] for i in sorted(chosen))]) + "\n"


def _definitions(cells: Sequence[str]) -> tuple[dict[str, Definition], set[str]]:
    known: dict[str, Definition] = {}
    futures: set[str] = set()
    statements = (statement for cell in cells for statement in _statements(cell))
    for position, (bound, source, uses) in enumerate(statements):
        if not bound:
            futures.add(source)
        for name in bound:
            known[name] = (position, source, uses - {name})
    return known, futures


@lru_cache(1024)  # a grading gathers from the same cells, and from the file of the wrong answers, a dozen times
def _statements(cell: str) -> list[Statement]:
    """What defines something at top level; an import of the future counts as binding nothing."""
    text = "\n".join("" if line.lstrip().startswith(("%", "!", "?")) else line for line in cell.splitlines())
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return []
    lines = text.splitlines()
    found: list[Statement] = []
    for node in tree.body:
        if not (bound := _bound_names(node)):
            continue
        source = _source(lines, node)
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            found.append(([], source, set()))
        else:
            found.append((bound, source, _global_names(source) - BUILTINS))
    return found


def _bound_names(node: ast.stmt) -> list[str]:
    """The names that a top-level statement defines; statements with other effects define none."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [alias.asname or alias.name.split(".")[0] for alias in node.names]
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        targets = [node.target]
    return [n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]


def _global_names(source: str) -> set[str]:
    """The names that code looks up at top level: those of functions' own variables and parameters are not among them."""
    found: set[str] = set()

    def visit(table: symtable.SymbolTable) -> None:
        top = table.get_type() == "module"
        found.update(s.get_name() for s in table.get_symbols() if s.is_referenced() and (top or s.is_global()))
        for child in table.get_children():
            visit(child)

    visit(symtable.symtable(source, "<cell>", "exec"))
    return found


def _source(lines: list[str], node: ast.stmt) -> str:
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
    return "\n".join(lines[first - 1 : node.end_lineno])
