"""What byte-pair encoding looks up, in flat arrays: the rank of a pair of ids, and the id of a whole word.

A vocabulary comes in one of two forms. A trainer leaves a list of merges. OpenAI's files hold only tokens with ranks, and
tiktoken joins any two neighbours whose bytes together have a rank. The second is turned into the first: of all
pairs that spell a token only one can ever meet in a text, the last pair that is left when the token's own bytes are
encoded (neighbours outside of the token cannot change what happens inside it before they are joined to it).
Notable choices: a pair and its value stand side by side in one open-addressing table, so that a look-up is one line of the
cache; and as that table is too large for a cache and most pairs have no rank, a filter (Bloom, 1970) answers for most of those.
Most words that are no token are found out by a filter of the same kind.

In plain Python: the ranks of `plain_encode_bpe` (`text.tokenize.plain`).
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpjourney.text.hash_table import EMPTY, find_key, hash_bytes, pair_key, same_bytes
from nlpjourney.text.tokenize.tokenizer_json import NOTHING, Surroundings

Int = int | np.integer[Any]
NO_PAIR = np.int64(1 << 62)
_FIRST, _SECOND = np.uint64(40), np.uint64(16)  # where the two hashes of `maybe_tokens` begin in that of the bytes


class BPEVocabulary(NamedTuple):
    """What a file of byte-level BPE says, and what `BPE` is made from: see there."""

    tokens: Mapping[int, bytes]
    merges: NDArray[np.integer]  # (n_merges, 3): left id, right id, joined id
    pattern: str
    special_tokens: Mapping[str, int]
    whole_words: bool
    around: Surroundings = NOTHING


class MergeTable(NamedTuple):
    """What a vocabulary knows, in flat arrays; see `build_table`."""

    byte_ids: NDArray[np.int32]  # (256,) the id of each single byte
    byte_pairs: NDArray[np.int64]  # (65536,) what `rank_of` says of two single bytes, at first << 8 | second
    maybe: NDArray[np.uint8]  # (2^j,) a Bloom filter of the pairs, with one hash: most look-ups need go no further
    pairs: NDArray[np.int64]  # (2^k, 2) left id << 32 | right id (or -1); rank << 32 | id of the joined token
    data: NDArray[np.uint8]  # all tokens, one behind the other
    offsets: NDArray[np.int64]  # (n_tokens + 1,) where they start in `data`
    ids: NDArray[np.int32]  # (n_tokens,) their ids
    token_slots: NDArray[np.int32]  # (2^m,) hash table of the tokens: an index into `ids`, or -1
    maybe_tokens: NDArray[np.uint8]  # (2^m / 4,) a Bloom filter of the tokens, with two hashes


def build_table(tokens: dict[int, bytes], merges: NDArray[np.int32]) -> MergeTable:
    """The table of a vocabulary: `tokens` by id, and merges (left, right, joined id) in order, shape (n_merges, 3)."""
    ids = np.fromiter(tokens, dtype=np.int32, count=len(tokens))
    data, offsets = _flatten(list(tokens.values()))
    slots = _token_slots(data, offsets)
    id_of_byte = {token[0]: id_ for id_, token in tokens.items() if len(token) == 1}
    byte_ids = np.array([id_of_byte[byte] for byte in range(256)], dtype=np.int32)
    pairs = _pair_table(merges)
    maybe_tokens = _maybe_tokens(data, offsets, len(slots) // 4)
    return MergeTable(
        byte_ids, _byte_pairs(pairs, byte_ids), _maybe(pairs), pairs, data, offsets, ids, slots, maybe_tokens
    )


def merges_of_ranks(ranks: dict[bytes, int]) -> NDArray[np.int32]:
    """The merges (left, right, joined id) behind tokens with ranks, shape (n_merges, 3); a rank is also an id.

    A token that no merge can reach has none: it comes about only as a whole word.
    """
    in_order = sorted(ranks, key=ranks.__getitem__)
    ids = np.array([ranks[token] for token in in_order], dtype=np.int32)
    data, offsets = _flatten(in_order)
    slots = _token_slots(data, offsets)
    all_pairs = _pair_table(_splits(data, offsets, ids, slots), ranked_by_id=True)
    byte_ids = np.array([ranks[bytes([byte])] for byte in range(256)], dtype=np.int32)
    merges: NDArray[np.int32] = _last_pairs(data, offsets, ids, byte_ids, all_pairs)
    return merges


def _flatten(tokens: list[bytes]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    offsets = np.zeros(len(tokens) + 1, dtype=np.int64)
    np.cumsum([len(token) for token in tokens], out=offsets[1:])
    return np.frombuffer(b"".join(tokens), dtype=np.uint8), offsets


@njit(cache=True, inline="always")
def rank_of(pairs: NDArray[np.int64], left: Int, right: Int) -> np.int64:
    """rank << 32 | joined id of the pair, or NO_PAIR."""
    slot = find_key(pairs, pair_key(left, right))
    return pairs[slot, 1] if pairs[slot, 0] != EMPTY else NO_PAIR


@njit(cache=True, inline="always")
def rank_if_any(maybe: NDArray[np.uint8], pairs: NDArray[np.int64], left: Int, right: Int) -> np.int64:
    """As `rank_of`, but most pairs without a rank are found out in `maybe`, which stays in the processor's cache."""
    bit = _maybe_bit(maybe, pair_key(left, right))
    return rank_of(pairs, left, right) if maybe[bit >> 3] >> np.uint8(bit & 7) & 1 else NO_PAIR


