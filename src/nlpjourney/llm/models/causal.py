"""What the decoders share: from token ids to logits, step by step, with or without a cache."""

from __future__ import annotations

from collections import abc
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from nlpjourney.llm.blocks.attention import Mask, causal_mask
from nlpjourney.llm.blocks.cache import ContextFull, KVCache
from nlpjourney.llm.blocks.cross_entropy import linear_cross_entropy
from nlpjourney.llm.models.pretrained import C, PretrainedModel
from nlpjourney.llm.models.sequence import TorchSequence, extend


@dataclass(frozen=True)
class Step:
    """One call of a decoder: `n_queries` new tokens, which end at `n_keys`."""

    n_queries: int
    n_keys: int
    positions: Tensor  # (T,), or (B, T) where padding makes them differ
    length: int  # the highest position + 1
    padding: Tensor | None  # (B, n_keys), True where there is a token

    def mask(self, window: int | None = None) -> Mask:
        return causal_mask(self.n_queries, self.n_keys, window, self.padding, self.positions.device)

    @property
    def new_padding(self) -> Tensor | None:
        """(B, T): which of the new tokens are real."""
        return None if self.padding is None else self.padding[:, -self.n_queries :]


class CausalLM(PretrainedModel[C]):
    """A decoder. A subclass defines `embed`, `hidden` and `output_matrix`, and `context_length` when its positions are a table.

    `start` and `extend` make it a `LanguageModel` of `llm.generation`.
    """

    vocab_size: int
    context_length: int | None = None

    def forward(
        self,
        ids: Tensor,
        mask: Tensor | None = None,
        cache: KVCache | None = None,
        last_only: bool = False,
        targets: Tensor | None = None,
    ) -> Tensor:
        """Logits (B, T, vocab_size) of the token after each of `ids` (B, T), or (B, 1, vocab_size) with `last_only`.

        In place of ids it takes their embeddings (B, T, D), or what has been put in their place.
        `mask` (B, T) is False where `ids` is padding (pad on the left, so that every text ends at the end). With a `cache`,
        `ids` are the new tokens only, and the cache remembers the padding.
        With `targets` (B, T), the right ids (below 0: does not count), it is the mean loss in nats a token, a scalar.
        """
        step = self.plan(ids, mask, cache)
        x = self.hidden(ids if ids.is_floating_point() else self.embed(ids), step, cache)  # (B, T, D)
        if cache is not None:
            cache.advance(ids.shape[1])
        if targets is not None:
            if targets.shape != ids.shape[:2]:
                raise ValueError(
                    f"targets must have the shape of ids, {tuple(ids.shape[:2])}, not {tuple(targets.shape)}"
                )
            return self.loss(x.flatten(0, 1), targets.flatten())
        return self.head(x[:, -1:] if last_only else x)

    def plan(self, ids: Tensor, mask: Tensor | None, cache: KVCache | None) -> Step:
        """Positions and masks of a call; checks what came in."""
        if ids.is_floating_point() and (ids.dim() != 3 or ids.shape[2] != self.output_matrix().shape[1]):
            d_model = self.output_matrix().shape[1]
            raise ValueError(f"embeddings must be of shape (batch, tokens, {d_model}), not {tuple(ids.shape)}")
        if (ids.dim() != 2 and not ids.is_floating_point()) or ids.shape[1] == 0:
            raise ValueError(f"ids must be of shape (batch, tokens) with at least one token, not {tuple(ids.shape)}")
        if mask is not None and mask.shape != ids.shape[:2]:
            raise ValueError(f"mask must have the shape of ids, {tuple(ids.shape[:2])}, not {tuple(mask.shape)}")
        T, past = ids.shape[1], cache.length if cache is not None else 0
        padding = mask.bool() if mask is not None else None
        if cache is not None:
            padding = cache.extend_padding(padding, ids.shape[0], T)
            if mask is not None and padding is not None and bool((padding[:, 1:] < padding[:, :-1]).any()):
                raise ValueError("padding behind a text that goes on is a hole in it: pad on the left")
        if padding is None:
            positions, length = torch.arange(past, past + T, device=ids.device), past + T
        else:
            positions = (padding.long().cumsum(1) - 1).clamp(min=0)[:, -T:]  # the first token of a text is at 0
            length = int(positions.max()) + 1
        if self.context_length is not None and length > self.context_length:
            raise ContextFull(f"this model has {self.context_length} positions, the text has {length} tokens")
        return Step(T, past + T, positions, length, padding)

    def embed(self, ids: Tensor) -> Tensor:
        """What goes into the first layer for `ids` (B, T): (B, T, D)."""
        raise NotImplementedError

    def hidden(self, x: Tensor, step: Step, cache: KVCache | None) -> Tensor:
        """The vectors (B, T, D) after the last norm, for embeddings `x` (B, T, D)."""
        raise NotImplementedError

    def output_matrix(self) -> Tensor:
        """What turns the last vectors into logits, (vocab_size, D)."""
        raise NotImplementedError

    def head(self, x: Tensor) -> Tensor:
        """Logits (..., vocab_size) of vectors (..., D)."""
        return F.linear(x, self.output_matrix())

    def loss(self, x: Tensor, targets: Tensor) -> Tensor:
        """Mean cross-entropy of `targets` (N,) after the vectors `x` (N, D): that of `head(x)`, which it need not make."""
        return linear_cross_entropy(x, self.output_matrix(), targets)

    def start(self, prompt: abc.Sequence[int] | Tensor) -> tuple[TorchSequence, abc.Sequence[int] | Tensor]:
        """A new sequence, and the prompt, all of which is still to be read."""
        return TorchSequence(), prompt

    def extend(self, sequences: abc.Sequence[TorchSequence], new: abc.Sequence[abc.Sequence[int] | Tensor]) -> Tensor:
        """Read `new[i]`, ids or embeddings (T, D), after `sequences[i]`: the logits (n, vocab_size), float32, of what follows.

        Raises ContextFull when one has no room (nothing is read then), ValueError for nothing to read or unknown ids.
        """

        def forward(x: Tensor, mask: Tensor | None, cache: KVCache, batch: abc.Sequence[TorchSequence]) -> Tensor:
            logits: Tensor = self(
                x.to(self.device), None if mask is None else mask.to(self.device), cache, last_only=True
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
