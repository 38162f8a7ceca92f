"""What one Python file takes from elsewhere, as far as reading it can tell; nothing is executed.

Imports inside functions count, and so does code in strings (`[python, "-c", "from nlpjourney.app import start"]`). What only
a type checker sees does not, nor do docstrings.
"""

from __future__ import annotations

import ast
import textwrap
from dataclasses import dataclass, field


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
    prose: set[str] = field(default_factory=set)  # those strings that are no code
    folders: set[str] = field(default_factory=set)  # strings that are used as a piece of a path
    names: set[str] = field(default_factory=set)  # all that it mentions
    always: bool = False  # a fixture that pytest uses unasked

    def add(self, other: Part) -> None:
        self.imports += other.imports
        self.strings |= other.strings
        self.prose |= other.prose
        self.folders |= other.folders
        self.names |= other.names


class Source:
    """What one Python file says, part by part."""

    def __init__(self, code: ast.Module, package: str) -> None:
        self.parts: dict[str, Part] = {"": Part()}
        self.exports: dict[str, Import] = {}  # names that its top level takes from elsewhere
        self._package = package
        self._aliases = _aliases(code)
        for node in code.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                part = self.parts.setdefault(node.name, Part())
                part.always |= any("autouse=True" in ast.unparse(d) for d in node.decorator_list)
            else:
                part = self.parts[""]
            self._read(node, part)
            if isinstance(node, ast.ImportFrom):
                module_ = self._absolute(node)
                self.exports |= {a.asname or a.name: Import(module_, a.name) for a in node.names if a.name != "*"}

    @classmethod
    def of(cls, text: str, package: str) -> Source:
        """A file of `package`; one that Python cannot read takes nothing: whoever checks or runs it will say so."""
        return cls(_parsed(text) or ast.Module([], []), package)

    def part_for(self, wanted: set[str]) -> Part:
        """Of a `conftest.py` what some tests use: the fixtures and helpers `wanted`, those that pytest uses unasked, with all
        that these name, and the imports that they use."""
        queue = [name for name, part in self.parts.items() if name and (part.always or name in wanted)]
        used = Part()
        for name in queue:
            used.add(self.parts[name])
            queue += sorted((self.parts[name].names & self.parts.keys()).difference(queue))
        used.imports += [i for i in self.parts[""].imports if i.bound in used.names | wanted]
        return used

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
                for value in values:
                    if not isinstance(value, ast.Constant):
                        self._read(value, part)
                return
            case ast.Call(func=ast.Attribute(attr="with_name" | "joinpath"), args=[ast.Constant(value=str(text)), *_]):
                part.folders.add(text)
            case ast.BinOp(op=ast.Div(), right=ast.Constant(value=str(text))):
                part.folders.add(text)
        for child in ast.iter_child_nodes(node):
            self._read(child, part)

    def _read_string(self, text: str, part: Part) -> None:
        part.strings.add(text)
        if "import" in text and (code := _parsed(textwrap.dedent(text))):
            for inner in Source(code, self._package).parts.values():
                part.add(inner)
        else:
            part.prose.add(text)


def _parsed(text: str) -> ast.Module | None:
    """The code, or None when it is none."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None


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
