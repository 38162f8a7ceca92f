"""Inverted file: compare the query only with the vectors of the few nearest clusters.

Sivic & Zisserman, "Video Google" (2003): treat the nearest centroid of a vector as its "word", and keep a list of vectors for
each word, as a text index keeps a list of documents. A query visits the lists of its `nprobe` nearest centroids. Notable
choices: the vectors of a list lie side by side, so a list is read like a book; the centroids are found by k-means;
scores are those of FAISS's IndexIVFFlat with the same centroids.

In plain Python: `plain_ivf_search` (`ann.plain`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from nlpjourney.ann.vectors import (
    BLOCK,
    ExactIndex,
    Metric,
    Neighbours,
    check_k,
    check_metric,
    distances,
    in_threads,
    insert,
    no_neighbours,
    normalise,
    outside,
    padded,
)
from nlpjourney.ml.checks import Floats, check_vectors
from nlpjourney.ml.estimator import Saved
from nlpjourney.ml.kmeans import kmeans


@njit(cache=True, nogil=True)
def scan_lists(
    queries: Floats, first: int, last: int, lists: NDArray[np.int64], starts: NDArray[np.int64], vectors: Floats,
    ids: NDArray[np.int64], l2: bool, pool_d: Floats, pool_n: NDArray[np.int64],
) -> None:  # fmt: skip
    """For queries[first:last] the nearest vectors of lists[q] (queries, nprobe), into pool_d and pool_n (queries, k)."""
    k = pool_d.shape[1]
    rows = np.empty(BLOCK, np.int64)
    out = np.empty(BLOCK, np.float32)
    for q in range(first, last):
        size = 0
        for which in lists[q]:
            if which < 0:
                continue
            for start in range(starts[which], starts[which + 1], BLOCK):
                count = min(BLOCK, starts[which + 1] - start)
                for i in range(count):
                    rows[i] = start + i
                distances(queries[q], vectors, rows, count, l2, out)
                for i in range(count):
                    worst = pool_d[q, k - 1]
                    # lists are not in the order of ids: of equally near vectors a later one may have the lower id
                    tie = size == k and out[i] == worst and ids[start + i] < pool_n[q, k - 1]
                    if size < k or out[i] < worst or tie:
                        insert(pool_d[q], pool_n[q], size, k, out[i], ids[start + i])
                        size = min(size + 1, k)


class IVFIndex(Saved):
    """Lists of vectors by nearest centroid. `fit` (or given `centroids`, (n_lists, dim)) comes before `add`.

    With metric "ip" or "cosine" a vector belongs to the centroid with the largest inner product. Ids are 0, 1, 2, … in the
    order of adding.
    """

    learned = ("centroids",)
    centroids: Floats

    def __init__(
        self, dim: int, n_lists: int, metric: Metric = "l2", seed: int = 0, centroids: ArrayLike | None = None
    ) -> None:
        check_metric(metric)
        if dim < 1 or n_lists < 1:
            raise ValueError(f"dim and n_lists must be at least 1, not {dim} and {n_lists}")
        self.dim, self.n_lists, self.metric, self.seed = dim, n_lists, metric, seed
        if centroids is not None:
            given = check_vectors(centroids, dim)
            if len(given) != n_lists:
                raise ValueError(f"expected {n_lists} centroids, got {len(given)}")
            self.centroids = given
        self._vectors = padded(np.empty((0, dim), np.float32))  # in the order of the lists
        self._ids = np.empty(0, np.int64)
        self._starts = np.zeros(n_lists + 1, np.int64)  # list i holds rows _starts[i] up to _starts[i + 1]

    def __len__(self) -> int:
        return len(self._ids)

    def fit(self, vectors: ArrayLike) -> IVFIndex:
        """Find the centroids in `vectors` (n, dim), n >= n_lists; a sample of some 50 for each list is enough."""
        if len(self):
            raise ValueError("the index holds vectors already: make a new one to change its centroids")
        self.centroids = kmeans(self._prepared(vectors), self.n_lists, seed=self.seed)
        return self

    def add(self, vectors: ArrayLike) -> None:
        """Append `vectors` (n, dim) to the lists of their centroids."""
        new = self._prepared(vectors)
        old_lists = np.repeat(np.arange(self.n_lists), np.diff(self._starts))
        lists = np.concatenate([old_lists, self._nearest_lists(new, 1)[:, 0]])
        ids = np.concatenate([self._ids, np.arange(len(self), len(self) + len(new))])
        order = np.argsort(lists, kind="stable")
        self._vectors = padded(np.concatenate([self._vectors[:, : self.dim], new])[order])
        self._ids = ids[order]
        self._starts = np.concatenate([[0], np.cumsum(np.bincount(lists, minlength=self.n_lists))])

    def search(self, queries: ArrayLike, k: int = 10, nprobe: int = 8, n_threads: int = 1) -> Neighbours:
        """The k nearest vectors among the `nprobe` nearest lists of each query (queries, dim); all lists: the exact result."""
        check_k(k)
        if nprobe < 1:
            raise ValueError(f"nprobe must be at least 1, not {nprobe}")
        matrix = self._prepared(queries)
        lists = self._nearest_lists(matrix, min(nprobe, self.n_lists))
        asked, found = padded(matrix), no_neighbours(len(matrix), k)

        def part(first: int, last: int) -> None:
            scan_lists(
                asked, first, last, lists, self._starts, self._vectors, self._ids,
                self.metric == "l2", *found,
            )  # fmt: skip

        in_threads(part, len(asked), n_threads)
        return outside(found, self.metric)

    def _prepared(self, vectors: ArrayLike) -> Floats:
        matrix = check_vectors(vectors, self.dim)
        return normalise(matrix) if self.metric == "cosine" else matrix

    def _nearest_lists(self, vectors: Floats, n: int) -> NDArray[np.int64]:
        coarse = ExactIndex(self.dim, "l2" if self.metric == "l2" else "ip")
        coarse.add(self.centroids)
        return coarse.search(vectors, n).ids

    def _parameters(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("dim", "n_lists", "metric", "seed", "centroids")}

    def _state(self) -> dict[str, Any]:
        return {"vectors": self._vectors[:, : self.dim], "ids": self._ids, "starts": self._starts}

    def _restore(self, state: dict[str, Any]) -> None:
        self._vectors = padded(state["vectors"])
        self._ids, self._starts = state["ids"], state["starts"]


def warmup() -> None:
    """Compile the kernels (cached on disk afterwards)."""
    index = IVFIndex(2, 1).fit([[0, 1], [1, 0]])
    index.add([[0, 1], [1, 0]])
    index.search([[0, 1]], 1)
