"""Checkpoints: all that a run needs to go on as if it had never stopped.

That is more than the weights: the optimizer's means, the position in the data, the random state, and the number of the step.
Notable choices: the file is written aside, flushed to the disk and renamed, so that whatever kills the run, the last complete
checkpoint is there; it is read by torch's loader for plain data (`weights_only`), which runs no code; tensors sharded over
processes are gathered, so that a run can go on with another number of processes.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.tensor import DTensor, distribute_tensor
from torch.optim import Optimizer

from nlpjourney.errors import FileFormatError


def whole(value: Any) -> Any:
    """`value` with every sharded tensor in it gathered (all processes must take part)."""
    if isinstance(value, DTensor):
        return value.full_tensor()
    if isinstance(value, dict):
        return {key: whole(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(whole(item) for item in value)
    return value


def save_checkpoint(
    file: str | Path,
    model: nn.Module,
    optimizers: Sequence[Optimizer],
    step: int,
    data: dict[str, Any],
    write: bool = True,
) -> None:
    """Write the state after `step` steps to `file`. With several processes all call this and one has `write`."""
    state = {
        "step": step,
        "model": whole(model.state_dict()),
        "optimizers": [whole(optimizer.state_dict()) for optimizer in optimizers],
        "data": data,
        "rng": torch.get_rng_state(),
    }
    if not write:
        return
    target = Path(file)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, aside = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
    try:
        with os.fdopen(handle, "wb") as out:
            torch.save(state, out)
            out.flush()
            os.fsync(out.fileno())
        os.replace(aside, target)
    except BaseException:
        os.unlink(aside)
        raise


def load_checkpoint(file: str | Path, model: nn.Module, optimizers: Sequence[Optimizer]) -> tuple[int, dict[str, Any]]:
    """Put the state of `file` into `model`, `optimizers` and torch's random generator; (steps done, position in the data).

    Raises ValueError when the file is of another model or has other optimizers.
    """
    state = torch.load(file, map_location="cpu", weights_only=True)
    own = model.state_dict()
    if own.keys() != state["model"].keys() or any(own[n].shape != t.shape for n, t in state["model"].items()):
        raise FileFormatError(f"{file} is the checkpoint of another model: its tensors have other names or shapes")
    if len(optimizers) != len(state["optimizers"]):
        raise FileFormatError(f"{file} has {len(state['optimizers'])} optimizers, this run {len(optimizers)}")
    with torch.no_grad():
        for name, tensor in own.items():
            tensor.copy_(_like(state["model"][name], tensor))
    for optimizer, saved in zip(optimizers, state["optimizers"]):
        params = [p for group in optimizer.param_groups for p in group["params"]]
        saved["state"] = {
            i: {key: _like(value, params[i]) for key, value in entries.items()} for i, entries in saved["state"].items()
        }
        optimizer.load_state_dict(saved)
    torch.set_rng_state(state["rng"])
    return int(state["step"]), state["data"]


def _like(value: Any, reference: Tensor) -> Any:
    """`value`, sharded as `reference` is when it is a tensor of that shape."""
    if isinstance(value, Tensor) and isinstance(reference, DTensor) and value.shape == reference.shape:
        return distribute_tensor(value, reference.device_mesh, reference.placements, src_data_rank=None)
    return value
