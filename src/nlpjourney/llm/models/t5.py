"""T5 (Raffel et al., 2020): text in, text out. An encoder reads the whole input, a decoder writes and looks at what was read.

The Transformer of 2017 with the parts of today: norms without mean or bias in front of each part, no biases anywhere, and
positions as a learned number for each bucket of distances, added to the scores (shared by all layers of a stack). Notable
choices of the paper: scores are not divided by sqrt(d_head), the initialisation does that; the output shares the embedding
matrix, its input scaled by 1/sqrt(d_model). Version 1.1 has a gated feed-forward network and an output matrix of its own.
"""

from __future__ import annotations

from collections import abc
from collections.abc import Mapping
from typing import Any, Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nlpjourney.llm.blocks.attention import Mask, attention, bidirectional_mask, causal_mask
from nlpjourney.llm.blocks.cache import KVCache
from nlpjourney.llm.blocks.feed_forward import FeedForward, GatedFeedForward
from nlpjourney.llm.blocks.norms import RMSNorm
from nlpjourney.llm.blocks.positions import RelativeBias
from nlpjourney.llm.models.pretrained import PretrainedModel
from nlpjourney.llm.models.sequence import TorchSequence, extend
from nlpjourney.llm.models.t5_config import T5Config


class T5Attention(nn.Module):
    """Attention to the own text, or with `source` to that of the encoder. The scores are not scaled."""

    def __init__(self, config: T5Config) -> None:
        super().__init__()
        self.n_heads, self.d_head = config.n_heads, config.d_head
        inner = config.n_heads * config.d_head
        self.q, self.k, self.v = (nn.Linear(config.d_model, inner, bias=False) for _ in range(3))
        self.o = nn.Linear(inner, config.d_model, bias=False)

    def heads(self, x: Tensor) -> Tensor:
        return x.view(x.shape[0], x.shape[1], self.n_heads, self.d_head).transpose(1, 2)  # (B, H, T, d_head)

    def keys_values(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.heads(self.k(x)), self.heads(self.v(x))

    def forward(self, x: Tensor, keys: Tensor, values: Tensor, mask: Mask, bias: Tensor | None) -> Tensor:
        answer = attention(self.heads(self.q(x)), keys, values, mask, 1.0, bias)
        out: Tensor = self.o(answer.transpose(1, 2).reshape(x.shape[0], x.shape[1], -1))
        return out


class T5Block(nn.Module):
    """Self-attention, in a decoder attention to the encoder's vectors, feed-forward; each behind a norm, each added."""

    def __init__(self, config: T5Config, layer: int, decoder: bool) -> None:
        super().__init__()
        self.layer, self.dropout = layer, config.dropout
        self.self_attention = T5Attention(config)
        self.self_norm = RMSNorm(config.d_model, config.norm_eps)
        if decoder:
            self.cross_attention = T5Attention(config)
            self.cross_norm = RMSNorm(config.d_model, config.norm_eps)
        feed_forward = GatedFeedForward if config.gated else FeedForward
        self.mlp = feed_forward(config.d_model, config.d_ff, config.act, bias=False, dropout=config.dropout)
        self.mlp_norm = RMSNorm(config.d_model, config.norm_eps)

    def forward(
        self,
        x: Tensor,
        mask: Mask,
        bias: Tensor,
        source: Tensor | None = None,
        source_mask: Mask | None = None,
        cache: KVCache | None = None,
    ) -> Tensor:
        normed = self.self_norm(x)
        k, v = self.self_attention.keys_values(normed)
        if cache is not None:
            k, v = cache.append(self.layer, k, v)
        x = x + self.drop(self.self_attention(normed, k, v, mask, bias))
        if source is not None and source_mask is not None:
            if cache is None:
                k, v = self.cross_attention.keys_values(source)
            else:  # the source does not change while the decoder writes
                if self.layer not in cache.fixed:
                    cache.fixed[self.layer] = self.cross_attention.keys_values(source)
                k, v = cache.fixed[self.layer]
            x = x + self.drop(self.cross_attention(self.cross_norm(x), k, v, source_mask, None))
        return x + self.drop(self.mlp(self.mlp_norm(x)))

    def drop(self, x: Tensor) -> Tensor:
        return F.dropout(x, self.dropout, self.training)


class T5Stack(nn.Module):
    """The blocks of the encoder, or those of the decoder, with the distances' table and the last norm."""

    def __init__(self, config: T5Config, decoder: bool) -> None:
        super().__init__()
        n_layers = config.n_decoder_layers if decoder else config.n_layers
        self.relative_bias = RelativeBias(config.n_buckets, config.max_distance, config.n_heads, both_ways=not decoder)
        self.block = nn.ModuleList(T5Block(config, layer, decoder) for layer in range(n_layers))
        self.final_norm = RMSNorm(config.d_model, config.norm_eps)


class T5(PretrainedModel[T5Config]):
    """Encoder, decoder and output matrix. `start` and `extend` make it a `LanguageModel` of `llm.generation`."""

    context_length: int | None = None  # distances, however long, have a bucket
    config_class = T5Config
    model_types = ("t5",)
    names = (
        (r"relative_bias\.table", "block.0.layer.0.SelfAttention.relative_attention_bias"),
        (r"\.self_attention\.", ".layer.0.SelfAttention."),
        (r"\.self_norm\.", ".layer.0.layer_norm."),
        (r"\.cross_attention\.", ".layer.1.EncDecAttention."),
        (r"\.cross_norm\.", ".layer.1.layer_norm."),
        (r"^(encoder.*)\.mlp_norm\.", r"\1.layer.1.layer_norm."),
        (r"^(decoder.*)\.mlp_norm\.", r"\1.layer.2.layer_norm."),
        (r"^(encoder.*)\.mlp\.", r"\1.layer.1.DenseReluDense."),
        (r"^(decoder.*)\.mlp\.", r"\1.layer.2.DenseReluDense."),
        (r"DenseReluDense\.gate_proj\.", "DenseReluDense.wi_0."),
        (r"DenseReluDense\.down_proj\.", "DenseReluDense.wo."),
        (r"\.final_norm\.", ".final_layer_norm."),
    )
    ignored = (r"^(en|de)coder\.embed_tokens\.weight$", r"EncDecAttention\.relative_attention_bias")
    tied = ("lm_head.weight", "shared.weight")

    def __init__(self, config: T5Config, seed: int = 0) -> None:
        super().__init__(config)
        self.vocab_size = config.vocab_size
        self.shared = nn.Embedding(config.vocab_size, config.d_model)
        self.encoder = T5Stack(config, decoder=False)
        self.decoder = T5Stack(config, decoder=True) if config.n_decoder_layers else None
        self.lm_head = (
            None if config.tied or self.decoder is None else nn.Linear(config.d_model, config.vocab_size, bias=False)
        )
        self.initialise(seed=seed)

    @classmethod
    def from_tensors(
        cls, config: Mapping[str, Any], tensors: dict[str, Tensor], dtype: torch.dtype = torch.float32
    ) -> Self:
        if not any(name.startswith("decoder.") for name in tensors):  # whatever the configuration calls itself
            config = {**config, "architectures": ["T5EncoderModel"]}
        return super().from_tensors(config, tensors, dtype)

    def to_published(self, name: str) -> str:
        up = "wi_1" if self.config.gated else "wi"
        return super().to_published(name).replace("DenseReluDense.up_proj.", f"DenseReluDense.{up}.")

    def load_weights(self, tensors: Mapping[str, Tensor]) -> None:
        """As for every model; a file without an output matrix of its own means the embedding matrix."""
        if self.lm_head is not None and "lm_head.weight" not in tensors and "shared.weight" in tensors:
            tensors = {**tensors, "lm_head.weight": tensors["shared.weight"].clone()}
        super().load_weights(tensors)

    def embed(self, ids: Tensor) -> Tensor:
        """The vectors (B, T, D) of `ids` (B, T); embeddings stay what they are."""
        x: Tensor = ids if ids.is_floating_point() else self.shared(ids)
        return x

    def encode(self, ids: Tensor, mask: Tensor | None = None) -> Tensor:
        """The encoder's vectors (B, S, D) of `ids` (B, S) or embeddings (B, S, D); `mask` (B, S) is False at padding."""
        x = F.dropout(self.embed(ids), self.config.dropout, self.training)
        seen, bias = bidirectional_mask(mask), self.encoder.relative_bias(ids.shape[1], ids.shape[1])
        for block in self.encoder.block:
            x = block(x, seen, bias)
        x = self.encoder.final_norm(x)
        return F.dropout(x, self.config.dropout, self.training)

    def forward(
        self,
        ids: Tensor,
        source: Tensor,
        source_mask: Tensor | None = None,
        mask: Tensor | None = None,
        cache: KVCache | None = None,
    ) -> Tensor:
        """Logits (B, T, vocab_size) of the token after each of the decoder's `ids` (B, T), or embeddings (B, T, D).

        `source` (B, S, D) comes from `encode`, `source_mask` (B, S) is False at its padding, `mask` (B, T) at that of
        `ids`. With a `cache`, `ids` are the new tokens only.
        """
        if self.decoder is None:
            raise ValueError("this T5 was published without its decoder: call `encode`")
        T, past = ids.shape[1], cache.length if cache is not None else 0
        padding = mask.bool() if mask is not None else None
        if cache is not None:
            padding = cache.extend_padding(padding, ids.shape[0], T)
        seen = causal_mask(T, past + T, None, padding, ids.device)
        if seen.causal:  # the bias has to be a mask as well: the fused kernel takes one of the two
            seen = Mask(torch.ones(T, T, dtype=torch.bool, device=ids.device).tril())
        bias = self.decoder.relative_bias(T, past + T)
        x = F.dropout(self.embed(ids), self.config.dropout, self.training)
        for block in self.decoder.block:
            x = block(x, seen, bias, source, bidirectional_mask(source_mask), cache)
        if cache is not None:
            cache.advance(T)
        x = F.dropout(self.decoder.final_norm(x), self.config.dropout, self.training)
        if self.lm_head is None:
            x = x * self.config.d_model**-0.5
        return F.linear(x, self.output_matrix())

    def output_matrix(self) -> Tensor:
        return self.shared.weight if self.lm_head is None else self.lm_head.weight

    def shift_right(self, labels: Tensor) -> Tensor:
        """The decoder's input for wanted `labels` (B, T): the start token, then all but the last label; −100 becomes padding."""
        start = torch.full_like(labels[:, :1], self.config.decoder_start_token_id)
        ids = torch.cat([start, labels[:, :-1]], dim=1)
        return ids.masked_fill(ids == -100, self.config.pad_token_id)

    @torch.inference_mode()
    def start(self, prompt: abc.Sequence[int] | Tensor) -> tuple[TorchSequence, list[int]]:
        """A sequence that looks at the encoder's vectors of `prompt`, ids or embeddings (S, D); an answer's first token."""
        ids = prompt if isinstance(prompt, Tensor) else torch.tensor(prompt)
        source = self.encode(ids.to(self.device)[None])[0]
        return TorchSequence(source), [self.config.decoder_start_token_id]

    def extend(self, sequences: abc.Sequence[TorchSequence], new: abc.Sequence[abc.Sequence[int] | Tensor]) -> Tensor:
        """The decoder reads `new[i]` after `sequences[i]`: the logits (n, vocab_size), float32, of what follows each.

        Raises ValueError for nothing to read, unknown ids, or a sequence that `start` did not make.
        """
        if any(sequence.source is None for sequence in sequences):
            raise ValueError("a T5 continues what its encoder has read: begin a sequence with start(prompt)")

        def forward(x: Tensor, mask: Tensor | None, cache: KVCache, batch: abc.Sequence[TorchSequence]) -> Tensor:
            texts = [sequence.source for sequence in batch if sequence.source is not None]
            source = nn.utils.rnn.pad_sequence(texts, batch_first=True)  # (B, S, D)
            lengths = torch.tensor([len(text) for text in texts], device=source.device)[:, None]
            seen = torch.arange(source.shape[1], device=source.device) < lengths
            logits: Tensor = self(
                x.to(self.device), source, seen, None if mask is None else mask.to(self.device), cache
            )
            return logits

        return extend(
            sequences,
            new,
            self.vocab_size,
            self.context_length,
            lambda ids: self.embed(ids.to(self.device)).cpu(),
            forward,
        )
