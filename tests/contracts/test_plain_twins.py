"""Every module with compiled loops names the plain function that says what they compute, and that one is short."""

import ast
import importlib
import re

import pytest

from nlpjourney.cli.compiled import PACKAGE

LINES = 30
# How loops are compiled, and what is no algorithm: the shared bits of arrays, threads and files, and whether files are sound.
WITHOUT = {
    "ann/soundness.py",
    "tasks/search/soundness.py",
    "cli/doctor.py",
    "llm/engine/compiled.py",
    "llm/engine/threads.py",
    "text/embeddings/jobs.py",
}
COMPILES = re.compile(r"^\s*@(njit|in_order|any_order)\b|njit\(", re.MULTILINE)


def sources():
    for file in sorted(PACKAGE.rglob("*.py")):
        yield file.relative_to(PACKAGE).as_posix(), file.read_text("utf-8")


COMPILED = [name for name, text in sources() if COMPILES.search(text) and name not in WITHOUT]
PLAIN = {
    (name, node.name): node
    for name, text in sources()
    if name.split("/")[0] != "cli"
    for node in ast.parse(text).body
    if isinstance(node, ast.FunctionDef) and node.name.startswith("plain_")
}


def test_they_are_found():
    assert len(COMPILED) > 35 and len(PLAIN) > 35


@pytest.mark.parametrize("name", COMPILED)
def test_names_its_plain_twin(name):
    text = (PACKAGE / name).read_text("utf-8")
    own = {plain for file, plain in PLAIN if file == name}
    named = set(re.findall(r"`(plain_\w+)`", ast.get_docstring(ast.parse(text)) or ""))
    assert own | named, "its docstring should name the `plain_…` function that says what its loops compute"
    assert named <= {plain for _, plain in PLAIN}, "there is no such function"


@pytest.mark.parametrize(("name", "plain"), PLAIN, ids=[plain for _, plain in PLAIN])
def test_is_short_and_described(name, plain):
    node = PLAIN[name, plain]
    body = node.body[1:] if ast.get_docstring(node) else node.body
    assert ast.get_docstring(node)
    assert body[-1].end_lineno - body[0].lineno + 1 <= LINES
    module = importlib.import_module("nlpjourney." + name.removesuffix(".py").replace("/", "."))
    assert not hasattr(getattr(module, plain), "py_func"), "a plain function is not compiled"
