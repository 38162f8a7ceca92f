"""How often each pair of symbols occurs, in which words, and which is the most frequent: the books of a BPE trainer.

A table maps a pair to its count. A heap holds entries (count, pair, list of words), the most frequent first. When
a merge changes words, the pairs that come about get new entries, each with the words of this step; a pair may so have
several entries over time, and each of its words stands in one of them. Notable choices: the heap is lazy, a pair whose
count fell keeps its place until it comes to the top, and is then put where it belongs; word lists are linked lists in
one array; room is made word by word, so that counting a pair is a few loads and stores and never grows anything.

In plain Python: the counts of `plain_train_bpe` (`text.tokenize.plain`).
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Int = int | np.integer[Any]
N_PAIRS, N_ENTRIES, N_LINKS, N_HEAP = range(4)  # what `PairHeap.sizes` counts
_KEY, _COUNT, _ENTRY = range(3)  # columns of `PairHeap.pairs`


class PairHeap(NamedTuple):
    """Flat arrays with room to spare; `sizes` says how much of them is in use."""

    pairs: NDArray[np.int64]  # (2^k, 3) left << 32 | right (or -1), count, latest entry (or -1)
    heap: NDArray[np.int64]  # (n,) entries, the best first
    keys: NDArray[np.int64]  # (n,) an entry's pair
    counts: NDArray[np.int64]  # (n,) and its count when it was last looked at
    heads: NDArray[np.int64]  # (n,) and the first link of its words
    links: NDArray[np.int64]  # (m, 2) word, next link (or -1)
    sizes: NDArray[np.int64]  # (4,)


@njit(cache=True)
def new_pair_heap() -> PairHeap:
    """An empty one."""
    n = 1 << 15
    return PairHeap(
        np.full((4 * n, 3), -1, np.int64), np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64),
        np.empty(n, np.int64), np.empty((2 * n, 2), np.int64), np.zeros(4, np.int64),
    )  # fmt: skip


@njit(cache=True, inline="always")
def make_room(heap: PairHeap, n_more: Int) -> PairHeap:
    """Room for `n_more` more calls of `count_pair`."""
    if (
        2 * (heap.sizes[N_PAIRS] + n_more) >= len(heap.pairs)
        or heap.sizes[N_ENTRIES] + n_more >= len(heap.heads)
        or heap.sizes[N_LINKS] + n_more >= len(heap.links)
    ):
        heap = _grow(heap, n_more)
    return heap


@njit(cache=True)
def _grow(heap: PairHeap, n_more: Int) -> PairHeap:
    """At least double what is full."""
    pairs, entries, heads, links = heap.pairs, heap.heap, heap.heads, heap.links
    keys, counts = heap.keys, heap.counts
    if 2 * (heap.sizes[N_PAIRS] + n_more) >= len(pairs):
        n_slots = 2 * len(pairs)
        while 2 * (heap.sizes[N_PAIRS] + n_more) >= n_slots:
            n_slots *= 2
        pairs = np.full((n_slots, 3), -1, np.int64)
        for old in range(len(heap.pairs)):
            if heap.pairs[old, _KEY] != -1:
                slot = _slot(pairs, heap.pairs[old, _KEY])
                for column in range(3):
                    pairs[slot, column] = heap.pairs[old, column]
    if heap.sizes[N_ENTRIES] + n_more >= len(heads):
        room = np.empty(len(heads) + n_more, np.int64)
        entries, keys = np.concatenate((entries, room)), np.concatenate((keys, room))
        counts, heads = np.concatenate((counts, room)), np.concatenate((heads, room))
    if heap.sizes[N_LINKS] + n_more >= len(links):
        links = np.concatenate((links, np.empty((len(links) + n_more, 2), np.int64)))
    return PairHeap(pairs, entries, keys, counts, heads, links, heap.sizes)


@njit(cache=True, inline="always")
def _slot(pairs: NDArray[np.int64], key: Int) -> int:
    """Where the pair stands, or the empty slot where it would."""
    mask = len(pairs) - 1
    slot = np.int64((np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)) & mask
    while pairs[slot, _KEY] != key and pairs[slot, _KEY] != -1:
        slot = (slot + 1) & mask
    return int(slot)


@njit(cache=True, inline="always")
def lower_pair(heap: PairHeap, left: Int, right: Int, weight: Int) -> None:
    """Count a known pair `weight` times less."""
    heap.pairs[_slot(heap.pairs, np.int64(left) << 32 | np.int64(right)), _COUNT] -= weight


@njit(cache=True, inline="always")
def count_pair(heap: PairHeap, left: Int, right: Int, weight: Int, word: Int, first_new: Int) -> None:
    """Count a pair in `word`, and note the word in the entry that the pair has in this step (from `first_new` on)."""
    key = np.int64(left) << 32 | np.int64(right)
    slot = _slot(heap.pairs, key)
    if heap.pairs[slot, _KEY] == -1:
        heap.pairs[slot, _KEY] = key
        heap.pairs[slot, _COUNT] = 0
        heap.sizes[N_PAIRS] += 1
    heap.pairs[slot, _COUNT] += weight
    entry = heap.pairs[slot, _ENTRY]
    if entry < first_new:
        entry = heap.sizes[N_ENTRIES]
        heap.sizes[N_ENTRIES] += 1
        heap.keys[entry], heap.heads[entry] = key, -1
        heap.pairs[slot, _ENTRY] = entry
    head = heap.heads[entry]
    if head < 0 or heap.links[head, 0] != word:  # a word is noted once: it comes up in one go
        link = heap.sizes[N_LINKS]
        heap.sizes[N_LINKS] += 1
        heap.links[link, 0], heap.links[link, 1] = word, head
        heap.heads[entry] = link


@njit(cache=True)
def push_new(heap: PairHeap, first_new: Int) -> None:
    """Put the entries from `first_new` on, whose words are complete, on the heap."""
    for entry in range(first_new, heap.sizes[N_ENTRIES]):
        heap.counts[entry] = heap.pairs[_slot(heap.pairs, heap.keys[entry]), _COUNT]
        if heap.counts[entry] <= 0:
            continue
        at = heap.sizes[N_HEAP]
        heap.sizes[N_HEAP] += 1
        while at > 0 and _before(heap, entry, heap.heap[(at - 1) // 2]):
            heap.heap[at] = heap.heap[(at - 1) // 2]
            at = (at - 1) // 2
        heap.heap[at] = entry


@njit(cache=True)
def pop_best(heap: PairHeap, min_count: Int) -> int:
    """Take the most frequent pair's entry off the heap; -1 when none occurs `min_count` times."""
    while heap.sizes[N_HEAP] > 0:
        entry = heap.heap[0]
        count = heap.pairs[_slot(heap.pairs, heap.keys[entry]), _COUNT]
        if count != heap.counts[entry]:  # stale: put it where it belongs now
            heap.counts[entry] = count
            _sift_down(heap)
            continue
        if count < min_count:
            return -1
        heap.sizes[N_HEAP] -= 1
        heap.heap[0] = heap.heap[heap.sizes[N_HEAP]]
        _sift_down(heap)
        return int(entry)
    return -1


@njit(cache=True)
def _sift_down(heap: PairHeap) -> None:
    """Move the entry at the top to its place."""
    entry = heap.heap[0]
    at = 0
    while 2 * at + 1 < heap.sizes[N_HEAP]:
        best = 2 * at + 1
        if best + 1 < heap.sizes[N_HEAP] and _before(heap, heap.heap[best + 1], heap.heap[best]):
            best += 1
        if _before(heap, entry, heap.heap[best]):
            break
        heap.heap[at] = heap.heap[best]
        at = best
    heap.heap[at] = entry


@njit(cache=True, inline="always")
def _before(heap: PairHeap, a: Int, b: Int) -> bool:
    """Whether entry `a` goes before `b`: the higher count, then the smaller pair."""
    if heap.counts[a] != heap.counts[b]:
        return bool(heap.counts[a] > heap.counts[b])
    return bool(heap.keys[a] < heap.keys[b])
