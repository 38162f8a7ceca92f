"""A hash of bytes for the tables of this package.

FNV-1a (Fowler, Noll and Vo, 1991) takes one byte at a time. Its prime is 2^40 + 435, so the last bytes hardly reach the bits
between; tables indexed by those were a hundred times slower. Hence the multiplication at the end (Fibonacci hashing, Knuth),
after which the high bits are good: index with `hash >> 32`.

In plain Python: the keys of the dictionaries of `plain_train_bpe` (`text.tokenize.plain`).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray


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
