"""Which set a thing belongs to, where sets are only ever joined (Galler & Fischer, 1964): a tree of parents, walked to its root.

Whoever asks shortens the way for the next (path compression; Tarjan, 1975), so that a question costs next to nothing. In plain
Python: `plain_find`. Two uses: the cluster that a point belongs to by now, and, with the next free place as parent, the first
free place from here on.
"""

from __future__ import annotations

from numba import njit


def plain_find(parent: list[int], i: int) -> int:
    """The root that i leads to; everything on the way then leads there at once."""
    if parent[i] != i:
        parent[i] = plain_find(parent, parent[i])
    return parent[i]


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def find(parent, i):  # type: ignore[no-untyped-def]
    """`plain_find` over an array of int64."""
    root = i
    while parent[root] != root:
        root = parent[root]
    while parent[i] != root:
        parent[i], i = root, parent[i]
    return root
