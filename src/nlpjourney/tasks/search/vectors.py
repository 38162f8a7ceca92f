"""Exact nearest-neighbour search: compare the query with every vector and keep the k best.

It is the definition that every approximate index is measured against, and up to some 100,000 vectors it is fast enough.
Notable choices:

- Rows are stored 64-byte aligned and padded with zeros to a multiple of 16 floats, so that one row is a whole number of
  cache lines and of SIMD registers; zeros change neither an inner product nor a squared distance.
- Four rows are compared at once: each value of the query is loaded once for the four, and four independent sums keep the
  processor's multiply-add units busy. The loop is plain; LLVM turns it into SIMD.
- Inside, smaller is always nearer (an inner product is negated). Outside, scores are what FAISS returns: squared
  distances for "l2", smallest first; inner products for "ip" and "cosine", largest first.
- Equal scores are ordered by id. Every score comes out of the same loop, so equal vectors have equal scores.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

Metric = Literal["l2", "ip", "cosine"]
Floats = NDArray[np.float32]

LINE = 64  # bytes of a cache line
LANES = 16  # floats of a cache line, and of a 512-bit register
BLOCK = 256  # rows compared with every query before the next rows are read: they stay in the processor's cache


class Neighbours(NamedTuple):
    """What a search returns: row i belongs to query i, nearest first; unfilled places hold id -1."""

    scores: Floats  # (queries, k)
    ids: NDArray[np.int64]  # (queries, k)


def check_vectors(vectors: ArrayLike, dim: int | None = None) -> Floats:
    """`vectors` as a float32 matrix (n, dim); one vector becomes one row. Raises ValueError if that is impossible."""
    matrix = np.ascontiguousarray(vectors, dtype=np.float32)
    if matrix.ndim == 1 and matrix.size:
        matrix = matrix[None]
    if matrix.size == 0 and dim is not None:
        matrix = matrix.reshape(0, dim)
    if matrix.ndim != 2:
        raise ValueError(f"expected vectors of shape (n, {dim or 'dim'}), got shape {matrix.shape}")
    if dim is not None and matrix.shape[1] != dim:
        raise ValueError(f"the index holds vectors of {dim} dimensions, these have {matrix.shape[1]}")
    if not np.isfinite(matrix).all():
        row = int(np.flatnonzero(~np.isfinite(matrix).all(axis=1))[0])
        raise ValueError(f"vector {row} holds NaN or infinity: it has no distance to anything")
    return matrix


def check_metric(metric: str) -> None:
    if metric not in ("l2", "ip", "cosine"):
        raise ValueError(f"metric must be 'l2', 'ip' or 'cosine', not {metric!r}")


def check_k(k: int) -> None:
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k}")


def normalise(vectors: Floats) -> Floats:
    """Rows scaled to length 1, (n, dim); a row of zeros stays zero."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(length > 0, length, np.float32(1))  # type: ignore[no-any-return]


def aligned(rows: int, columns: int, dtype: type[Any]) -> NDArray[Any]:
    """A zeroed matrix (rows, columns) that starts at the beginning of a cache line."""
    size = rows * columns * np.dtype(dtype).itemsize
    raw = np.zeros(size + LINE, np.uint8)
    start = -raw.ctypes.data % LINE
    return raw[start : start + size].view(dtype).reshape(rows, columns)


def padded(vectors: Floats) -> Floats:
    """A copy of `vectors` (n, dim) as the kernels want it: aligned, each row filled up with zeros to whole cache lines."""
    n, dim = vectors.shape
    out = aligned(n, -(-dim // LANES) * LANES, np.float32)
    out[:, :dim] = vectors
    return out


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")  # type: ignore[untyped-decorator]
def distances(query, vectors, rows, count, l2, out):  # type: ignore[no-untyped-def]
    """out[i] = distance of `query` (width,) to vectors[rows[i]], i < count. `rows`, `out` have room for a multiple of 4."""
    width = query.shape[0]
    for start in range(0, count, 4):
        last = count - 1  # the last group repeats its last row instead of needing code of its own
        a = rows[start]
        b = rows[min(start + 1, last)]
        c = rows[min(start + 2, last)]
        d = rows[min(start + 3, last)]
        sum_a = sum_b = sum_c = sum_d = np.float32(0)
        if l2:
            for i in range(width):
                q = query[i]
                sum_a += (q - vectors[a, i]) * (q - vectors[a, i])
                sum_b += (q - vectors[b, i]) * (q - vectors[b, i])
                sum_c += (q - vectors[c, i]) * (q - vectors[c, i])
                sum_d += (q - vectors[d, i]) * (q - vectors[d, i])
        else:
            for i in range(width):
                q = query[i]
                sum_a -= q * vectors[a, i]
                sum_b -= q * vectors[b, i]
                sum_c -= q * vectors[c, i]
                sum_d -= q * vectors[d, i]
        out[start] = sum_a
        out[start + 1] = sum_b
        out[start + 2] = sum_c
        out[start + 3] = sum_d


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def insert(pool_d, pool_n, size, capacity, distance, node):  # type: ignore[no-untyped-def]
    """Put (distance, node) into the pool, sorted by both, of `size` entries; beyond `capacity` the last one falls out.

    Returns the place. The caller has made sure that there is one: size < capacity, or nearer than the last.
    """
    low, high = 0, size
    while low < high:
        middle = (low + high) >> 1
        if pool_d[middle] < distance or (pool_d[middle] == distance and pool_n[middle] < node):
            low = middle + 1
        else:
            high = middle
    for i in range(min(size, capacity - 1), low, -1):
        pool_d[i] = pool_d[i - 1]
        pool_n[i] = pool_n[i - 1]
    pool_d[low] = distance
    pool_n[low] = node
    return low
