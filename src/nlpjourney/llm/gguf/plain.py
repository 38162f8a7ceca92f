"""Quantization in plain Python: how a group of weights is written in a few integers.

Read this first. `plain_round` is the idea of every type with one scale (`quantize`); `plain_ranged_scale` is what `quantize_k`
searches for each group of Q4_K and Q5_K: the scale and the minimum with the least error.
"""

from __future__ import annotations

import math
from collections.abc import Sequence


def plain_round(weights: Sequence[float], n_bits: int) -> tuple[float, list[int]]:
    """A scale and integers of `n_bits` with sign, weight ≈ scale · integer; the largest weight decides."""
    top = 2 ** (n_bits - 1) - 1
    scale = max((abs(w) for w in weights), default=0.0) / top
    return scale, [round(w / scale) if scale else 0 for w in weights]


def plain_ranged_scale(weights: Sequence[float], top: int, tries: int) -> tuple[float, float]:
    """The scale s and the minimum m with which s·q - m, q in 0 … top, comes closest to the weights (large ones count more).

    The integers depend on the scale and the best scale on the integers. So some scales are tried: each gives integers, for which
    the best s and m are those of a weighted straight line, by least squares.
    """
    low, high = min([*weights, 0.0]), max(weights)
    rms = math.sqrt(sum(w * w for w in weights) / len(weights))
    counts = [rms + abs(w) for w in weights]
    best, least = (0.0, -low), math.inf
    for step in range(tries + 1) if high > low else ():
        inverse = (top - 1 + 0.1 * step) / (high - low)
        q = [min(max(round(inverse * (w - low)), 0), top) for w in weights]
        n, sq, sqq = (sum(c * x**p for c, x in zip(counts, q)) for p in (0, 1, 2))
        sw, swq = (sum(c * w * x**p for c, w, x in zip(counts, weights, q)) for p in (0, 1))
        scale, offset = swq / sqq, 0.0
        if min(q) < max(q) and (sqq * sw - sq * swq) <= 0:  # the file can only subtract a minimum
            scale, offset = ((n * swq - sw * sq) / (n * sqq - sq * sq), (sqq * sw - sq * swq) / (n * sqq - sq * sq))
        error = sum(c * (scale * x + offset - w) ** 2 for c, w, x in zip(counts, weights, q))
        if error < least and scale > 0:
            best, least = (scale, -offset), error
    return best
