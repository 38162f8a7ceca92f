"""Flash attention: exact attention that never writes the whole matrix of scores.

A text of T tokens has T² scores for each head; for 8,000 tokens that is a quarter of a gigabyte, written and read again only to
be summed up. Dao et al. (2022) go through the keys in tiles that fit the cache nearest to the processor, and keep for
each query only three things: the largest score so far, the sum of exponentials, and the mix of values so far. When a
tile brings a larger score, what was summed before is scaled down to it (Milakov and Gimelshein, 2018): the online softmax.
Memory is then linear in T, and the result is the same but for rounding.

Notable choices: both products of a tile go through one small multiplication that uses each number four times; tiles that the
causal mask or the window hides altogether are skipped; the exponential is a polynomial (nobody would wait for a call). For
each query the logarithm of its sum comes back too: with it two attentions over different keys can be joined into one
(`merge`), which is how a cache in pieces is read.

In plain Python: `plain_attention` (`llm.blocks.attention`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Floats = NDArray[np.float32]
QUERIES, KEYS = 64, 64  # a tile's sides
LOWEST = np.float32(-1e30)  # below every score, and still a number: −∞ less −∞ would be none


def flash_attention(
    q: Floats,
    k: Floats,
    v: Floats,
    *,
    causal: bool = True,
    window: int = 0,
    scale: float | None = None,
    threads: int = 1,
) -> tuple[Floats, Floats]:
    """Attention of q (H, T, d) to k and v (H_kv, S, d): the mixes (H, T, d), and the logarithms of the sums (H, T).

    H is a multiple of H_kv; the last query stands at the last key. With a `window` a query sees that many keys, its own
    included. A query that sees no key gets zeros, and −1e30. Raises ValueError for shapes that do not fit.
    """
    q, k, v = (np.ascontiguousarray(x, dtype=np.float32) for x in (q, k, v))
    if q.ndim != 3 or k.shape != v.shape or q.shape[2:] != k.shape[2:] or not len(k) or len(q) % len(k):
        raise ValueError(f"q {q.shape}, k {k.shape} and v {v.shape} must be (H, T, d) and twice (H_kv, S, d)")
    if window < 0:
        raise ValueError(f"a window has at least 1 key (0: no window), not {window}")
    out, sums = np.empty_like(q), np.empty(q.shape[:2], np.float32)
    factor = np.float32(q.shape[2] ** -0.5 if scale is None else scale)
    TILES[threads > 1](q, k, v, causal, window, factor, out, sums)
    return out, sums


def merge(out: Floats, sums: Floats, other: Floats, other_sums: Floats) -> tuple[Floats, Floats]:
    """One attention over two sets of keys, from the results over each: mixes (H, T, d) and logarithms of sums (H, T)."""
    both: Floats = np.logaddexp(sums, other_sums)
    mixed: Floats = np.exp(sums - both)[..., None] * out + np.exp(other_sums - both)[..., None] * other
    return mixed, both


@njit(cache=True, inline="always")
def exp(x: np.float32) -> np.float32:
    """e^x for x ≤ 0, to 7 digits (5 where it is tiny), without a call: so that a loop over it becomes vector instructions.

    e^x is 2^n · 2^f with a whole n and f from −½ to ½; 2^f is a polynomial, and 2^n the exponent's bits of a float.
    """
    y = max(x, np.float32(-87)) * np.float32(1.4426950408889634)
    n = np.floor(y + np.float32(0.5))
    f = y - n
    p = np.float32(1.5403530e-4)
    p = p * f + np.float32(1.3333558e-3)
    p = p * f + np.float32(9.6181291e-3)
    p = p * f + np.float32(5.5504109e-2)
    p = p * f + np.float32(2.4022651e-1)
    p = p * f + np.float32(6.9314718e-1)
    p = p * f + np.float32(1)
    power: np.float32 = np.int32((np.int32(n) + np.int32(127)) << np.int32(23)).view(np.float32)
    result: np.float32 = p * power
    return result


@njit(cache=True, fastmath=True, inline="always")
def add_product(a: Floats, b: Floats, out: Floats) -> None:
    """out += a @ b, for a (4·n, 4·m): sixteen products for each four numbers that are read."""
    for i in range(0, a.shape[0], 4):
        for k in range(0, a.shape[1], 4):
            a00, a01, a02, a03 = a[i, k], a[i, k + 1], a[i, k + 2], a[i, k + 3]
            a10, a11, a12, a13 = a[i + 1, k], a[i + 1, k + 1], a[i + 1, k + 2], a[i + 1, k + 3]
            a20, a21, a22, a23 = a[i + 2, k], a[i + 2, k + 1], a[i + 2, k + 2], a[i + 2, k + 3]
            a30, a31, a32, a33 = a[i + 3, k], a[i + 3, k + 1], a[i + 3, k + 2], a[i + 3, k + 3]
            for j in range(b.shape[1]):
                b0, b1, b2, b3 = b[k, j], b[k + 1, j], b[k + 2, j], b[k + 3, j]
                out[i, j] += a00 * b0 + a01 * b1 + a02 * b2 + a03 * b3
                out[i + 1, j] += a10 * b0 + a11 * b1 + a12 * b2 + a13 * b3
                out[i + 2, j] += a20 * b0 + a21 * b1 + a22 * b2 + a23 * b3
                out[i + 3, j] += a30 * b0 + a31 * b1 + a32 * b2 + a33 * b3


def _tiles(
    q: Floats, k: Floats, v: Floats, causal: bool, window: int, scale: np.float32, out: Floats, sums: Floats
) -> None:
    n_heads, n_queries, d = q.shape
    n_keys = k.shape[1]
    shared = n_heads // len(k)
    ahead = n_keys - n_queries  # query t stands at key t + ahead
    looks_back = causal or window > 0
    n_tiles = (n_queries + QUERIES - 1) // QUERIES
    width = (d + 3) // 4 * 4
    for task in prange(n_heads * n_tiles):
        head, tile = task // n_tiles, task % n_tiles
        kv = head // shared
        first, last = tile * QUERIES, min((tile + 1) * QUERIES, n_queries)
        queries, mix = np.zeros((QUERIES, width), np.float32), np.zeros((QUERIES, d), np.float32)
        keys, values = np.zeros((width, KEYS), np.float32), np.zeros((KEYS, d), np.float32)
        scores = np.empty((QUERIES, KEYS), np.float32)
        largest, total = np.full(QUERIES, LOWEST, np.float32), np.zeros(QUERIES, np.float32)
        for i in range(last - first):
            for c in range(d):
                queries[i, c] = q[head, first + i, c] * scale
        begin = max(0, first + ahead - window + 1) // KEYS * KEYS if window > 0 else 0
        end = min(n_keys, last + ahead) if looks_back else n_keys
        for start in range(begin, end, KEYS):
            m = min(KEYS, end - start)
            for j in range(m):
                for c in range(d):
                    keys[c, j] = k[kv, start + j, c]  # transposed
                    values[j, c] = v[kv, start + j, c]
            scores[:] = 0
            add_product(queries, keys, scores)
            for i in range(QUERIES):
                place = first + i + ahead
                low = max(0, place - window + 1 - start) if window > 0 else 0
                high = min(m, place + 1 - start) if looks_back else m
                for j in range(min(low, KEYS)):
                    scores[i, j] = LOWEST
                for j in range(max(high, 0), KEYS):
                    scores[i, j] = LOWEST
                peak = largest[i]
                for j in range(KEYS):
                    peak = max(peak, scores[i, j])
                shrink = exp(largest[i] - peak)
                largest[i] = peak
                seen = np.float32(0)
                for j in range(KEYS):
                    weight = exp(scores[i, j] - peak) if scores[i, j] > LOWEST else np.float32(0)
                    scores[i, j] = weight
                    seen += weight
                total[i] = total[i] * shrink + seen
                for c in range(d):
                    mix[i, c] *= shrink
            add_product(scores, values, mix)
        for i in range(last - first):
            inverse = np.float32(1) / total[i] if total[i] > 0 else np.float32(0)
            for c in range(d):
                out[head, first + i, c] = mix[i, c] * inverse
            sums[head, first + i] = largest[i] + np.log(total[i]) if total[i] > 0 else LOWEST


def _both(function: Any) -> tuple[Any, Any]:
    return njit(cache=True, fastmath=True)(function), njit(cache=True, fastmath=True, parallel=True)(function)


TILES = _both(_tiles)
