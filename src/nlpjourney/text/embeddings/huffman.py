"""Huffman codes for words (Huffman, 1952): the tree of hierarchical softmax (Morin & Bengio, 2005).

The two least frequent nodes are joined again and again. Frequent words end near the root: their code is short, and a word costs
as many sigmoids as its code has bits, about log2 of the vocabulary instead of all of it.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Codes(NamedTuple):
    """offsets: int64 (n_words + 1,); bits: uint8, the code of each word from the root; points: int32, the inner node that
    each bit is decided at (n_words - 1 of them, the root is the last)."""

    offsets: NDArray[np.int64]
    bits: NDArray[np.uint8]
    points: NDArray[np.int32]


NO_CODES = Codes(np.zeros(1, np.int64), np.zeros(0, np.uint8), np.zeros(0, np.int32))  # for negative sampling


@dataclass(slots=True)
class _Node:
    count: int
    number: int  # below n_words: that word
    left: _Node | None = None
    right: _Node | None = None

    def __lt__(self, other: _Node) -> bool:
        return self.count < other.count


def huffman_codes(counts: NDArray[np.int64]) -> Codes:
    """The codes of words with these counts. The left child, bit 0, is the less frequent one."""
    n_words = len(counts)
    heap = [_Node(count, i) for i, count in enumerate(counts.tolist())]
    heapq.heapify(heap)
    for number in range(n_words, 2 * n_words - 1):
        left, right = heapq.heappop(heap), heapq.heappop(heap)
        heapq.heappush(heap, _Node(left.count + right.count, number, left, right))
    bits: list[list[int]] = [[] for _ in range(n_words)]
    points: list[list[int]] = [[] for _ in range(n_words)]
    stack: list[tuple[_Node, list[int], list[int]]] = [(heap[0], [], [])]
    while stack:
        node, code, path = stack.pop()
        if node.left is None or node.right is None:
            bits[node.number], points[node.number] = code, path
        else:
            path = [*path, node.number - n_words]
            stack += [(node.left, [*code, 0], path), (node.right, [*code, 1], path)]
    offsets = np.concatenate([[0], np.cumsum([len(code) for code in bits])]).astype(np.int64)
    return Codes(
        offsets,
        np.array([bit for code in bits for bit in code], dtype=np.uint8),
        np.array([point for path in points for point in path], dtype=np.int32),
    )
