"""k-means: group vectors around means.

Lloyd (1957, published 1982), MacQueen (1967): give every vector to its nearest centroid, move each centroid to the mean of its
vectors, and repeat until nothing moves; no round raises the sum of squared distances. Notable choices: distances to all
centroids are one matrix product for each block of rows; a centroid that loses all its vectors starts again at the vector that
is farthest from its own.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nlpjourney.ml.checks import Floats, check_vectors

ROWS = 16_384  # k-means compares this many vectors with all centroids at once


def nearest_centroid(vectors: Floats, centroids: Floats) -> tuple[NDArray[np.int64], Floats]:
    """For each vector (n, dim) the nearest centroid (c, dim): ids (n,) and squared distances (n,)."""
    ids, squared = np.empty(len(vectors), np.int64), np.empty(len(vectors), np.float32)
    lengths = (centroids**2).sum(axis=1)
    for start in range(0, len(vectors), ROWS):
        block = vectors[start : start + ROWS]
        # |v - c|² = |v|² - 2 v·c + |c|²: one matrix product; |v|² is the same for every centroid
        apart = lengths - 2 * (block @ centroids.T)  # (rows, c)
        best = apart.argmin(axis=1)
        ids[start : start + ROWS] = best
        least = apart[np.arange(len(block)), best] + (block**2).sum(axis=1)
        squared[start : start + ROWS] = np.maximum(least, 0)
    return ids, squared


def kmeans(vectors: ArrayLike, n_clusters: int, n_iterations: int = 20, seed: int = 0) -> Floats:
    """Centroids (n_clusters, dim) that many vectors (n, dim) are near to.

    Starts from random vectors; each round moves a centroid to the mean of the vectors nearest to it. A centroid without
    vectors moves to the vector that is farthest from its own centroid. Raises ValueError for fewer vectors than clusters.
    """
    data = check_vectors(vectors)
    if not 1 <= n_clusters <= len(data):
        raise ValueError(f"n_clusters must be between 1 and the number of vectors, {len(data)}, not {n_clusters}")
    start = np.random.default_rng(seed).choice(len(data), n_clusters, replace=False)
    centroids = data[start].copy()
    for _ in range(n_iterations):
        ids, squared = nearest_centroid(data, centroids)
        order = np.argsort(ids, kind="stable")
        counts = np.bincount(ids, minlength=n_clusters)
        used = np.flatnonzero(counts)
        first = (np.cumsum(counts) - counts)[used]
        moved = centroids.copy()
        moved[used] = np.add.reduceat(data[order], first, axis=0) / counts[used, None]
        empty = np.flatnonzero(counts == 0)
        moved[empty] = data[np.argsort(-squared, kind="stable")[: len(empty)]]
        if np.array_equal(moved, centroids):
            break
        centroids = moved
    return centroids
