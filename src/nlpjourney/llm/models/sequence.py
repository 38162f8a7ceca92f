"""Texts that a PyTorch model reads and continues, each by itself or several in one batch.

A sequence is a row of a cache. Those that go on together share one cache, so that a step is one pass through the model for all;
when the company changes, their rows are copied into a new cache, shorter texts padded on the left.
"""

from __future__ import annotations

from collections import abc
from collections.abc import Callable

import torch
from torch import Tensor

from nlpjourney.llm.blocks.cache import ContextFull, KVCache


class TorchSequence:
    """What a model has read: `ids` (−1 where an embedding stood), and row `row` of `cache`.

    `source` (S, D) is what the decoder of an encoder-decoder looks at.
    """

    def __init__(self, source: Tensor | None = None) -> None:
        self.ids: list[int] = []
        self.cache, self.row = KVCache(), 0
        self.source = source

    def __len__(self) -> int:
        return len(self.ids)

    def fork(self) -> TorchSequence:
        """A second sequence that begins like this one; each goes on as it likes."""
        other = TorchSequence(self.source)
        other.ids, other.cache = list(self.ids), KVCache.of_rows([(self.cache, self.row)])
        return other

    def truncate(self, length: int) -> None:
        """Forget all but the first `length` tokens. ValueError for more than there are, and for a recurrent model."""
        if not 0 <= length <= len(self):
            raise ValueError(f"the sequence has {len(self)} tokens, it cannot be cut to {length}")
        alone = KVCache.of_rows([(self.cache, self.row)])
        alone.truncate(length)
        self.cache, self.row = alone, 0
        del self.ids[length:]


def extend(
    sequences: abc.Sequence[TorchSequence],
    new: abc.Sequence[abc.Sequence[int] | Tensor],
    vocab_size: int,
    context_length: int | None,
    embed: Callable[[Tensor], Tensor],
    forward: Callable[[Tensor, Tensor | None, KVCache, abc.Sequence[TorchSequence]], Tensor],
) -> Tensor:
    """Read `new[i]` after `sequences[i]`: the logits (n, vocab_size) of what follows each, float32 on the processor.

    `embed` turns ids (1, T) into vectors (1, T, D); `forward` takes ids (B, T) or embeddings (B, T, D), the mask of padding, the
    cache and the sequences of a batch, and gives the logits (B, ·, vocab_size) that end with those of the last token.
    """
    for sequence, some in zip(sequences, new, strict=True):
        _check(sequence, some, vocab_size, context_length)
    logits = torch.empty(len(sequences), vocab_size)
    with torch.inference_mode():
        for rows in _batches(sequences, new):
            batch = [sequences[row] for row in rows]
            x, mask = _padded([new[row] for row in rows], embed)
            logits[rows] = forward(x, mask, _together(batch), batch)[:, -1].float().cpu()
            for row in rows:
                some = new[row]
                sequences[row].ids += [-1] * len(some) if isinstance(some, Tensor) else some
    return logits


def _check(
    sequence: TorchSequence, new: abc.Sequence[int] | Tensor, vocab_size: int, context_length: int | None
) -> None:
    if not len(new):
        raise ValueError("there must be at least one token to read")
    if not isinstance(new, Tensor) and not 0 <= min(new) <= max(new) < vocab_size:
        wrong = min(new) if min(new) < 0 else max(new)
        raise ValueError(f"token {wrong} is not in the vocabulary of {vocab_size}")
    if context_length is not None and len(sequence) + len(new) > context_length:
        raise ContextFull(
            f"{len(sequence)} + {len(new)} tokens are more than the {context_length} that the model can read"
        )


def _batches(sequences: abc.Sequence[TorchSequence], new: abc.Sequence[abc.Sequence[int] | Tensor]) -> list[list[int]]:
    """Which go through the model together: all, if all are new, or add as many tokens; otherwise each by itself.

    Padding in front of a text is as if it were not there; in its middle, a recurrent model would stumble over it.
    """
    all_new = not any(len(sequence) for sequence in sequences)
    none_new = all(len(sequence) for sequence in sequences)
    if all_new or (none_new and len({len(some) for some in new}) == 1):
        return [list(range(len(sequences)))]
    return [[row] for row in range(len(sequences))]


def _padded(
    new: abc.Sequence[abc.Sequence[int] | Tensor], embed: Callable[[Tensor], Tensor]
) -> tuple[Tensor, Tensor | None]:
    """Ids (B, T), or embeddings (B, T, D) if some are, padded on the left; and the mask (B, T), None without padding."""
    if any(isinstance(some, Tensor) for some in new):
        rows = [some.cpu() if isinstance(some, Tensor) else embed(torch.tensor([some]))[0] for some in new]
    else:
        rows = [torch.tensor(some) for some in new]
    x = torch.nn.utils.rnn.pad_sequence([row.flip(0) for row in rows], batch_first=True).flip(1)
    lengths = torch.tensor([len(row) for row in rows])[:, None]
    mask = torch.arange(x.shape[1]) >= x.shape[1] - lengths
    return x, None if bool(mask.all()) else mask


def _together(batch: abc.Sequence[TorchSequence]) -> KVCache:
    """The cache whose rows are just these sequences, in this order."""
    cache = batch[0].cache
    same = all(sequence.cache is cache and sequence.row == row for row, sequence in enumerate(batch))
    if not same or cache.batch_size not in (None, len(batch)):
        cache = KVCache.of_rows([(sequence.cache, sequence.row) for sequence in batch])
        for row, sequence in enumerate(batch):
            sequence.cache, sequence.row = cache, row
    return cache
