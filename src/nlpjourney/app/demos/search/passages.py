"""The texts that are searched: passages of real articles."""

from __future__ import annotations

from typing import NamedTuple

from nlpjourney.assets import corpora
from nlpjourney.text.passages import cut_passages


class Passage(NamedTuple):
    title: str
    text: str


def load(name: str) -> list[Passage]:
    """The passages of "wikipedia" or "django": enough of each article, and so few that their vectors take about a minute."""
    if name == "wikipedia":
        texts, n = corpora.wikipedia(), 14
    else:
        parts = ("faq/", "howto/", "intro/", "ref/", "topics/")  # not the notes of every release
        texts, n = {file: text for file, text in corpora.django_docs().items() if file.startswith(parts)}, 6
    return [Passage(title, passage) for title, text in texts.items() for passage in cut_passages(text, n)]
