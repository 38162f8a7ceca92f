"""Mixtral (Jiang et al., 2024): Mistral whose every feed-forward network is eight, of which each token uses two."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, cast

from torch import nn

from nlpjourney.llm.blocks.experts import MixtureOfExperts, Router
from nlpjourney.llm.config_json import Settings
from nlpjourney.llm.llama_config import LlamaConfig
from nlpjourney.llm.models.llama import Llama, LlamaLayer


@dataclass(frozen=True, kw_only=True)
class MixtralConfig(LlamaConfig):
    """Mistral's settings, and how many experts there are and how many a token uses."""

    n_experts: int = 8
    top_k: int = 2
    balance: float = 0.001  # the weight of the load balancing loss in training
    model_type: str = "mixtral"

    @classmethod
    def from_published(cls, values: Mapping[str, Any]) -> Self:
        s = Settings(values)
        own = {"rope_theta": 1e6, "rms_norm_eps": 1e-5}  # what Mixtral means where nothing is said
        meant = {name: value for name, value in own.items() if values.get(name) is None}
        shared = LlamaConfig.from_published(ChainMap({"model_type": "mistral", **meant}, cast(dict[str, Any], values)))
        return cls(
            **{**vars(shared), "model_type": "mixtral"},
            n_experts=s.integer("num_local_experts", 8),
            top_k=s.integer("num_experts_per_tok", 2),
            balance=s.number("router_aux_loss_coef", 0.001),
        )

    def to_published(self) -> dict[str, Any]:
        plain = {name: getattr(self, name) for name in LlamaConfig.__dataclass_fields__ if name != "model_type"}
        return {
            **LlamaConfig(**plain, model_type="mistral").to_published(),
            "architectures": ["MixtralForCausalLM"],
            "model_type": "mixtral",
            "num_local_experts": self.n_experts,
            "num_experts_per_tok": self.top_k,
            "router_aux_loss_coef": self.balance,
        }


class Mixtral(Llama):
    """The language model."""

    config_class = MixtralConfig
    model_types = ("mixtral",)
    names = (
        *Llama.names,
        (r"\.mlp\.", ".block_sparse_moe."),
        (r"(experts\.\d+)\.gate_proj", r"\1.w1"),
        (r"(experts\.\d+)\.down_proj", r"\1.w2"),
        (r"(experts\.\d+)\.up_proj", r"\1.w3"),
    )

    def canonical(self, name: str) -> str:
        # Transformers 5 calls the experts in memory as it calls Llama's network; files mostly have the older names.
        if ".mlp." not in name:
            return name
        name = name.replace(".mlp.", ".block_sparse_moe.")
        return name.replace("gate_proj", "w1").replace("down_proj", "w2").replace("up_proj", "w3")

    @staticmethod
    def make_layer(config: LlamaConfig, layer: int) -> nn.Module:
        assert isinstance(config, MixtralConfig)
        router = Router(config.d_model, config.n_experts, config.top_k, normalise=True)
        return LlamaLayer(
            config, layer, MixtureOfExperts(config.d_model, config.d_ff, config.n_experts, router, config.act)
        )
