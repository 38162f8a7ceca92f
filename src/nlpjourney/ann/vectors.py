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

In plain Python: `plain_search` (`ann.plain`).
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal, NamedTuple

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic
from numpy.typing import ArrayLike, NDArray

from nlpjourney.ml.checks import Floats, check_vectors
from nlpjourney.ml.estimator import Saved

Metric = Literal["l2", "ip", "cosine"]
Ints = NDArray[np.int32] | NDArray[np.int64]

LINE = 64  # bytes of a cache line
LANES = 16  # floats of a cache line, and of a 512-bit register
BLOCK = 256  # rows compared with every query before the next rows are read: they stay in the processor's cache


class Neighbours(NamedTuple):
    """What a search returns: row i belongs to query i, nearest first; unfilled places hold id -1."""

    scores: Floats  # (queries, k)
    ids: NDArray[np.int64]  # (queries, k)


def check_metric(metric: str) -> None:
    if metric not in ("l2", "ip", "cosine"):
        raise ValueError(f"metric must be 'l2', 'ip' or 'cosine', not {metric!r}")


def check_k(k: int) -> None:
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k}")


def check_threads(n_threads: int) -> None:
    if n_threads < 1:
        raise ValueError(f"n_threads must be at least 1, not {n_threads}")


def normalise(vectors: Floats) -> Floats:
    """Rows scaled to length 1, (n, dim); a row of zeros stays zero."""
    with np.errstate(over="ignore", under="ignore"):
        length: Floats = np.linalg.norm(vectors, axis=1, keepdims=True).astype(np.float32)
    scaled: Floats = np.divide(vectors, np.where(length == 0, 1, length), dtype=np.float32)
    # Squares of very long and very short rows leave the range of float32.
    extreme = np.flatnonzero(~((length > 1e-15) & (length < 1e15)))
    if extreme.size:
        rows = vectors[extreme].astype(np.float64)
        exact = np.linalg.norm(rows, axis=1, keepdims=True)
        scaled[extreme] = rows / np.where(exact == 0, 1, exact)
    return scaled


def aligned(rows: int, columns: int, dtype: type[Any]) -> NDArray[Any]:
    """A zeroed matrix (rows, columns) that starts at the beginning of a cache line."""
    size = rows * columns * np.dtype(dtype).itemsize
    raw = np.zeros(size + LINE, np.uint8)
    start = -raw.ctypes.data % LINE
    matrix: NDArray[Any] = raw[start : start + size].view(dtype).reshape(rows, columns)
    return matrix


