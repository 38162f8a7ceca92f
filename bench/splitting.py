"""Splitting text into words before BPE: the hand-written scanners against the same patterns in the `regex` package."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import regex
from numpy.typing import NDArray

from nlpjourney.assets import corpora
from nlpjourney.study.bench import Comparison
from nlpjourney.text.tokenize import utf8
from nlpjourney.text.tokenize.splitting import PATTERNS, REGEXES, Pattern, classify, word_ends
from nlpjourney.text.tokenize.unicode_classes import split_classes


def ours(text: str, pattern: Pattern) -> NDArray[np.int64]:
    """Where each word ends, in bytes: an array, as the encoder takes it."""
    data = utf8.to_bytes(text)
    ends: NDArray[np.int64] = word_ends(data, classify(data, split_classes()), pattern)
    return ends


def ours_as_list(text: str, pattern: Pattern) -> list[int]:
    ends: list[int] = ours(text, pattern).tolist()
    return ends


def theirs(text: str, pattern: regex.Pattern) -> list[int]:
    """Where each word ends, in characters: the same as in bytes, for ASCII."""
    return [match.end() for match in pattern.finditer(text)]


def comparisons() -> Iterator[Comparison]:
    text = corpora.english_text(12_000_000).encode("ascii", "ignore").decode()[:10_000_000]
    for name in ("gpt2", "cl100k", "o200k"):
        pattern, compiled = PATTERNS[name], regex.compile(REGEXES[name])
        for result, mine in (("array", ours), ("list", ours_as_list)):
            yield Comparison(
                work=f"Splitting 10 MB of English, {name} pattern, ours to {'an' if result == 'array' else 'a'} {result}",
                peer="regex",
                ours=lambda mine=mine, pattern=pattern: mine(text, pattern),
                theirs=lambda compiled=compiled: theirs(text, compiled),
                agree=lambda mine, peers: list(mine) == peers,
                goal=10.0,
                topic="1.2",
                amount=10.0,
                unit="MB",
                packages=("regex",),
                remark="where each word ends; making two million Python integers for a list takes longer than finding the ends",
            )
