"""Agglomerative clustering: join the two nearest clusters, again and again, until one is left.

What "near" means is the linkage. Single: the nearest pair of points (long chains). Complete: the farthest pair (compact balls).
Average: the mean over all pairs. Ward: by how much the sum of squared distances from the means would grow (Ward, 1963). After a
join, distances to the new cluster follow from those to its two parts (Lance & Williams, 1967).

Notable choices. For complete, average and Ward: the chain of nearest neighbours (Benzécri, 1982; Murtagh, 1983), which follows
nearest neighbours until two are each other's, and joins them: O(n²) time instead of O(n³), with the same result, since a join
brings no two clusters closer together. It holds all distances, 8 n² bytes (512 MB for 8,000 points), and for
a moment a quarter more. For single linkage: the
minimum spanning tree (Gower & Ross, 1969; Prim's algorithm), with distances computed when needed, so memory for the points
only. Heights are SciPy's; of clusters at equal distance, the one before in the chain goes first, then the lowest number.

In plain Python: `plain_agglomerate`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpjourney.errors import InvalidInput
from nlpjourney.ml.cells import apart as squared
from nlpjourney.ml.clusterer import Clusterer, Labels, Points, check_points
from nlpjourney.ml.union_find import find

LINKAGES = ("single", "complete", "average", "ward")
SINGLE, COMPLETE, AVERAGE, WARD = range(4)
TILE = 64
Floats = NDArray[np.float64]


def plain_agglomerate(points: Sequence[Sequence[float]], linkage: str) -> list[tuple[list[int], float]]:
    """The joins in their order: the points of the new cluster, and the height, which is the distance of its two parts."""

    def mean(cluster: list[int]) -> list[float]:
        return [sum(column) / len(cluster) for column in zip(*(points[i] for i in cluster))]

    def apart(a: list[int], b: list[int]) -> float:
        pairs = [math.dist(points[i], points[j]) for i in a for j in b]
        if linkage == "ward":
            return math.sqrt(2 * len(a) * len(b) / (len(a) + len(b))) * math.dist(mean(a), mean(b))
        return {"single": min(pairs), "complete": max(pairs), "average": sum(pairs) / len(pairs)}[linkage]

    clusters = [[i] for i in range(len(points))]
    joins = []
    while len(clusters) > 1:
        height, a, b = min((apart(a, b), i, j) for i, a in enumerate(clusters) for j, b in enumerate(clusters) if i < j)
        joined = clusters[a] + clusters[b]
        clusters = [c for i, c in enumerate(clusters) if i not in (a, b)] + [joined]
        joins.append((sorted(joined), height))
    return joins


def linkage_matrix(X: Any, linkage: str = "ward") -> Floats:
    """The joins of points X (n, d) as SciPy writes them, (n − 1, 4), lowest first: two clusters, their height, the new size.

    Clusters 0 … n − 1 are the points; join number i makes cluster n + i. Raises InvalidInput for what `check_points` refuses and
    for an unknown linkage.
    """
    if linkage not in LINKAGES:
        raise InvalidInput(f"linkage must be one of {', '.join(LINKAGES)}, not {linkage!r}")
    points = check_points(X, "linkage").astype(np.float64, copy=False)
    joins = np.empty((len(points) - 1, 3))
    if linkage == "single":
        spanning_tree(points, joins)
    else:
        distances = np.empty((len(points), len(points)))
        all_distances(points, distances)
        chain_joins(distances, LINKAGES.index(linkage), joins)
    joins = joins[np.argsort(joins[:, 2], kind="stable")]
    matrix = np.empty((len(joins), 4))
    number_clusters(joins, matrix)
    return matrix


def cut(matrix: Floats, n_clusters: int | None = None, height: float | None = None) -> Labels:
    """The cluster of each point, numbered by their first points, where a tree has `n_clusters` clusters or is cut at `height`.

    Exactly one of the two is given. Raises InvalidInput for none or both, and for a number of clusters that the tree never has.
    """
    if (n_clusters is None) == (height is None):
        raise InvalidInput("cut a tree at a number of clusters or at a height: give one of the two")
    n = len(matrix) + 1
    if height is not None:
        n_joins = int(np.searchsorted(matrix[:, 2], height, "right"))
    else:
        if not isinstance(n_clusters, int | np.integer) or not 1 <= n_clusters <= n:
            raise InvalidInput(f"n_clusters must be between 1 and the number of points, {n}, not {n_clusters!r}")
        n_joins = n - int(n_clusters)
    root = np.arange(n + n_joins)
    for i in range(n_joins - 1, -1, -1):  # from the top: what lies below a cluster belongs to it
        root[matrix[i, :2].astype(np.int64)] = root[n + i]
    _, first, labels = np.unique(root[:n], return_index=True, return_inverse=True)
    place = np.empty(len(first), np.int64)
    place[np.argsort(first, kind="stable")] = np.arange(len(first))
    return place[labels]


class AgglomerativeClustering(Clusterer):
    """After `fit`: `labels_`, and the whole tree: `linkage_matrix_` (n − 1, 4), see `linkage_matrix`.

    n_clusters: how many; with `distance_threshold`, instead, joins above it are left out (then n_clusters must be None).
    """

    learned = ("labels_", "linkage_matrix_", "n_clusters_", "n_features_in_")
    linkage_matrix_: Floats
    n_clusters_: int

    def __init__(
        self, n_clusters: int | None = 2, *, linkage: str = "ward", distance_threshold: float | None = None
    ) -> None:
        self.n_clusters = n_clusters
        self.linkage = linkage
        self.distance_threshold = distance_threshold

    def _learn(self, points: Points) -> None:
        if len(points) < 2:
            raise InvalidInput(f"Found array with 1 sample(s) (shape={points.shape}) while a minimum of 2 is required.")
        self.linkage_matrix_ = linkage_matrix(points, self.linkage)
        self.labels_ = cut(self.linkage_matrix_, self.n_clusters, self.distance_threshold)
        self.n_clusters_ = int(self.labels_.max()) + 1


@njit(cache=True, nogil=True, error_model="numpy")
def all_distances(points: Floats, out: Floats) -> None:
    """out[i, j]: the distance of points i and j; infinity from a point to itself."""
    n = len(points)
    for top in range(0, n, TILE):  # tile by tile: what is written across lies in few rows, which stay in the cache
        for start in range(0, top + 1, TILE):
            for i in range(top, min(top + TILE, n)):
                for j in range(start, min(start + TILE, i)):
                    out[i, j] = out[j, i] = np.sqrt(squared(points, i, j))
    for i in range(n):
        out[i, i] = np.inf


def chain_joins(apart: Floats, linkage: int, joins: Floats) -> None:
    """Fill joins (n − 1, 3): two clusters, each named by one of its points, and their distance; in the order of the chain.

    apart (n, n): the distances, infinite from a point to itself; they are changed. Whenever half of the clusters are gone, their
    rows and columns go, too.
    """
    names, sizes = np.arange(len(apart)), np.ones(len(apart))
    chain, length, done = np.empty(len(apart) + 1, np.int64), 0, 0
    while done < len(joins):
        part = joins[done : done + (len(names) + 1) // 2]
        length = nearest_neighbour_chain(apart, names, sizes, chain, length, linkage, part)
        done += len(part)
        left = np.flatnonzero(sizes)
        chain[:length] = np.searchsorted(left, chain[:length])
        apart, names, sizes = apart[np.ix_(left, left)], names[left], sizes[left]


# Without NaN the compiler may look for several minima of a row at once.
@njit(cache=True, nogil=True, error_model="numpy", fastmath={"nnan", "nsz"})
def nearest_neighbour_chain(
    apart: Floats, names: Labels, sizes: Floats, chain: Labels, length: int, linkage: int, joins: Floats
) -> int:
    """Make the next joins, as many as `joins` (m, 3) has rows, and return the length of the chain then.

    apart (n, n), names, sizes (n,): the clusters; the size of one that is gone becomes 0. chain: clusters of which each is the
    nearest neighbour of the one before.
    """
    n = len(apart)
    gone = np.zeros(n)  # infinite for a cluster that is gone, so that it is never nearest
    left = np.arange(n)
    n_left = n
    for join in range(len(joins)):
        if length == 0:
            chain[0], length = left[0], 1
        while True:
            row = apart[chain[length - 1]]
            least, start = np.inf, 0
            for block in range(0, n, TILE):
                least_here = np.inf
                for i in range(block, min(block + TILE, n)):
                    least_here = min(least_here, row[i] + gone[i])
                if least_here < least:
                    least, start = least_here, block
            if length > 1 and row[chain[length - 2]] == least:
                break  # the last two of the chain are each other's nearest
            while row[start] + gone[start] != least:
                start += 1
            chain[length] = start
            length += 1
        length -= 2
        a, b = min(chain[length], chain[length + 1]), max(chain[length], chain[length + 1])
        joins[join, 0], joins[join, 1], joins[join, 2] = names[a], names[b], least
        together = sizes[a] + sizes[b]
        kept = 0
        for c in range(n_left):
            i = left[c]
            if i == a:
                continue
            left[kept] = i
            kept += 1
            if i == b:
                continue
            to_a, to_b = apart[a, i], apart[b, i]
            if linkage == COMPLETE:
                d = max(to_a, to_b)
            elif linkage == AVERAGE:
                d = (sizes[a] * to_a + sizes[b] * to_b) / together
            else:
                grown = (
                    (sizes[i] + sizes[a]) * to_a * to_a + (sizes[i] + sizes[b]) * to_b * to_b - sizes[i] * least * least
                )
                d = np.sqrt(grown / (together + sizes[i]))
            apart[b, i] = apart[i, b] = d
        n_left = kept
        gone[a], sizes[a], sizes[b] = np.inf, 0, together
    return length


@njit(cache=True, nogil=True, error_model="numpy")
def spanning_tree(points: Floats, joins: Floats) -> None:
    """Fill joins (n − 1, 3) with the edges of the minimum spanning tree: two points and their distance."""
    n = len(points)
    nearest = np.full(n, np.inf)  # of each point outside of the tree: how far away the tree is
    left = np.arange(n)
    n_left, inside = n, 0
    for join in range(n - 1):
        kept, following = 0, 0
        for c in range(n_left):
            i = left[c]
            if i == inside:
                continue
            left[kept] = i
            nearest[i] = min(nearest[i], squared(points, i, inside))
            if nearest[i] < nearest[left[following]] or kept == 0:
                following = kept
            kept += 1
        n_left = kept
        joins[join, 0], joins[join, 1] = inside, left[following]
        inside = left[following]
        joins[join, 2] = np.sqrt(nearest[inside])


@njit(cache=True, nogil=True, error_model="numpy")
def number_clusters(joins: Floats, matrix: Floats) -> None:
    """From joins in the order of their heights, whose clusters are named by any of their points, SciPy's matrix (n − 1, 4)."""
    n = len(joins) + 1
    parent = np.arange(2 * n - 1)
    size = np.ones(2 * n - 1)
    for join in range(n - 1):
        new = n + join
        a, b = find(parent, np.int64(joins[join, 0])), find(parent, np.int64(joins[join, 1]))
        parent[a] = parent[b] = new
        size[new] = size[a] + size[b]
        matrix[join, 0], matrix[join, 1], matrix[join, 2], matrix[join, 3] = (
            min(a, b),
            max(a, b),
            joins[join, 2],
            size[new],
        )
