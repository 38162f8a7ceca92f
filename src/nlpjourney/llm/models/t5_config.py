"""The sizes and choices of a T5 model, and how published configurations write them.

Notable choice: a configuration cannot say which approximation of GELU a gated network uses; `gated-gelu` means the one that the
published models were trained with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from nlpjourney.llm.blocks.feed_forward import activation
from nlpjourney.llm.config_json import Settings


@dataclass(frozen=True, kw_only=True)
class T5Config:
    """The sizes; the defaults are those of t5-small."""

    vocab_size: int = 32128
    d_model: int = 512
    d_head: int = 64
    d_ff: int = 2048
    n_layers: int = 6
    n_decoder_layers: int = 6  # 0: an encoder alone, as embeddings of texts are made with
    n_heads: int = 8
    n_buckets: int = 32
    max_distance: int = 128
    norm_eps: float = 1e-6
    act: str = "relu"
    gated: bool = False
    tied: bool = True
    dropout: float = 0.0
    pad_token_id: int = 0
    decoder_start_token_id: int = 0
    eos_token_ids: tuple[int, ...] = (1,)

    @classmethod
    def from_published(cls, values: Mapping[str, Any]) -> Self:
        s = Settings(values)
        kind = s.text("feed_forward_proj", "relu")
        gate, _, act = kind.rpartition("-")
        if gate not in ("", "gated"):
            raise ValueError(f"'feed_forward_proj' must be an activation or gated-ACTIVATION, not {kind!r}")
        if kind == "gated-gelu":
            act = "gelu_new"  # what the published models were trained with
        activation(act)
        n_layers = s.integer("num_layers")
        n_decoder_layers = s.integer("num_decoder_layers", n_layers)
        encodes_only = s.is_saved_as("T5EncoderModel")
        s.expect("is_decoder", False)
        s.ignore("n_positions")  # of the training; distances, however long, have a bucket
        return cls(
            vocab_size=s.integer("vocab_size"),
            d_model=s.integer("d_model"),
            d_head=s.integer("d_kv"),
            d_ff=s.integer("d_ff"),
            n_layers=n_layers,
            n_decoder_layers=0 if encodes_only else n_decoder_layers,
            n_heads=s.integer("num_heads"),
            n_buckets=s.integer("relative_attention_num_buckets", 32),
            max_distance=s.integer("relative_attention_max_distance", 128),
            norm_eps=s.number("layer_norm_epsilon", 1e-6),
            act=act,
            gated=gate == "gated",
            # Transformers 5 says in `scale_decoder_outputs` what `tie_word_embeddings` meant before.
            tied=s.flag("scale_decoder_outputs", s.flag("tie_word_embeddings", True)),
            pad_token_id=s.index("pad_token_id", 0),
            decoder_start_token_id=s.index("decoder_start_token_id", s.index("pad_token_id", 0)),
            eos_token_ids=s.token_ids("eos_token_id"),
        )

    def to_published(self) -> dict[str, Any]:
        if self.gated and self.act == "gelu":
            raise ValueError(
                "a T5 configuration cannot say gated exact GELU: its 'gated-gelu' is the tanh approximation"
            )
        act = "gelu" if self.gated and self.act == "gelu_new" else self.act
        return {
            "architectures": ["T5ForConditionalGeneration" if self.n_decoder_layers else "T5EncoderModel"],
            "model_type": "t5",
            "is_encoder_decoder": self.n_decoder_layers > 0,
            "vocab_size": self.vocab_size,
            "d_model": self.d_model,
            "d_kv": self.d_head,
            "d_ff": self.d_ff,
            "num_layers": self.n_layers,
            "num_decoder_layers": self.n_decoder_layers or self.n_layers,
            "num_heads": self.n_heads,
            "relative_attention_num_buckets": self.n_buckets,
            "relative_attention_max_distance": self.max_distance,
            "layer_norm_epsilon": self.norm_eps,
            "feed_forward_proj": f"gated-{act}" if self.gated else act,
            "tie_word_embeddings": self.tied,
            "pad_token_id": self.pad_token_id,
            "decoder_start_token_id": self.decoder_start_token_id,
            "eos_token_id": list(self.eos_token_ids) or None,
        }
