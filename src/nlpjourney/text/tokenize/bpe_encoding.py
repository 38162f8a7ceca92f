"""Byte-pair encoding of words: join the pair that was learned first, until no learned pair is left.

The rule is Sennrich et al. (2016), on bytes since GPT-2 (2019). Notable choices, all for speed: ranks stand in
one open-addressing table, keyed by the two ids of a pair; words of up to 15 bytes, nearly all of any text, are
remembered with their ids in a direct-mapped cache whose keys are the bytes themselves, so that a hit needs no second
look; long words (a run of 50 million letters is one word) use a heap instead of scanning for the best pair each time.

In plain Python: `plain_encode_bpe` (`text.tokenize.plain`).
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpjourney.text.tokenize.bpe_tables import NO_PAIR, MergeTable, find_token, rank_if_any
from nlpjourney.text.tokenize.splitting import Pattern, next_end

Int = int | np.integer[Any]
MEMO_BYTES = 15  # longest word in the memo
MEMO_IDS = 3  # most ids of a word in the memo; with more, words that come again soon leave the processor's cache
MEMO_SLOTS = 1 << 16
_SHORT = 48  # words with more symbols than that are merged with a heap


class Memo(NamedTuple):
    """Words seen and their ids; a new word takes the place of the one that shares its slot."""

    keys: NDArray[np.uint64]  # (slots, 2) the bytes of the word, its length in the last of the 16
    ids: NDArray[np.int32]  # (slots, 1 + MEMO_IDS) how many ids, then the ids


def new_memo() -> Memo:
    """An empty memo."""
    return Memo(np.zeros((MEMO_SLOTS, 2), dtype=np.uint64), np.zeros((MEMO_SLOTS, 1 + MEMO_IDS), dtype=np.int32))


@njit(cache=True)
def encode(
    data: NDArray[np.uint8],
    kinds: NDArray[np.uint8],
    text_ends: NDArray[np.int64],
    pattern: Pattern,
    table: MergeTable,
    memo: Memo,
    whole_words: bool,
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The ids of UTF-8 texts that stand one behind the other in `data`, and where each text's ids end.

    `kinds` has the class of each byte, `text_ends` where each text ends. With `whole_words` a word that is a token is that
    token, whatever the merges say.
    """
    # Fields leave their tuples before the loop, and what is called for each word is inlined: counting references and handing
    # over arrays would take as long as all the merges of a short word.
    byte_ids, byte_pairs, maybe, pairs = table.byte_ids, table.byte_pairs, table.maybe, table.pairs
    maybe_tokens, tokens, offsets, slots, ids = (
        table.maybe_tokens,
        table.data,
        table.offsets,
        table.token_slots,
        table.ids,
    )
    memo_keys, memo_ids = memo.keys, memo.ids
    out = np.empty(len(data), dtype=np.int32)  # a token has at least one byte
    id_ends = np.empty(len(text_ends), dtype=np.int64)
    ranks = np.empty(_SHORT, dtype=np.int64)
    n = 0
    at = 0
    for text, text_end in enumerate(text_ends):
        while at < text_end:
            end = next_end(data, kinds, at, text_end, pattern)
            in_memo = end - at <= MEMO_BYTES
            low, high, slot = np.uint64(0), np.uint64(0), np.int64(0)
            if in_memo:
                low, high = _memo_key(data, at, end)
                slot = _memo_slot(low, high)
                if memo_keys[slot, 0] == low and memo_keys[slot, 1] == high:
                    for i in range(memo_ids[slot, 0]):
                        out[n + i] = memo_ids[slot, 1 + i]
                    n += memo_ids[slot, 0]
                    at = end
                    continue
            token = (
                find_token(maybe_tokens, tokens, offsets, slots, ids, data, at, end) if whole_words else np.int32(-1)
            )
            n_ids = end - at
            if token >= 0:
                out[n] = token
                n_ids = 1
            elif n_ids > _SHORT:
                n_ids = _merge_with_heap(data[at:end], out[n : n + n_ids], table)
            else:
                n_ids = _merge(data, at, n_ids, byte_ids, byte_pairs, maybe, pairs, ranks, out, n)
            if in_memo and n_ids <= MEMO_IDS:
                memo_keys[slot, 0], memo_keys[slot, 1] = low, high
                memo_ids[slot, 0] = n_ids
                for i in range(n_ids):
                    memo_ids[slot, 1 + i] = out[n + i]
            n += n_ids
            at = end
        id_ends[text] = n
    return out[:n].copy(), id_ends


@njit(cache=True, inline="always")
def _memo_key(data: NDArray[np.uint8], start: int, end: int) -> tuple[np.uint64, np.uint64]:
    """Up to 15 bytes and how many they are, in two integers."""
    low = np.uint64(0)
    for i in range(min(end - start, 8)):
        low |= np.uint64(data[start + i]) << np.uint64(8 * i)
    high = np.uint64(end - start) << np.uint64(56)
    for i in range(8, end - start):
        high |= np.uint64(data[start + i]) << np.uint64(8 * (i - 8))
    return low, high


