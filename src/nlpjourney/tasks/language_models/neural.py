"""A recurrent network and a Transformer that predict Shakespeare's next byte, trained alike by `python -m
nlpjourney.tasks.language_models`.

Both have 0.4 to 0.5 million parameters and see the same rows of 128 bytes in the same number of steps; the vocabulary is the
256 bytes, so a loss in nats divided by ln 2 is bits per byte at once. Notable choices: each has the optimizer that is usual for
it (the Transformer Muon, the LSTM AdamW), with one learning rate that was not searched for. The weights of seed 0 are kept in
half precision in `trained`, with the log of every seed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch.nn import functional as F

from nlpjourney.llm.models import Llama
from nlpjourney.llm.training import Pretrainer, PretrainingConfig
from nlpjourney.llm.training.stories import small_llama
from nlpjourney.nets.recurrent_lm import RecurrentLM
from nlpjourney.tasks.language_models.split import shakespeare_split

Kind = Literal["rnn", "transformer"]
KINDS: tuple[Kind, ...] = ("rnn", "transformer")
TRAINED = Path(__file__).parent / "trained"
LENGTH = 128  # bytes of a row
N_STEPS = 1500
VALIDATION_BYTES = 60_000  # looked at during training


def byte_ids(text: str) -> NDArray[np.int64]:
    """The bytes of a text in UTF-8."""
    return np.frombuffer(text.encode(), np.uint8).astype(np.int64)


def untrained(kind: Kind, seed: int = 0) -> RecurrentLM | Llama:
    """A new model. Raises ValueError for another kind."""
    if kind == "rnn":
        return RecurrentLM(256, d_embedding=64, d_hidden=256, seed=seed)
    if kind == "transformer":
        return small_llama(256, 96, 4, seed=seed)
    raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")


def train(kind: Kind, seed: int = 0, n_steps: int = N_STEPS, until: int | None = None) -> Iterator[dict[str, Any]]:
    """Train on Shakespeare, yielding the logbook's entries; the last one holds the model, under "model", and its test loss.

    until: to stop before `n_steps`, which also sets the schedule.
    """
    text = shakespeare_split()
    settings: dict[str, Any] = (
        {"optimizer": "adamw", "lr": 0.004, "schedule": "cosine", "warmup": 50}
        if kind == "rnn"
        else {"optimizer": "muon", "lr": 0.02, "schedule": "wsd", "warmup": 20}
    )
    config = PretrainingConfig(n_steps=n_steps, batch_size=16, length=LENGTH, eval_every=250, seed=seed, **settings)
    model = untrained(kind, seed)
    training, validation = byte_ids(text.training), byte_ids(text.validation[:VALIDATION_BYTES])
    yield from Pretrainer(model, training, config, validation=validation).run(until)
    yield {"step": until or n_steps, "model": model}


def save_half(model: torch.nn.Module, path: Path) -> None:
    """Write the weights in half precision."""
    save_file({name: weight.half().contiguous() for name, weight in model.state_dict().items()}, path)


def trained(kind: Kind) -> RecurrentLM | Llama:
    """The model of seed 0 as it was committed, ready to use."""
    model = untrained(kind)
    model.load_state_dict({name: w.float() for name, w in load_file(TRAINED / f"{kind}.safetensors").items()})
    return model.eval()


def training_log() -> list[dict[str, Any]]:
    """What the script wrote down: for each run its losses in nats a byte, its seconds, its bits a byte on the test plays."""
    return [json.loads(file.read_text("utf-8")) for file in sorted(TRAINED.glob("log-*.json"))]


@torch.no_grad()
def byte_losses(
    model: RecurrentLM | Llama, text: str, stride: int = LENGTH // 2, batch_size: int = 32
) -> NDArray[np.float64]:
    """−log2 of the probability of every byte of `text` but the first, shape (n_bytes − 1,): bits.

    The text is read in windows of 128 bytes that begin every `stride` bytes; each window is asked only for the bytes that those
    before it have not predicted, so that (but for the beginning) every byte has at least 128 − `stride` bytes before it.
    """
    ids = torch.from_numpy(byte_ids(text))
    if len(ids) < 2 or not 1 <= stride <= LENGTH:
        raise ValueError(f"the text needs at least 2 bytes, and the stride must be from 1 to {LENGTH}")
    starts = [0, *range(stride, max(stride, len(ids) - 1 - LENGTH + stride), stride)] if len(ids) - 1 > LENGTH else [0]
    losses = np.empty(len(ids) - 1)
    done = 0
    groups: Sequence[Sequence[int]] = [starts[i : i + batch_size] for i in range(0, len(starts), batch_size)]
    for group in groups:
        length = min(LENGTH, len(ids) - 1)
        firsts = [min(start, len(ids) - 1 - length) for start in group]  # the last window is drawn back into the text
        rows = torch.stack([ids[start : start + length + 1] for start in firsts])
        logits = model(rows[:, :-1]).float()
        nats = F.cross_entropy(logits.flatten(0, 1), rows[:, 1:].flatten(), reduction="none").view(len(group), length)
        for start, row in zip(firsts, nats.numpy()):
            losses[done : start + length] = row[done - start :]
            done = start + length
    return losses / math.log(2)
