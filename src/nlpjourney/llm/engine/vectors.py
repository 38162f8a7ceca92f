"""What a model does between its matrices, for one token: norms, rotary positions, gates.

In plain Python: `plain_rms_norm`, `plain_rotate`, `plain_gate` (`llm.engine.plain`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nlpjourney.llm.engine.compiled import any_order

Floats = NDArray[np.float32]


@any_order
def rms_norm(x: Floats, weight: Floats, eps: float, out: Floats) -> None:
    """x divided by the root of its mean square, times `weight`; out may be x."""
    total = np.float32(0)
    for i in range(len(x)):
        total += x[i] * x[i]
    scale = np.float32(1 / np.sqrt(total / len(x) + eps))
    for i in range(len(x)):
        out[i] = x[i] * scale * weight[i]


@any_order
def rotate(head: Floats, cos: Floats, sin: Floats, out: Floats) -> None:
    """Rotary position: dimension i turns with i + d_head/2; cos and sin (d_head/2,), out may be head."""
    half = len(cos)
    for i in range(half):
        a, b = head[i], head[i + half]
        out[i] = a * cos[i] - b * sin[i]
        out[i + half] = b * cos[i] + a * sin[i]


@any_order
def gate_silu(gate: Floats, up: Floats, out: Floats) -> None:
    """silu(gate)·up."""
    for i in range(len(out)):
        out[i] = gate[i] / (np.float32(1) + np.exp(-gate[i])) * up[i]


@any_order
def gate_gelu(gate: Floats, up: Floats, out: Floats) -> None:
    """gelu(gate)·up, with the tanh form of GELU."""
    for i in range(len(out)):
        x = gate[i]
        inner = np.float32(0.7978845608) * (x + np.float32(0.044715) * x * x * x)
        out[i] = np.float32(0.5) * x * (np.float32(1) + np.tanh(inner)) * up[i]
