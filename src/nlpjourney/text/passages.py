"""Long texts cut into passages: what a search engine indexes, and what a model is given to read.

A passage should be short enough to have one subject and long enough to be understood alone. So texts are cut at paragraphs,
which is where their author changed the subject; short paragraphs are joined, long ones cut between sentences. Notable
choices: headings, tables, lists and code are left out, told by their looks alone; sentences end by a simple rule, since a
wrong cut does little harm here (`text.sentences` has Punkt, which learns).
"""

from __future__ import annotations

import re


def cut_passages(text: str, max_passages: int, min_words: int = 25, max_words: int = 110) -> list[str]:
    """The first `max_passages` passages of a text, each of `min_words` to about `max_words` words of prose.

    A sentence is never cut, so one that is longer than `max_words` stands alone; what is left at the end and has fewer than
    `min_words` is dropped. White space becomes single spaces.
    """
    if max_passages < 0 or not 1 <= min_words <= max_words:
        raise ValueError(
            f"max_passages is not negative, and min_words from 1 to max_words, not {max_passages}, {min_words} and {max_words}"
        )
    passages: list[str] = []
    words: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text):
        if not is_prose(paragraph):
            continue
        for sentence in split_sentences(paragraph):
            new = sentence.split()
            if words and len(words) + len(new) > max_words:
                passages.append(" ".join(words))
                words = []
            words += new
        if len(words) >= min_words:
            passages.append(" ".join(words))
            words = []
        if len(passages) >= max_passages:
            break
    return passages[:max_passages]


def split_sentences(text: str) -> list[str]:
    """A text cut after full stops, question marks and exclamation marks before a capital."""
    return re.split(r"(?<=[.!?])\s+(?=[A-Z\"'(])", " ".join(text.split()))


def is_prose(paragraph: str) -> bool:
    """Not a heading, a table, code or a list of links: long enough, mostly letters, with an end."""
    if len(paragraph) <= 80 or "." not in paragraph:
        return False
    if paragraph.startswith((" ", "=", "|", "..", "{", "!", "*", "-", "\t")):
        return False
    return sum(c.isalpha() or c.isspace() for c in paragraph) > 0.85 * len(paragraph)
