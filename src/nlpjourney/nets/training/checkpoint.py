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

PARTS = {"step": int, "model": dict, "optimizers": list, "data": dict, "rng": Tensor}  # of a checkpoint


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

    Raises ValueError when the file is damaged, is of another model or has other optimizers; nothing is changed then.
    """
    state = _read(file)
    own = model.state_dict()
    if own.keys() != state["model"].keys() or any(own[n].shape != t.shape for n, t in state["model"].items()):
        raise FileFormatError(f"{file} is the checkpoint of another model: its tensors have other names or shapes")
    if len(optimizers) != len(state["optimizers"]):
        raise FileFormatError(f"{file} has {len(state['optimizers'])} optimizers, this run {len(optimizers)}")
    for optimizer, saved in zip(optimizers, state["optimizers"]):
        _check_optimizer(file, optimizer, saved)
    for optimizer, saved in zip(optimizers, state["optimizers"]):
        params = [p for group in optimizer.param_groups for p in group["params"]]
        saved["state"] = {
            i: {key: _like(value, params[i]) for key, value in entries.items()} for i, entries in saved["state"].items()
        }
        optimizer.load_state_dict(saved)
    with torch.no_grad():
        for name, tensor in own.items():
            tensor.copy_(_like(state["model"][name], tensor))
    torch.set_rng_state(state["rng"])
    return state["step"], state["data"]


def _read(file: str | Path) -> dict[str, Any]:
    """What the file holds, each part of its kind."""
    state: Any
    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
    except (FileNotFoundError, IsADirectoryError, PermissionError):
        raise
    except Exception as error:  # damage reaches torch's loader in any of its parts: zip, pickle, storage
        first = str(error).partition("\n")[0]
        raise FileFormatError(f"{file} is no checkpoint, or is damaged: {type(error).__name__}: {first}") from None
    for name, kind in PARTS.items():
        if not isinstance(state, dict) or not isinstance(state.get(name), kind):
            raise FileFormatError(
                f"{file} is no checkpoint of a training run: it has no {name!r} that is a {kind.__name__}"
            )
    if not all(isinstance(tensor, Tensor) for tensor in state["model"].values()):
        raise FileFormatError(f"{file} is no checkpoint of a training run: its 'model' holds what is no tensor")
    rng = state["rng"]
    if rng.dtype != torch.uint8 or rng.shape != torch.get_rng_state().shape:
        raise FileFormatError(f"{file} is damaged: its 'rng' is no state of torch's random generator")
    return dict(state)


def _check_optimizer(file: str | Path, optimizer: Optimizer, saved: Any) -> None:
    """The saved state must be of as many groups with as many parameters, and its states be theirs."""
    own = [len(group["params"]) for group in optimizer.param_groups]
    try:
        sizes = [len(group["params"]) for group in saved["param_groups"]]
        fits = sizes == own and all(
            isinstance(i, int) and 0 <= i < sum(own) and isinstance(entries, dict)
            for i, entries in saved["state"].items()
        )
    except (KeyError, TypeError, AttributeError):
        fits = False
    if not fits:
        raise FileFormatError(
            f"{file} is of another run, or is damaged: {type(optimizer).__name__} has other parameters"
        )


def _like(value: Any, reference: Tensor) -> Any:
    """`value`, sharded as `reference` is when it is a tensor of that shape."""
    if isinstance(value, Tensor) and isinstance(reference, DTensor) and value.shape == reference.shape:
        return distribute_tensor(value, reference.device_mesh, reference.placements, src_data_rank=None)
    return value
