"""Learning the merges of byte-pair encoding (Gage, 1994; for words: Sennrich et al., 2016).

Count every pair of neighbours in the words of a corpus; join the most frequent pair everywhere; repeat. Counting
anew after each merge would cost hours, so three structures are kept up to date instead: the count of each pair, the
words in which it occurs, and a heap of the pairs by count (all in `pair_heap`). When a pair is joined only the words that
hold it change.

Notable choices:
- Of equally frequent pairs the one with the smallest ids wins, as in Hugging Face tokenizers; the merges are the same.
- The same token may be reached by two merges ("ab"+"c" and "a"+"bc"); as in tokenizers it then keeps its first id.

In plain Python: `plain_train_bpe` (`text.tokenize.plain`).
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpjourney.text.tokenize.hashing import hash_bytes, same_bytes
from nlpjourney.text.tokenize.pair_heap import (
    N_ENTRIES,
    Int,
    count_pair,
    lower_pair,
    make_room,
    new_pair_heap,
    pop_best,
    push_new,
)


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

    heap = new_pair_heap()
    for word in range(len(lengths)):
        heap = make_room(heap, lengths[word])
        for i in range(words.offsets[word], words.offsets[word + 1] - 1):
            count_pair(heap, words.symbols[i], words.symbols[i + 1], words.counts[word], word, 0)
    push_new(heap, 0)

    while n_tokens < n_tokens_wanted:
        entry = pop_best(heap, max(1, min_frequency))
        if entry < 0:
            break
        left, right = np.int32(heap.keys[entry] >> 32), np.int32(heap.keys[entry] & 0xFFFFFFFF)
        joined, n_tokens, tokens = _join_tokens(tokens, left, right, n_tokens)
        if n_merges == len(merges):
            merges = np.concatenate((merges, np.empty_like(merges)))
        merges[n_merges, 0], merges[n_merges, 1], merges[n_merges, 2] = left, right, joined
        n_merges += 1

        first_new = heap.sizes[N_ENTRIES]
        link = heap.heads[entry]
        while link >= 0:
            word = heap.links[link, 0]
            link = heap.links[link, 1]
            start, weight = words.offsets[word], words.counts[word]
            end = start + lengths[word]
            heap = make_room(heap, lengths[word])
            read, write = start, start  # the word is written anew over itself
            while read < end:
                symbol = words.symbols[read]
                if symbol != left or read + 1 == end or words.symbols[read + 1] != right:
                    words.symbols[write] = symbol
                    read += 1
                    write += 1
                    continue
                if write > start:
                    lower_pair(heap, words.symbols[write - 1], left, weight)
                    count_pair(heap, words.symbols[write - 1], joined, weight, word, first_new)
                read += 2
                if read < end:
                    lower_pair(heap, right, words.symbols[read], weight)
                    count_pair(heap, joined, words.symbols[read], weight, word, first_new)
                words.symbols[write] = joined
                write += 1
            lengths[word] = write - start
        push_new(heap, first_new)
    return merges[:n_merges].copy(), n_tokens


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
    tokens = _Tokens(data.copy(), room, all_groups, np.full(n_slots, -1, np.int32))
    for i in range(len(offsets) - 1):
        tokens.slots[_token_slot(tokens, offsets[i], offsets[i + 1], groups[i])] = i
    return tokens


@njit(cache=True)
def _join_tokens(tokens: _Tokens, left: Int, right: Int, n_tokens: int) -> tuple[np.int32, int, _Tokens]:
    """The symbol whose string is that of `left` and `right` together: a known one, or else the new number `n_tokens`."""
    start = tokens.offsets[n_tokens]
    n_left = tokens.offsets[left + 1] - tokens.offsets[left]
    end = start + n_left + tokens.offsets[right + 1] - tokens.offsets[right]
    if end > len(tokens.data):
        data = np.empty(2 * end, dtype=np.uint8)
        data[:start] = tokens.data[:start]
        tokens = _Tokens(data, tokens.offsets, tokens.groups, tokens.slots)
    tokens.data[start : start + n_left] = tokens.data[tokens.offsets[left] : tokens.offsets[left + 1]]
    tokens.data[start + n_left : end] = tokens.data[tokens.offsets[right] : tokens.offsets[right + 1]]
    slot = _token_slot(tokens, start, end, tokens.groups[left])
    if tokens.slots[slot] >= 0:
        return tokens.slots[slot], n_tokens, tokens
    tokens.slots[slot] = n_tokens
    tokens.offsets[n_tokens + 1] = end
    tokens.groups[n_tokens] = tokens.groups[left]
    return np.int32(n_tokens), n_tokens + 1, tokens


@njit(cache=True)
def _token_slot(tokens: _Tokens, start: int, end: int, group: int) -> int:
    """Where the symbol with the string `data[start:end]` and this group stands, or the empty slot where it would."""
    mask = len(tokens.slots) - 1
    slot = np.int64(hash_bytes(tokens.data, start, end) >> np.uint64(32)) & mask
    while tokens.slots[slot] >= 0:
        symbol = tokens.slots[slot]
        first, last = tokens.offsets[symbol], tokens.offsets[symbol + 1]
        if (
            tokens.groups[symbol] == group
            and last - first == end - start
            and same_bytes(tokens.data, first, tokens.data, start, end - start)
        ):
            break
        slot = (slot + 1) & mask
    return int(slot)
