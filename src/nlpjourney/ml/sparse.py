"""Products with a sparse matrix: only entries that are not zero cost time.

A matrix of texts and words has a million columns, and a row of it some hundred entries. Compressed sparse rows (CSR) keep the
entries of all rows one behind the other: row i has data[indptr[i] : indptr[i + 1]], in the columns indices[…]. Notable choice:
weights stand as (n_features, n_classes), so that what an entry is multiplied by lies side by side in memory; columns are numbered
by unsigned integers, so that compiled code need not ask whether a number is negative and counts from the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def plain_scores(
    rows: Sequence[Sequence[tuple[int, float]]], weights: Sequence[Sequence[float]], bias: Sequence[float]
) -> list[list[float]]:
    """The score of each row for each class: the bias, and value · weight of each entry (column, value) of the row."""
    return [[b + sum(x * weights[j][k] for j, x in row) for k, b in enumerate(bias)] for row in rows]


def plain_class_sums(
    rows: Sequence[Sequence[tuple[int, float]]], codes: Sequence[int], n_classes: int, n_features: int
) -> list[list[float]]:
    """[class][column]: the sum of that column's entries over the rows of the class."""
    sums = [[0.0] * n_features for _ in range(n_classes)]
    for row, code in zip(rows, codes, strict=True):
        for j, x in row:
            sums[code][j] += x
    return sums


class Rows(NamedTuple):
    """The entries of a CSR matrix as compiled loops take them: no copy is made."""

    data: NDArray[Any]
    columns: NDArray[Any]  # unsigned
    starts: NDArray[Any]  # (n + 1,)

    @classmethod
    def of(cls, X: Any, data: NDArray[Any] | None = None) -> Rows:
        """Those of a CSR matrix, or other `data` at the same places."""
        unsigned = np.uint32 if X.indices.dtype == np.int32 else np.uint64
        return cls(X.data if data is None else data, X.indices.view(unsigned), X.indptr)

    @classmethod
    def by_frequency(cls, X: Any, data: NDArray[Any]) -> tuple[Rows, NDArray[np.int64]]:
        """As `of`, with the columns numbered anew, the most frequent first; and the new number of each old column.

        Words follow Zipf's law: the weights of the few thousand that make up most of a text then lie side by side, in the
        processor's nearest memory. Worth its cost where the rows are gone over many times.
        """
        order = np.argsort(-np.bincount(X.indices, minlength=X.shape[1]), kind="stable")
        place = np.empty(X.shape[1], np.int64)
        place[order] = np.arange(X.shape[1])
        return cls(data, place.astype(np.uint32)[X.indices], X.indptr), place


@njit(cache=True, fastmath={"reassoc", "contract"})
def scores(rows: Rows, weights: Floats, bias: Floats, out: Floats) -> None:
    """out (n, K) = rows · weights (n_features, K) + bias (K,)."""
    data, columns, starts = rows
    n_classes = len(bias)
    if n_classes == 1:
        single = weights[:, 0]
        for i in range(len(starts) - 1):
            total = bias[0]
            for p in range(starts[i], starts[i + 1]):
                total += data[p] * single[columns[p]]
            out[i, 0] = total
        return
    for i in range(len(starts) - 1):
        row = out[i]
        row[:] = bias
        for p in range(starts[i], starts[i + 1]):
            x, w = data[p], weights[columns[p]]
            for k in range(n_classes):
                row[k] += x * w[k]


@njit(cache=True)
def class_sums(rows: Rows, codes: NDArray[np.int64], out: Floats) -> None:
    """Add each row of class codes[i] to out[codes[i]]; out is (K, n_features)."""
    data, columns, starts = rows
    for i in range(len(starts) - 1):
        row = out[codes[i]]
        for p in range(starts[i], starts[i + 1]):
            row[columns[p]] += data[p]
