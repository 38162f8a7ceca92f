"""The small steps between the matrices, one token at a time: norm, rotation, attention, gate. Plain loops."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@njit(cache=True, fastmath=True)
def rms_norm(x: Floats, weight: Floats, eps: float, out: Floats) -> None:
    """x divided by the root of its mean square, times `weight`; out may be x."""
    total = np.float32(0)
    for i in range(len(x)):
        total += x[i] * x[i]
    scale = np.float32(1 / np.sqrt(total / len(x) + eps))
    for i in range(len(x)):
        out[i] = x[i] * scale * weight[i]


@njit(cache=True, fastmath=True)
def norm_heads(heads: Floats, weight: Floats, eps: float) -> None:
    """RMSNorm of each head by itself: heads (n, d_head), in place."""
    for h in range(len(heads)):
        rms_norm(heads[h], weight, eps, heads[h])


@njit(cache=True, fastmath=True)
def rotate(heads: Floats, cos: Floats, sin: Floats) -> None:
    """Rotary position: dimension i turns with i + d_head/2; heads (n, d_head) in place, cos and sin (d_head/2,)."""
    half = len(cos)
    for h in range(len(heads)):
        for i in range(half):
            a, b = heads[h, i], heads[h, i + half]
            heads[h, i] = a * cos[i] - b * sin[i]
            heads[h, i + half] = b * cos[i] + a * sin[i]


def _attend(query: Floats, keys: Floats, values: Floats, start: int, end: int, scale: np.float32, out: Floats) -> None:
    """Attention of one new token to the cached ones start … end − 1.

    query, out (n_heads, d_head); keys, values (n_kv_heads, length, d_head).
    """
    n_heads, d_head = query.shape
    shared = n_heads // len(keys)  # so many heads share a key-value head
    for h in prange(n_heads):
        kv = h // shared
        weights = np.empty(end - start, np.float32)
        peak = np.float32(-np.inf)
        for t in range(start, end):
            score = np.float32(0)
            for i in range(d_head):
                score += query[h, i] * keys[kv, t, i]
            weights[t - start] = score * scale
            peak = max(peak, weights[t - start])
        total = np.float32(0)
        mixed = np.zeros(d_head, np.float32)
        for t in range(start, end):
            weight = np.exp(weights[t - start] - peak)
            total += weight
            for i in range(d_head):
                mixed[i] += weight * values[kv, t, i]
        for i in range(d_head):
            out[h, i] = mixed[i] / total


@njit(cache=True, fastmath=True)
def gate_silu(gate_up: Floats, out: Floats) -> None:
    """silu(gate)·up, the two one after the other in gate_up (2·d_ff,)."""
    for i in range(len(out)):
        out[i] = gate_up[i] / (np.float32(1) + np.exp(-gate_up[i])) * gate_up[i + len(out)]


@njit(cache=True, fastmath=True)
def gate_gelu(gate_up: Floats, out: Floats) -> None:
    """gelu(gate)·up, with the tanh form of GELU."""
    for i in range(len(out)):
        x = gate_up[i]
        inner = np.float32(0.7978845608) * (x + np.float32(0.044715) * x * x * x)
        out[i] = np.float32(0.5) * x * (np.float32(1) + np.tanh(inner)) * gate_up[i + len(out)]


def _both(function: Any) -> tuple[Any, Any]:
    return njit(cache=True, fastmath=True)(function), njit(cache=True, fastmath=True, parallel=True)(function)


ATTEND = _both(_attend)
