"""What the stemmers share: words as arrays of code points, and tables of suffix rules.

A stemmer is a list of suffixes with what takes their place. Here such a list becomes a table that a compiled loop reads,
so that each stemmer can write its rules as its paper does. Notable choice: words are arrays of code points
(UTF-32), one number a character, so that lengths and positions are those of the papers, whatever the script.

In plain Python: `plain_step` (`text.stem.plain`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numba import njit
from numpy.typing import NDArray

Codes = NDArray[np.int32]
Offsets = NDArray[np.int64]

# A rule is a row: length of the suffix, the suffix from its last letter on, length of the replacement, the replacement. In
# the first row's last place are the suffixes' last letters as a set of bits: most words end in none of them.
_REPLACEMENT, _LETTERS, _WIDTH = 9, 14, 15
LINE_END = ord("\n")


def suffix_rules(*rules: tuple[str, str]) -> Codes:
    """The table of (suffix, replacement) pairs, int32 (n_rules, 15): suffixes of up to 8, replacements of up to 4 letters."""
    table = np.zeros((len(rules), _WIDTH), dtype=np.int32)
    for row, (suffix, replacement) in zip(table, rules):
        row[0] = len(suffix)
        table[0, _LETTERS] |= 1 << (ord(suffix[-1]) % 31) if suffix else 0
        row[1 : 1 + len(suffix)] = [ord(c) for c in reversed(suffix)]
        row[_REPLACEMENT] = len(replacement)
        row[_REPLACEMENT + 1 : _REPLACEMENT + 1 + len(replacement)] = [ord(c) for c in replacement]
    return table


def suffixes(*endings: str) -> Codes:
    """The table of suffixes that are only looked for, or deleted."""
    return suffix_rules(*((ending, "") for ending in endings))


@njit(cache=True)
def find(word: Codes, n: int, rules: Codes) -> int:
    """The first rule whose suffix ends the word `word[:n]`, or -1."""
    if n == 0 or not rules[0, _LETTERS] >> (word[n - 1] % 31) & 1:
        return -1
    for r in range(len(rules)):
        if word[n - 1] == rules[r, 1] and ends_in(word, n, rules[r]):
            return r
    return -1


@njit(cache=True, inline="always")
def ends_in(word: Codes, n: int, rule: Codes) -> bool:
    """Whether the word `word[:n]` ends in the rule's suffix."""
    length = rule[0]
    if length > n:
        return False
    i = 0
    while i < length and word[n - 1 - i] == rule[1 + i]:
        i += 1
    return bool(i == length)


@njit(cache=True)
def replace(word: Codes, n: int, rules: Codes, r: int) -> int:
    """Put rule r's replacement in the place of its suffix; returns the new length."""
    n -= rules[r, 0]
    for i in range(rules[r, _REPLACEMENT]):
        word[n + i] = rules[r, _REPLACEMENT + 1 + i]
    return n + int(rules[r, _REPLACEMENT])


class Stemmer(ABC):
    """From words to stems. `stem_words` is much faster than `stem` word by word."""

    def stem(self, word: str) -> str:
        """The stem of one word."""
        return self.stem_words([word])[0]

    def stem_words(self, words: Sequence[str]) -> list[str]:
        """The stem of each word, in order. Raises TypeError for a single string, which would be taken for its letters."""
        if isinstance(words, str):
            raise TypeError("stem_words takes a list of words; for one word use stem")
        prepared = self._prepare(words)
        together = "".join(prepared)
        codes = np.frombuffer(together.encode("utf-32-le", "surrogatepass"), dtype=np.int32)
        offsets = np.zeros(len(prepared) + 1, dtype=np.int64)
        np.cumsum(np.fromiter(map(len, prepared), dtype=np.int64, count=len(prepared)), out=offsets[1:])
        stems, ends = self._stem_codes(codes, offsets)
        text = stems.tobytes().decode("utf-32-le", "surrogatepass")
        if "\n" not in together:
            return text.split("\n")[:-1]  # every stem is followed by a line end; this is the faster way
        return [text[start : end - 1] for start, end in pairwise(ends.tolist())]

    def _prepare(self, words: Sequence[str]) -> Sequence[str]:
        return words

    @abstractmethod
    def _stem_codes(self, codes: Codes, offsets: Offsets) -> tuple[Codes, Offsets]:
        """The stems of the words codes[offsets[i]:offsets[i + 1]], laid out likewise, each followed by a line end."""


@njit(cache=True)
def output(codes: Codes, offsets: Offsets) -> tuple[Codes, Offsets]:
    """Room for stems: a stem is at most one letter longer than its word, and a line end follows it."""
    return np.empty(len(codes) + 2 * len(offsets), dtype=np.int32), np.zeros(len(offsets), dtype=np.int64)


@njit(cache=True, inline="always")
def finish(stems: Codes, ends: Offsets, i: int, end: int) -> int:
    """End the stem of word i; returns where the next one begins."""
    stems[end] = LINE_END
    ends[i + 1] = end + 1
    return end + 1
