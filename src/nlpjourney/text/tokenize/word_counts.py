"""The distinct words of a corpus and how often each occurs: all that a subword trainer needs of it.

50 MB of English have ten million words but only some 200,000 different ones (Heaps' law), which is what makes training
fast. Notable choice: words are found and counted in one compiled pass, in a hash table over their bytes.

In plain Python: the counted words of `plain_train_bpe` (`text.tokenize.plain`).
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpjourney.text.hash_table import hash_bytes, same_bytes
from nlpjourney.text.tokenize import utf8
from nlpjourney.text.tokenize.splitting import Pattern, classify, next_end
from nlpjourney.text.tokenize.unicode_classes import split_classes

_CHUNK = 1 << 24  # bytes of text that are looked at together


class WordCounts(NamedTuple):
    """Distinct words in the order in which they were first seen."""

    data: NDArray[np.uint8]  # their bytes, one word behind the other
    offsets: NDArray[np.int64]  # (n_words + 1,) where they start in `data`
    counts: NDArray[np.int64]  # (n_words,)


class _Table(NamedTuple):
    """A growing hash table; only the first `n_words` offsets and counts are in use."""

    data: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    counts: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    slots: NDArray[np.int32]


def count_words(texts: Iterable[str], pattern: Pattern) -> WordCounts:
    """Split each text by itself (no word reaches over the end of one) and count the words."""
    table = _Table(
        np.empty(1 << 16, dtype=np.uint8),
        np.zeros(1 << 12, dtype=np.int64),
        np.zeros(1 << 12, dtype=np.int64),
        np.zeros(1 << 12, dtype=np.uint64),
        np.full(1 << 13, -1, dtype=np.int32),
    )
    n_words = 0
    chunk: list[bytes] = []
    size = 0
    for text in texts:
        chunk.append(utf8.encode(text))
        size += len(chunk[-1])
        if size >= _CHUNK:
            table, n_words = _count_chunk(chunk, pattern, table, n_words)
            chunk, size = [], 0
    table, n_words = _count_chunk(chunk, pattern, table, n_words)
    offsets = table.offsets[: n_words + 1].copy()
    return WordCounts(table.data[: offsets[-1]].copy(), offsets, table.counts[:n_words].copy())


def _count_chunk(chunk: list[bytes], pattern: Pattern, table: _Table, n_words: int) -> tuple[_Table, int]:
    data, text_ends = utf8.join(chunk)
    counted: tuple[_Table, int] = _count(data, classify(data, split_classes()), text_ends, pattern, table, n_words)
    return counted


@njit(cache=True)
def _count(
    text: NDArray[np.uint8],
    kinds: NDArray[np.uint8],
    text_ends: NDArray[np.int64],
    pattern: Pattern,
    table: _Table,
    n_words: int,
) -> tuple[_Table, int]:
    at = 0
    for text_end in text_ends:
        while at < text_end:
            end = next_end(text, kinds, at, text_end, pattern)
            mixed = hash_bytes(text, at, end)
            mask = len(table.slots) - 1
            slot = np.int64(mixed >> np.uint64(32)) & mask
            found = False
            while table.slots[slot] >= 0:
                word = table.slots[slot]
                start = table.offsets[word]
                if (
                    table.hashes[word] == mixed
                    and table.offsets[word + 1] - start == end - at
                    and same_bytes(table.data, start, text, at, end - at)
                ):
                    found = True
                    break
                slot = (slot + 1) & mask
            if found:
                table.counts[table.slots[slot]] += 1
            else:
                start = table.offsets[n_words]
                if n_words + 2 > len(table.offsets) or start + end - at > len(table.data):
                    table = _grow(table, n_words, end - at)
                    slot = _empty_slot(table.slots, mixed)
                table.data[start : start + end - at] = text[at:end]
                table.offsets[n_words + 1] = start + end - at
                table.counts[n_words] = 1
                table.hashes[n_words] = mixed
                table.slots[slot] = n_words
                n_words += 1
            at = end
    return table, n_words


@njit(cache=True)
def _grow(table: _Table, n_words: int, n_bytes: int) -> _Table:
    """A table with room for at least one more word of `n_bytes`: twice the words and twice the bytes."""
    data = np.empty(2 * len(table.data) + n_bytes, dtype=np.uint8)
    data[: len(table.data)] = table.data
    offsets = np.zeros(2 * len(table.offsets), dtype=np.int64)
    offsets[: n_words + 1] = table.offsets[: n_words + 1]
    counts = np.zeros(2 * len(table.offsets), dtype=np.int64)
    counts[:n_words] = table.counts[:n_words]
    hashes = np.zeros(2 * len(table.offsets), dtype=np.uint64)
    hashes[:n_words] = table.hashes[:n_words]
    slots = np.full(2 * len(offsets), -1, dtype=np.int32)  # at most half full
    for word in range(n_words):
        slots[_empty_slot(slots, hashes[word])] = word
    return _Table(data, offsets, counts, hashes, slots)


@njit(cache=True)
def _empty_slot(slots: NDArray[np.int32], mixed: np.uint64) -> np.int64:
    mask = len(slots) - 1
    slot = np.int64(mixed >> np.uint64(32)) & mask
    while slots[slot] >= 0:
        slot = (slot + 1) & mask
    return slot
