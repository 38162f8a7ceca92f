"""A trie over UTF-8 bytes as a double array: the dictionary of WordPiece and Unigram.

A trie (Fredkin, 1960) answers in one walk which vocabulary pieces start at a place of the text. A double array (Aoe, 1989)
stores it so that a step is one addition and one comparison: the child of node s for byte b is t = base[s] + b, provided
that check[t] is s. Notable choices: base and check stand side by side, so that a step touches one line of the cache;
nodes are packed first fit in the order in which they came up, without looking long. A trie may have several roots:
WordPiece keeps the pieces that start a word apart from those that continue one.

In plain Python: the dictionaries of `plain_unigram` and `plain_wordpiece` (`text.tokenize.plain`).
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Int = int | np.integer[Any]
_BASE, _CHECK = 0, 1
_FREE, _ROOT = -1, -2
_PATIENCE = 200


class Trie(NamedTuple):
    """Nodes are places in the double array; the first ones are the roots."""

    links: NDArray[np.int32]  # (n_places, 2) base, and the parent (below 0: no child is here)
    ids: NDArray[np.int32]  # (n_places,) the piece that ends here, or -1


def build_trie(pieces: Sequence[bytes], ids: Sequence[int], roots: Sequence[int] | None = None) -> Trie:
    """The trie of `pieces`; piece i has the number `ids[i]` and hangs below root `roots[i]` (0 for all without it)."""
    n_roots = 1 if roots is None else 2
    offsets = np.zeros(len(pieces) + 1, dtype=np.int64)
    np.cumsum([len(piece) for piece in pieces], out=offsets[1:])
    data = np.frombuffer(b"".join(pieces), dtype=np.uint8)
    roots_array = np.zeros(len(pieces), dtype=np.int32) if roots is None else np.asarray(roots, dtype=np.int32)
    return Trie(*_pack(*_grow(data, offsets, np.asarray(ids, dtype=np.int32), roots_array, n_roots), n_roots))


@njit(cache=True)
def _grow(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    ids: NDArray[np.int32],
    roots: NDArray[np.int32],
    n_roots: int,
) -> tuple[NDArray[np.int32], NDArray[np.uint8], NDArray[np.int32]]:
    """The trie as a plain list of nodes: each one's parent, the byte that leads to it, and its piece. Parents come first."""
    n_slots = 64
    while n_slots < 2 * len(data):
        n_slots *= 2
    slots = np.full(n_slots, -1, dtype=np.int32)  # a hash table of nodes by (parent, byte)
    parents = np.full(len(data) + n_roots, -1, dtype=np.int32)
    labels = np.zeros(len(data) + n_roots, dtype=np.uint8)
    node_ids = np.full(len(data) + n_roots, -1, dtype=np.int32)
    n_nodes = n_roots
    for piece in range(len(ids)):
        node = roots[piece]
        for at in range(offsets[piece], offsets[piece + 1]):
            key = np.uint64(np.int64(node) * 256 + data[at])
            slot = np.int64(key * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(32)) & (n_slots - 1)
            while slots[slot] >= 0 and (parents[slots[slot]] != node or labels[slots[slot]] != data[at]):
                slot = (slot + 1) & (n_slots - 1)
            if slots[slot] < 0:
                slots[slot], parents[n_nodes], labels[n_nodes] = n_nodes, node, data[at]
                n_nodes += 1
            node = slots[slot]
        node_ids[node] = ids[piece]
    return parents[:n_nodes].copy(), labels[:n_nodes].copy(), node_ids[:n_nodes].copy()


@njit(cache=True)
def _pack(
    parents: NDArray[np.int32], labels: NDArray[np.uint8], node_ids: NDArray[np.int32], n_roots: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The nodes of `_grow` as a double array."""
    n_nodes = len(parents)
    first, behind = np.full(n_nodes, -1, np.int32), np.full(n_nodes, -1, np.int32)  # children as linked lists
    for node in range(n_nodes - 1, n_roots - 1, -1):
        behind[node], first[parents[node]] = first[parents[node]], node
    links = np.full((2 * n_nodes + 1024, 2), _FREE, dtype=np.int32)
    ids = np.full(len(links), -1, dtype=np.int32)
    place = np.arange(n_nodes).astype(np.int32)  # where each node stands; known for a child when its parent is packed
    for root in range(n_roots):
        links[root, _BASE], links[root, _CHECK], ids[root] = 0, _ROOT, node_ids[root]
    free = n_roots + 256  # from here on every place can be reached with every byte
    last = free
    for node in range(n_nodes):
        if first[node] < 0:
            continue
        while links[free, _CHECK] != _FREE:
            free += 1
        base = free - int(labels[first[node]])
        start = base
        while not _fits(links, labels, first, behind, node, base):
            base += 1
            if base + 512 > len(links):
                links = np.concatenate((links, np.full_like(links, _FREE)))
                ids = np.concatenate((ids, np.full_like(ids, -1)))
        if base - start > _PATIENCE:  # the places before are nearly all taken: do not look there again
            free = base
        links[place[node], _BASE] = base
        kid = first[node]
        while kid >= 0:
            at = base + int(labels[kid])
            place[kid], links[at, _BASE], links[at, _CHECK], ids[at] = at, 0, place[node], node_ids[kid]
            last = max(last, at)
            kid = behind[kid]
    n_places = last + 257  # every base + byte is a place
    return links[:n_places].copy(), ids[:n_places].copy()


@njit(cache=True)
def _fits(
    links: NDArray[np.int32],
    labels: NDArray[np.uint8],
    first: NDArray[np.int32],
    behind: NDArray[np.int32],
    node: int,
    base: int,
) -> bool:
    """Whether all children of `node` find a free place from `base` on."""
    kid = first[node]
    while kid >= 0:
        if links[base + int(labels[kid]), _CHECK] != _FREE:
            return False
        kid = behind[kid]
    return True


@njit(cache=True, inline="always")
def child(trie: Trie, node: Int, byte: Int) -> int:
    """The node that `byte` leads to from `node`, or -1."""
    at = trie.links[node, 0] + np.int64(byte)
    return int(at) if trie.links[at, 1] == node else -1
