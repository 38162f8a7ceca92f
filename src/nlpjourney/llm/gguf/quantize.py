"""From numbers to the bytes of a GGUF tensor: the simple types, 32 weights a block, bit for bit as the `gguf` package.

(ggml's C code differs from that in the sign of a zero scale, and where a scale is below 1e-38: the numbers are the same.)

Two ideas make them all (Gerganov and contributors, 2023). Types that end in `_0` keep one scale d: the weight of largest
magnitude becomes the outermost integer, and the rest is rounded in steps of d. Types that end in `_1` keep a minimum as
well: the block's range is cut into equal steps. The integers of four and five bits are packed so that the first half of
a block lies in the low halves of the bytes and the second half in the high ones. The K types are in `quantize_k`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpjourney.llm.gguf.ggml_types import GGMLType
from nlpjourney.llm.gguf.quantize_k import quantize_q4_k, quantize_q5_k, quantize_q6_k

Bytes = NDArray[Any]  # of uint8
Floats = NDArray[np.float32]
TINY = np.float32(1e-38)
ABOVE_ALL = 1e9  # no quantized type reaches so far: at most 32 · 128 times the largest half-precision number
SCALES_AT = {  # in which bytes of a block its half-precision numbers begin
    GGMLType.Q4_0: (0,), GGMLType.Q4_1: (0, 2), GGMLType.Q5_0: (0,), GGMLType.Q5_1: (0, 2), GGMLType.Q8_0: (0,),
    GGMLType.Q4_K: (0, 2), GGMLType.Q5_K: (0, 2), GGMLType.Q6_K: (208,),
}  # fmt: skip


def quantize(numbers: NDArray[np.float32], type_: GGMLType) -> Bytes:
    """The bytes of `numbers` as a tensor of that type, (n_bytes,).

    Raises ValueError when a row is no whole number of blocks, or a number is not finite or so large that the type's scales, which
    are half-precision numbers, cannot hold it: a block would be lost by it.
    """
    numbers = np.ascontiguousarray(numbers, dtype=np.float32)
    if numbers.size and numbers.shape[-1] % type_.block:
        raise ValueError(
            f"rows of {numbers.shape[-1]} weights are no whole blocks of {type_.name}, which have {type_.block}"
        )
    if type_.is_quantized and not np.isfinite(numbers).all():
        raise ValueError(f"{type_.name} cannot hold numbers that are infinite or not a number")
    blocks = numbers.reshape(-1, type_.block)
    peak = float(np.abs(blocks).max(initial=0.0)) if type_.is_quantized else 0.0
    with np.errstate(over="ignore", invalid="ignore"):  # what comes of it is looked for
        data = RULES[type_](blocks) if peak < ABOVE_ALL else None
    if data is None or not _all_finite(data, blocks, type_):
        largest = float(np.abs(blocks[np.isfinite(blocks)]).max())
        raise ValueError(
            f"{type_.name} cannot hold weights as large as {largest:.3g}: its range is that of half precision"
        )
    return data.reshape(-1)


def _all_finite(data: Bytes, blocks: Floats, type_: GGMLType) -> bool:
    """Whether what is stored is finite: the scales of blocks, or the numbers themselves where they were."""
    if type_ in SCALES_AT:
        at = [data[:, i : i + 2].copy().view("<f2") for i in SCALES_AT[type_]]
        return all(bool(np.isfinite(scales).all()) for scales in at)
    if type_ is GGMLType.F32:
        return True
    exponent = 0x7C00 if type_ is GGMLType.F16 else 0x7F80  # all of its bits set: infinite, or not a number
    stored = data.reshape(-1).view("<u2") & exponent
    return bool(((stored != exponent) | ~np.isfinite(blocks.reshape(-1))).all())


def _inverse(d: Floats) -> Floats:
    """1/d, and 0 where that would overflow: half precision has no such scale, so the block is all zero anyway."""
    with np.errstate(divide="ignore", over="ignore"):
        return np.where(np.abs(d) < TINY, np.float32(0), np.float32(1) / d)


def _half(numbers: Floats) -> Bytes:
    with np.errstate(over="ignore"):
        return numbers.astype("<f2").view(np.uint8)


def _pack_nibbles(q: Bytes) -> Bytes:
    first, second = q[:, :16] & 0x0F, q[:, 16:] & 0x0F
    return first | second << 4


def _f32(blocks: Floats) -> Bytes:
    return blocks.astype("<f4").view(np.uint8)


def _bf16(blocks: Floats) -> Bytes:
    """The upper half of the float32, rounded to nearest even; what is not a number stays so."""
    bits = blocks.view(np.uint32)
    rounded = (bits + (np.uint64(0x7FFF) + (bits >> 16 & 1))) >> np.uint64(16)
    nan = bits >> 16 | 64
    return np.where(np.isnan(blocks), nan, rounded).astype("<u2").view(np.uint8)


def _q8_0(blocks: Floats) -> Bytes:
    d = np.abs(blocks).max(axis=1, keepdims=True) / np.float32(127)
    scaled = blocks * _inverse(d)
    away_from_zero = np.trunc(scaled) + np.trunc(2 * (scaled - np.trunc(scaled)))
    return np.concatenate([_half(d), away_from_zero.astype(np.int8).view(np.uint8)], axis=1)


def _by_peak(blocks: Floats, steps: int) -> tuple[Floats, Bytes]:
    """The scale that takes the weight of largest magnitude to −steps, and the integers, shifted by `steps`."""
    peak = np.take_along_axis(blocks, np.abs(blocks).argmax(axis=1, keepdims=True), axis=1)
    d = peak / np.float32(-steps)
    q = np.trunc(blocks * _inverse(d) + np.float32(steps + 0.5))
    return d, q.clip(0, 2 * steps - 1).astype(np.uint8)


def _by_range(blocks: Floats, top: int) -> tuple[Floats, Floats, Bytes]:
    """The scale and minimum that take a block's range to 0 … top, and the integers."""
    low = blocks.min(axis=1, keepdims=True)
    d = (blocks.max(axis=1, keepdims=True) - low) / np.float32(top)
    q = np.trunc((blocks - low) * _inverse(d) + np.float32(0.5))
    return d, low, q.clip(0, top).astype(np.uint8)