def padded(vectors: Floats) -> Floats:
    """A copy of `vectors` (n, dim) as the kernels want it: aligned, each row filled up with zeros to whole cache lines."""
    n, dim = vectors.shape
    out = aligned(n, -(-dim // LANES) * LANES, np.float32)
    out[:, :dim] = vectors
    return out


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def distances(query: Floats, vectors: Floats, rows: Ints, count: int, l2: bool, out: Floats) -> None:
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


def _prefetch(typing_context: Any, array: Any, row: Any, column: Any) -> tuple[Any, Any]:
    """Ask the processor to fetch the cache line of array[row, column] (2-D, C-contiguous) while we do something else."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array_type = signature.args[0]
        view = context.make_array(array_type)(context, builder, arguments[0])
        byte_pointer, word = ir.IntType(8).as_pointer(), ir.IntType(32)
        function_type = ir.FunctionType(ir.VoidType(), [byte_pointer, word, word, word])
        function = builder.module.declare_intrinsic("llvm.prefetch", [byte_pointer], function_type)
        start = builder.bitcast(view.data, byte_pointer)
        row_bytes = builder.mul(arguments[1], builder.extract_value(view.strides, 0))
        column_bytes = builder.mul(arguments[2], builder.extract_value(view.strides, 1))
        address = builder.gep(start, [builder.add(row_bytes, column_bytes)])
        read, keep, data = word(0), word(3), word(1)
        builder.call(function, [address, read, keep, data])
        return context.get_dummy_value()

    return types.void(array, types.int64, types.int64), generate


prefetch: Any = intrinsic(_prefetch)


@njit(cache=True, nogil=True)
def insert(pool_d: Floats, pool_n: Ints, size: int, capacity: int, distance: float, node: int) -> int:
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
    # Unsigned indices cannot count from the end; knowing that, LLVM turns each loop into one block move (10 times faster).
    for i in range(min(size, capacity - 1), low, -1):
        pool_d[np.uintp(i)] = pool_d[np.uintp(i) - np.uintp(1)]
    for i in range(min(size, capacity - 1), low, -1):
        pool_n[np.uintp(i)] = pool_n[np.uintp(i) - np.uintp(1)]
    pool_d[low] = distance
    pool_n[low] = node
    return low


@njit(cache=True, nogil=True)
def search_rows(
    queries: Floats, first: int, last: int, vectors: Floats, l2: bool, pool_d: Floats, pool_n: Ints
) -> None:
    """The nearest rows of `vectors` for queries[first:last], into their rows of pool_d and pool_n (queries, k)."""
    k = pool_d.shape[1]
    sizes = np.zeros(last - first, np.int64)
    rows = np.empty(BLOCK, np.int64)
    out = np.empty(BLOCK, np.float32)
    for start in range(0, len(vectors), BLOCK):
        count = min(BLOCK, len(vectors) - start)
        for i in range(count):
            rows[i] = start + i
        for q in range(first, last):
            distances(queries[q], vectors, rows, count, l2, out)
            size = sizes[q - first]
            for i in range(count):
                if size < k or out[i] < pool_d[q, k - 1]:
                    insert(pool_d[q], pool_n[q], size, k, out[i], rows[i])
                    size = min(size + 1, k)
            sizes[q - first] = size


class ExactIndex(Saved):
    """All vectors in one matrix, every one compared with every query.

    `metric`: "l2" (squared Euclidean distance), "ip" (inner product) or "cosine" (inner product of the vectors scaled to
    length 1). Ids are 0, 1, 2, … in the order of adding.
    """

    def __init__(self, dim: int, metric: Metric = "l2") -> None:
        check_metric(metric)
        if dim < 1:
            raise ValueError(f"dim must be at least 1, not {dim}")
        self.dim, self.metric = dim, metric
        self._vectors = padded(np.empty((0, dim), np.float32))

    def __len__(self) -> int:
        return len(self._vectors)

    def add(self, vectors: ArrayLike) -> None:
        """Append `vectors` (n, dim)."""
        new = check_vectors(vectors, self.dim)
        if self.metric == "cosine":
            new = normalise(new)
        grown = aligned(len(self) + len(new), self._vectors.shape[1], np.float32)
        grown[: len(self)] = self._vectors
        grown[len(self) :, : self.dim] = new
        self._vectors = grown

    def search(self, queries: ArrayLike, k: int = 10, n_threads: int = 1) -> Neighbours:
        """The k nearest vectors of each query (queries, dim), nearest first; equal scores by lower id."""
        check_k(k)
        matrix = check_vectors(queries, self.dim)
        if self.metric == "cosine":
            matrix = normalise(matrix)
        found = no_neighbours(len(matrix), k)
        asked = padded(matrix)

        def part(first: int, last: int) -> None:
            search_rows(asked, first, last, self._vectors, self.metric == "l2", *found)

        in_threads(part, len(asked), n_threads)
        return outside(found, self.metric)

    def _state(self) -> dict[str, Any]:
        return {"vectors": self._vectors[:, : self.dim]}

    def _restore(self, state: dict[str, Any]) -> None:
        self._vectors = padded(state["vectors"])


def no_neighbours(queries: int, k: int) -> Neighbours:
    """Room for the result, filled with "nothing found"."""
    return Neighbours(np.full((queries, k), np.inf, np.float32), np.full((queries, k), -1, np.int64))


def outside(found: Neighbours, metric: str) -> Neighbours:
    """Scores as the caller expects them: an inner product was negated inside, so that smaller is nearer."""
    return found if metric == "l2" else Neighbours(-found.scores, found.ids)


def in_threads(part: Callable[[int, int], None], n: int, n_threads: int) -> None:
    """Call part(first, last) for ranges that cover 0 … n - 1, up to `n_threads` side by side (the kernels release the GIL).

    There are 8 ranges a thread: a thread that is held up leaves the rest to the others.
    """
    check_threads(n_threads)
    if n_threads == 1:
        part(0, n)
        return
    bounds = np.linspace(0, n, min(n, 8 * n_threads) + 1).astype(np.int64)
    with ThreadPoolExecutor(n_threads) as pool:
        list(pool.map(part, bounds[:-1], bounds[1:]))


def warmup() -> None:
    """Compile the kernels (cached on disk afterwards)."""
    index = ExactIndex(2)
    index.add([[0, 1], [1, 0]])
    index.search([[0, 1]], 1)
