"""Byte-pair encoding of words: join the pair that was learned first, until no learned pair is left.

The rule is Sennrich et al. (2016), on bytes since GPT-2 (2019). Notable choices, all for speed: ranks stand in
one open-addressing table, keyed by the two ids of a pair; words of up to 15 bytes, nearly all of any text, are
remembered with their ids in a direct-mapped cache whose keys are the bytes themselves, so that a hit needs no second
look; long words (a run of 50 million letters is one word) use a heap instead of scanning for the best pair each time.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpjourney.text.tokenize.splitting import Pattern, next_end

NO_PAIR = np.int64(1 << 62)
MEMO_BYTES = 15  # longest word in the memo
MEMO_IDS = 7  # most ids of a word in the memo
MEMO_SLOTS = 1 << 16
_SHORT = 48  # words with more symbols than that are merged with a heap


class MergeTable(NamedTuple):
    """What a vocabulary knows, in flat arrays (built by `merges_table` or `ranks_table`)."""

    byte_ids: NDArray[np.int32]  # (256,) the id of each single byte
    pair_keys: NDArray[np.int64]  # (2^k,) left id << 32 | right id, or -1
    pair_values: NDArray[np.int64]  # (2^k,) rank << 32 | id of the joined token
    data: NDArray[np.uint8]  # all tokens, one behind the other
    offsets: NDArray[np.int64]  # (n_tokens + 1,) where they start in `data`
    ids: NDArray[np.int32]  # (n_tokens,) their ids
    token_slots: NDArray[np.int32]  # (2^m,) hash table of the tokens: an index into `ids`, or -1


class Memo(NamedTuple):
    """Words seen and their ids; a new word takes the place of the one that shares its slot."""

    keys: NDArray[np.uint64]  # (slots, 2) the bytes of the word, its length in the last of the 16
    ids: NDArray[np.int32]  # (slots, 1 + MEMO_IDS) how many ids, then the ids


def new_memo() -> Memo:
    """An empty memo."""
    return Memo(np.zeros((MEMO_SLOTS, 2), dtype=np.uint64), np.zeros((MEMO_SLOTS, 1 + MEMO_IDS), dtype=np.int32))


@njit(cache=True, inline="always")
def _pair_slot(keys: NDArray[np.int64], left: np.int32, right: np.int32) -> np.int64:
    key = np.int64(left) << 32 | np.int64(right)
    mask = len(keys) - 1
    slot = np.int64(np.uint64(key) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(24)) & mask
    while keys[slot] != key and keys[slot] != -1:
        slot = (slot + 1) & mask
    return slot


@njit(cache=True, inline="always")
def _rank(table: MergeTable, left: np.int32, right: np.int32) -> np.int64:
    """rank << 32 | joined id of the pair, or NO_PAIR."""
    slot = _pair_slot(table.pair_keys, left, right)
    return table.pair_values[slot] if table.pair_keys[slot] != -1 else NO_PAIR


@njit(cache=True)
def _token_slot(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], slots: NDArray[np.int32], word: NDArray[np.uint8]
) -> np.int64:
    """Where the token with the bytes `word` stands in the hash table, or the empty slot where it would."""
    mixed = np.uint64(14695981039346656037)  # FNV-1a
    for byte in word:
        mixed = (mixed ^ np.uint64(byte)) * np.uint64(1099511628211)
    slot = np.int64(mixed >> np.uint64(20)) & (len(slots) - 1)
    while slots[slot] >= 0:
        start, end = offsets[slots[slot]], offsets[slots[slot] + 1]
        if end - start == len(word) and np.array_equal(data[start:end], word):
            break
        slot = (slot + 1) & (len(slots) - 1)
    return slot


@njit(cache=True)
def _find_token(table: MergeTable, word: NDArray[np.uint8]) -> np.int32:
    """The id of the token with these bytes, or -1."""
    index = table.token_slots[_token_slot(table.data, table.offsets, table.token_slots, word)]
    return table.ids[index] if index >= 0 else np.int32(-1)


@njit(cache=True)
def token_table(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.int32]:
    """The hash table of the tokens `data[offsets[i]:offsets[i + 1]]`; of equal ones the first stays."""
    n_slots = 512
    while n_slots < 3 * len(offsets):
        n_slots *= 2
    slots = np.full(n_slots, -1, dtype=np.int32)
    for index in range(len(offsets) - 1):
        slot = _token_slot(data, offsets, slots, data[offsets[index] : offsets[index + 1]])
        if slots[slot] < 0:
            slots[slot] = index
    return slots


@njit(cache=True)
def pairs_of_merges(
    left: NDArray[np.int32], right: NDArray[np.int32], joined: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Keys and values of the pair table when the merges are listed in the order they were learned."""
    n_slots = 64
    while n_slots < 3 * len(left):
        n_slots *= 2
    keys = np.full(n_slots, -1, dtype=np.int64)
    values = np.zeros(n_slots, dtype=np.int64)
    for rank in range(len(left)):
        slot = _pair_slot(keys, left[rank], right[rank])
        keys[slot] = np.int64(left[rank]) << 32 | np.int64(right[rank])
        values[slot] = np.int64(rank) << 32 | np.int64(joined[rank])
    return keys, values


