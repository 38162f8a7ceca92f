"""GPT-2 (Radford et al., 2019): the decoder that everything since is a variation of.

Token and position vectors are added; then blocks of attention and feed-forward, each behind a LayerNorm and added to the
stream; a last LayerNorm; and the embedding matrix once more, turned into a classifier over the vocabulary. Notable choices of
the paper: the norm stands before each part (pre-LN), positions are learned, queries, keys and values come from one matrix.
The published matrices are stored (in, out), so they are turned when read and written.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import torch.nn.functional as F
from torch import Tensor, nn

from nlpjourney.llm.blocks.attention import Mask, attention
from nlpjourney.llm.blocks.cache import KVCache
from nlpjourney.llm.blocks.feed_forward import activation
from nlpjourney.llm.blocks.norms import LayerNorm
from nlpjourney.llm.config_json import Settings
from nlpjourney.llm.models.causal import CausalLM, Step


@dataclass(frozen=True, kw_only=True)
class GPT2Config:
    """The sizes; the defaults are those of the smallest published model (124 M parameters)."""

    vocab_size: int = 50257
    n_positions: int = 1024
    d_model: int = 768
    n_layers: int = 12
    n_heads: int = 12
    d_ff: int = 3072
    act: str = "gelu_new"
    norm_eps: float = 1e-5
    dropout: float = 0.0
    scale_by_layer: bool = False  # scores of layer i divided by i + 1
    bos_token_id: int | None = None
    eos_token_ids: tuple[int, ...] = ()

    @classmethod
    def from_published(cls, values: Mapping[str, Any]) -> Self:
        s = Settings(values)
        s.expect("add_cross_attention", False)
        s.expect("scale_attn_weights", True)
        s.expect("tie_word_embeddings", True)
        return cls(
            vocab_size=s.integer("vocab_size"),
            n_positions=s.integer("n_positions"),
            d_model=s.integer("n_embd"),
            n_layers=s.integer("n_layer"),
            n_heads=s.integer("n_head"),
            d_ff=s.integer("n_inner", 4 * s.integer("n_embd")),
            act=s.text("activation_function", "gelu_new"),
            norm_eps=s.number("layer_norm_epsilon", 1e-5),
            scale_by_layer=s.flag("scale_attn_by_inverse_layer_idx", False),
            bos_token_id=s.optional_index("bos_token_id"),
            eos_token_ids=s.token_ids("eos_token_id"),
        )

    def to_published(self) -> dict[str, Any]:
        return {
            "architectures": ["GPT2LMHeadModel"],
            "model_type": "gpt2",
            "vocab_size": self.vocab_size,
            "n_positions": self.n_positions,
            "n_embd": self.d_model,
            "n_layer": self.n_layers,
            "n_head": self.n_heads,
            "n_inner": self.d_ff,
            "activation_function": self.act,
            "layer_norm_epsilon": self.norm_eps,
            "scale_attn_by_inverse_layer_idx": self.scale_by_layer,
            "bos_token_id": self.bos_token_id,
            "eos_token_id": list(self.eos_token_ids) or None,
        }


class CausalSelfAttention(nn.Module):
    """Multi-head attention whose queries, keys and values come out of one matrix."""

    def __init__(self, config: GPT2Config, layer: int) -> None:
        super().__init__()
        self.n_heads, self.layer, self.dropout = config.n_heads, layer, config.dropout
        self.c_attn = nn.Linear(config.d_model, 3 * config.d_model)
        self.c_proj = nn.Linear(config.d_model, config.d_model)
        d_head = config.d_model // config.n_heads
        self.scale = 1 / math.sqrt(d_head) / (layer + 1 if config.scale_by_layer else 1)

    def forward(self, x: Tensor, mask: Mask, cache: KVCache | None) -> Tensor:
        B, T, D = x.shape
        qkv = self.c_attn(x).view(B, T, 3, self.n_heads, D // self.n_heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # each (B, H, T, d_head)
        if cache is not None:
            k, v = cache.append(self.layer, k, v)  # (B, H, S, d_head)
        y = attention(q, k, v, mask, self.scale).transpose(1, 2).reshape(B, T, D)
        return F.dropout(self.c_proj(y), self.dropout, self.training)


class MLP(nn.Module):
    """Up to d_ff, GELU, down again."""

    def __init__(self, config: GPT2Config) -> None:
        super().__init__()
        self.c_fc = nn.Linear(config.d_model, config.d_ff)
        self.c_proj = nn.Linear(config.d_ff, config.d_model)
        self.act, self.dropout = activation(config.act), config.dropout

    def forward(self, x: Tensor) -> Tensor:
        return F.dropout(self.c_proj(self.act(self.c_fc(x))), self.dropout, self.training)


class Block(nn.Module):
    """Each part reads the stream through a norm and adds to it."""

    def __init__(self, config: GPT2Config, layer: int) -> None:
        super().__init__()
        self.ln_1 = LayerNorm(config.d_model, config.norm_eps)
        self.attn = CausalSelfAttention(config, layer)
        self.ln_2 = LayerNorm(config.d_model, config.norm_eps)
        self.mlp = MLP(config)

    def forward(self, x: Tensor, mask: Mask, cache: KVCache | None) -> Tensor:
        x = x + self.attn(self.ln_1(x), mask, cache)
        y: Tensor = x + self.mlp(self.ln_2(x))
        return y


class GPT2(CausalLM[GPT2Config]):
    """The language model; its output matrix is its embedding matrix."""

    config_class = GPT2Config
    model_types = ("gpt2",)
    names = ((r"^", "transformer."),)
    prefix = "transformer."  # the first published files lack it, too
    transposed = r"\.(c_attn|c_proj|c_fc)\.weight$"
    ignored = (r"\.attn\.(masked_)?bias$",)  # the causal mask, stored by older versions
    tied = ("lm_head.weight", "transformer.wte.weight")

    def __init__(self, config: GPT2Config, seed: int = 0) -> None:
        super().__init__(config)
        if config.d_model % config.n_heads:
            raise ValueError(f"d_model ({config.d_model}) must be a multiple of n_heads ({config.n_heads})")
        self.vocab_size, self.context_length = config.vocab_size, config.n_positions
        self.wte = nn.Embedding(config.vocab_size, config.d_model)
        self.wpe = nn.Embedding(config.n_positions, config.d_model)
        self.h = nn.ModuleList(Block(config, layer) for layer in range(config.n_layers))
        self.ln_f = LayerNorm(config.d_model, config.norm_eps)
        self.initialise(seed=seed)
        # What adds to the stream starts smaller, so that the stream does not grow with the number of layers.
        for name, weight in self.named_parameters():
            if name.endswith("c_proj.weight"):
                weight.data.div_(math.sqrt(2 * config.n_layers))

    def embed(self, ids: Tensor) -> Tensor:
        x: Tensor = self.wte(ids)  # (B, T, D)
        return x

    def hidden(self, x: Tensor, step: Step, cache: KVCache | None) -> Tensor:
        x = F.dropout(x + self.wpe(step.positions), self.config.dropout, self.training)
        mask = step.mask()
        for block in self.h:
            x = block(x, mask, cache)
        x = self.ln_f(x)
        return x

    def output_matrix(self) -> Tensor:
        return self.wte.weight
