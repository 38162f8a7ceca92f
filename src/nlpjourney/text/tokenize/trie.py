"""A trie over UTF-8 bytes in flat arrays: the dictionary of WordPiece and Unigram.

A trie (Fredkin, 1960) answers in one walk which vocabulary pieces start at a place of the text. Notable choice: the edges
`(node, byte) -> child` stand in one open-addressing hash table, so that a vocabulary of 30,000 or 250,000 pieces is three
arrays that a compiled kernel can index, and a step costs one probe as a rule. A trie may have several roots: WordPiece
keeps the pieces that start a word apart from those that continue one.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray


class Trie(NamedTuple):
    """Nodes are numbered from 0; the first ones are the roots."""

    keys: NDArray[np.int64]  # (2^k,) node * 256 + byte of the edge in this slot, or -1
    children: NDArray[np.int32]  # (2^k,) the node that the edge leads to
    ids: NDArray[np.int32]  # (n_nodes,) the piece that ends here, or -1


def build_trie(pieces: Sequence[bytes], ids: Sequence[int], roots: Sequence[int] | None = None) -> Trie:
    """The trie of `pieces`; piece i has the number `ids[i]` and hangs below root `roots[i]` (0 for all without it)."""
    n_roots = 1 if roots is None else 2
    offsets = np.zeros(len(pieces) + 1, dtype=np.int64)
    np.cumsum([len(piece) for piece in pieces], out=offsets[1:])
    data = np.frombuffer(b"".join(pieces), dtype=np.uint8)
    roots_array = np.zeros(len(pieces), dtype=np.int32) if roots is None else np.asarray(roots, dtype=np.int32)
    return Trie(*_build(data, offsets, np.asarray(ids, dtype=np.int32), roots_array, n_roots))


@njit(cache=True)
def _build(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    ids: NDArray[np.int32],
    roots: NDArray[np.int32],
    n_roots: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    n_slots = 64
    while n_slots < 2 * len(data):  # at most half full, so that probes stay short
        n_slots *= 2
    keys = np.full(n_slots, -1, dtype=np.int64)
    children = np.zeros(n_slots, dtype=np.int32)
    node_ids = np.full(len(data) + n_roots, -1, dtype=np.int32)
    n_nodes = n_roots
    for piece in range(len(ids)):
        node = roots[piece]
        for at in range(offsets[piece], offsets[piece + 1]):
            slot = _slot(keys, node, data[at])
            if keys[slot] == -1:
                keys[slot] = np.int64(node) * 256 + data[at]
                children[slot] = n_nodes
                n_nodes += 1
            node = children[slot]
        node_ids[node] = ids[piece]
    return keys, children, node_ids[:n_nodes].copy()


@njit(cache=True, inline="always")
def _slot(keys: NDArray[np.int64], node: int, byte: int) -> np.int64:
    """Where the edge stands, or the empty slot where it would stand."""
    key = np.int64(node) * 256 + np.int64(byte)
    mask = len(keys) - 1
    mixed = np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)  # Fibonacci hashing: the high bits are well mixed
    slot = np.int64(mixed >> np.uint64(24)) & mask
    while keys[slot] != key and keys[slot] != -1:
        slot = (slot + 1) & mask
    return slot


@njit(cache=True, inline="always")
def child(keys: NDArray[np.int64], children: NDArray[np.int32], node: int, byte: int) -> int:
    """The node that `byte` leads to from `node`, or -1."""
    slot = _slot(keys, node, byte)
    return children[slot] if keys[slot] != -1 else -1
