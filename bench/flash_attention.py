"""Tiled attention against PyTorch: its fused kernel (also tiled), and the formula with all scores written down."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

from nlpjourney.llm.blocks.tiled_attention import flash_attention
from nlpjourney.study.bench import Comparison

HEADS, D = 8, 64


def comparisons() -> Iterator[Comparison]:
    rng = np.random.default_rng(0)
    for length in (512, 4096):
        arrays = [rng.standard_normal((HEADS, length, D)).astype(np.float32) for _ in range(3)]
        tensors = [torch.from_numpy(x)[None] for x in arrays]

        def theirs(backend: SDPBackend, tensors: list[torch.Tensor] = tensors) -> torch.Tensor:
            torch.set_num_threads(1)
            with sdpa_kernel(backend), torch.inference_mode():
                return torch.nn.functional.scaled_dot_product_attention(*tensors, is_causal=True)[0]

        for peer, backend in (("PyTorch, fused", SDPBackend.FLASH_ATTENTION), ("PyTorch, formula", SDPBackend.MATH)):
            yield Comparison(
                work=f"Causal attention, {HEADS} heads of {D}, {length:,} tokens, 1 thread",
                peer=peer,
                ours=lambda arrays=arrays: flash_attention(*arrays)[0],
                theirs=lambda backend=backend, theirs=theirs: theirs(backend),
                agree=lambda mine, other: bool(np.abs(mine - other.numpy()).max() < 1e-5),
                goal=1.0,
                topic="7.5",
                repeat=5,
                packages=("torch",),
            )
