"""Jamba (AI21, 2024): Mamba's long breath and attention's exact memory in one model, with experts in every other layer.

One layer in eight looks back by attention, the others carry a state; the cache is an eighth of what a Transformer keeps.
Notable choices: no positions at all, since the Mamba layers know the order; Δ, B and C are normalised; the weights of the
chosen experts are not made to sum to 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from torch import Tensor, nn

from nlpjourney.llm.blocks.attention import Attention, Mask
from nlpjourney.llm.blocks.cache import KVCache
from nlpjourney.llm.blocks.experts import MixtureOfExperts, Router
from nlpjourney.llm.blocks.feed_forward import GatedFeedForward
from nlpjourney.llm.blocks.mamba_mixer import MambaMixer
from nlpjourney.llm.blocks.norms import RMSNorm
from nlpjourney.llm.config_json import Settings
from nlpjourney.llm.models.causal import Step
from nlpjourney.llm.models.mamba import StateSpaceLM

# Ours, theirs: whole numbers that are simply renamed
SIZES = {
    "vocab_size": "vocab_size",
    "d_model": "hidden_size",
    "n_layers": "num_hidden_layers",
    "n_heads": "num_attention_heads",
    "n_kv_heads": "num_key_value_heads",
    "d_ff": "intermediate_size",
    "n_experts": "num_experts",
    "top_k": "num_experts_per_tok",
    "expert_period": "expert_layer_period",
    "attention_period": "attn_layer_period",
    "d_state": "mamba_d_state",
    "d_conv": "mamba_d_conv",
    "expand": "mamba_expand",
}


@dataclass(frozen=True, kw_only=True)
class JambaConfig:
    """The sizes; layer i attends if i mod attention_period = attention_offset, has experts likewise, and is Mamba otherwise."""

    vocab_size: int
    d_model: int
    n_layers: int
    n_heads: int
    n_kv_heads: int
    d_ff: int
    n_experts: int = 16
    top_k: int = 2
    expert_period: int = 2
    expert_offset: int = 1
    attention_period: int = 8
    attention_offset: int = 4
    d_state: int = 16
    d_conv: int = 4
    expand: int = 2
    dt_rank: int | None = None  # None: d_model / 16, rounded up
    bias: bool = False
    conv_bias: bool = True
    act: str = "silu"
    norm_eps: float = 1e-6
    tied: bool = False
    bos_token_id: int | None = None
    eos_token_ids: tuple[int, ...] = ()

    @classmethod
    def from_published(cls, values: Mapping[str, Any]) -> Self:
        s = Settings(values)
        s.expect("sliding_window")
        s.expect("mamba_inner_layernorms", True)
        s.ignore("max_position_embeddings")  # it has no positions, so no limit to them
        defaults = {
            name: field.default for name, field in cls.__dataclass_fields__.items() if isinstance(field.default, int)
        }
        sizes = {
            ours: s.integer(theirs, defaults[ours]) if ours in defaults else s.integer(theirs)
            for ours, theirs in SIZES.items()
        }
        rank = values.get("mamba_dt_rank", "auto")
        return cls(
            **sizes,
            expert_offset=s.index("expert_layer_offset", 1),
            attention_offset=s.index("attn_layer_offset", 4),
            dt_rank=None if rank == "auto" else s.integer("mamba_dt_rank"),
            bias=s.flag("mamba_proj_bias", False),
            conv_bias=s.flag("mamba_conv_bias", True),
            act=s.text("hidden_act", "silu"),
            norm_eps=s.number("rms_norm_eps", 1e-6),
            tied=s.flag("tie_word_embeddings", False),
            bos_token_id=s.optional_index("bos_token_id"),
            eos_token_ids=s.token_ids("eos_token_id"),
        )

    def to_published(self) -> dict[str, Any]:
        return {
            "architectures": ["JambaForCausalLM"],
            "model_type": "jamba",
            **{theirs: getattr(self, ours) for ours, theirs in SIZES.items()},
            "expert_layer_offset": self.expert_offset,
            "attn_layer_offset": self.attention_offset,
            "mamba_dt_rank": self.dt_rank or "auto",
            "mamba_proj_bias": self.bias,
            "mamba_conv_bias": self.conv_bias,
            "hidden_act": self.act,
            "rms_norm_eps": self.norm_eps,
            "tie_word_embeddings": self.tied,
            "bos_token_id": self.bos_token_id,
            "eos_token_id": list(self.eos_token_ids) or None,
        }


class JambaLayer(nn.Module):
    """Attention or Mamba, then experts or one network; each behind a norm, each added."""

    def __init__(self, c: JambaConfig, layer: int) -> None:
        super().__init__()
        self.layer = layer
        self.attends = layer % c.attention_period == c.attention_offset
        if self.attends:
            self.self_attn = Attention(c.d_model, c.n_heads, c.n_kv_heads)
        else:
            rank = c.dt_rank or math.ceil(c.d_model / 16)
            inner = c.expand * c.d_model
            self.mamba = MambaMixer(c.d_model, inner, c.d_state, c.d_conv, rank, c.act, c.bias, c.conv_bias, c.norm_eps)
        if c.n_experts > 1 and layer % c.expert_period == c.expert_offset:
            router = Router(c.d_model, c.n_experts, c.top_k, normalise=False)
            self.mlp: nn.Module = MixtureOfExperts(c.d_model, c.d_ff, c.n_experts, router, c.act)
        else:
            self.mlp = GatedFeedForward(c.d_model, c.d_ff, c.act)
        self.input_layernorm = RMSNorm(c.d_model, c.norm_eps)
        self.pre_ff_layernorm = RMSNorm(c.d_model, c.norm_eps)

    def forward(self, x: Tensor, mask: Mask, padding: Tensor | None, cache: KVCache | None) -> Tensor:
        normed = self.input_layernorm(x)
        if self.attends:
            x = x + self.self_attn(normed, mask, None, cache, self.layer)
        else:
            x = x + self.mamba(normed, padding, cache, self.layer)
        y: Tensor = x + self.mlp(self.pre_ff_layernorm(x))
        return y


class Jamba(StateSpaceLM[JambaConfig]):
    """The language model."""

    config_class = JambaConfig
    model_types = ("jamba",)
    prefix = "model."
    names = (
        (r"^norm\.", "final_layernorm."),
        (r"^(?!lm_head)", "model."),
        (r"\.mlp\.gate\.", ".feed_forward.router."),
        (r"\.mlp\.", ".feed_forward."),
    )

    def __init__(self, config: JambaConfig, seed: int = 0) -> None:
        super().__init__(config)
        self.vocab_size = config.vocab_size
        self.embed_tokens = nn.Embedding(config.vocab_size, config.d_model)
        self.layers = nn.ModuleList(JambaLayer(config, layer) for layer in range(config.n_layers))
        self.norm = RMSNorm(config.d_model, config.norm_eps)
        self.lm_head = None if config.tied else nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.initialise(seed=seed)

    def embed(self, ids: Tensor) -> Tensor:
        x: Tensor = self.embed_tokens(ids)  # (B, T, D)
        return x

    def hidden(self, x: Tensor, step: Step, cache: KVCache | None) -> Tensor:
        mask, padding = step.mask(), step.new_padding
        for layer in self.layers:
            x = layer(x, mask, padding, cache)
        x = self.norm(x)
        return x

    def output_matrix(self) -> Tensor:
        return self.embed_tokens.weight if self.lm_head is None else self.lm_head.weight
