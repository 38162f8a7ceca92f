"""What one Python file takes from elsewhere, as far as reading it can tell; nothing is executed.

Imports inside functions count, and so does code in strings (`[python, "-c", "from nlpjourney.app import start"]`). What only
a type checker sees does not, nor do docstrings.
"""

from __future__ import annotations

import ast
import textwrap
from dataclasses import dataclass, field, replace
from pathlib import Path


@dataclass(frozen=True)
class Import:
    """`name` taken from `module`, or the module itself (""); `bound`: what it is called here.

    `uses`: its attributes that are used, where nothing else is done with it.
    """

    module: str
    name: str = ""
    bound: str = ""
    uses: frozenset[str] | None = None


@dataclass
class Part:
    """One definition at top level of a file, or ("") all that stands outside of definitions."""

    imports: list[Import] = field(default_factory=list)
    strings: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)  # strings that are used as a piece of a path
    names: set[str] = field(default_factory=set)  # all that it mentions
    always: bool = False  # a fixture that pytest uses unasked


class Source:
    """What one Python file says, part by part."""

    def __init__(self, text: str, file: Path, module: str) -> None:
        self.parts: dict[str, Part] = {"": Part()}
        self.exports: dict[str, Import] = {}  # names that its top level takes from elsewhere
        self._package = module if file.name == "__init__.py" else module.rpartition(".")[0]
        tree = ast.parse(text)
        self._aliases = _aliases(tree)
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                part = self.parts.setdefault(node.name, Part())
                part.always |= any("autouse=True" in ast.unparse(d) for d in node.decorator_list)
            else:
                part = self.parts[""]
            self._read(node, part)
            if isinstance(node, ast.ImportFrom):
                module_ = self._absolute(node)
                self.exports |= {a.asname or a.name: Import(module_, a.name) for a in node.names if a.name != "*"}

    def part_for(self, wanted: set[str]) -> Part:
        """Of a `conftest.py` what some tests use: the fixtures and helpers `wanted`, those that pytest uses unasked, with all
        that these name, and the imports that they use."""
        queue = [name for name, part in self.parts.items() if name and (part.always or name in wanted)]
        used = Part(names=set(self.parts[""].names))
        reached = set(queue)
        for name in queue:
            part = self.parts[name]
            used = Part(
                used.imports + part.imports,
                used.strings | part.strings,
                used.folders | part.folders,
                used.names | part.names,
            )
            new = (part.names & self.parts.keys()) - reached
            reached |= new
            queue += sorted(new)
        imports = [i for i in self.parts[""].imports if i.bound in used.names | wanted]
        return replace(used, imports=used.imports + imports)

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        base = self._package.split(".")
        return ".".join([*base[: len(base) - node.level + 1], *([node.module] if node.module else [])])

    def _read(self, node: ast.AST, part: Part) -> None:
        match node:
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                return  # never executed
            case ast.Expr(value=ast.Constant()):
                return  # a docstring
            case ast.Import(names=names):
                for a in names:
                    part.imports.append(Import(a.name, "", a.asname or a.name, self._aliases.get(a.asname or "")))
            case ast.ImportFrom(names=names):
                for a in names:
                    bound = a.asname or a.name
                    part.imports.append(Import(self._absolute(node), a.name, bound, self._aliases.get(bound)))
            case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name):
                part.names.add(name)
            case ast.Constant(value=str(text)):
                self._read_string(text, part)
            case ast.JoinedStr(values=values):
                pieces = [v.value if isinstance(v, ast.Constant) else "0" for v in values]
                self._read_string("".join(map(str, pieces)), part)
            case ast.Call(func=ast.Attribute(attr="with_name" | "joinpath"), args=[ast.Constant(value=str(text)), *_]):
                part.folders.add(text)
            case ast.BinOp(op=ast.Div(), right=ast.Constant(value=str(text))):
                part.folders.add(text)
        for child in ast.iter_child_nodes(node):
            self._read(child, part)

    def _read_string(self, text: str, part: Part) -> None:
        part.strings.add(text)
        if "import" in text:
            try:
                tree = ast.parse(textwrap.dedent(text))
            except (SyntaxError, ValueError, RecursionError):
                return
            for node in ast.walk(tree):
                if isinstance(node, ast.Import):
                    part.imports += [Import(a.name) for a in node.names]
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    part.imports += [Import(node.module or "", a.name) for a in node.names]


def _aliases(tree: ast.Module) -> dict[str, frozenset[str]]:
    """For each name that is only ever used as `name.attribute`: the attributes."""
    attributes: dict[str, set[str]] = {}
    held, names = set(), []
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            names.append(node)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            held.add(node.value)
            attributes.setdefault(node.value.id, set()).add(node.attr)
    bare = {node.id for node in names if node not in held}
    return {name: frozenset(found) for name, found in attributes.items() if name not in bare}
