"""Every error class of ours has `JourneyError` as a parent beside a built-in one, and a sentence for whoever raised it."""

import ast
import importlib

import pytest

from nlpjourney import errors
from nlpjourney.cli.compiled import PACKAGE

# Raised in the sandbox's child process, which loads `codec` alone: it may not import anything of ours.
APART = {"nlpjourney.sandbox.codec.NotPlain"}


def error_classes():
    """Names of the classes in the source that end up as exceptions; modules are imported only where one is defined."""
    for file in sorted(PACKAGE.rglob("*.py")):
        names = [n.name for n in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(n, ast.ClassDef)]
        bases = [
            ast.unparse(b)
            for n in ast.walk(ast.parse(file.read_text("utf-8")))
            if isinstance(n, ast.ClassDef)
            for b in n.bases
        ]
        if names and any(b.endswith(("Error", "Exception", "Input", "Name", "File")) for b in bases):
            module = ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
            loaded = importlib.import_module(module)
            for name in names:
                found = getattr(loaded, name, None)
                if isinstance(found, type) and issubclass(found, BaseException):
                    yield f"{module}.{name}", found


CLASSES = dict(error_classes())


def test_they_are_found():
    assert {"nlpjourney.llm.gguf.reader.GGUFError", "nlpjourney.ml.estimator.NotFittedError"} <= CLASSES.keys()


@pytest.mark.parametrize("name", sorted(CLASSES.keys() - APART - {"nlpjourney.errors.JourneyError"}))
def test_has_two_parents(name):
    found = CLASSES[name]
    assert issubclass(found, errors.JourneyError)
    builtin = [c for c in found.__mro__ if c.__module__ == "builtins" and c not in (Exception, BaseException, object)]
    assert builtin or name == "nlpjourney.http.handler.Problem"  # a reply, not an error of a library's function
