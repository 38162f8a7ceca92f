"""Fairy tales of the 19th century, in English."""

from __future__ import annotations

from nlpjourney.assets.corpora.orange_table import rows_of
from nlpjourney.assets.store import path


def tales() -> dict[str, str]:
    """Fairy tales of the Brothers Grimm and of Andersen, by title."""
    folder = path("tales")
    files = (folder / name for name in ("grimm-tales.tab", "andersen.tab"))
    return {row["Title"]: row["Content"] for file in files for row in rows_of(file)}
