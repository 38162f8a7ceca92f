"""The integers and scales of a quantized tensor, taken apart but not multiplied: what an engine computes with.

weight = scale·integer + minimum. The four-bit types give integers 0 … 15 (for Q4_0, which has no minimum, less 8), the others
signed bytes; only Q6_K has a scale for each 16 weights, all others for each 32.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpjourney.llm.gguf import dequantize as rules
from nlpjourney.llm.gguf.ggml_types import GGMLType

Floats = NDArray[np.float32]


def integers(
    data: NDArray[np.uint8], type_: GGMLType, shape: tuple[int, ...]
) -> tuple[NDArray[np.int8], Floats, Floats | None]:
    """Integers (rows, columns), scales and minima (rows, small blocks of a row), `None` for types without minimum.

    Raises ValueError for a type that is not quantized.
    """
    blocks = data.reshape(-1, type_.nbytes)
    q, scales, minima = _take_apart(blocks, type_)
    n_rows = shape[0]
    return (
        np.ascontiguousarray(q.reshape(n_rows, -1), dtype=np.int8),
        scales.reshape(n_rows, -1),
        None if minima is None else minima.reshape(n_rows, -1),
    )


def _take_apart(blocks: rules.Blocks, type_: GGMLType) -> tuple[NDArray[Any], Floats, Floats | None]:
    scale = rules.half(blocks, 208 if type_ is GGMLType.Q6_K else 0)
    match type_:
        case GGMLType.Q8_0:
            return blocks[:, 2:].view(np.int8), scale, None
        case GGMLType.Q4_0:
            return rules.nibbles(blocks[:, 2:]), scale, None
        case GGMLType.Q4_1:
            return rules.nibbles(blocks[:, 4:]), scale, rules.half(blocks, 2)
        case GGMLType.Q5_0:
            return rules.q5_bits(blocks, 2).astype(np.int8) - 16, scale, None
        case GGMLType.Q5_1:
            return rules.q5_bits(blocks, 4), scale, rules.half(blocks, 2)
        case GGMLType.Q4_K | GGMLType.Q5_K:
            q = rules.q4_k_integers(blocks) if type_ is GGMLType.Q4_K else rules.q5_k_integers(blocks)
            scales, minima = rules.k_scales_and_minima(blocks)
            return q, scales, -minima
        case GGMLType.Q6_K:
            return rules.q6_k_integers(blocks), rules.q6_k_scales(blocks), None
    raise ValueError(f"{type_.name} is not quantized")
