"""Whether the arrays of an HNSW graph can be walked: a damaged file is told when it is opened, not by a crash in a search.

Every number that a walk uses as a place is compared with the length of what it points into. Vectors are not looked at: a wrong
one is found in the wrong place, and nothing else.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from nlpjourney.ann.copies import LATER
from nlpjourney.ann.hnsw_graph import Graph
from nlpjourney.ann.vectors import LANES


def is_sound(graph: Graph, dim: int, M: int, entry: int, top: int) -> bool:
    """Whether the arrays fit each other and the settings, and no link leads out of them."""
    n, n_upper = len(graph.vectors), len(graph.upper)
    width = -(-dim // LANES) * LANES
    kinds = [(str(array.dtype), array.shape) for array in graph]
    expected = [
        ("float32", (n, width)), ("int32", (n, 2 * M)), ("int32", (n,)), ("int64", (n,)), ("bool", (n,)), ("int32", (n,)),
        ("int32", (n_upper, M)),
    ]  # fmt: skip
    if kinds != expected or not (-1 <= entry < n and (entry == -1) == (n == 0)):
        return False
    if n == 0:
        return True
    if graph.levels[entry] != top or graph.levels.max() != top or graph.deleted.view(np.uint8).max() > 1:
        return False
    in_range = graph.copies.min() >= 0 and graph.copies.max() < n
    return in_range and bool((np.bincount(graph.copies) == 1).all()) and bool(_links_lead_somewhere(graph))


@njit(cache=True)
def _links_lead_somewhere(graph: Graph) -> bool:
    """Whether each node has its rows of links, and each link ends at a node that has links on that level itself."""
    levels, starts, links, upper = graph.levels, graph.upper_start, graph.links, graph.upper
    n, n_upper, m = len(levels), len(upper), upper.shape[1]
    for node in range(n):
        level = np.int64(levels[node])
        if level < LATER or (level > 0 and not 0 <= starts[node] <= n_upper - level):
            return False
        for i in range(links.shape[1]):
            if not -1 <= links[node, i] < n or (links[node, i] >= 0 and levels[links[node, i]] < 0):
                return False
        for above in range(level):
            for i in range(m):
                other = upper[starts[node] + above, i]
                if not -1 <= other < n or (other >= 0 and levels[other] <= above):
                    return False
    return True
