"""The demos, found by walking the folders beside this file. What each is and where it lies: see `demo`."""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path

from nlpjourney.app.demos.demo import Demo
from nlpjourney.errors import UnknownName


@cache
def demos() -> tuple[Demo, ...]:
    """All of them, in the order of their topics."""
    folders = sorted(file.parent.name for file in Path(__file__).parent.glob("*/__init__.py"))
    found = [importlib.import_module(f"{__name__}.{name}").DEMO for name in folders]
    return tuple(sorted(found, key=lambda demo: [int(part) for part in demo.topic.split(".")]))


def find(slug: str) -> Demo:
    """The demo at an address. Raises UnknownName."""
    for demo in demos():
        if demo.slug == slug:
            return demo
    raise UnknownName(f"there is no demo {slug!r}; there are: {', '.join(demo.slug for demo in demos())}")
