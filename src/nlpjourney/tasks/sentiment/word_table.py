"""The words that VADER's rules know, numbered, and a loop that finds them in texts: each word is hashed where it stands.

A text becomes the numbers of its words; 0 is a word that no rule knows, 1 one with "n't" in it. Notable choices: only the
lexicon's 7,500 words and the rules' lists are in the table, so it stays in the processor's cache; texts in ASCII are scanned as
bytes, all in one call, and others are cut by Python's own `split`, `lower` and `isupper`, which know Unicode.

In plain Python: `plain_number_words` (`text.vectorize.plain`) with the words of `split_words`.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpjourney.tasks.sentiment.lexicon import Lexicon
from nlpjourney.tasks.sentiment.rules import split_words
from nlpjourney.text.hash_table import EMPTY, hash_bytes, same_bytes

UNKNOWN, WITH_NT = 0, 1

# What a byte is: bits.
SPACE, PUNCTUATION, CAPITAL, SMALL = 1, 2, 4, 8
KINDS = np.zeros(128, np.uint8)
for _c in range(128):
    KINDS[_c] = (
        SPACE * chr(_c).isspace()
        + PUNCTUATION * (chr(_c) in string.punctuation)
        + CAPITAL * chr(_c).isupper()
        + SMALL * chr(_c).islower()
    )


class Words(NamedTuple):
    """Many texts: text t has the words ids[starts[t] : starts[t + 1]]; which are all capitals; and its marks (! and ?)."""

    ids: NDArray[np.int32]
    capitals: NDArray[np.bool_]
    starts: NDArray[np.int64]
    marks: NDArray[np.int64]  # (n, 2)


class WordTable:
    """The words of a lexicon and of its rules, with numbers from 2 on."""

    def __init__(self, lexicon: Lexicon, others: Iterable[str]) -> None:
        phrases = [*lexicon.boosters, *lexicon.idioms, *lexicon.negations, *others]
        single = {word for phrase in phrases for word in phrase.split()}
        words = dict.fromkeys([*(word for word in lexicon.valences if len(word.split()) == 1), *sorted(single)])
        self.ids = {word: number for number, word in enumerate(words, WITH_NT + 1)}
        ascii_only = {word.encode(): number for word, number in self.ids.items() if word.isascii()}
        self.pool = np.frombuffer(b"".join(ascii_only), np.uint8)
        ends = np.cumsum([len(word) for word in ascii_only])
        self.places = np.column_stack([np.append(0, ends[:-1]), ends, list(ascii_only.values())])
        self.slots = np.full((1 << (2 * len(self.places)).bit_length(), 2), EMPTY, np.int32)
        _fill(self.pool, self.places, self.slots)
        self._look = lru_cache(1 << 16)(self._token)  # words come again and again

    def __len__(self) -> int:
        return len(self.ids) + WITH_NT + 1

    def number(self, word: str) -> int:
        """The number of a word in lower case."""
        return self.ids.get(word) or (WITH_NT if "n't" in word else UNKNOWN)

    def find_in_ascii(self, texts: Sequence[str]) -> Words:
        """The words of texts in ASCII."""
        data = np.frombuffer("".join(texts).encode("ascii"), np.uint8)
        ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)))
        most = len(data) // 2 + len(texts) + 1
        ids, capitals = np.empty(most, np.int32), np.empty(most, np.bool_)
        starts, marks = np.zeros(len(texts) + 1, np.int64), np.zeros((len(texts), 2), np.int64)
        n = _scan(data, ends, KINDS, self.pool, self.places, self.slots, ids, capitals, starts, marks)
        return Words(ids[:n], capitals[:n], starts, marks)

    def find(self, texts: Sequence[str]) -> Words:
        """The words of any texts."""
        found = [list(map(self._look, text.split())) for text in texts]
        flat = np.array([pair for pairs in found for pair in pairs], np.int32).reshape(-1, 2)
        return Words(
            np.ascontiguousarray(flat[:, 0]),
            flat[:, 1].astype(np.bool_),
            np.append(0, np.cumsum([len(pairs) for pairs in found], dtype=np.int64)),
            np.array([(text.count("!"), text.count("?")) for text in texts], np.int64).reshape(-1, 2),
        )

    def _token(self, token: str) -> tuple[int, bool]:
        """The number of what stands between white space, and whether it is all capitals."""
        [word] = split_words(token)
        return self.number(word.lower()), word.isupper()


@njit(cache=True)
def _fill(pool, places, slots):  # type: ignore[no-untyped-def]
    """Put the word in each row of places (start, end, number) into the table."""
    mask = len(slots) - 1
    for word in range(len(places)):
        code = hash_bytes(pool, places[word, 0], places[word, 1])
        slot = np.int64(code >> np.uint64(32)) & mask
        while slots[slot, 0] != EMPTY:
            slot = (slot + 1) & mask
        slots[slot, 0], slots[slot, 1] = word, np.int32(code & np.uint64(0x7FFFFFFF))


@njit(cache=True)
def _scan(data, ends, kinds, pool, places, slots, ids, capitals, starts, marks):  # type: ignore[no-untyped-def]
    """Fill ids, capitals, starts and marks from the texts in data; text t ends at ends[t]. Returns the number of words."""
    mask = len(slots) - 1
    low = np.empty_like(data)
    n, at = 0, 0
    for t in range(len(ends)):
        end = ends[t]
        while True:
            while at < end and kinds[data[at]] & SPACE:
                at += 1
            if at == end:
                break
            first, seen = at, np.uint8(0)
            while at < end:
                kind = kinds[data[at]]
                if kind & SPACE:
                    break
                seen |= kind
                low[at] = data[at] + np.uint8(32) if kind & CAPITAL else data[at]
                at += 1
            last = at
            if seen & PUNCTUATION:  # off at both ends, unless hardly anything is left
                for i in range(first, last):
                    marks[t, 0] += data[i] == 33  # !
                    marks[t, 1] += data[i] == 63  # ?
                a, b = first, last
                while a < b and kinds[data[a]] & PUNCTUATION:
                    a += 1
                while b > a and kinds[data[b - 1]] & PUNCTUATION:
                    b -= 1
                if b - a > 2:
                    first, last = a, b
            capitals[n] = seen & CAPITAL and not seen & SMALL
            ids[n] = _find(low, first, last, pool, places, slots, mask)
            if ids[n] == UNKNOWN and seen & PUNCTUATION:
                for i in range(first, last - 2):
                    if low[i] == 110 and low[i + 1] == 39 and low[i + 2] == 116:  # n't
                        ids[n] = WITH_NT
            n += 1
        starts[t + 1] = n
    return n


@njit(cache=True, inline="always")
def _find(low, first, last, pool, places, slots, mask):  # type: ignore[no-untyped-def]
    """The number of the word low[first:last]. A part of its hash stands in the table: strange words seldom match it."""
    code = hash_bytes(low, first, last)
    slot, part = np.int64(code >> np.uint64(32)) & mask, np.int32(code & np.uint64(0x7FFFFFFF))
    while slots[slot, 0] != EMPTY:
        if slots[slot, 1] == part:
            start, stop, number = places[slots[slot, 0]]
            if stop - start == last - first and same_bytes(low, first, pool, start, last - first):
                return number
        slot = (slot + 1) & mask
    return UNKNOWN
