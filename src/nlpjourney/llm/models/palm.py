"""PaLM (Chowdhery et al., 2022): Google's 540-billion model; never published as weights, described exactly in its section 2.

Against GPT-2: attention and feed-forward work side by side from the same norm, y = x + MLP(LN(x)) + Attention(LN(x)), so that
their matrices can be multiplied together; SwiGLU; one key and value for all heads (multi-query); RoPE; input and output share
one matrix; no biases anywhere, in the norms neither. Notable choices of the training: embeddings start at a standard
deviation of 1, so logits are divided by sqrt(d_model) ("we scale the pre-softmax output logits by 1/sqrt(n)"), other matrices
start at 1/sqrt(inputs).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nlpjourney.llm.blocks.attention import Attention, Mask
from nlpjourney.llm.blocks.cache import KVCache
from nlpjourney.llm.blocks.feed_forward import GatedFeedForward
from nlpjourney.llm.blocks.rope import Rope, RopeScaling
from nlpjourney.llm.config_json import Settings
from nlpjourney.llm.models.causal import CausalLM, Step


@dataclass(frozen=True, kw_only=True)
class PaLMConfig:
    """The sizes; the defaults are those of the paper's smallest model (8 billion parameters)."""

    vocab_size: int = 256_000
    d_model: int = 4096
    n_layers: int = 32
    n_heads: int = 16
    d_head: int = 256
    d_ff: int = 16_384
    max_positions: int = 2048
    norm_eps: float = 1e-6

    @classmethod
    def from_published(cls, values: Mapping[str, Any]) -> Self:
        s = Settings(values)
        sizes = ("vocab_size", "d_model", "n_layers", "n_heads", "d_head", "d_ff", "max_positions")
        return cls(**{name: s.integer(name) for name in sizes}, norm_eps=s.number("norm_eps", 1e-6))

    def to_published(self) -> dict[str, Any]:
        """Our own format: there is no published one."""
        return {"model_type": "palm", **asdict(self)}


class ScaleNorm(nn.Module):
    """LayerNorm with a weight and no bias."""

    def __init__(self, d_model: int, eps: float) -> None:
        super().__init__()
        self.eps, self.weight = eps, nn.Parameter(torch.ones(d_model))

    def forward(self, x: Tensor) -> Tensor:
        return F.layer_norm(x, self.weight.shape, self.weight, None, self.eps)


class PaLMLayer(nn.Module):
    """One norm, two parts side by side."""

    def __init__(self, config: PaLMConfig, layer: int) -> None:
        super().__init__()
        self.layer = layer
        self.norm = ScaleNorm(config.d_model, config.norm_eps)
        self.self_attn = Attention(config.d_model, config.n_heads, n_kv_heads=1, d_head=config.d_head)
        self.mlp = GatedFeedForward(config.d_model, config.d_ff, "silu")

    def forward(self, x: Tensor, mask: Mask, rope: tuple[Tensor, Tensor], cache: KVCache | None) -> Tensor:
        normed = self.norm(x)
        y: Tensor = x + self.mlp(normed) + self.self_attn(normed, mask, rope, cache, self.layer)
        return y


class PaLM(CausalLM[PaLMConfig]):
    """The language model."""

    config_class = PaLMConfig
    model_types = ("palm",)
    tied = None

    def __init__(self, config: PaLMConfig, seed: int = 0) -> None:
        super().__init__(config)
        self.vocab_size = config.vocab_size
        self.embed_tokens = nn.Embedding(config.vocab_size, config.d_model)
        self.layers = nn.ModuleList(PaLMLayer(config, layer) for layer in range(config.n_layers))
        self.norm = ScaleNorm(config.d_model, config.norm_eps)
        self.rope = Rope(RopeScaling(max_positions=config.max_positions), config.d_head)
        self.initialise(seed=seed)

    def initialise(self, std: float = 1.0, seed: int = 0) -> None:
        """Embeddings normal with `std`, matrices with 1/sqrt(inputs), as in the paper's section 5."""
        super().initialise(std, seed)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                module.weight.data.mul_(1 / math.sqrt(module.in_features))

    def embed(self, ids: Tensor) -> Tensor:
        x: Tensor = self.embed_tokens(ids)  # (B, T, D)
        return x

    def hidden(self, x: Tensor, step: Step, cache: KVCache | None) -> Tensor:
        mask, rope = step.mask(), self.rope.tables(step.positions, x.dtype, step.length)
        for layer in self.layers:
            x = layer(x, mask, rope, cache)
        x = self.norm(x) / math.sqrt(self.config.d_model)  # the logits are divided by it
        return x

    def output_matrix(self) -> Tensor:
        return self.embed_tokens.weight
