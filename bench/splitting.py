"""Splitting text into words before BPE: the hand-written scanners against the same patterns in the `regex` package."""

from __future__ import annotations

from collections.abc import Iterator
from operator import eq

import regex

from nlpjourney.assets import corpora
from nlpjourney.study.bench import Comparison
from nlpjourney.text.tokenize import utf8
from nlpjourney.text.tokenize.splitting import PATTERNS, REGEXES, Pattern, classify, word_ends
from nlpjourney.text.tokenize.unicode_classes import split_classes


def ours(text: str, pattern: Pattern) -> list[int]:
    """Where each word ends, in bytes."""
    data = utf8.to_bytes(text)
    ends: list[int] = word_ends(data, classify(data, split_classes()), pattern).tolist()
    return ends


def theirs(text: str, pattern: regex.Pattern) -> list[int]:
    """Where each word ends, in characters: the same as in bytes, for ASCII."""
    return [match.end() for match in pattern.finditer(text)]


def comparisons() -> Iterator[Comparison]:
    text = corpora.english_text(12_000_000).encode("ascii", "ignore").decode()[:10_000_000]
    for name in ("gpt2", "cl100k", "o200k"):
        pattern, compiled = PATTERNS[name], regex.compile(REGEXES[name])
        yield Comparison(
            work=f"Splitting 10 MB of English, {name} pattern",
            peer="regex",
            ours=lambda pattern=pattern: ours(text, pattern),
            theirs=lambda compiled=compiled: theirs(text, compiled),
            agree=eq,
            goal=10.0,
            topic="1.2",
            amount=10.0,
            unit="MB",
            packages=("regex",),
            repeat=3,
        )