def _fifth_bits(q: Bytes) -> Bytes:
    return np.packbits(q >> 4, axis=1, bitorder="little")


def _q4_0(blocks: Floats) -> Bytes:
    d, q = _by_peak(blocks, 8)
    return np.concatenate([_half(d), _pack_nibbles(q)], axis=1)


def _q4_1(blocks: Floats) -> Bytes:
    d, low, q = _by_range(blocks, 15)
    return np.concatenate([_half(d), _half(low), _pack_nibbles(q)], axis=1)


def _q5_0(blocks: Floats) -> Bytes:
    d, q = _by_peak(blocks, 16)
    return np.concatenate([_half(d), _fifth_bits(q), _pack_nibbles(q)], axis=1)


def _q5_1(blocks: Floats) -> Bytes:
    d, low, q = _by_range(blocks, 31)
    return np.concatenate([_half(d), _half(low), _fifth_bits(q), _pack_nibbles(q)], axis=1)


RULES: dict[GGMLType, Callable[[Floats], Bytes]] = {
    GGMLType.F32: _f32, GGMLType.F16: _half, GGMLType.BF16: _bf16, GGMLType.Q8_0: _q8_0,
    GGMLType.Q4_0: _q4_0, GGMLType.Q4_1: _q4_1, GGMLType.Q5_0: _q5_0, GGMLType.Q5_1: _q5_1,
    GGMLType.Q4_K: quantize_q4_k, GGMLType.Q5_K: quantize_q5_k, GGMLType.Q6_K: quantize_q6_k,
}  # fmt: skip