@njit(cache=True)
def splits_of_tokens(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], ids: NDArray[np.int32], slots: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """All pairs of tokens that make a token: what tiktoken's rule "the joined bytes have a rank" allows."""
    capacity = len(data)
    left = np.empty(capacity, dtype=np.int32)
    right = np.empty(capacity, dtype=np.int32)
    joined = np.empty(capacity, dtype=np.int32)
    n = 0
    for index in range(len(ids)):
        start, end = offsets[index], offsets[index + 1]
        for middle in range(start + 1, end):
            first = slots[_token_slot(data, offsets, slots, data[start:middle])]
            if first < 0:
                continue
            second = slots[_token_slot(data, offsets, slots, data[middle:end])]
            if second >= 0:
                left[n], right[n], joined[n] = ids[first], ids[second], ids[index]
                n += 1
    return left[:n].copy(), right[:n].copy(), joined[:n].copy()


@njit(cache=True)
def encode(
    data: NDArray[np.uint8],
    kinds: NDArray[np.uint8],
    pattern: Pattern,
    table: MergeTable,
    memo: Memo,
    whole_words: bool,
) -> NDArray[np.int32]:
    """The ids of UTF-8 text. With `whole_words` a word that is a token is that token, whatever the merges say."""
    out = np.empty(len(data), dtype=np.int32)  # a token has at least one byte
    n = 0
    at = 0
    while at < len(data):
        end = next_end(data, kinds, at, len(data), pattern)
        if end - at > MEMO_BYTES:
            n += _encode_word(data[at:end], table, whole_words, out[n:])
            at = end
            continue
        low = np.uint64(0)
        for i in range(min(end - at, 8)):
            low |= np.uint64(data[at + i]) << np.uint64(8 * i)
        high = np.uint64(end - at) << np.uint64(56)
        for i in range(8, end - at):
            high |= np.uint64(data[at + i]) << np.uint64(8 * (i - 8))
        mixed = (low ^ (high * np.uint64(0xD6E8FEB86659FD93))) * np.uint64(0x9E3779B97F4A7C15)
        slot = np.int64(mixed >> np.uint64(40)) & (MEMO_SLOTS - 1)
        if memo.keys[slot, 0] == low and memo.keys[slot, 1] == high:
            for i in range(memo.ids[slot, 0]):
                out[n + i] = memo.ids[slot, 1 + i]
            n += memo.ids[slot, 0]
        else:
            n_ids = _encode_word(data[at:end], table, whole_words, out[n:])
            if n_ids <= MEMO_IDS:
                memo.keys[slot, 0], memo.keys[slot, 1] = low, high
                memo.ids[slot, 0] = n_ids
                for i in range(n_ids):
                    memo.ids[slot, 1 + i] = out[n + i]
            n += n_ids
        at = end
    return out[:n].copy()


