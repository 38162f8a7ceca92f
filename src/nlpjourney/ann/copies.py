"""Equal vectors share one node of a graph: a table that finds the copies of a vector, and rings that hold them together.

A vector that occurs a thousand times would fill every list of neighbours around it with copies of itself, and none of the links
would lead anywhere else: the graph falls apart. So only the first of equal vectors is linked to others; the later ones hang on
it, each pointing to the next and the last one to the first. Notable choice: the table (open addressing, linear probing) holds no
vectors, only the number of the latest node of each ring, so it costs 8 to 16 bytes a vector and is made anew from the vectors.

In plain Python: `plain_copies` (`ann.plain`).
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpjourney.ml.checks import Floats

LATER = -1  # the level of a node that is a copy of an earlier one: it has no links


def empty_table(n: int) -> NDArray[np.int32]:
    """A table with room for `n` nodes: a power of two places, at most half of which will be taken, -1 for a free one."""
    return np.full(1 << max(10, (2 * n - 1).bit_length()), -1, np.int32)


@njit(cache=True, nogil=True)
def join_copies(
    vectors: Floats, first: int, last: int, table: NDArray[np.int32], copies: NDArray[np.int32], levels: NDArray[np.int32]
) -> None:  # fmt: skip
    """Enter the nodes first … last - 1 into the table, in their order, and close their rings.

    copies: int32 (n,), receives the next node with an equal vector, in the order of their numbers and then from the start: itself
    where there is no other. levels of those that have an earlier copy become LATER. 0.0 and -0.0 are equal.
    """
    width, mask = vectors.shape[1], len(table) - 1
    bits = vectors.view(np.uint32)
    for node in range(first, last):
        key = np.uint64(1469598103934665603)  # FNV-1a, 32 bits at a time
        for i in range(width):
            if vectors[node, i] != 0:
                key = (key ^ np.uint64(bits[node, i]) ^ (np.uint64(i) << np.uint64(32))) * np.uint64(1099511628211)
        slot = np.int64((key ^ (key >> np.uint64(29))) & np.uint64(mask))
        while table[slot] >= 0:
            other = table[slot]
            equal = True
            for i in range(width):
                if vectors[node, i] != vectors[other, i]:
                    equal = False
                    break
            if equal:
                break
            slot = (slot + 1) & mask
        other = table[slot]
        table[slot] = copies[node] = node
        if other >= 0:
            copies[node] = copies[other]
            copies[other] = node
            levels[node] = LATER
