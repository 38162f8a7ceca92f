"""Matrix times vector, the weights kept in 4 or 8 bits: where a language model on a processor spends its time.

To write one token every weight is read once, so speed is bytes per second. Two things make plain loops reach it. The
vector is rounded to 8-bit integers too, 32 at a time with one scale (as llama.cpp does), so that the products are of small
integers: 64 of them fit where 8 floats would. And the rows of the matrix are interleaved: ROWS of them stand side by side, in a
panel, so that the inner loop runs *across* rows and every weight met is multiplied by the same number; a compiler turns that
into vector instructions by itself, whichever the machine has. Sums of a few products fit 16 bits, wider ones 32.

The shapes: 4-bit `packed` (n_panels, n_groups, 16, ROWS) `uint8`, byte j with weight j of the group in its low half and weight
j + 16 in its high half; 8-bit `packed` (n_panels, n_groups, 32, ROWS) `int8`; scales and minima (n_panels, n_small, ROWS)
`float32`, or the bits of half-precision numbers in `uint16`. A weight is scale·integer + minimum; where there are no minima
(n_small is 0), 4-bit integers stand for themselves less 8, 8-bit ones are signed. Weights that are not quantized are
(n_panels, width, ROWS), `float32` or halves again. The last panel may have rows too many, which are not written.

Every function works on the panels first … last − 1, one thread's share.

In plain Python: `plain_quantize_vector` and `plain_matvec` (`llm.engine.plain`).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpjourney.llm.engine.compiled import in_order
from nlpjourney.llm.engine.dot import adders, vector_bytes
from nlpjourney.llm.engine.half import to_float

ROWS = 64
GROUP = 32
Floats = NDArray[np.float32]
Scales = NDArray[Any]  # of float32, or of uint16: the bits of half-precision numbers


@in_order
def quantize_vector(x: Floats, q: NDArray[np.int16], scales: Floats, sums: Floats) -> None:
    """Round `x` to integers of −127 to 127: q (n_groups, GROUP), with a scale and the scaled sum for each group.

    The scale is rounded to half precision, as in ggml's Q8_0: the same prompt then gives the same text.
    """
    n = q.shape[1]  # GROUP, but loops of a number that the compiler knows are unrolled before they can become vectors
    for g in range(len(scales)):
        group = x[g * n : (g + 1) * n]
        bits = group.view(np.int32)  # but for the sign, floats are in the order of their bits, which compare faster
        most = np.int32(0)
        for j in range(n):
            most = max(most, bits[j] & np.int32(0x7FFFFFFF))
        peak = np.int32(most).view(np.float32)
        scales[g] = _to_half(peak / np.float32(127))
        # Where the scale is 0, so are the integers: the inverse of the smallest numbers would be infinite.
        inverse = np.float32(127) / peak if scales[g] > 0 else np.float32(0)
        total = 0
        for j in range(n):
            q[g, j] = np.int16(np.rint(group[j] * inverse))
            total += q[g, j]
        sums[g] = scales[g] * np.float32(total)


@in_order
def _to_half(x: np.float32) -> np.float32:
    """A number ≥ 0 rounded to the 11 significant bits of half precision (which it cannot leave: scales are not that large)."""
    if x < np.float32(6.1e-5):  # below, half precision has a fixed step of 2^-24
        return np.float32(np.rint(x * np.float32(16777216.0)) / np.float32(16777216.0))
    _, exponent = math.frexp(x)
    step = np.float32(2.0 ** (exponent - 11))
    return np.float32(np.rint(x / step) * step)


@in_order
def _add_nibbles(
    packed: NDArray[np.uint8], panel: int, g: int, q: NDArray[np.int16],
    low: NDArray[np.int16], high: NDArray[np.int16], products: NDArray[np.int32],
) -> None:  # fmt: skip
    """Add to products (ROWS,) those of 32 columns of 4-bit weights, the nibbles of 16 columns of bytes."""
    for r in range(ROWS):
        low[r] = 0  # 16 products of at most 15 · 127 fit 16 bits
        high[r] = 0
    four = np.uint8(4)
    mask = np.uint8(15)
    for j in range(0, 16, 4):
        x0, x1, x2, x3 = q[g, j], q[g, j + 1], q[g, j + 2], q[g, j + 3]
        y0, y1, y2, y3 = q[g, j + 16], q[g, j + 17], q[g, j + 18], q[g, j + 19]
        for r in range(ROWS):
            b0, b1 = packed[panel, g, j, r], packed[panel, g, j + 1, r]
            b2, b3 = packed[panel, g, j + 2, r], packed[panel, g, j + 3, r]
            low[r] = np.int16(
                low[r] + np.int16(b0 & mask) * x0 + np.int16(b1 & mask) * x1
                + np.int16(b2 & mask) * x2 + np.int16(b3 & mask) * x3
            )  # fmt: skip
            high[r] = np.int16(
                high[r] + np.int16(b0 >> four) * y0 + np.int16(b1 >> four) * y1
                + np.int16(b2 >> four) * y2 + np.int16(b3 >> four) * y3
            )  # fmt: skip
    for r in range(ROWS):
        products[r] += np.int32(low[r]) + np.int32(high[r])


@in_order
def _add_bytes(
    packed: NDArray[np.int8], panel: int, g: int, start: int, q: NDArray[np.int16], products: NDArray[np.int32]
) -> None:
    """Add to products (ROWS,) those of 16 columns of 8-bit weights: a fixed number is twice as fast as a variable one."""
    for j in range(start, start + 16, 4):
        x0, x1, x2, x3 = q[g, j], q[g, j + 1], q[g, j + 2], q[g, j + 3]
        for r in range(ROWS):  # two products of at most 128 · 127 fit 16 bits
            a = np.int16(np.int16(packed[panel, g, j, r]) * x0 + np.int16(packed[panel, g, j + 1, r]) * x1)
            b = np.int16(np.int16(packed[panel, g, j + 2, r]) * x2 + np.int16(packed[panel, g, j + 3, r]) * x3)
            products[r] += np.int32(a) + np.int32(b)


VECTOR_BYTES = max(vector_bytes(), default=0)
add_nibbles, add_bytes = adders(VECTOR_BYTES, ROWS) if VECTOR_BYTES else (_add_nibbles, _add_bytes)


@in_order
def matvec4(
    packed: NDArray[np.uint8], scales: Scales, minima: Scales, q: NDArray[np.int16], x_scales: Floats, x_sums: Floats,
    out: Floats, first: int, last: int,
) -> None:  # fmt: skip
    """out[i] = Σ_j weight[i, j] · x[j], for 4-bit weights."""
    total = np.empty(ROWS, np.float32)
    products = np.empty(ROWS, np.int32)
    low, high = np.empty(ROWS, np.int16), np.empty(ROWS, np.int16)
    for panel in range(first, last):
        for r in range(ROWS):
            total[r] = 0
        for g in range(packed.shape[1]):
            for r in range(ROWS):
                products[r] = 0
            add_nibbles(packed, panel, g, q, low, high, products)
            scale, x_sum = x_scales[g], x_sums[g]
            if minima.size:
                for r in range(ROWS):
                    product = scale * np.float32(products[r])
                    total[r] += to_float(scales[panel, g, r]) * product + to_float(minima[panel, g, r]) * x_sum
            else:
                for r in range(ROWS):
                    product = scale * np.float32(products[r])
                    total[r] += to_float(scales[panel, g, r]) * (product - np.float32(8) * x_sum)
        for r in range(min(ROWS, len(out) - panel * ROWS)):
            out[panel * ROWS + r] = total[r]


@in_order
def matvec8(
    packed: NDArray[np.int8], scales: Scales, minima: Scales, q: NDArray[np.int16], x_scales: Floats, x_sums: Floats,
    out: Floats, first: int, last: int,
) -> None:  # fmt: skip
    """out[i] = Σ_j weight[i, j] · x[j], for 8-bit weights; `minima` may be empty, small blocks may be 16 wide."""
    small = scales.shape[1] // packed.shape[1]  # small blocks of a group: 1 or 2
    total = np.empty(ROWS, np.float32)
    products = np.empty(ROWS, np.int32)
    for panel in range(first, last):
        for r in range(ROWS):
            total[r] = 0
        for g in range(packed.shape[1]):
            scale = x_scales[g]
            for r in range(ROWS):
                products[r] = 0
            add_bytes(packed, panel, g, 0, q, products)
            if small == 2:
                for r in range(ROWS):
                    total[r] += to_float(scales[panel, 2 * g, r]) * (scale * np.float32(products[r]))
                    products[r] = 0
            add_bytes(packed, panel, g, 16, q, products)
            last_scale = small * (g + 1) - 1
            for r in range(ROWS):
                total[r] += to_float(scales[panel, last_scale, r]) * (scale * np.float32(products[r]))
            if minima.size:  # only types of 32 to a small block have them
                for r in range(ROWS):
                    total[r] += to_float(minima[panel, g, r]) * x_sums[g]
        for r in range(min(ROWS, len(out) - panel * ROWS)):
            out[panel * ROWS + r] = total[r]


@in_order
def unpack4(packed: NDArray[np.uint8], scales: Scales, minima: Scales, out: Floats, first: int, last: int) -> None:
    """The weights as numbers, transposed: out (width, (last − first) · ROWS)."""
    for panel in range(first, last):
        at = (panel - first) * ROWS
        for g in range(packed.shape[1]):
            for j in range(16):
                for r in range(ROWS):
                    byte = packed[panel, g, j, r]
                    scale = to_float(scales[panel, g, r])
                    minimum = to_float(minima[panel, g, r]) if minima.size else np.float32(-8) * scale
                    out[g * GROUP + j, at + r] = scale * np.float32(byte & np.uint8(15)) + minimum
                    out[g * GROUP + j + 16, at + r] = scale * np.float32(byte >> np.uint8(4)) + minimum


@in_order
def unpack8(packed: NDArray[np.int8], scales: Scales, minima: Scales, out: Floats, first: int, last: int) -> None:
    """The weights as numbers, transposed: out (width, (last − first) · ROWS)."""
    width = packed.shape[1] * GROUP // scales.shape[1]
    for panel in range(first, last):
        at = (panel - first) * ROWS
        for g in range(packed.shape[1]):
            for j in range(GROUP):
                small = (g * GROUP + j) // width
                for r in range(ROWS):
                    scale = to_float(scales[panel, small, r])
                    out[g * GROUP + j, at + r] = scale * np.float32(packed[panel, g, j, r])
                if minima.size:
                    for r in range(ROWS):
                        out[g * GROUP + j, at + r] += to_float(minima[panel, g, r])


@in_order
def matvec_plain(weights: Scales, x: Floats, out: Floats, first: int, last: int) -> None:
    """out[i] = Σ_j weight[i, j] · x[j], for weights (n_panels, width, ROWS) that are not quantized."""
    total = np.empty(ROWS, np.float32)
    for panel in range(first, last):
        for r in range(ROWS):
            total[r] = 0
        for j in range(weights.shape[1]):
            for r in range(ROWS):
                total[r] += to_float(weights[panel, j, r]) * x[j]
        for r in range(min(ROWS, len(out) - panel * ROWS)):
            out[panel * ROWS + r] = total[r]


@in_order
def unpack_plain(weights: Scales, out: Floats, first: int, last: int) -> None:
    """The weights as `float32`, transposed: out (width, (last − first) · ROWS)."""
    for panel in range(first, last):
        at = (panel - first) * ROWS
        for j in range(weights.shape[1]):
            for r in range(ROWS):
                out[j, at + r] = to_float(weights[panel, j, r])
