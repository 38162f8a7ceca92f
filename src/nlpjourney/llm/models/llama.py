"""Llama (Touvron et al., 2023), and those that differ from it by settings: Mistral, Qwen2, Qwen3, Gemma 3, SmolLM2.

GPT-2 with five changes that all have kept: RMSNorm instead of LayerNorm, rotary positions inside attention instead of learned
ones at the bottom, SwiGLU instead of GELU, no biases, and (since Llama 2) fewer heads for keys and values than for queries.
What the relatives change:
  Mistral   sees a window of the last tokens only
  Qwen2     biases on queries, keys and values; tied embeddings in the small ones
  Qwen3     norms of queries and keys instead of the biases
  Gemma 3   the same norms; norms after each part too (sandwich); GeGLU; embeddings times sqrt(d_model); five layers with a
            window and a faster RoPE to one that sees all; 1 + weight in the norms
  SmolLM2   a Llama with tied embeddings
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nlpjourney.llm.blocks.attention import Attention, Mask
from nlpjourney.llm.blocks.cache import KVCache
from nlpjourney.llm.blocks.feed_forward import GatedFeedForward
from nlpjourney.llm.blocks.norms import RMSNorm
from nlpjourney.llm.blocks.rope import Rope
from nlpjourney.llm.llama_config import CLASSES, LlamaConfig
from nlpjourney.llm.models.causal import CausalLM, Step


class LlamaLayer(nn.Module):
    """x + attention(norm(x)), then x + feed-forward(norm(x)); Gemma norms what is added, too."""

    def __init__(self, config: LlamaConfig, layer: int, mlp: nn.Module | None = None) -> None:
        super().__init__()
        self.layer, self.sandwich = layer, config.sandwich_norms
        self.self_attn = Attention(
            config.d_model,
            config.n_heads,
            config.n_kv_heads,
            config.d_head,
            config.qkv_bias,
            config.output_bias,
            config.attention_scale,
            config.norm_eps if config.qk_norm else None,
            config.norm_offset,
        )
        self.mlp = mlp or GatedFeedForward(config.d_model, config.d_ff, config.act, config.mlp_bias)

        def norm() -> RMSNorm:
            return RMSNorm(config.d_model, config.norm_eps, config.norm_offset)

        self.input_layernorm, self.post_attention_layernorm = norm(), norm()
        if self.sandwich:
            self.pre_feedforward_layernorm, self.post_feedforward_layernorm = norm(), norm()

    def forward(self, x: Tensor, mask: Mask, rope: tuple[Tensor, Tensor], cache: KVCache | None) -> Tensor:
        added: Tensor = self.self_attn(self.input_layernorm(x), mask, rope, cache, self.layer)
        if self.sandwich:
            x = x + self.post_attention_layernorm(added)
            out: Tensor = x + self.post_feedforward_layernorm(self.mlp(self.pre_feedforward_layernorm(x)))
            return out
        x = x + added
        out = x + self.mlp(self.post_attention_layernorm(x))
        return out


class Llama(CausalLM[LlamaConfig]):
    """The language model of all the families above."""

    config_class = LlamaConfig
    model_types = tuple(CLASSES)
    names: ClassVar[Sequence[tuple[str, str]]] = ((r"^(?!lm_head)", "model."),)
    prefix = "model."

    def __init__(self, config: LlamaConfig, seed: int = 0) -> None:
        super().__init__(config)
        self.vocab_size = config.vocab_size
        d_head = config.d_head or config.d_model // config.n_heads
        self.embed_tokens = nn.Embedding(config.vocab_size, config.d_model)
        self.layers = nn.ModuleList(self.make_layer(config, layer) for layer in range(config.n_layers))
        self.norm = RMSNorm(config.d_model, config.norm_eps, config.norm_offset)
        self.lm_head = None if config.tied else nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.rope = Rope(config.rope, d_head)
        self.local_rope = Rope(config.local_rope, d_head) if config.local_rope else self.rope
        self.initialise(seed=seed)

    @staticmethod
    def make_layer(config: LlamaConfig, layer: int) -> nn.Module:
        """One layer; what is built over Llama puts its own here."""
        return LlamaLayer(config, layer)

    def embed(self, ids: Tensor) -> Tensor:
        x: Tensor = self.embed_tokens(ids)  # (B, T, D)
        if self.config.embedding_scale != 1.0:
            # Gemma was trained with the factor rounded to the dtype of the weights.
            x = x * torch.tensor(self.config.embedding_scale, dtype=x.dtype, device=x.device)
        return x

    def hidden(self, x: Tensor, step: Step, cache: KVCache | None) -> Tensor:
        kinds = [self.config.is_windowed(layer) for layer in range(self.config.n_layers)]
        masks = {windowed: step.mask(self.config.window if windowed else None) for windowed in set(kinds)}
        ropes = {
            windowed: (self.local_rope if windowed else self.rope).tables(step.positions, x.dtype, step.length)
            for windowed in set(kinds)
        }
        for layer, windowed in zip(self.layers, kinds):
            x = layer(x, masks[windowed], ropes[windowed], cache)
        x = self.norm(x)
        return x

    def output_matrix(self) -> Tensor:
        return self.embed_tokens.weight if self.lm_head is None else self.lm_head.weight

    def head(self, x: Tensor) -> Tensor:
        logits, cap = super().head(x), self.config.logit_cap
        return logits if cap is None else cap * torch.tanh(logits / cap)

    def loss(self, x: Tensor, targets: Tensor) -> Tensor:
        if self.config.logit_cap is None:
            return super().loss(x, targets)
        return F.cross_entropy(self.head(x).float(), targets)
