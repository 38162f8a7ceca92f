"""Mamba (Gu & Dao, 2023): a language model without attention. Linear time, and a memory that does not grow with the text."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import torch
from torch import Tensor, nn

from nlpjourney.llm.blocks.cache import KVCache
from nlpjourney.llm.blocks.mamba_mixer import MambaMixer
from nlpjourney.llm.blocks.norms import RMSNorm
from nlpjourney.llm.config_json import Settings
from nlpjourney.llm.models.causal import CausalLM, Step
from nlpjourney.llm.models.pretrained import C


@dataclass(frozen=True, kw_only=True)
class MambaConfig:
    """The sizes; the defaults are those of the smallest published model (130 M parameters)."""

    vocab_size: int = 50280
    d_model: int = 768
    n_layers: int = 24
    d_inner: int = 1536
    d_state: int = 16
    d_conv: int = 4
    dt_rank: int = 48
    act: str = "silu"
    norm_eps: float = 1e-5
    bias: bool = False
    conv_bias: bool = True
    tied: bool = True
    bos_token_id: int | None = None
    eos_token_ids: tuple[int, ...] = ()

    @classmethod
    def from_published(cls, values: Mapping[str, Any]) -> Self:
        s = Settings(values)
        d_model = s.integer("hidden_size")
        d_inner = int(s.number("expand", 2) * d_model)
        s.expect("intermediate_size", d_inner)
        s.expect("d_inner", d_inner)
        s.expect("d_model", d_model)
        s.expect("n_layer", s.integer("num_hidden_layers"))
        s.expect("rms_norm", True)
        rank = values.get("time_step_rank", "auto")
        return cls(
            vocab_size=s.integer("vocab_size"),
            d_model=d_model,
            n_layers=s.integer("num_hidden_layers"),
            d_inner=d_inner,
            d_state=s.integer("state_size", 16),
            d_conv=s.integer("conv_kernel", 4),
            dt_rank=math.ceil(d_model / 16) if rank == "auto" else s.integer("time_step_rank"),
            act=s.text("hidden_act", "silu"),
            norm_eps=s.number("layer_norm_epsilon", 1e-5),
            bias=s.flag("use_bias", False),
            conv_bias=s.flag("use_conv_bias", True),
            tied=s.flag("tie_word_embeddings", True),
            bos_token_id=s.optional_index("bos_token_id"),
            eos_token_ids=s.token_ids("eos_token_id"),
        )

    def to_published(self) -> dict[str, Any]:
        if self.d_inner % self.d_model:
            raise ValueError(
                f"a Mamba configuration needs d_inner ({self.d_inner}) to be a multiple of d_model ({self.d_model})"
            )
        return {
            "architectures": ["MambaForCausalLM"],
            "model_type": "mamba",
            "vocab_size": self.vocab_size,
            "hidden_size": self.d_model,
            "num_hidden_layers": self.n_layers,
            "expand": self.d_inner // self.d_model,
            "intermediate_size": self.d_inner,
            "state_size": self.d_state,
            "conv_kernel": self.d_conv,
            "time_step_rank": self.dt_rank,
            "hidden_act": self.act,
            "layer_norm_epsilon": self.norm_eps,
            "use_bias": self.bias,
            "use_conv_bias": self.conv_bias,
            "tie_word_embeddings": self.tied,
            "bos_token_id": self.bos_token_id,
            "eos_token_id": list(self.eos_token_ids) or None,
        }


class MambaLayer(nn.Module):
    """One norm, one mixer, added."""

    def __init__(self, c: MambaConfig, layer: int) -> None:
        super().__init__()
        self.layer = layer
        self.norm = RMSNorm(c.d_model, c.norm_eps)
        self.mixer = MambaMixer(c.d_model, c.d_inner, c.d_state, c.d_conv, c.dt_rank, c.act, c.bias, c.conv_bias)

    def forward(self, x: Tensor, padding: Tensor | None, cache: KVCache | None) -> Tensor:
        y: Tensor = x + self.mixer(self.norm(x), padding, cache, self.layer)
        return y


class StateSpaceLM(CausalLM[C]):
    """A language model with Mamba's layers in it: their steps have first values of their own."""

    def initialise(self, std: float = 0.02, seed: int = 0) -> None:
        super().initialise(std, seed)
        generator = torch.Generator().manual_seed(seed)
        for module in self.modules():
            if isinstance(module, MambaMixer):
                module.initialise_steps(generator)


class Mamba(StateSpaceLM[MambaConfig]):
    """The language model."""

    config_class = MambaConfig
    model_types = ("mamba",)
    names = ((r"^(?!lm_head)", "backbone."),)
    prefix = "backbone."
    tied = ("lm_head.weight", "backbone.embeddings.weight")

    def __init__(self, config: MambaConfig, seed: int = 0) -> None:
        super().__init__(config)
        self.vocab_size = config.vocab_size
        self.embeddings = nn.Embedding(config.vocab_size, config.d_model)
        self.layers = nn.ModuleList(MambaLayer(config, layer) for layer in range(config.n_layers))
        self.norm_f = RMSNorm(config.d_model, config.norm_eps)
        self.lm_head = None if config.tied else nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.initialise(seed=seed)

    def canonical(self, name: str) -> str:
        return name.replace("backbone.embedding.", "backbone.embeddings.")  # as the authors' own files have it

    def embed(self, ids: Tensor) -> Tensor:
        x: Tensor = self.embeddings(ids)  # (B, T, D)
        return x

    def hidden(self, x: Tensor, step: Step, cache: KVCache | None) -> Tensor:
        for layer in self.layers:
            x = layer(x, step.new_padding, cache)
        x = self.norm_f(x)
        return x

    def output_matrix(self) -> Tensor:
        return self.embeddings.weight if self.lm_head is None else self.lm_head.weight
