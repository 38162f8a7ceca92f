"""BERT (Devlin et al., 2018): a reader, not a writer. Every token sees the whole text, left and right.

It learns by filling gaps: some tokens are hidden, and the model names them. Notable choices of the paper: the norm stands
after each sum (post-LN); a second vector for each token says whether it belongs to the first or the second of two texts; the
head that names hidden tokens is one more layer and the embedding matrix. The vector for whole texts (pooler) and the head
that told whether two texts follow each other are left out: later work showed that they do not help (RoBERTa, 2019).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nlpjourney.llm.blocks.attention import Mask, attention, bidirectional_mask
from nlpjourney.llm.blocks.feed_forward import FeedForward, activation
from nlpjourney.llm.blocks.norms import LayerNorm
from nlpjourney.llm.config_json import Settings
from nlpjourney.llm.models.pretrained import PretrainedModel


@dataclass(frozen=True, kw_only=True)
class BertConfig:
    """The sizes; the defaults are those of bert-base-uncased."""

    vocab_size: int = 30522
    d_model: int = 768
    n_layers: int = 12
    n_heads: int = 12
    d_ff: int = 3072
    n_positions: int = 512
    n_types: int = 2
    act: str = "gelu"
    norm_eps: float = 1e-12
    dropout: float = 0.0
    pad_token_id: int | None = 0
    head: bool = True  # that names hidden tokens; encoders of sentences are published without it

    @classmethod
    def from_published(cls, values: Mapping[str, Any]) -> Self:
        s = Settings(values)
        s.expect("position_embedding_type", "absolute")
        s.expect("is_decoder", False)
        s.expect("add_cross_attention", False)
        s.expect("tie_word_embeddings", True)
        return cls(
            vocab_size=s.integer("vocab_size"),
            d_model=s.integer("hidden_size"),
            n_layers=s.integer("num_hidden_layers"),
            n_heads=s.integer("num_attention_heads"),
            d_ff=s.integer("intermediate_size"),
            n_positions=s.integer("max_position_embeddings", 512),
            n_types=s.integer("type_vocab_size", 2),
            act=s.text("hidden_act", "gelu"),
            norm_eps=s.number("layer_norm_eps", 1e-12),
            pad_token_id=s.optional_index("pad_token_id"),
            head=not s.is_saved_as("BertModel"),
        )

    def to_published(self) -> dict[str, Any]:
        return {
            "architectures": ["BertForMaskedLM" if self.head else "BertModel"],
            "model_type": "bert",
            "vocab_size": self.vocab_size,
            "hidden_size": self.d_model,
            "num_hidden_layers": self.n_layers,
            "num_attention_heads": self.n_heads,
            "intermediate_size": self.d_ff,
            "max_position_embeddings": self.n_positions,
            "type_vocab_size": self.n_types,
            "hidden_act": self.act,
            "layer_norm_eps": self.norm_eps,
            "pad_token_id": self.pad_token_id,
        }


class BertLayer(nn.Module):
    """Attention, then a feed-forward network; each is added to its input, and the sum normalised."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.n_heads, self.dropout = config.n_heads, config.dropout
        D, eps = config.d_model, config.norm_eps
        self.query, self.key, self.value = nn.Linear(D, D), nn.Linear(D, D), nn.Linear(D, D)
        self.output = nn.Linear(D, D)
        self.attention_norm = LayerNorm(D, eps)
        self.mlp = FeedForward(D, config.d_ff, config.act)
        self.output_norm = LayerNorm(D, eps)

    def forward(self, x: Tensor, mask: Mask) -> Tensor:
        B, T, D = x.shape
        heads = (B, T, self.n_heads, D // self.n_heads)
        q, k, v = (f(x).view(heads).transpose(1, 2) for f in (self.query, self.key, self.value))  # (B, H, T, d_head)
        seen = attention(q, k, v, mask).transpose(1, 2).reshape(B, T, D)
        x = self.attention_norm(x + F.dropout(self.output(seen), self.dropout, self.training))
        y: Tensor = self.output_norm(x + F.dropout(self.mlp(x), self.dropout, self.training))
        return y


class Bert(PretrainedModel[BertConfig]):
    """The encoder, and the head that names hidden tokens unless `config.head` says that there is none."""

    config_class = BertConfig
    model_types = ("bert",)
    names = (
        (r"^(word|position|token_type)_embeddings", r"bert.embeddings.\1_embeddings"),
        (r"^embedding_norm", "bert.embeddings.LayerNorm"),
        (r"^layers\.", "bert.encoder.layer."),
        (r"(\d)\.(query|key|value)\.", r"\1.attention.self.\2."),
        (r"(\d)\.output\.", r"\1.attention.output.dense."),
        (r"\.attention_norm\.", ".attention.output.LayerNorm."),
        (r"\.mlp\.up_proj\.", ".intermediate.dense."),
        (r"\.mlp\.down_proj\.", ".output.dense."),
        (r"\.output_norm\.", ".output.LayerNorm."),
        (r"^head_dense", "cls.predictions.transform.dense"),
        (r"^head_norm", "cls.predictions.transform.LayerNorm"),
        (r"^head_bias", "cls.predictions.bias"),
    )
    ignored = (r"position_ids$", r"(^|\.)pooler\.", r"^cls\.seq_relationship\.", r"^cls\.predictions\.decoder\.bias$")
    tied = ("cls.predictions.decoder.weight", "bert.embeddings.word_embeddings.weight")

    def __init__(self, config: BertConfig, seed: int = 0) -> None:
        super().__init__(config)
        D = config.d_model
        if D % config.n_heads:
            raise ValueError(f"d_model ({D}) must be a multiple of n_heads ({config.n_heads})")
        self.word_embeddings = nn.Embedding(config.vocab_size, D)
        self.position_embeddings = nn.Embedding(config.n_positions, D)
        self.token_type_embeddings = nn.Embedding(config.n_types, D)
        self.embedding_norm = LayerNorm(D, config.norm_eps)
        self.layers = nn.ModuleList(BertLayer(config) for _ in range(config.n_layers))
        if config.head:
            self.head_dense, self.head_norm = nn.Linear(D, D), LayerNorm(D, config.norm_eps)
            self.head_bias = nn.Parameter(torch.zeros(config.vocab_size))
            self.act = activation(config.act)
        self.initialise(seed=seed)

    @classmethod
    def from_tensors(
        cls, config: Mapping[str, Any], tensors: dict[str, Tensor], dtype: torch.dtype = torch.float32
    ) -> Self:
        if not any(name.startswith("cls.predictions.") for name in tensors):  # whatever the configuration calls itself
            config = {**config, "architectures": ["BertModel"]}
        return super().from_tensors(config, tensors, dtype)

    def to_published(self, name: str) -> str:
        published = super().to_published(name)
        return published if self.config.head else published.removeprefix("bert.")  # as BertModel's files have it

    def canonical(self, name: str) -> str:
        # The first published files call the two vectors of a norm by their Greek letters.
        name = name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias")
        inner = name.removeprefix("bert.")
        return f"bert.{inner}" if self.config.head and not inner.startswith("cls.") else inner

    def encode(self, ids: Tensor, mask: Tensor | None = None, types: Tensor | None = None) -> Tensor:
        """Vectors (B, T, D) of the tokens `ids` (B, T).

        `mask` (B, T) is False at padding (on the right); `types` (B, T) is 0 in a first text, 1 in a second.
        """
        T = ids.shape[1]
        if self.config.n_positions < T:
            raise ValueError(f"this model has {self.config.n_positions} positions, the text has {T} tokens")
        positions = torch.arange(T, device=ids.device)
        x: Tensor = self.word_embeddings(ids) + self.token_type_embeddings(
            torch.zeros_like(ids) if types is None else types
        )
        x = self.embedding_norm(x + self.position_embeddings(positions))
        x = F.dropout(x, self.config.dropout, self.training)
        seen = bidirectional_mask(mask)
        for layer in self.layers:
            x = layer(x, seen)
        return x

    def forward(self, ids: Tensor, mask: Tensor | None = None, types: Tensor | None = None) -> Tensor:
        """Logits (B, T, vocab_size): which token stands, or stood, at each place. Raises ValueError without the head."""
        if not self.config.head:
            raise ValueError("this BERT was published without the head that names hidden tokens: call `encode`")
        x = self.head_norm(self.act(self.head_dense(self.encode(ids, mask, types))))
        return F.linear(x, self.word_embeddings.weight, self.head_bias)
