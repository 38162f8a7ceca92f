"""The texts that the search demo searches: passages of real articles, cut at paragraphs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from nlpjourney.assets import corpora

PER_TEXT = 14  # passages of one article: enough of each, and vectors for all in about a minute
MIN_WORDS, MAX_WORDS = 25, 110


@dataclass(frozen=True)
class Passage:
    title: str
    text: str


def load(name: str) -> list[Passage]:
    """The passages of "wikipedia" or "django"."""
    if name == "wikipedia":
        return cut(corpora.wikipedia())
    parts = ("faq/", "howto/", "intro/", "ref/", "topics/")  # not the notes of every release
    return cut({file: text for file, text in corpora.django_docs().items() if file.startswith(parts)}, per_text=6)


def cut(texts: Mapping[str, str], per_text: int = PER_TEXT) -> list[Passage]:
    """The first `per_text` passages of each text: paragraphs of prose, short ones joined, long ones cut between sentences."""
    found = []
    for title, text in texts.items():
        passages: list[str] = []
        words: list[str] = []
        for paragraph in re.split(r"\n\s*\n", text):
            if not _is_prose(paragraph):
                continue
            for sentence in sentences(paragraph):
                new = sentence.split()
                if words and len(words) + len(new) > MAX_WORDS:
                    passages.append(" ".join(words))
                    words = []
                words += new
            if len(words) >= MIN_WORDS:
                passages.append(" ".join(words))
                words = []
            if len(passages) >= per_text:
                break
        found += [Passage(title, passage) for passage in passages[:per_text]]
    return found


def sentences(text: str) -> list[str]:
    """A text cut after full stops, question marks and exclamation marks before a capital: enough for passages."""
    return re.split(r"(?<=[.!?])\s+(?=[A-Z\"'(])", " ".join(text.split()))


def _is_prose(paragraph: str) -> bool:
    """Not a heading, a table, code or a list of links: long enough, mostly letters, with an end."""
    if len(paragraph) <= 80 or "." not in paragraph:
        return False
    if paragraph.startswith((" ", "=", "|", "..", "{", "!", "*", "-", "\t")):
        return False
    return sum(c.isalpha() or c.isspace() for c in paragraph) > 0.85 * len(paragraph)
