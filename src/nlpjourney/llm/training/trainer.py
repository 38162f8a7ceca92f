"""The training loop: read a batch, see how wrong the model is, move every weight a little, write down what happened.

Everything around that is here because long runs need it: several small batches for one step (gradient accumulation) where a
big one does not fit the memory, gradients cut to a largest length (clipping, Pascanu et al., 2013), half precision where the
machine has it (`bf16`), evaluation on text that is never trained on, samples, and checkpoints from which a killed run goes on
to the very same losses. Notable choices: the loss is the mean over all predicted tokens of the step, however they were
accumulated or shared by processes; the loop is a generator of log entries, so that a notebook can draw while it runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from nlpjourney.llm.data.packing import Batches, Tokens
from nlpjourney.llm.models.causal import CausalLM
from nlpjourney.llm.training.adamw import AdamW
from nlpjourney.llm.training.checkpoint import load_checkpoint, save_checkpoint, whole
from nlpjourney.llm.training.distributed import Parallel, Processes, parallel, synchronise
from nlpjourney.llm.training.logbook import Logbook
from nlpjourney.llm.training.muon import Muon
from nlpjourney.llm.training.schedules import Schedule, learning_rate

CHECKPOINT, LOGBOOK = "checkpoint.pt", "logbook.jsonl"


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """The settings of a run. A step sees `batch_size` rows of `length` tokens, in `accumulate` parts.

    `n_steps` is the whole run (the schedule ends there). `eval_every`, `sample_every` and `checkpoint_every` are in steps; 0
    is never.
    """

    n_steps: int
    batch_size: int = 16
    length: int = 128
    accumulate: int = 1
    optimizer: Literal["muon", "adamw"] = "muon"
    lr: float = 0.01
    schedule: Schedule = "wsd"
    warmup: int = 10
    final: float = 0.05
    decay: float = 0.4
    weight_decay: float = 0.01
    clip: float = 1.0
    bf16: bool = False
    eval_every: int = 0
    sample_every: int = 0
    checkpoint_every: int = 0
    seed: int = 0


def make_optimizers(model: nn.Module, config: TrainingConfig) -> list[Optimizer]:
    """AdamW for all, or Muon for the matrices within the layers and AdamW for the rest. Only matrices within layers decay."""
    inner, outer = list[Tensor](), list[Tensor]()
    for name, p in model.named_parameters():
        (inner if p.dim() == 2 and "embed" not in name and "lm_head" not in name else outer).append(p)
    if config.optimizer == "muon":
        return [Muon(inner, config.lr, weight_decay=config.weight_decay), AdamW(outer, config.lr, weight_decay=0.0)]
    if config.optimizer == "adamw":
        return [
            AdamW(
                [
                    {"params": inner, "weight_decay": config.weight_decay},
                    {"params": outer, "weight_decay": 0.0},
                ],
                config.lr,
            )
        ]
    raise ValueError(f"unknown optimizer {config.optimizer!r}: known are muon and adamw")


@torch.no_grad()
def evaluate(model: CausalLM[Any], tokens: Tokens, length: int, batch_size: int = 32) -> float:
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


class Trainer:
    """One run. `folder` keeps its checkpoint and logbook (None: neither); a checkpoint that is there is gone on from.

    `validation` are the tokens to evaluate on, `sample` writes a text with the model as it is. Raises ValueError when the
    batch cannot be split, or the checkpoint is of another run.
    """

    def __init__(
        self,
        model: CausalLM[Any],
        tokens: Tokens,
        config: TrainingConfig,
        *,
        validation: Tokens | None = None,
        sample: Callable[[CausalLM[Any]], str] | None = None,
        folder: str | Path | None = None,
        processes: Processes | None = None,
        kind: Parallel = "ddp",
    ) -> None:
        self.model, self.config, self.validation, self.sample = model.train(), config, validation, sample
        for p in model.parameters():
            p.requires_grad_(True)
        self.processes = processes or Processes()
        if config.batch_size % (config.accumulate * self.processes.world):
            raise ValueError(
                f"a batch of {config.batch_size} rows cannot be split into {config.accumulate} parts for each of "
                f"{self.processes.world} processes"
            )
        self.called = parallel(model, kind, self.processes)
        self.optimizers: Sequence[Optimizer] = make_optimizers(model, config)
        self.batches = Batches(
            tokens, config.batch_size, config.length, seed=config.seed,
            rank=self.processes.rank, world=self.processes.world,
        )  # fmt: skip
        self.step, self.seconds = 0, 0.0
        self.folder = Path(folder) if folder is not None else None
        if self.folder and (self.folder / CHECKPOINT).exists():
            self.step, data = load_checkpoint(self.folder / CHECKPOINT, model, self.optimizers)
            self.seconds = float(data.pop("seconds"))
            self.batches.restore(data)

    def run(self, until: int | None = None) -> Iterator[dict[str, Any]]:
        """Train to step `until` (or the end), yielding each entry of the logbook after it was written."""
        book = None
        if self.folder and self.processes.is_first:
            book = Logbook(self.folder / LOGBOOK, resume_at=self.step if self.step else None)
        try:
            for entry in self._entries(min(until or self.config.n_steps, self.config.n_steps)):
                if book:
                    book.write(**entry)
                yield entry
        finally:
            if book:
                book.close()

    def _entries(self, until: int) -> Iterator[dict[str, Any]]:
        c = self.config
        if self.step == 0:
            yield from self._look(first=True)
        while self.step < until:
            start = time.perf_counter()
            lr = learning_rate(
                self.step,
                c.n_steps,
                c.lr,
                schedule=c.schedule,
                warmup=min(c.warmup, c.n_steps),
                final=c.final,
                decay=c.decay,
            )
            loss, norm = self.train_step(next(self.batches), lr)
            self.step += 1
            took = time.perf_counter() - start
            self.seconds += took
            yield {
                "step": self.step,
                "loss": loss,
                "lr": lr,
                "grad_norm": norm,
                "tokens": self.step * c.batch_size * c.length,
                "tokens_per_second": c.batch_size * c.length / took,
                "seconds": self.seconds,
            }
            yield from self._look()
            if self.folder and c.checkpoint_every and (self.step % c.checkpoint_every == 0 or self.step == c.n_steps):
                self.save()

    def _look(self, first: bool = False) -> Iterator[dict[str, Any]]:
        """Evaluation and sample, when they are due."""
        c, last = self.config, self.step == self.config.n_steps
        if self.validation is not None and c.eval_every and (first or last or self.step % c.eval_every == 0):
            yield {"step": self.step, "val_loss": evaluate(self.model, self.validation, c.length)}
        if self.sample is not None and c.sample_every and (first or last or self.step % c.sample_every == 0):
            self.model.eval()
            yield {"step": self.step, "sample": self.sample(self.model)}
            self.model.train()

    def train_step(self, rows: Any, lr: float) -> tuple[float, float]:
        """One step on `rows` (B, length + 1): (loss before it, length of the gradient before clipping)."""
        c = self.config
        parts = torch.as_tensor(rows).chunk(c.accumulate)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = lr
            optimizer.zero_grad()
        total = torch.zeros(())
        for i, part in enumerate(parts):
            synchronise(self.called, on=i == len(parts) - 1)
            with torch.autocast("cpu", torch.bfloat16, enabled=c.bf16):
                loss = self.called(part[:, :-1], targets=part[:, 1:]) / len(parts)
            loss.backward()
            total += loss.detach()
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), c.clip if c.clip > 0 else float("inf"))
        if hasattr(norm, "full_tensor"):
            norm = norm.full_tensor()
        for optimizer in self.optimizers:
            optimizer.step()
        return float(self.processes.mean(total)), float(norm)

    def gather(self) -> dict[str, Tensor]:
        """The weights by their own names, whole on every process also where they are sharded (all processes must take part)."""
        state: dict[str, Tensor] = whole(self.model.state_dict())
        return state

    def save(self) -> None:
        """Write the checkpoint now."""
        if self.folder is None:
            raise ValueError("a run without a folder has no checkpoint")
        data = self.batches.state() | {"seconds": self.seconds}
        save_checkpoint(self.folder / CHECKPOINT, self.model, self.optimizers, self.step, data, self.processes.is_first)
