"""DeepSeek-V2 (2024): latent attention for a small cache, many small experts for cheap training.

The first layers have a plain feed-forward network, the others shared experts and routed ones. Notable choices: RoPE turns
neighbouring coordinates (interleaved), and where YaRN lengthens the context the scores are multiplied by its temperature
squared.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from torch import Tensor, nn

from nlpjourney.llm.blocks.attention import Mask
from nlpjourney.llm.blocks.cache import KVCache
from nlpjourney.llm.blocks.experts import MixtureOfExperts, Router
from nlpjourney.llm.blocks.feed_forward import GatedFeedForward
from nlpjourney.llm.blocks.latent_attention import LatentAttention
from nlpjourney.llm.blocks.norms import RMSNorm
from nlpjourney.llm.blocks.rope import Rope, RopeScaling
from nlpjourney.llm.config_json import Settings
from nlpjourney.llm.models.causal import CausalLM, Step

# Ours, theirs: whole numbers that are simply renamed
SIZES = {
    "vocab_size": "vocab_size",
    "d_model": "hidden_size",
    "n_layers": "num_hidden_layers",
    "n_heads": "num_attention_heads",
    "d_ff": "intermediate_size",
    "kv_rank": "kv_lora_rank",
    "d_nope": "qk_nope_head_dim",
    "d_rope": "qk_rope_head_dim",
    "d_value": "v_head_dim",
    "n_experts": "n_routed_experts",
    "n_shared": "n_shared_experts",
    "top_k": "num_experts_per_tok",
    "d_expert": "moe_intermediate_size",
    "max_positions": "max_position_embeddings",
}


@dataclass(frozen=True, kw_only=True)
class DeepseekConfig:
    """The sizes."""

    vocab_size: int
    d_model: int
    n_layers: int
    n_heads: int
    d_ff: int
    kv_rank: int
    d_nope: int
    d_rope: int
    d_value: int
    n_experts: int
    n_shared: int
    top_k: int
    d_expert: int
    max_positions: int = 2048
    q_rank: int | None = None
    n_dense_layers: int = 0
    n_groups: int | None = None
    top_groups: int | None = None
    routed_scale: float = 1.0
    act: str = "silu"
    norm_eps: float = 1e-6
    bias: bool = False
    rope: RopeScaling = field(default_factory=RopeScaling)
    bos_token_id: int | None = None
    eos_token_ids: tuple[int, ...] = ()

    @classmethod
    def from_published(cls, values: Mapping[str, Any]) -> Self:
        s = Settings(values)
        s.expect("norm_topk_prob", False)
        s.expect("scoring_func", "softmax")
        s.expect("topk_method", "greedy", "group_limited_greedy")
        s.expect("tie_word_embeddings", False)
        s.expect("mlp_bias", False)
        s.expect("moe_layer_freq", 1)
        sizes = {ours: s.integer(theirs) for ours, theirs in SIZES.items()}
        s.expect("num_key_value_heads", sizes["n_heads"])
        s.expect("head_dim", sizes["d_rope"], sizes["d_nope"] + sizes["d_rope"])
        s.expect("qk_head_dim", sizes["d_nope"] + sizes["d_rope"])
        grouped = s.text("topk_method", "greedy") == "group_limited_greedy"
        if not grouped:
            s.ignore("n_group", "topk_group")
        return cls(
            **sizes,
            q_rank=s.optional_integer("q_lora_rank"),
            n_dense_layers=s.index("first_k_dense_replace", 0),
            n_groups=s.integer("n_group") if grouped else None,
            top_groups=s.integer("topk_group") if grouped else None,
            routed_scale=s.number("routed_scaling_factor", 1.0),
            act=s.text("hidden_act", "silu"),
            norm_eps=s.number("rms_norm_eps", 1e-6),
            bias=s.flag("attention_bias", False),
            rope=s.rope(sizes["max_positions"]),
            bos_token_id=s.optional_index("bos_token_id"),
            eos_token_ids=s.token_ids("eos_token_id"),
        )

    def to_published(self) -> dict[str, Any]:
        return {
            "architectures": ["DeepseekV2ForCausalLM"],
            "model_type": "deepseek_v2",
            **{theirs: getattr(self, ours) for ours, theirs in SIZES.items()},
            "num_key_value_heads": self.n_heads,
            "q_lora_rank": self.q_rank,
            "first_k_dense_replace": self.n_dense_layers,
            "topk_method": "greedy" if self.n_groups is None else "group_limited_greedy",
            "n_group": self.n_groups,
            "topk_group": self.top_groups,
            "routed_scaling_factor": self.routed_scale,
            "norm_topk_prob": False,
            "hidden_act": self.act,
            "rms_norm_eps": self.norm_eps,
            "attention_bias": self.bias,
            "rope_parameters": self.rope.to_config(),
            "tie_word_embeddings": False,
            "bos_token_id": self.bos_token_id,
            "eos_token_id": list(self.eos_token_ids) or None,
        }

    @property
    def attention_scale(self) -> float:
        """1/sqrt(d_nope + d_rope), times YaRN's temperature squared."""
        scale = 1 / math.sqrt(self.d_nope + self.d_rope)
        mscale, factor = self.rope.mscale_all_dim, self.rope.factor or 1.0
        if self.rope.kind != "default" and mscale and factor > 1:
            scale *= (0.1 * mscale * math.log(factor) + 1) ** 2
        return scale