@njit(cache=True)
def _encode_word(word: NDArray[np.uint8], table: MergeTable, whole_words: bool, out: NDArray[np.int32]) -> int:
    """Write the ids of one word to `out` and return how many they are."""
    if whole_words:
        token = _find_token(table, word)
        if token >= 0:
            out[0] = token
            return 1
    for i in range(len(word)):
        out[i] = table.byte_ids[word[i]]
    if len(word) > _SHORT:
        return _merge_with_heap(out[: len(word)], table)
    n = len(word)
    ranks = np.full(_SHORT, NO_PAIR, dtype=np.int64)  # ranks[i]: of the pair (out[i], out[i + 1])
    for i in range(n - 1):
        ranks[i] = _rank(table, out[i], out[i + 1])
    while True:
        best, best_rank = 0, NO_PAIR
        for i in range(n - 1):
            if ranks[i] < best_rank:  # the first of equal ones
                best, best_rank = i, ranks[i]
        if best_rank == NO_PAIR:
            return n
        out[best] = best_rank & 0xFFFFFFFF
        n -= 1
        for i in range(best + 1, n):
            out[i] = out[i + 1]
            ranks[i] = ranks[i + 1]
        ranks[n - 1] = NO_PAIR
        if best > 0:
            ranks[best - 1] = _rank(table, out[best - 1], out[best])
        if best + 1 < n:
            ranks[best] = _rank(table, out[best], out[best + 1])


@njit(cache=True)
def _merge_with_heap(ids: NDArray[np.int32], table: MergeTable) -> int:
    """Merge a long word in place, O(n log n); returns how many ids are left.

    Symbols are a doubly linked list over the positions. The heap holds (rank, position) of pairs, lowest rank and then
    leftmost first; an entry is stale when the pair at its position has changed meanwhile.
    """
    n = len(ids)
    after = np.arange(1, n + 1)
    before = np.arange(-1, n - 1)
    heap_ranks = np.empty(3 * n, dtype=np.int64)  # n at first, two more for each of at most n merges
    heap_at = np.empty(3 * n, dtype=np.int64)
    size = 0
    for i in range(n - 1):
        rank = _rank(table, ids[i], ids[i + 1])
        if rank != NO_PAIR:
            size = _push(heap_ranks, heap_at, size, rank, i)
    while size > 0:
        rank, at = heap_ranks[0], heap_at[0]
        size = _pop(heap_ranks, heap_at, size)
        if ids[at] < 0 or after[at] == n or _rank(table, ids[at], ids[after[at]]) != rank:
            continue
        gone = after[at]
        ids[at] = rank & 0xFFFFFFFF
        ids[gone] = -1
        after[at] = after[gone]
        if after[at] < n:
            before[after[at]] = at
            rank = _rank(table, ids[at], ids[after[at]])
            if rank != NO_PAIR:
                size = _push(heap_ranks, heap_at, size, rank, at)
        if before[at] >= 0:
            rank = _rank(table, ids[before[at]], ids[at])
            if rank != NO_PAIR:
                size = _push(heap_ranks, heap_at, size, rank, before[at])
    n_left = 0
    for i in range(n):
        if ids[i] >= 0:
            ids[n_left] = ids[i]
            n_left += 1
    return n_left


@njit(cache=True)
def _push(ranks: NDArray[np.int64], at: NDArray[np.int64], size: int, rank: int, position: int) -> int:
    i = size
    while i > 0:
        parent = (i - 1) // 2
        if ranks[parent] < rank or (ranks[parent] == rank and at[parent] < position):
            break
        ranks[i], at[i] = ranks[parent], at[parent]
        i = parent
    ranks[i], at[i] = rank, position
    return size + 1


@njit(cache=True)
def _pop(ranks: NDArray[np.int64], at: NDArray[np.int64], size: int) -> int:
    size -= 1
    rank, position = ranks[size], at[size]
    i = 0
    while 2 * i + 1 < size:
        child = 2 * i + 1
        if child + 1 < size and (
            ranks[child + 1] < ranks[child] or (ranks[child + 1] == ranks[child] and at[child + 1] < at[child])
        ):
            child += 1
        if rank < ranks[child] or (rank == ranks[child] and position < at[child]):
            break
        ranks[i], at[i] = ranks[child], at[child]
        i = child
    ranks[i], at[i] = rank, position
    return size