@njit(cache=True, inline="always")
def _memo_slot(low: np.uint64, high: np.uint64) -> np.int64:
    mixed = (low ^ (high * np.uint64(0xD6E8FEB86659FD93))) * np.uint64(0x9E3779B97F4A7C15)
    return np.int64(mixed >> np.uint64(40)) & (MEMO_SLOTS - 1)


@njit(cache=True, inline="always")
def _merge(
    data: NDArray[np.uint8],
    start: int,
    n: int,
    byte_ids: NDArray[np.int32],
    byte_pairs: NDArray[np.int64],
    maybe: NDArray[np.uint8],
    pairs: NDArray[np.int64],
    ranks: NDArray[np.int64],
    out: NDArray[np.int32],
    at: int,
) -> int:
    """Write the ids of the `n` bytes from `data[start]` on to `out` from `at` on and return how many they are.

    `ranks` is room to work in, for at least n numbers; the four tables are fields of a `MergeTable`.
    """
    for i in range(n):
        out[at + i] = byte_ids[data[start + i]]
    for i in range(n - 1):  # ranks[i] is that of the pair (out[at + i], out[at + i + 1])
        ranks[i] = byte_pairs[np.int64(data[start + i]) << 8 | data[start + i + 1]]
    while True:
        best, best_rank = 0, NO_PAIR
        for i in range(n - 1):
            if ranks[i] < best_rank:  # the first of equal ones
                best, best_rank = i, ranks[i]
        if best_rank == NO_PAIR:
            break
        out[at + best] = best_rank & 0xFFFFFFFF
        n -= 1
        for i in range(best + 1, n):
            out[at + i] = out[at + i + 1]
            ranks[i] = ranks[i + 1]
        if best > 0:
            ranks[best - 1] = rank_if_any(maybe, pairs, out[at + best - 1], out[at + best])
        if best + 1 < n:
            ranks[best] = rank_if_any(maybe, pairs, out[at + best], out[at + best + 1])
    return n


@njit(cache=True)
def _merge_with_heap(word: NDArray[np.uint8], ids: NDArray[np.int32], table: MergeTable) -> int:
    """Write the ids of a long word to `ids`, which has room for one of each byte; returns how many they are, O(n log n).

    Symbols are a doubly linked list over the positions; `ranks` has for each the rank and id of the pair that begins there.
    The heap holds rank << 32 | position of pairs, so that the lowest rank and then the leftmost comes first; an entry is
    stale when the pair at its position has another rank by now.
    """
    n = len(word)
    for i in range(n):
        ids[i] = table.byte_ids[word[i]]
    after = np.arange(1, n + 1).astype(np.int32)
    before = np.arange(-1, n - 1).astype(np.int32)
    ranks = np.full(n, NO_PAIR)
    heap = np.empty(2 * n, dtype=np.int64)  # n at first; a merge takes one out and puts in at most two
    size = 0
    for i in range(n - 1):
        ranks[i] = table.byte_pairs[np.int64(word[i]) << 8 | word[i + 1]]
        if ranks[i] != NO_PAIR:
            size = _push(heap, size, _entry(ranks[i], i))
    while size > 0:
        entry = heap[0]
        size = _pop(heap, size)
        at = entry & 0xFFFFFFFF
        if ranks[at] >> 32 != entry >> 32:
            continue
        gone = after[at]
        ids[at] = ranks[at] & 0xFFFFFFFF
        ids[gone] = -1
        ranks[gone] = NO_PAIR
        ranks[at] = NO_PAIR
        after[at] = after[gone]
        if after[at] < n:
            before[after[at]] = at
            ranks[at] = rank_if_any(table.maybe, table.pairs, ids[at], ids[after[at]])
            if ranks[at] != NO_PAIR:
                size = _push(heap, size, _entry(ranks[at], at))
        if before[at] >= 0:
            left = before[at]
            ranks[left] = rank_if_any(table.maybe, table.pairs, ids[left], ids[at])
            if ranks[left] != NO_PAIR:
                size = _push(heap, size, _entry(ranks[left], left))
    n_left = 0
    for i in range(n):
        if ids[i] >= 0:
            ids[n_left] = ids[i]
            n_left += 1
    return n_left


@njit(cache=True, inline="always")
def _entry(rank: Int, position: Int) -> np.int64:
    return (rank >> 32) << 32 | np.int64(position)


@njit(cache=True)
def _push(heap: NDArray[np.int64], size: int, entry: Int) -> int:
    i = size
    while i > 0:
        parent = (i - 1) // 2
        if heap[parent] < entry:
            break
        heap[i] = heap[parent]
        i = parent
    heap[i] = entry
    return size + 1


@njit(cache=True)
def _pop(heap: NDArray[np.int64], size: int) -> int:
    size -= 1
    entry = heap[size]
    i = 0
    while 2 * i + 1 < size:
        child = 2 * i + 1
        child += child + 1 < size and heap[child + 1] < heap[child]
        if entry < heap[child]:
            break
        heap[i] = heap[child]
        i = child
    heap[i] = entry
    return size
