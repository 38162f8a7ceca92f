"""A notebook's cells as statements: what each binds, what it changes, what it uses, found by reading.

A cell counts as written: only where Python cannot read it does IPython translate it first (`%magics`, `!commands`, `?help`), by
the rules of IPython itself, so that a long expression's line `% n` stays what it is.
"""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

BUILTINS = frozenset(dir(builtins))
RUN_PYTHON = ("time", "capture", "prun")  # magics whose text is run where the cell stands, and defines what it defines
COMPREHENSIONS = ("listcomp", "setcomp", "dictcomp", "genexpr")
IMPORTS = (ast.Import, ast.ImportFrom)
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, *IMPORTS)


@dataclass(frozen=True)
class Statement:
    """One statement at top level.

    `binds`: the names that it surely binds anew, whatever they were; `changes`: those that it binds perhaps, or whose objects
    it changes; `called`: those of them on which it does no more than call a method; `uses`: while it runs; `later`: in the
    bodies of functions, when they are called; `given`: what a call gets whose result nobody keeps, and may change.
    """

    source: str
    line: int
    binds: frozenset[str]
    changes: frozenset[str]
    called: frozenset[str]
    uses: frozenset[str]
    later: frozenset[str]
    given: frozenset[str]
    is_definition: bool  # of a function or class, or an import
    is_import: bool
    is_future: bool


@lru_cache(1024)  # a grading gathers from the same cells, and from the file of the wrong answers, a dozen times
def statements(cell: str) -> tuple[Statement, ...]:
    """The statements of a cell; none if neither Python nor IPython can read it."""
    text = cell.replace("\r\n", "\n").replace("\r", "\n")
    tree = _parse(text)
    if tree is None:
        from IPython.core.inputtransformer2 import TransformerManager

        try:
            text = TransformerManager().transform_cell(text)  # type: ignore[no-untyped-call]
        except SyntaxError:
            return ()
        tree = _parse(text)
    if tree is None:
        return ()
    lines = text.split("\n")  # as Python counts them; `splitlines` would split at form feeds, too
    found: list[Statement] = []
    for node in tree.body:
        if (code := _run_by_magic(node)) is not None:
            found += statements(code)
        else:
            found.append(_statement(node, _source(lines, node)))
    return tuple(found)


def _parse(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _run_by_magic(node: ast.stmt) -> str | None:
    """The Python code that a magic like `%%time` runs, out of the call that IPython makes of it."""
    match node:
        case ast.Expr(
            ast.Call(ast.Attribute(attr="run_line_magic" | "run_cell_magic"), [ast.Constant(name), *_, last])
        ):
            if name in RUN_PYTHON and isinstance(last, ast.Constant):
                return str(last.value)
    return None


def _statement(node: ast.stmt, source: str) -> Statement:
    uses, later = _names(source)
    bound, stored, called, given = set(_bound(node)), set[str](), set[str](), set[str]()
    for part in _same_scope(node):
        match part:
            case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
                stored |= _root(part)  # T[k] = v
            case ast.Expr(ast.Call(ast.Attribute(attr=method) as target)):
                (stored if _is_setting(method) else called).update(_root(target))  # stop.add("the")
                given |= uses
            case ast.Expr(ast.Call(ast.Name(name))) if name not in BUILTINS:
                given |= uses
    surely = bound if isinstance(node, (*DEFINITIONS, ast.Assign)) or _is_annotated_value(node) else set[str]()
    changes = (bound | stored | called) - surely
    return Statement(
        source,
        node.lineno,
        frozenset(surely),
        frozenset(changes),
        frozenset(called - bound - stored),
        frozenset(uses - BUILTINS),
        frozenset(later - BUILTINS),
        frozenset(given - BUILTINS),
        isinstance(node, DEFINITIONS),
        isinstance(node, IMPORTS),
        isinstance(node, ast.ImportFrom) and node.module == "__future__",
    )


def _is_annotated_value(node: ast.stmt) -> bool:
    return isinstance(node, ast.AnnAssign) and node.value is not None


def _is_setting(method: str) -> bool:
    """`sys.setrecursionlimit`, `np.random.seed`: calls that change a module, where `plt.show` does not."""
    return method.startswith("set") or method.endswith("seed")


def _same_scope(node: ast.AST) -> Iterator[ast.AST]:
    """The node and what is in it, but not the bodies of functions and classes: these have names of their own."""
    yield node
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
        for child in ast.iter_child_nodes(node):
            yield from _same_scope(child)


def _bound(node: ast.AST) -> Iterator[str]:
    """The names that a statement, or one inside it, binds."""
    for part in _same_scope(node):
        match part:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Import(names) | ast.ImportFrom(names=names):
                yield from (alias.asname or alias.name.split(".")[0] for alias in names)
            case ast.Name(name, ast.Store() | ast.Del()):
                yield name
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name
            case ast.MatchMapping(rest=str(name)):
                yield name


def _root(node: ast.AST) -> set[str]:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else set()


def _names(source: str) -> tuple[set[str], set[str]]:
    """The names that code looks up at top level: while it runs, and in functions when they are called."""
    now: set[str] = set()
    later: set[str] = set()

    def visit(table: symtable.SymbolTable, found: set[str]) -> None:
        top = table.get_type() == "module"
        found.update(s.get_name() for s in table.get_symbols() if s.is_referenced() and (top or s.is_global()))
        # `global n; n = 1` in a function: it needs no value, but `n` is the notebook's
        found.update(s.get_name() for s in table.get_symbols() if s.is_declared_global())
        for child in table.get_children():
            is_body = child.get_type() == "function" and child.get_name() not in COMPREHENSIONS
            visit(child, later if is_body else found)

    visit(symtable.symtable(source, "<cell>", "exec"), now)
    return now, later


def _source(lines: list[str], node: ast.stmt) -> str:
    """The statement's own text: others may stand on its lines (`n = 1; n += 1`)."""
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
    assert node.end_lineno is not None
    taken = [line.encode() for line in lines[first - 1 : node.end_lineno]]
    taken[-1] = taken[-1][: node.end_col_offset]
    if first == node.lineno:
        taken[0] = taken[0][node.col_offset :]
    return b"\n".join(taken).decode()
