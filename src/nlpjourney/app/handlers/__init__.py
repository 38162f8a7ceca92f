"""Handlers: from a request to a view, and back as a page or a part of one."""

from __future__ import annotations

from typing import Any

from nlpjourney.app.handlers import (
    attention,
    chat,
    embeddings,
    exercise,
    files,
    levels,
    review,
    roadmap,
    sampling,
    search,
    tokenizer,
    topic,
    training,
)

HANDLERS: list[tuple[Any, ...]] = [
    *roadmap.HANDLERS,
    *topic.HANDLERS,
    *exercise.HANDLERS,
    *review.HANDLERS,
    *tokenizer.HANDLERS,
    *search.HANDLERS,
    *embeddings.HANDLERS,
    *levels.HANDLERS,
    *chat.HANDLERS,
    *attention.HANDLERS,
    *sampling.HANDLERS,
    *training.HANDLERS,
    *files.HANDLERS,
]