class DeepseekLayer(nn.Module):
    """Latent attention, then experts (or, in the first layers, one network); each behind a norm, each added."""

    def __init__(self, config: DeepseekConfig, layer: int) -> None:
        super().__init__()
        c, self.layer = config, layer
        self.self_attn = LatentAttention(
            c.d_model, c.n_heads, c.kv_rank, c.q_rank, c.d_nope, c.d_rope, c.d_value, c.attention_scale, c.bias
        )
        if layer < c.n_dense_layers:
            self.mlp: nn.Module = GatedFeedForward(c.d_model, c.d_ff, c.act)
        else:
            router = Router(c.d_model, c.n_experts, c.top_k, False, c.routed_scale, c.n_groups, c.top_groups)
            self.mlp = MixtureOfExperts(c.d_model, c.d_expert, c.n_experts, router, c.act, c.n_shared)
        self.input_layernorm = RMSNorm(c.d_model, c.norm_eps)
        self.post_attention_layernorm = RMSNorm(c.d_model, c.norm_eps)

    def forward(self, x: Tensor, mask: Mask, rope: tuple[Tensor, Tensor], cache: KVCache | None) -> Tensor:
        x = x + self.self_attn(self.input_layernorm(x), mask, rope, cache, self.layer)
        y: Tensor = x + self.mlp(self.post_attention_layernorm(x))
        return y


class Deepseek(CausalLM[DeepseekConfig]):
    """The language model."""

    config_class = DeepseekConfig
    model_types = ("deepseek_v2",)
    names = ((r"^(?!lm_head)", "model."),)
    prefix = "model."
    tied = None

    def __init__(self, config: DeepseekConfig, seed: int = 0) -> None:
        super().__init__(config)
        self.vocab_size = config.vocab_size
        self.embed_tokens = nn.Embedding(config.vocab_size, config.d_model)
        self.layers = nn.ModuleList(DeepseekLayer(config, layer) for layer in range(config.n_layers))
        self.norm = RMSNorm(config.d_model, config.norm_eps)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.rope = Rope(config.rope, config.d_rope)
        self.initialise(seed=seed)

    def embed(self, ids: Tensor) -> Tensor:
        x: Tensor = self.embed_tokens(ids)  # (B, T, D)
        return x

    def hidden(self, x: Tensor, step: Step, cache: KVCache | None) -> Tensor:
        mask, rope = step.mask(), self.rope.tables(step.positions, x.dtype, step.length)
        for layer in self.layers:
            x = layer(x, mask, rope, cache)
        x = self.norm(x)
        return x

    def output_matrix(self) -> Tensor:
        return self.lm_head.weight
