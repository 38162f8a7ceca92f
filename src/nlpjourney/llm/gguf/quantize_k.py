"""The K types: 256 weights a block, made of small blocks whose own scales are quantized too (Kawrakow, llama.cpp, 2023).

Rounding to the range of a block is not the best that its integers can do: a slightly smaller step clips the outermost
weight and serves all others better. So for each small block a score of steps is tried; for each the weights are rounded, the
scale (and minimum) that fit these integers best follow by least squares, and the try of least weighted error is kept.
Large weights count more, as they do to the model. Then the small blocks' scales are rounded to 6 bits (8 in Q6_K)
against the block's one half-precision scale, and last the weights against these scales.

In plain Python: `plain_ranged_scale` (`llm.gguf.plain`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Bytes = NDArray[Any]  # of uint8
Floats = NDArray[np.float32]
TRIES = 20


def quantize_q4_k(blocks: Floats) -> Bytes:
    """(n, 256) to (n, 144): d, dmin, twelve bytes of scales and minima, 128 of nibbles."""
    head, q = _with_minimum(blocks, 15)
    return np.concatenate([head, _pack_groups(q)], axis=1)


def quantize_q5_k(blocks: Floats) -> Bytes:
    """(n, 256) to (n, 176): as Q4_K, with 32 bytes before the nibbles that hold every weight's fifth bit."""
    head, q = _with_minimum(blocks, 31)
    fifth = np.packbits((q >> 4).transpose(0, 2, 1), axis=2, bitorder="little")[:, :, 0]  # bit b: small block b
    return np.concatenate([head, fifth, _pack_groups(q & 15)], axis=1)


def quantize_q6_k(blocks: Floats) -> Bytes:
    """(n, 256) to (n, 210): 128 bytes of low nibbles, 64 of high pairs of bits, 16 signed scales, d."""
    small = np.ascontiguousarray(blocks.reshape(-1, 16))
    scales = _symmetric_scales(small, 32).reshape(-1, 16)
    peak = np.take_along_axis(scales, np.abs(scales).argmax(axis=1, keepdims=True), axis=1)
    d = (peak / np.float32(-128)).astype("<f2")
    step = d.astype(np.float32)
    coarse = np.clip(np.rint(scales * _inverse(step)), -128, 127).astype(np.int8)
    fine = (step * coarse.astype(np.float32)).reshape(-1, 1)
    q = (np.clip(np.rint(small * _inverse(fine)), -32, 31) + 32).astype(np.uint8).reshape(-1, 2, 4, 32)
    low = q[:, :, :2] & 15 | (q[:, :, 2:] & 15) << 4
    high = q >> 4
    pairs = high[:, :, 0] | high[:, :, 1] << 2 | high[:, :, 2] << 4 | high[:, :, 3] << 6
    n = len(blocks)
    return np.concatenate(
        [low.reshape(n, 128), pairs.reshape(n, 64), coarse.view(np.uint8).reshape(n, 16), d.view(np.uint8)], axis=1
    )


def _inverse(numbers: Floats) -> Floats:
    with np.errstate(divide="ignore", over="ignore"):
        return np.where(np.abs(numbers) < 1e-38, np.float32(0), np.float32(1) / numbers)


def _with_minimum(blocks: Floats, top: int) -> tuple[Bytes, Bytes]:
    """The first 16 bytes of each block, (n, 16), and the integers, (n, 8, 32), for Q4_K and Q5_K."""
    small = np.ascontiguousarray(blocks.reshape(-1, 32))
    scales, minima = _ranged_scales(small, top)
    halves, rounded = [], []
    for values in (scales.reshape(-1, 8), minima.reshape(-1, 8)):
        d = (values.max(axis=1, keepdims=True) / np.float32(63)).astype("<f2")
        halves.append(d)
        rounded.append(np.clip(np.rint(values * _inverse(d.astype(np.float32))), 0, 63).astype(np.uint8))
    scale, minimum = ((d.astype(np.float32) * r).reshape(-1, 1) for d, r in zip(halves, rounded))
    q = np.clip(np.rint((small + minimum) * _inverse(scale)), 0, top).astype(np.uint8).reshape(-1, 8, 32)
    head = np.concatenate([d.view(np.uint8) for d in halves] + [_pack_scales(*rounded)], axis=1)
    return head, q


