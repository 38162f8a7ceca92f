"""The training loop: take a batch, see how wrong the model is, move every parameter a little, write down what happened.

Everything around that is here because long runs need it: several small batches for one step (gradient accumulation) where a
big one does not fit the memory, gradients cut to a largest length (clipping, Pascanu et al., 2013), half precision where the
machine has it (`bf16`), evaluation on held-out data, samples, and checkpoints from which a killed run goes on to the very same
losses. Notable choices: the loop knows no kind of model, only batches and a loss; the loss of a step is the mean over its batch,
however it was accumulated or shared by processes; the loop is a generator of log entries, so that a notebook can draw while it
runs.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import torch
from torch import Tensor, nn
from torch.distributed.tensor import DTensor
from torch.optim import Optimizer

from nlpjourney.errors import JourneyError
from nlpjourney.nets.training.adamw import AdamW
from nlpjourney.nets.training.checkpoint import load_checkpoint, save_checkpoint, whole
from nlpjourney.nets.training.distributed import Parallel, Processes, parallel, synchronise
from nlpjourney.nets.training.logbook import Logbook
from nlpjourney.nets.training.muon import Muon
from nlpjourney.nets.training.schedules import Schedule, learning_rate

CHECKPOINT, LOGBOOK = "checkpoint.pt", "logbook.jsonl"


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """The settings of a run of `n_steps` steps (the schedule ends there), each computed in `accumulate` parts.

    `eval_every`, `sample_every` and `checkpoint_every` are in steps; 0 is never.
    """

    n_steps: int
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


class NotFinite(ArithmeticError, JourneyError):
    """The run has come to numbers that are infinite or no numbers: nothing that follows could mend them."""


def matrices_within(model: nn.Module) -> list[nn.Parameter]:
    """The matrices that layers multiply by: every module's `weight` with two axes, but no table and no output matrix.

    Tables are the weights of `nn.Embedding`, whose rows are looked up; the matrix that turns states into scores of tokens is
    what the model's method `output_matrix` returns, if it has one. What a parameter is decides, not what it is called.
    """
    tables = {id(m.weight) for m in model.modules() if isinstance(m, nn.Embedding)}
    if callable(output_matrix := getattr(model, "output_matrix", None)):
        tables.add(id(output_matrix()))
    weights = {id(w) for m in model.modules() if isinstance(w := getattr(m, "weight", None), nn.Parameter)}
    return [p for p in model.parameters() if p.dim() == 2 and id(p) in weights - tables]


def make_optimizers(model: nn.Module, config: TrainingConfig) -> list[Optimizer]:
    """AdamW for all, or Muon for the matrices within the layers and AdamW for the rest. Only matrices within layers decay."""
    inner = matrices_within(model)
    of_layers = {id(p) for p in inner}
    outer = [p for p in model.parameters() if id(p) not in of_layers]
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


class Batches(Protocol):
    """Where the data come from: batches without end, each a tensor, an array, or a tuple or dict of them with equal first axes.

    `state()` says where it stands and what it reads from, `restore(state)` goes there; `n_tokens` (or examples) are in a step of
    all processes.
    """

    n_tokens: int

    def __next__(self) -> Any: ...

    def state(self) -> dict[str, Any]: ...

    def restore(self, state: dict[str, Any]) -> None: ...


def split(batch: Any, n: int) -> list[Any]:
    """`batch` in `n` parts along the first axis of every tensor in it. Raises ValueError when it has too few rows."""
    if isinstance(batch, dict):
        columns = [split(value, n) for value in batch.values()]
        return [dict(zip(batch, part)) for part in zip(*columns, strict=True)]
    if isinstance(batch, (tuple, list)):
        return list(zip(*(split(value, n) for value in batch), strict=True))
    rows = torch.as_tensor(batch)
    if len(rows) % n:
        raise ValueError(f"a batch of {len(rows)} rows cannot be split into {n} equal parts")
    return list(rows.chunk(n))


class Trainer:
    """One run. `folder` keeps its checkpoint and logbook (None: neither); a checkpoint that is there is gone on from.

    model: what learns; all of its parameters do. batches: see `Batches`. loss(model, batch): the mean loss of a batch, or a part
    of one, as a scalar tensor, computed by calling the `model` it is given. validate(model): the held-out loss.
    sample(model): a text that shows what the model can do. processes, kind: several processes, and how they share the work.
    Raises ValueError when the checkpoint is of another run.
    """

    def __init__(
        self,
        model: nn.Module,
        batches: Batches,
        config: TrainingConfig,
        *,
        loss: Callable[[nn.Module, Any], Tensor],
        validate: Callable[[nn.Module], float] | None = None,
        sample: Callable[[nn.Module], str] | None = None,
        folder: str | Path | None = None,
        processes: Processes | None = None,
        kind: Parallel = "ddp",
    ) -> None:
        self.model, self.batches, self.config = model.train(), batches, config
        self.loss, self.validate, self.sample = loss, validate, sample
        for p in model.parameters():
            p.requires_grad_(True)
        self.processes = processes or Processes()
        self.called = parallel(model, kind, self.processes)
        self.optimizers: Sequence[Optimizer] = make_optimizers(model, config)
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
                "tokens": self.step * self.batches.n_tokens,
                "tokens_per_second": self.batches.n_tokens / took,
                "seconds": self.seconds,
            }
            if self.step == c.n_steps:
                self._demand_finite()
            yield from self._look()
            if self.folder and c.checkpoint_every and (self.step % c.checkpoint_every == 0 or self.step == c.n_steps):
                self.save()

    def _look(self, first: bool = False) -> Iterator[dict[str, Any]]:
        """Evaluation and sample, when they are due. Raises NotFinite when the held-out loss is."""
        c, last = self.config, self.step == self.config.n_steps
        self.model.eval()
        if self.validate is not None and c.eval_every and (first or last or self.step % c.eval_every == 0):
            with torch.no_grad():
                loss = self.validate(self.model)
            if not math.isfinite(loss):
                raise NotFinite(f"after step {self.step} the held-out loss is {loss}; {self._advice()}")
            yield {"step": self.step, "val_loss": loss}
        if self.sample is not None and c.sample_every and (first or last or self.step % c.sample_every == 0):
            self._demand_finite()
            yield {"step": self.step, "sample": self.sample(self.model)}
        self.model.train()

    def train_step(self, batch: Any, lr: float) -> tuple[float, float]:
        """One step on a batch: (loss before it, length of the gradient before clipping).

        Raises NotFinite, with the parameters as they were, when the loss or the gradient is not finite.
        """
        c = self.config
        parts = split(batch, c.accumulate)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = lr
            optimizer.zero_grad()
        total = torch.zeros(())
        for i, part in enumerate(parts):
            synchronise(self.called, on=i == len(parts) - 1)
            with torch.autocast("cpu", torch.bfloat16, enabled=c.bf16):
                loss = self.loss(self.called, part) / len(parts)
            loss.backward()  # type: ignore[no-untyped-call]
            total += loss.detach()
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), c.clip if c.clip > 0 else float("inf"))
        if hasattr(norm, "full_tensor"):
            norm = norm.full_tensor()
        loss_value, length = float(self.processes.mean(total)), float(norm)
        if not (math.isfinite(loss_value) and math.isfinite(length)):
            raise NotFinite(
                f"in step {self.step + 1} the loss is {loss_value} and the length of its gradient {length}; {self._advice()}"
            )
        for optimizer in self.optimizers:
            optimizer.step()
        return loss_value, length

    def _demand_finite(self) -> None:
        """Raises NotFinite when a parameter is not: a step from a finite loss may still have gone beyond all numbers."""
        mine = [p.to_local() if isinstance(p, DTensor) else p for p in self.model.parameters()]
        finite = torch.tensor(float(all(bool(torch.isfinite(p).all()) for p in mine)))
        if self.processes.mean(finite) < 1:  # of all processes, each of which may hold a part
            raise NotFinite(f"step {self.step} has made parameters infinite; {self._advice()}")

    def _advice(self) -> str:
        kept = (
            f"{self.folder / CHECKPOINT} is the last good state. "
            if self.folder and (self.folder / CHECKPOINT).exists()
            else ""
        )
        return f"the run stops here. {kept}Try a smaller learning rate than {self.config.lr:g}, a longer warmup, or clipping"

    def gather(self) -> dict[str, Tensor]:
        """The weights by their own names, whole on every process also where they are sharded (all processes must take part)."""
        state: dict[str, Tensor] = whole(self.model.state_dict())
        return state

    def save(self) -> None:
        """Write the checkpoint now. Raises NotFinite, and keeps the one that is there, when a parameter is not finite."""
        if self.folder is None:
            raise ValueError("a run without a folder has no checkpoint")
        self._demand_finite()
        data = self.batches.state() | {"seconds": self.seconds}
        save_checkpoint(self.folder / CHECKPOINT, self.model, self.optimizers, self.step, data, self.processes.is_first)
