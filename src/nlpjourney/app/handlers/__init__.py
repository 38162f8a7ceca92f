"""Handlers: from a request to a view, and back as a page or a part of one."""

from __future__ import annotations

from typing import Any

from nlpjourney.app.handlers import demos, exercise, files, review, roadmap, topic

HANDLERS: list[tuple[Any, ...]] = [
    *roadmap.HANDLERS,
    *topic.HANDLERS,
    *exercise.HANDLERS,
    *review.HANDLERS,
    *demos.HANDLERS,
    *files.HANDLERS,
]