def _pack_scales(scales: Bytes, minima: Bytes) -> Bytes:
    """Eight scales and eight minima of 6 bits in 12 bytes: the inverse of `dequantize.k_scales`."""
    first = scales[:, :4] | scales[:, 4:] >> 4 << 6
    second = minima[:, :4] | minima[:, 4:] >> 4 << 6
    last = scales[:, 4:] & 15 | (minima[:, 4:] & 15) << 4
    return np.concatenate([first, second, last], axis=1)


def _pack_groups(q: Bytes) -> Bytes:
    """(n, 8, 32) to (n, 128): of two small blocks side by side, one in the low halves of 32 bytes, one in the high."""
    packed: Bytes = (q[:, 0::2] | q[:, 1::2] << 4).reshape(len(q), 128)
    return packed


@njit(cache=True)
def _ranged_scales(small: Floats, top: int) -> tuple[Floats, Floats]:
    """For each row the (scale, minimum) with which scale·q − minimum, q in 0 … top, comes closest: two of (n,)."""
    n, width = small.shape
    scales, minima = np.zeros(n, np.float32), np.zeros(n, np.float32)
    weight, q = np.empty(width, np.float32), np.empty(width, np.float32)
    for i in range(n):
        x = small[i]
        low, high = min(x.min(), np.float32(0)), x.max()
        if high <= low:  # all the same, and not above zero: the minimum alone says it
            minima[i] = -low
            continue
        rms = np.sqrt(np.mean(x * x))
        weight[:] = rms + np.abs(x)
        least = np.inf
        for step in range(TRIES + 1):
            inverse = (top - 1 + 0.1 * step) / (high - low)
            sum_w, sum_q, sum_qq, sum_x, sum_xq = 0.0, 0.0, 0.0, 0.0, 0.0
            differ = False
            for k in range(width):
                q[k] = min(max(np.rint(inverse * (x[k] - low)), 0), top)
                differ |= q[k] != q[0]
                w = weight[k]
                sum_w += w
                sum_q += w * q[k]
                sum_qq += w * q[k] * q[k]
                sum_x += w * x[k]
                sum_xq += w * x[k] * q[k]
            if sum_qq == 0:  # the numbers are so small that their squares are zeros: zeros will do
                continue
            scale, offset = sum_xq / sum_qq, 0.0
            determinant = sum_w * sum_qq - sum_q * sum_q
            if (
                differ and determinant > 0
            ):  # if all integers are the same, the scale alone says it, and this is rounding
                slope = (sum_w * sum_xq - sum_x * sum_q) / determinant
                start = (sum_qq * sum_x - sum_q * sum_xq) / determinant
                if start <= 0:  # the file can only subtract a minimum
                    scale, offset = slope, start
            error = 0.0
            for k in range(width):
                error += weight[k] * (scale * q[k] + offset - x[k]) ** 2
            if error < least and scale > 0:
                least = error
                scales[i], minima[i] = scale, -offset
    return scales, minima


@njit(cache=True)
def _symmetric_scales(small: Floats, top: int) -> Floats:
    """For each row the scale with which scale·q, q in −top … top − 1, comes closest (it may be negative), (n,)."""
    n, width = small.shape
    scales = np.zeros(n, np.float32)
    for i in range(n):
        x = small[i]
        peak = x[np.argmax(np.abs(x))]
        if peak == 0:
            continue
        best = -1.0
        for step in range(-TRIES // 2, TRIES // 2 + 1):
            inverse = -(top + 0.1 * step) / peak
            sum_qq, sum_xq = 0.0, 0.0
            for k in range(width):
                q = min(max(np.rint(inverse * x[k]), -top), top - 1)
                w = x[k] * x[k]
                sum_qq += w * q * q
                sum_xq += w * x[k] * q
            if sum_qq > 0 and sum_xq * sum_xq > best * sum_qq:  # the error falls by sum_xq² / sum_qq
                best = sum_xq * sum_xq / sum_qq
                scales[i] = sum_xq / sum_qq
    return scales
