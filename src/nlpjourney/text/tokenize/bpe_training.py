"""Learning the merges of byte-pair encoding (Gage, 1994; for words: Sennrich et al., 2016).

Count every pair of neighbours in the words of a corpus; join the most frequent pair everywhere; repeat. Counting
anew after each merge would cost hours, so three structures are kept up to date instead: the count of each pair, the
words in which it occurs, and a heap of the pairs by count. When a pair is joined only the words that hold it change.

Notable choices:
- Of equally frequent pairs the one with the smallest ids wins, as in Hugging Face tokenizers; the merges are the same.
- The heap is lazy: a pair whose count fell keeps its old entry, which is corrected when it comes to the top.
- The same token may be reached by two merges ("ab"+"c" and "a"+"bc"); as in tokenizers it then keeps its first id.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray


class Symbols(NamedTuple):
    """The words of a corpus as sequences of symbols, changed in place while merging."""

    symbols: NDArray[np.int32]  # all words, one behind the other
    offsets: NDArray[np.int64]  # (n_words + 1,) where they start
    counts: NDArray[np.int64]  # (n_words,) how often each word occurs


class _Tokens(NamedTuple):
    """The strings of the symbols so far, to find out whether a merge makes one that there is already."""

    data: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    groups: NDArray[np.int8]  # symbols of different groups are different even with equal strings
    slots: NDArray[np.int32]


class _Pairs(NamedTuple):
    """Counts of pairs: a hash table that grows."""

    keys: NDArray[np.int64]  # left << 32 | right, or -1
    counts: NDArray[np.int64]
    entries: NDArray[np.int64]  # the entry that collects words for this pair in the present step, see `_Entries`


class _Entries(NamedTuple):
    """A heap of (count, pair, list of words). The lists are linked: `word_of` and `next_of`, -1 at the end."""

    heap: NDArray[np.int64]  # entry numbers, the best first
    counts: NDArray[np.int64]
    keys: NDArray[np.int64]
    heads: NDArray[np.int64]
    word_of: NDArray[np.int32]
    next_of: NDArray[np.int64]


@njit(cache=True)
def learn_merges(
    words: Symbols,
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    groups: NDArray[np.int8],
    n_tokens_wanted: int,
    min_frequency: int,
) -> tuple[NDArray[np.int32], int]:
    """Learn merges until there are `n_tokens_wanted` different symbols or no pair occurs `min_frequency` times.

    `data`, `offsets` and `groups` (0 or 1) give the strings of the initial symbols, which are numbered from 0. Returns
    the merges in order, shape (n_merges, 3): left, right and joined symbol; and how many symbols there are.
    """
    n_tokens = len(offsets) - 1
    tokens = _new_tokens(data, offsets, groups, max(n_tokens_wanted, n_tokens))
    lengths = np.diff(words.offsets)
    merges = np.empty((1024, 3), dtype=np.int32)
    n_merges = 0

    pairs = _Pairs(np.full(1 << 16, -1, np.int64), np.zeros(1 << 16, np.int64), np.full(1 << 16, -1, np.int64))
    entries = _Entries(
        np.empty(1 << 15, np.int64), np.empty(1 << 15, np.int64), np.empty(1 << 15, np.int64),
        np.empty(1 << 15, np.int64), np.empty(1 << 16, np.int32), np.empty(1 << 16, np.int64),
    )  # fmt: skip
    n_pairs, n_entries, n_links = 0, 0, 0
    for word in range(len(lengths)):
        for i in range(words.offsets[word], words.offsets[word + 1] - 1):
            key = np.int64(words.symbols[i]) << 32 | np.int64(words.symbols[i + 1])
            pairs, entries, n_pairs, n_entries, n_links = _add(
                pairs, entries, n_pairs, n_entries, n_links, key, words.counts[word], word, 0
            )
    n_heap = 0
    for entry in range(n_entries):
        n_heap = _open_entry(pairs, entries, entry, n_heap)

    while n_tokens < n_tokens_wanted and n_heap > 0:
        entry = entries.heap[0]
        key = entries.keys[entry]
        count = pairs.counts[_pair_slot(pairs.keys, key)]
        if count != entries.counts[entry]:  # stale: put it where it belongs now
            entries.counts[entry] = count
            _sift_down(entries, 0, n_heap)
            continue
        if count < max(1, min_frequency):
            break
        n_heap -= 1
        entries.heap[0] = entries.heap[n_heap]
        _sift_down(entries, 0, n_heap)

        left, right = np.int32(key >> 32), np.int32(key & 0xFFFFFFFF)
        joined, n_tokens = _join_tokens(tokens, left, right, n_tokens)
        if n_merges == len(merges):
            merges = np.concatenate((merges, np.empty_like(merges)))
        merges[n_merges, 0], merges[n_merges, 1], merges[n_merges, 2] = left, right, joined
        n_merges += 1

        first_new = n_entries
        link = entries.heads[entry]
        while link >= 0:
            word = entries.word_of[link]
            link = entries.next_of[link]
            start, weight = words.offsets[word], words.counts[word]
            end = start + lengths[word]
            read, write = start, start  # the word is written anew over itself
            while read < end:
                symbol = words.symbols[read]
                if symbol != left or read + 1 == end or words.symbols[read + 1] != right:
                    words.symbols[write] = symbol
                    read += 1
                    write += 1
                    continue
                if write > start:
                    previous = np.int64(words.symbols[write - 1]) << 32
                    _change(pairs, previous | np.int64(left), -weight)
                    pairs, entries, n_pairs, n_entries, n_links = _add(
                        pairs, entries, n_pairs, n_entries, n_links, previous | np.int64(joined), weight, word, first_new
                    )
                read += 2
                if read < end:
                    following = np.int64(words.symbols[read])
                    _change(pairs, np.int64(right) << 32 | following, -weight)
                    pairs, entries, n_pairs, n_entries, n_links = _add(
                        pairs, entries, n_pairs, n_entries, n_links, np.int64(joined) << 32 | following,
                        weight, word, first_new,
                    )  # fmt: skip
                words.symbols[write] = joined
                write += 1
            lengths[word] = write - start
        for new in range(first_new, n_entries):
            n_heap = _open_entry(pairs, entries, new, n_heap)
    return merges[:n_merges].copy(), n_tokens


@njit(cache=True)
def _pair_slot(keys: NDArray[np.int64], key: np.int64) -> np.int64:
    mask = len(keys) - 1
    slot = np.int64(np.uint64(key) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(24)) & mask
    while keys[slot] != key and keys[slot] != -1:
        slot = (slot + 1) & mask
    return slot


@njit(cache=True)
def _change(pairs: _Pairs, key: np.int64, weight: int) -> None:
    """Change the count of a pair that is known."""
    pairs.counts[_pair_slot(pairs.keys, key)] += weight


@njit(cache=True)
def _add(
    pairs: _Pairs,
    entries: _Entries,
    n_pairs: int,
    n_entries: int,
    n_links: int,
    key: np.int64,
    weight: int,
    word: int,
    first_new: int,
) -> tuple[_Pairs, _Entries, int, int, int]:
    """Count a pair, and note the word in the entry that the pair has in this step (from `first_new` on)."""
    slot = _pair_slot(pairs.keys, key)
    if pairs.keys[slot] == -1:
        if 2 * n_pairs >= len(pairs.keys):
            pairs = _grow_pairs(pairs)
            slot = _pair_slot(pairs.keys, key)
        pairs.keys[slot] = key
        n_pairs += 1
    pairs.counts[slot] += weight
    entry = pairs.entries[slot]
    if entry < first_new:
        if n_entries == len(entries.heads):
            entries = _grow_entries(entries)
        entry = n_entries
        n_entries += 1
        entries.keys[entry], entries.heads[entry] = key, -1
        pairs.entries[slot] = entry
    head = entries.heads[entry]
    if head < 0 or entries.word_of[head] != word:  # a word is noted once: it comes up in one go
        if n_links == len(entries.word_of):
            entries = _grow_links(entries)
        entries.word_of[n_links], entries.next_of[n_links] = word, head
        entries.heads[entry] = n_links
        n_links += 1
    return pairs, entries, n_pairs, n_entries, n_links


@njit(cache=True)
def _grow_pairs(pairs: _Pairs) -> _Pairs:
    n = 2 * len(pairs.keys)
    grown = _Pairs(np.full(n, -1, np.int64), np.zeros(n, np.int64), np.full(n, -1, np.int64))
    for old in range(len(pairs.keys)):
        if pairs.keys[old] != -1:
            slot = _pair_slot(grown.keys, pairs.keys[old])
            grown.keys[slot], grown.counts[slot] = pairs.keys[old], pairs.counts[old]
            grown.entries[slot] = pairs.entries[old]
    return grown


@njit(cache=True)
def _grow_entries(entries: _Entries) -> _Entries:
    return _Entries(
        np.concatenate((entries.heap, np.empty_like(entries.heap))),
        np.concatenate((entries.counts, np.empty_like(entries.counts))),
        np.concatenate((entries.keys, np.empty_like(entries.keys))),
        np.concatenate((entries.heads, np.empty_like(entries.heads))),
        entries.word_of,
        entries.next_of,
    )


@njit(cache=True)
def _grow_links(entries: _Entries) -> _Entries:
    return _Entries(
        entries.heap,
        entries.counts,
        entries.keys,
        entries.heads,
        np.concatenate((entries.word_of, np.empty_like(entries.word_of))),
        np.concatenate((entries.next_of, np.empty_like(entries.next_of))),
    )


@njit(cache=True)
def _open_entry(pairs: _Pairs, entries: _Entries, entry: int, n_heap: int) -> int:
    """Put an entry whose words are complete on the heap; returns the size of the heap."""
    entries.counts[entry] = pairs.counts[_pair_slot(pairs.keys, entries.keys[entry])]
    if entries.counts[entry] <= 0:
        return n_heap
    at = n_heap
    while at > 0 and _before(entries, entry, entries.heap[(at - 1) // 2]):
        entries.heap[at] = entries.heap[(at - 1) // 2]
        at = (at - 1) // 2
    entries.heap[at] = entry
    return n_heap + 1


@njit(cache=True)
def _sift_down(entries: _Entries, at: int, n_heap: int) -> None:
    entry = entries.heap[at]
    while 2 * at + 1 < n_heap:
        best = 2 * at + 1
        if best + 1 < n_heap and _before(entries, entries.heap[best + 1], entries.heap[best]):
            best += 1
        if _before(entries, entry, entries.heap[best]):
            break
        entries.heap[at] = entries.heap[best]
        at = best
    entries.heap[at] = entry


@njit(cache=True, inline="always")
def _before(entries: _Entries, a: int, b: int) -> bool:
    """Whether entry `a` goes before `b`: the higher count, then the smaller pair."""
    if entries.counts[a] != entries.counts[b]:
        return entries.counts[a] > entries.counts[b]
    return entries.keys[a] < entries.keys[b]


@njit(cache=True)
def _new_tokens(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], groups: NDArray[np.int8], n_tokens: int
) -> _Tokens:
    n_slots = 512
    while n_slots < 2 * n_tokens:
        n_slots *= 2
    room = np.zeros(n_tokens + 1, np.int64)
    room[: len(offsets)] = offsets
    all_groups = np.zeros(n_tokens, np.int8)
    all_groups[: len(groups)] = groups
    tokens = _Tokens(data, room, all_groups, np.full(n_slots, -1, np.int32))
    for i in range(len(offsets) - 1):
        tokens.slots[_token_slot(tokens, data[offsets[i] : offsets[i + 1]], groups[i])] = i
    return tokens
