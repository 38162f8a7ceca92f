"""A language model's decode step in plain Python: what the engine's compiled code computes, one token at a time.

Read this first. `plain_decode` is the whole model on lists of numbers: its layers, their attention to the keys and values
of earlier tokens, their feed-forward networks. `plain_quantize_vector` and `plain_matvec` show the one thing that the engine
adds: products of small integers, with a scale for every 32 of them, in place of products of floats.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nlpjourney.llm.gguf.settings import ModelSettings

Vector = Sequence[float]
GROUP = 32


def plain_quantize_vector(x: Vector) -> tuple[list[list[int]], list[float]]:
    """x in groups of 32: integers of -127 to 127, and the scale of each group, a half-precision number."""
    groups = [x[start : start + GROUP] for start in range(0, len(x), GROUP)]
    peaks = [max(abs(number) for number in group) for group in groups]
    scales = [float(np.float16(peak / 127)) for peak in peaks]  # 0 for what is too small
    integers = [
        [round(number * 127 / peak) if scale else 0 for number in group]
        for group, peak, scale in zip(groups, peaks, scales)
    ]
    return integers, scales


def plain_matvec(
    weights: Sequence[Sequence[int]], scales: Sequence[Vector], minima: Sequence[Vector], x: Vector
) -> list[float]:
    """A quantized matrix times a vector. Row i's weight j is scale · integer + minimum, with those of the group of 32 j is in.

    In a group, sum((s·w + m) · (t·q)) = t · (s·sum(w·q) + m·sum(q)): the sums are of integers, which processors add fastest.
    """
    integers, x_scales = plain_quantize_vector(x)
    out = []
    for row, row_scales, row_minima in zip(weights, scales, minima):
        total = 0.0
        for g, (q, x_scale) in enumerate(zip(integers, x_scales)):
            product = sum(a * b for a, b in zip(row[g * GROUP : (g + 1) * GROUP], q))
            total += x_scale * (row_scales[g] * product + row_minima[g] * sum(q))
        out.append(total)
    return out


def plain_rms_norm(x: Vector, weight: Vector, eps: float) -> list[float]:
    """x divided by the root of its mean square, times a learned weight for each dimension."""
    scale = 1 / math.sqrt(sum(number * number for number in x) / len(x) + eps)
    return [number * scale * w for number, w in zip(x, weight)]


def plain_rotate(head: Vector, position: int, base: float) -> list[float]:
    """Rotary position: dimensions i and i + d/2 are a point in the plane, turned by position / base^(2i/d)."""
    half = len(head) // 2
    angles = [position / base ** (i / half) for i in range(half)]
    first = [head[i] * math.cos(a) - head[i + half] * math.sin(a) for i, a in enumerate(angles)]
    second = [head[i + half] * math.cos(a) + head[i] * math.sin(a) for i, a in enumerate(angles)]
    return first + second


def plain_attend(query: Vector, keys: Sequence[Vector], values: Sequence[Vector]) -> list[float]:
    """The values' average, each weighted by the softmax of how well its key fits the query."""
    scores = [sum(a * b for a, b in zip(query, key)) / math.sqrt(len(query)) for key in keys]
    weights = [math.exp(score - max(scores)) for score in scores]
    return [sum(w * value[i] for w, value in zip(weights, values)) / sum(weights) for i in range(len(query))]


def plain_gate(gate: Vector, up: Vector, has_gelu: bool) -> list[float]:
    """act(gate) · up: SiLU, x · sigmoid(x), or the tanh form of GELU."""
    inner = [math.sqrt(2 / math.pi) * (x + 0.044715 * x**3) if has_gelu else x / 2 for x in gate]
    return [x * (1 + math.tanh(t)) / 2 * y for x, t, y in zip(gate, inner, up)]


def plain_decode(token: int, cache: list[list[Any]], tensor: Callable[[str], Any], c: ModelSettings) -> list[float]:
    """Logits of what follows `token`, in a model of the Qwen 3 family whose weights are floats.

    tensor: rows of a weight, by its GGUF name; cache: for each layer the list of earlier tokens' (keys, values), which grows.
    """

    def times(name: str, x: Vector) -> list[float]:
        return [sum(a * b for a, b in zip(row, x)) for row in tensor(name)]

    def heads(x: Vector) -> list[Vector]:
        return [x[start : start + c.d_head] for start in range(0, len(x), c.d_head)]

    def turned(name: str, i: int, x: Vector) -> list[list[float]]:  # queries or keys, each normed, then at its position
        normed = [plain_rms_norm(h, tensor(f"blk.{i}.{name}_norm.weight"), c.norm_eps) for h in heads(x)]
        return [plain_rotate(h, len(cache[i]), c.rope_base) for h in normed]

    x = list(tensor("token_embd.weight")[token])
    for i in range(c.n_layers):
        blk = f"blk.{i}."
        normed = plain_rms_norm(x, tensor(blk + "attn_norm.weight"), c.norm_eps)
        q, k = (turned(name, i, times(f"{blk}{name}.weight", normed)) for name in ("attn_q", "attn_k"))
        cache[i].append((k, heads(times(blk + "attn_v.weight", normed))))
        out: list[float] = []
        for h, query in enumerate(q):  # several heads share a key and a value
            kv = h * len(k) // len(q)
            out += plain_attend(query, [keys[kv] for keys, _ in cache[i]], [values[kv] for _, values in cache[i]])
        x = [a + b for a, b in zip(x, times(blk + "attn_output.weight", out))]
        normed = plain_rms_norm(x, tensor(blk + "ffn_norm.weight"), c.norm_eps)
        gate, up = (times(f"{blk}ffn_{name}.weight", normed) for name in ("gate", "up"))
        x = [a + b for a, b in zip(x, times(blk + "ffn_down.weight", plain_gate(gate, up, False)))]
    return times("output.weight", plain_rms_norm(x, tensor("output_norm.weight"), c.norm_eps))
