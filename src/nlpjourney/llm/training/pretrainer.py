"""Pretraining: a language model learns to predict every next token of a long text.

The loop is `nets.training.Trainer`; here stands what is a language model's own: rows of tokens, whose targets are the same tokens
one place on, the mean cross-entropy as loss, and its mean over held-out text. Notable choice: the loss is the mean over all
predicted tokens of a step, so it does not depend on how the step was accumulated or shared by processes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from nlpjourney.llm.data.packing import Batches, Tokens
from nlpjourney.nets.training import Trainer, TrainingConfig
from nlpjourney.nets.training.distributed import Parallel, Processes


@dataclass(frozen=True, kw_only=True)
class PretrainingConfig(TrainingConfig):
    """The settings of a run whose steps see `batch_size` rows of `length` tokens each."""

    batch_size: int = 16
    length: int = 128


def next_token_loss(model: nn.Module, rows: Tensor) -> Tensor:
    """The mean cross-entropy, in nats, of predicting rows[:, 1:] from rows[:, :-1]; rows int64 (B, T + 1)."""
    loss: Tensor = model(rows[:, :-1], targets=rows[:, 1:])
    return loss


@torch.no_grad()
def evaluate(model: nn.Module, tokens: Tokens, length: int, batch_size: int = 32) -> float:
    """Mean loss in nats a token over `tokens`, in rows of `length`; what does not fill a row is left out."""
    n_rows = (len(tokens) - 1) // length
    if n_rows < 1:
        raise ValueError(f"{len(tokens)} tokens are too few to evaluate rows of {length}")
    was_training, total = model.training, 0.0
    model.eval()
    for first in range(0, n_rows, batch_size):
        n = min(batch_size, n_rows - first)
        ids = torch.as_tensor(tokens[first * length : (first + n) * length + 1])
        inputs, targets = ids[:-1].view(n, length), ids[1:].view(n, length)
        total += float(model(inputs, targets=targets)) * n
    model.train(was_training)
    return total / n_rows


class Pretrainer(Trainer):
    """One run on `tokens`. `validation` are held-out tokens to evaluate on, `sample` writes a text with the model as it is.

    `model(ids, targets=targets)` has to give the mean loss, as a decoder does and `nets.RecurrentLM`.
    `folder`, `processes` and `kind` are those of `Trainer`. Raises ValueError when there are too few tokens, when a batch cannot
    be split, or when the checkpoint in `folder` is of another run.
    """

    def __init__(
        self,
        model: nn.Module,
        tokens: Tokens,
        config: PretrainingConfig,
        *,
        validation: Tokens | None = None,
        sample: Callable[[Any], str] | None = None,
        folder: str | Path | None = None,
        processes: Processes | None = None,
        kind: Parallel = "ddp",
    ) -> None:
        processes = processes or Processes()
        if config.batch_size % (config.accumulate * processes.world):
            raise ValueError(
                f"a batch of {config.batch_size} rows cannot be split into {config.accumulate} parts for each of "
                f"{processes.world} processes"
            )
        rank, world = processes.rank, processes.world
        batches = Batches(tokens, config.batch_size, config.length, seed=config.seed, rank=rank, world=world)
        super().__init__(
            model,
            batches,
            config,
            loss=next_token_loss,
            validate=None if validation is None else lambda _: evaluate(model, validation, config.length),
            sample=None if sample is None else lambda _: sample(model),
            folder=folder,
            processes=processes,
            kind=kind,
        )
