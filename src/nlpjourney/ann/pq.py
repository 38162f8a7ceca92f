"""Product quantization: a vector in a few bytes, compared without unpacking it.

Jégou, Douze & Schmid, "Product Quantization for Nearest Neighbor Search" (IEEE TPAMI 2011). Cut the vectors into `n_parts` short
parts, and give every part its own small codebook (k-means): a vector becomes `n_parts` bytes, each the number of a code word.
To search, compute the distance of each part of the query to all code words once; the distance to a stored vector is then
a sum of `n_parts` table entries (asymmetric distance computation: the query itself is not quantized). Notable choices:
codes lie part by part, so that the inner loop runs over vectors and one table stays in the fastest cache.

In plain Python: `plain_pq_code` and `plain_pq_distance` (`ann.plain`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from nlpjourney.ann.vectors import (
    BLOCK,
    Metric,
    Neighbours,
    check_k,
    check_metric,
    in_threads,
    insert,
    no_neighbours,
    normalise,
    outside,
)
from nlpjourney.ml.checks import Floats, check_vectors
from nlpjourney.ml.estimator import Saved
from nlpjourney.ml.kmeans import kmeans, nearest_centroid

Codes = NDArray[np.uint8]


class ProductQuantizer(Saved):
    """Codebooks (n_parts, n_codes, dim / n_parts) for vectors of `dim` dimensions; `n_codes` at most 256, one byte."""

    learned = ("codebooks",)
    codebooks: Floats

    def __init__(self, dim: int, n_parts: int, n_codes: int = 256, seed: int = 0) -> None:
        if n_parts < 1 or dim % n_parts:
            raise ValueError(f"dim ({dim}) must be a multiple of n_parts ({n_parts})")
        if not 1 <= n_codes <= 256:
            raise ValueError(f"n_codes must be between 1 and 256 (a code is one byte), not {n_codes}")
        self.dim, self.n_parts, self.n_codes, self.seed = dim, n_parts, n_codes, seed

    def fit(self, vectors: ArrayLike) -> ProductQuantizer:
        """Learn the code words from `vectors` (n, dim), n >= n_codes."""
        data = check_vectors(vectors, self.dim)
        width = self.dim // self.n_parts
        self.codebooks = np.stack(
            [
                kmeans(data[:, p * width : (p + 1) * width], self.n_codes, seed=self.seed + p)
                for p in range(self.n_parts)
            ]
        )
        return self

    def encode(self, vectors: ArrayLike) -> Codes:
        """The number of the nearest code word for each part, (n, n_parts)."""
        books, data = self.codebooks, check_vectors(vectors, self.dim)
        width = self.dim // self.n_parts
        codes = np.empty((len(data), self.n_parts), np.uint8)
        for p in range(self.n_parts):
            part = np.ascontiguousarray(data[:, p * width : (p + 1) * width])
            codes[:, p] = nearest_centroid(part, books[p])[0]
        return codes

    def decode(self, codes: Codes) -> Floats:
        """The vectors that codes (n, n_parts) stand for, (n, dim)."""
        books = self.codebooks
        words: Floats = books[np.arange(self.n_parts), codes]  # (n, n_parts, dim / n_parts)
        return words.reshape(len(codes), self.dim)

    def tables(self, queries: Floats, l2: bool) -> Floats:
        """Distance of each part of each query (q, dim) to each code word, (q, n_parts, n_codes); smaller is nearer."""
        books = self.codebooks
        parts = queries.reshape(len(queries), self.n_parts, 1, -1)  # (q, n_parts, 1, dim / n_parts)
        apart: Floats = ((parts - books) ** 2).sum(axis=-1) if l2 else -(parts * books).sum(axis=-1)
        return np.ascontiguousarray(apart, dtype=np.float32)


@njit(cache=True, nogil=True)
def scan_codes(table: Floats, codes: Codes, pool_d: Floats, pool_n: NDArray[np.int64]) -> None:
    """The nearest of `codes` (n_parts, n) by `table` (n_parts, n_codes), into pool_d and pool_n (k,)."""
    n_parts, n = codes.shape
    k = len(pool_d)
    sums = np.empty(BLOCK, np.float32)
    size = 0
    for start in range(0, n, BLOCK):
        count = min(BLOCK, n - start)
        sums[:] = 0
        for p in range(n_parts):
            words, row = codes[p], table[p]
            for i in range(count):
                sums[i] += row[words[start + i]]
        for i in range(count):
            if size < k or sums[i] < pool_d[k - 1]:
                insert(pool_d, pool_n, size, k, sums[i], start + i)
                size = min(size + 1, k)


class PQIndex(Saved):
    """Vectors kept as codes of a ProductQuantizer only, `n_parts` bytes each. Ids are 0, 1, 2, … in the order of adding.

    `metric`: "l2", "ip" or "cosine" (vectors are scaled to length 1 before they are encoded).
    """

    def __init__(self, dim: int, n_parts: int, n_codes: int = 256, metric: Metric = "l2", seed: int = 0) -> None:
        check_metric(metric)
        self.quantizer = ProductQuantizer(dim, n_parts, n_codes, seed)
        self.dim, self.metric = dim, metric
        self._codes = np.empty((n_parts, 0), np.uint8)

    def __len__(self) -> int:
        return self._codes.shape[1]

    def fit(self, vectors: ArrayLike) -> PQIndex:
        """Learn the codebooks from `vectors` (n, dim)."""
        if len(self):
            raise ValueError("the index holds codes already: make a new one to change its codebooks")
        self.quantizer.fit(self._prepared(vectors))
        return self

    def add(self, vectors: ArrayLike) -> None:
        """Append the codes of `vectors` (n, dim)."""
        new = self.quantizer.encode(self._prepared(vectors))
        self._codes = np.ascontiguousarray(np.concatenate([self._codes, new.T], axis=1))

    def search(self, queries: ArrayLike, k: int = 10, n_threads: int = 1) -> Neighbours:
        """The k vectors whose codes are nearest to each query (queries, dim); scores are to the decoded vectors."""
        check_k(k)
        matrix = self._prepared(queries)
        found = no_neighbours(len(matrix), k)

        def part(first: int, last: int) -> None:
            for q in range(first, last):
                table = self.quantizer.tables(matrix[q : q + 1], self.metric == "l2")[0]
                scan_codes(table, self._codes, found.scores[q], found.ids[q])

        in_threads(part, len(matrix), n_threads)
        return outside(found, self.metric)

    def _prepared(self, vectors: ArrayLike) -> Floats:
        matrix = check_vectors(vectors, self.dim)
        return normalise(matrix) if self.metric == "cosine" else matrix

    def _parameters(self) -> dict[str, Any]:
        q = self.quantizer
        return {"dim": q.dim, "n_parts": q.n_parts, "n_codes": q.n_codes, "metric": self.metric, "seed": q.seed}

    def _state(self) -> dict[str, Any]:
        return {"codebooks": self.quantizer.codebooks, "codes": self._codes}

    def _restore(self, state: dict[str, Any]) -> None:
        self.quantizer.codebooks, self._codes = state["codebooks"], state["codes"]


def warmup() -> None:
    """Compile the kernel (cached on disk afterwards)."""
    index = PQIndex(2, 1, 1).fit([[0, 1], [1, 0]])
    index.add([[0, 1], [1, 0]])
    index.search([[0, 1]], 1)
