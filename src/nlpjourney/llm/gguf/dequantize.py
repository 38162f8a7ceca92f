"""From the bytes of a GGUF tensor back to numbers, bit for bit as llama.cpp's reference does it.

Every type is a rule of a few lines: take the blocks' fields apart, and multiply. The order of the multiplications is that
of ggml's C code (`ggml-quants.c`, ggml project), because in floating point (d·s)·q and d·(s·q) differ in the last bit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpjourney.llm.gguf.ggml_types import GGMLType

Blocks = NDArray[Any]  # of uint8, (n_blocks, bytes of a block)
Floats = NDArray[np.float32]


def dequantize(data: NDArray[np.uint8], type_: GGMLType) -> Floats:
    """The numbers in the bytes of a tensor, (n_weights,), `float32`. Raises ValueError unless these are whole blocks."""
    if len(data) % type_.nbytes:
        raise ValueError(f"{len(data)} bytes are no whole blocks of {type_.name}, which have {type_.nbytes}")
    out: Floats = RULES[type_](data.reshape(-1, type_.nbytes)).reshape(-1)
    return out


def half(blocks: Blocks, at: int) -> Floats:
    """The half-precision number at byte `at` of every block, (n_blocks, 1)."""
    numbers: Floats = blocks[:, at : at + 2].copy().view("<f2").astype(np.float32)
    return numbers


def nibbles(packed: Blocks) -> Blocks:
    """All the low halves of the bytes, then all the high ones: (n, bytes) -> (n, 2·bytes)."""
    both: Blocks = np.concatenate([packed & 0x0F, packed >> 4], axis=1)
    return both


def q5_bits(blocks: Blocks, at: int) -> Blocks:
    """The integers 0 … 31 of Q5_0 and Q5_1: four bytes of fifth bits from byte `at` on, then nibbles; (n_blocks, 32)."""
    fifth = np.unpackbits(blocks[:, at : at + 4], axis=1, bitorder="little") << 4
    q: Blocks = nibbles(blocks[:, at + 4 :]) | fifth
    return q


def _f32(blocks: Blocks) -> Floats:
    return blocks.copy().view("<f4")


def _f16(blocks: Blocks) -> Floats:
    return blocks.copy().view("<f2").astype(np.float32)


def _bf16(blocks: Blocks) -> Floats:
    """The upper half of a float32."""
    return (blocks.copy().view("<u2").astype(np.uint32) << 16).view(np.float32)


def _q8_0(blocks: Blocks) -> Floats:
    return half(blocks, 0) * blocks[:, 2:].view(np.int8).astype(np.float32)


def _q4_0(blocks: Blocks) -> Floats:
    return half(blocks, 0) * (nibbles(blocks[:, 2:]).astype(np.float32) - 8)


def _q4_1(blocks: Blocks) -> Floats:
    return half(blocks, 0) * nibbles(blocks[:, 4:]).astype(np.float32) + half(blocks, 2)


def _q5_0(blocks: Blocks) -> Floats:
    return half(blocks, 0) * (q5_bits(blocks, 2).astype(np.float32) - 16)


def _q5_1(blocks: Blocks) -> Floats:
    return half(blocks, 0) * q5_bits(blocks, 4).astype(np.float32) + half(blocks, 2)


def k_scales(packed: Blocks) -> tuple[Blocks, Blocks]:
    """The 6-bit scales and minima of the 8 small blocks of Q4_K and Q5_K, out of 12 bytes: two of (n_blocks, 8).

    The first four of each stand in the low six bits of bytes 0 to 3 and 4 to 7. The last four are split: four bits in
    the halves of bytes 8 to 11, two in the top bits of the first eight.
    """
    first, second, last = packed[:, :4], packed[:, 4:8], packed[:, 8:]
    scales = np.concatenate([first & 63, (last & 0x0F) | ((first >> 6) << 4)], axis=1)
    minima = np.concatenate([second & 63, (last >> 4) | ((second >> 6) << 4)], axis=1)
    return scales, minima


def k_scales_and_minima(blocks: Blocks) -> tuple[Floats, Floats]:
    """d·scale and dmin·minimum of each small block of Q4_K and Q5_K: two of (n_blocks, 8)."""
    scales, minima = k_scales(blocks[:, 4:16])
    return half(blocks, 0) * scales.astype(np.float32), half(blocks, 2) * minima.astype(np.float32)


def _k_with_minimum(blocks: Blocks, q: Blocks) -> Floats:
    """(d·scale)·q − dmin·minimum for each small block; q is (n_blocks, 8, 32)."""
    scale, minimum = k_scales_and_minima(blocks)
    return scale[:, :, None] * q.astype(np.float32) - minimum[:, :, None]


def _k_nibbles(packed: Blocks) -> Blocks:
    """128 bytes of four groups: in each, the low halves are one small block, the high ones the next; (n, 8, 32)."""
    groups = packed.reshape(-1, 4, 32)
    return np.stack([groups & 0x0F, groups >> 4], axis=2).reshape(-1, 8, 32)


def q4_k_integers(blocks: Blocks) -> Blocks:
    return _k_nibbles(blocks[:, 16:])


def q5_k_integers(blocks: Blocks) -> Blocks:
    bit = np.arange(8, dtype=np.uint8)[:, None]
    fifth: Blocks = (blocks[:, None, 16:48] >> bit & 1) << 4  # bit b of byte i belongs to weight i of small block b
    return _k_nibbles(blocks[:, 48:]) | fifth


def q6_k_integers(blocks: Blocks) -> NDArray[np.int8]:
    """Sixteen small blocks of 16, −32 … 31: four low bits in `ql`, two high ones in `qh`; (n_blocks, 16, 16)."""
    ql, qh = blocks[:, :128].reshape(-1, 2, 2, 32), blocks[:, 128:192].reshape(-1, 2, 1, 32)
    low = np.stack([ql & 0x0F, ql >> 4], axis=2)  # (n, 2 halves, low/high, 2, 32)
    shifts = np.array([0, 2, 4, 6], dtype=np.uint8).reshape(4, 1)
    high = (qh >> shifts & 3) << 4  # (n, 2 halves, 4, 32)
    q: NDArray[np.int8] = (low.reshape(-1, 2, 4, 32) | high).reshape(-1, 16, 16).astype(np.int8) - np.int8(32)
    return q


def q6_k_scales(blocks: Blocks) -> Floats:
    """d·scale of each small block, (n_blocks, 16)."""
    return half(blocks, 208) * blocks[:, 192:208].view(np.int8).astype(np.float32)


def _q4_k(blocks: Blocks) -> Floats:
    return _k_with_minimum(blocks, q4_k_integers(blocks))


def _q5_k(blocks: Blocks) -> Floats:
    return _k_with_minimum(blocks, q5_k_integers(blocks))


def _q6_k(blocks: Blocks) -> Floats:
    out: Floats = q6_k_scales(blocks)[:, :, None] * q6_k_integers(blocks).astype(np.float32)
    return out


RULES: dict[GGMLType, Callable[[Blocks], Floats]] = {
    GGMLType.F32: _f32, GGMLType.F16: _f16, GGMLType.BF16: _bf16, GGMLType.Q8_0: _q8_0,
    GGMLType.Q4_0: _q4_0, GGMLType.Q4_1: _q4_1, GGMLType.Q5_0: _q5_0, GGMLType.Q5_1: _q5_1,
    GGMLType.Q4_K: _q4_k, GGMLType.Q5_K: _q5_k, GGMLType.Q6_K: _q6_k,
}  # fmt: skip
