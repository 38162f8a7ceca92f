"""Counting words in plain Python: what `vocabulary`, `counters` and `hashing` compute for whole corpora.

Read this first. `plain_number_words` is `text.vocabulary`, `plain_count` is `counters`, `plain_murmurhash3` is `hashing`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence


def plain_number_words(texts: Sequence[str]) -> tuple[list[str], list[list[int]]]:
    """The distinct words of all texts in the order of their first occurrence, and each text as their numbers."""
    numbers: dict[str, int] = {}
    rows = [[numbers.setdefault(word, len(numbers)) for word in re.findall(r"\w+", text.lower())] for text in texts]
    return list(numbers), rows


def plain_count(texts: Sequence[str], ngram_range: tuple[int, int] = (1, 1)) -> list[Counter[str]]:
    """For each text how often each run of words occurs; a word has two word characters or more."""
    counts = []
    for text in texts:
        words = re.findall(r"\b\w\w+\b", text.lower())
        sizes = range(ngram_range[0], ngram_range[1] + 1)
        counts.append(Counter(" ".join(words[i : i + n]) for n in sizes for i in range(len(words) - n + 1)))
    return counts


def plain_murmurhash3(data: bytes, seed: int = 0) -> int:
    """The 32-bit MurmurHash3 (Appleby, 2011) as a signed number: blocks of four bytes are mixed in, then the rest."""
    full = 0xFFFFFFFF

    def rotate(x: int, by: int) -> int:
        return (x << by | x >> (32 - by)) & full

    h = seed
    for i in range(0, len(data), 4):
        block = int.from_bytes(data[i : i + 4], "little")
        h ^= rotate(block * 0xCC9E2D51 & full, 15) * 0x1B873593 & full
        if i + 4 <= len(data):  # a rest of fewer than four bytes is not stirred
            h = (rotate(h, 13) * 5 + 0xE6546B64) & full
    h ^= len(data)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        h = (h ^ h >> shift) * factor & full
    return h - (1 << 32) if h >> 31 else h