@njit(cache=True)
def _byte_pairs(pairs: NDArray[np.int64], byte_ids: NDArray[np.int32]) -> NDArray[np.int64]:
    ranks = np.empty(65536, dtype=np.int64)
    for first in range(256):
        for second in range(256):
            ranks[first << 8 | second] = rank_of(pairs, byte_ids[first], byte_ids[second])
    return ranks


@njit(cache=True, inline="always")
def _maybe_bit(maybe: NDArray[np.uint8], key: Int) -> np.int64:
    return np.int64(np.uint64(key) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(29)) & (8 * len(maybe) - 1)


@njit(cache=True)
def _maybe(pairs: NDArray[np.int64]) -> NDArray[np.uint8]:
    maybe = np.zeros(len(pairs) // 2, dtype=np.uint8)  # four bits a slot, so that about one look-up of twenty errs
    for slot in range(len(pairs)):
        if pairs[slot, 0] != EMPTY:
            bit = _maybe_bit(maybe, pairs[slot, 0])
            maybe[bit >> 3] |= np.uint8(1 << (bit & 7))
    return maybe


@njit(cache=True, inline="always")
def find_token(
    maybe_tokens: NDArray[np.uint8],
    tokens: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    slots: NDArray[np.int32],
    ids: NDArray[np.int32],
    data: NDArray[np.uint8],
    start: int,
    end: int,
) -> np.int32:
    """The id of the token with the bytes `data[start:end]`, or -1. The first five arguments are fields of a `MergeTable`."""
    token = np.int32(-1)
    if _is_maybe_token(maybe_tokens, hash_bytes(data, start, end)):
        index = slots[_token_slot(tokens, offsets, slots, data, start, end)]
        if index >= 0:
            token = ids[index]
    return token


@njit(cache=True)
def _maybe_tokens(data: NDArray[np.uint8], offsets: NDArray[np.int64], n_bytes: int) -> NDArray[np.uint8]:
    maybe_tokens = np.zeros(n_bytes, dtype=np.uint8)
    for index in range(len(offsets) - 1):
        hashed = hash_bytes(data, offsets[index], offsets[index + 1])
        for shift in (_FIRST, _SECOND):
            bit = _token_bit(maybe_tokens, hashed, shift)
            maybe_tokens[bit >> 3] |= np.uint8(1 << (bit & 7))
    return maybe_tokens


@njit(cache=True, inline="always")
def _is_maybe_token(maybe_tokens: NDArray[np.uint8], hashed: np.uint64) -> bool:
    first, second = _token_bit(maybe_tokens, hashed, _FIRST), _token_bit(maybe_tokens, hashed, _SECOND)
    return bool(maybe_tokens[first >> 3] >> (first & 7) & maybe_tokens[second >> 3] >> (second & 7) & 1)


@njit(cache=True, inline="always")
def _token_bit(maybe_tokens: NDArray[np.uint8], hashed: np.uint64, shift: np.uint64) -> np.int64:
    return np.int64(hashed >> shift) & (8 * len(maybe_tokens) - 1)


@njit(cache=True, inline="always")
def _token_slot(
    tokens: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    slots: NDArray[np.int32],
    data: NDArray[np.uint8],
    start: int,
    end: int,
) -> int:
    """Where the token with the bytes `data[start:end]` stands in the hash table, or the empty slot where it would."""
    slot = np.int64(hash_bytes(data, start, end) >> np.uint64(32)) & (len(slots) - 1)
    while slots[slot] >= 0:
        first, last = offsets[slots[slot]], offsets[slots[slot] + 1]
        if last - first == end - start and same_bytes(tokens, first, data, start, end - start):
            break
        slot = (slot + 1) & (len(slots) - 1)
    return int(slot)


@njit(cache=True)
def _token_slots(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.int32]:
    """The hash table of the tokens `data[offsets[i]:offsets[i + 1]]`; of equal ones the first stays."""
    n_slots = 512
    while n_slots < 3 * len(offsets):
        n_slots *= 2
    slots = np.full(n_slots, -1, dtype=np.int32)
    for index in range(len(offsets) - 1):
        slot = _token_slot(data, offsets, slots, data, offsets[index], offsets[index + 1])
        if slots[slot] < 0:
            slots[slot] = index
    return slots


def _pair_table(merges: NDArray[np.int32], ranked_by_id: bool = False) -> NDArray[np.int64]:
    """The pair table of merges. A merge's rank is its place in the list, or else the id of what it makes."""
    # Made by NumPy, which asks for large pages, as Numba does not.
    pairs = np.full((max(64, 1 << int(3 * len(merges)).bit_length()), 2), EMPTY, dtype=np.int64)
    _fill_pair_table(pairs, merges, ranked_by_id)
    return pairs


@njit(cache=True)
def _fill_pair_table(pairs: NDArray[np.int64], merges: NDArray[np.int32], ranked_by_id: bool) -> None:
    for place in range(len(merges)):
        left, right, joined = merges[place]
        slot = find_key(pairs, pair_key(left, right))
        if pairs[slot, 0] == EMPTY:  # of equal ones the first counts
            pairs[slot, 0] = pair_key(left, right)
            pairs[slot, 1] = np.int64(joined if ranked_by_id else place) << 32 | np.int64(joined)


@njit(cache=True)
def _splits(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], ids: NDArray[np.int32], slots: NDArray[np.int32]
) -> NDArray[np.int32]:
    """All pairs of tokens that spell a token (left, right, joined), shape (n, 3)."""
    found = np.empty((len(data), 3), dtype=np.int32)
    n = 0
    for index in range(len(ids)):
        start, end = offsets[index], offsets[index + 1]
        for middle in range(start + 1, end):
            first = slots[_token_slot(data, offsets, slots, data, start, middle)]
            if first < 0:
                continue
            second = slots[_token_slot(data, offsets, slots, data, middle, end)]
            if second >= 0:
                found[n] = ids[first], ids[second], ids[index]
                n += 1
    return found[:n].copy()


@njit(cache=True)
def _last_pairs(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    ids: NDArray[np.int32],
    byte_ids: NDArray[np.int32],
    pairs: NDArray[np.int64],
) -> NDArray[np.int32]:
    """For each token the two symbols that are left last when its bytes are encoded, with its id, shape (n, 3)."""
    merges = np.empty((len(ids), 3), dtype=np.int32)
    n = 0
    for index in range(len(ids)):
        symbols = [byte_ids[byte] for byte in data[offsets[index] : offsets[index + 1]]]
        while len(symbols) > 2:
            best, best_rank = 0, NO_PAIR
            for i in range(len(symbols) - 1):
                rank = rank_of(pairs, symbols[i], symbols[i + 1])
                if rank < best_rank:  # the first of equal ones
                    best, best_rank = i, rank
            if best_rank == NO_PAIR:
                break
            symbols[best] = np.int32(best_rank & 0xFFFFFFFF)
            symbols.pop(best + 1)
        if len(symbols) == 2 and rank_of(pairs, symbols[0], symbols[1]) & 0xFFFFFFFF == ids[index]:
            merges[n] = symbols[0], symbols[1], ids[index]
            n += 1
    return merges[:n].copy()
