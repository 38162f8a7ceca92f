"""Hash tables for compiled code: open addressing over arrays, which are the caller's.

A table has a power of two of slots, at most half of them taken. What belongs into a slot that is taken goes into the next free
one; so whoever looks for it begins at its own slot and goes on until it is found, or a slot is empty. `find_key` does so for
tables of whole numbers. Tables of strings have loops of their own, because what "equal" means differs (a group, a hash that is
kept, a place in one long text): a function for them all, tried, made counting words 15 % slower.

FNV-1a (Fowler, Noll and Vo, 1991) takes one byte at a time. Its prime is 2^40 + 435, so the last bytes hardly reach the bits
between; tables indexed by those were a hundred times slower. Hence the multiplication at the end (Fibonacci hashing, Knuth),
after which the high bits are good: index with `hash >> 32`.

In plain Python: a `dict`, as those in `plain_train_bpe` (`text.tokenize.plain`).
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

EMPTY = -1
Int = int | np.integer[Any]


@njit(cache=True, inline="always")
def hash_bytes(data: NDArray[np.uint8], start: int, end: int) -> np.uint64:
    """The hash of `data[start:end]`, its high bits well mixed."""
    mixed = np.uint64(14695981039346656037)
    for at in range(start, end):
        mixed = (mixed ^ np.uint64(data[at])) * np.uint64(1099511628211)
    return (mixed ^ (mixed >> np.uint64(32))) * np.uint64(0x9E3779B97F4A7C15)


@njit(cache=True, inline="always")
def same_bytes(a: NDArray[np.uint8], a_start: int, b: NDArray[np.uint8], b_start: int, n: int) -> bool:
    """Whether `n` bytes of `a` and of `b` are equal."""
    for i in range(n):
        if a[a_start + i] != b[b_start + i]:
            return False
    return True


@njit(cache=True, inline="always")
def pair_key(left: Int, right: Int) -> np.int64:
    """Two numbers of up to 31 bits as one key."""
    return np.int64(left) << 32 | np.int64(right)


@njit(cache=True, inline="always")
def find_key(table: NDArray[np.int64], key: Int) -> int:
    """The row of the table (n_slots, n) that begins with `key` ≥ 0, or the row, beginning with EMPTY, where it would be."""
    mask = len(table) - 1
    slot = np.int64(np.uint64(key) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(32)) & mask
    while table[slot, 0] != key and table[slot, 0] != EMPTY:
        slot = (slot + 1) & mask
    return int(slot)
