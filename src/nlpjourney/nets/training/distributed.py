"""One training on several processes or machines, started by `torchrun`: the same numbers, sooner.

DDP (data parallel, Li et al., 2020): each process has the whole model and a share of the batch; gradients are averaged before
the step. FSDP (Rajbhandari et al., ZeRO, 2020; PyTorch's `fully_shard`): each process also keeps only a slice of every
weight, gradient and optimizer state, and gathers a layer's weights just before that layer runs. Notable choice: `gloo`, which
needs no GPU. Every process gets an equal share of rows of equal length, so the mean of the means is the mean of the whole
batch.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from multiprocessing import parent_process
from typing import Any, Literal, cast

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.nn.parallel import DistributedDataParallel

Parallel = Literal["ddp", "fsdp"]


@dataclass(frozen=True)
class Processes:
    """Which of how many processes this is."""

    rank: int = 0
    world: int = 1

    @property
    def is_first(self) -> bool:
        """The one that writes files."""
        return self.rank == 0

    def mean(self, value: Tensor) -> Tensor:
        """The mean of `value` over all processes."""
        if self.world == 1:
            return value
        value = value.detach().clone()
        dist.all_reduce(value)
        return value / self.world

    def wait(self) -> None:
        """Until all processes are here."""
        if self.world > 1:
            dist.barrier()


def join_processes() -> Processes:
    """Join the others as torchrun's environment says; alone without one. Call `leave_processes` at the end."""
    if "RANK" not in os.environ or int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return Processes()
    if not dist.is_initialized():
        dist.init_process_group("gloo")
    return Processes(dist.get_rank(), dist.get_world_size())


def leave_processes() -> None:
    if dist.is_initialized():
        dist.destroy_process_group()


def end_process() -> None:
    """The last line of a program that trained with others: end it, its output written, without taking Python down.

    A thread of gloo may still hold the last tensor that was averaged. To let go of it the thread needs the interpreter, and one
    that asks for an interpreter on its way out aborts the process (on a busy machine one run in five). Leaving the group does
    not end these threads: what `fully_shard` has learnt about its mesh is kept, and the mesh keeps the group.
    """
    if parent_process() is None:  # what multiprocessing started ends like this by itself
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def parallel(model: nn.Module, kind: Parallel, processes: Processes) -> nn.Module:
    """What to call instead of `model` (same arguments). "fsdp" shards `model` itself: make its optimizers afterwards."""
    if processes.world == 1:
        return model
    if kind == "ddp":
        return DistributedDataParallel(model)
    if kind == "fsdp":
        mesh = init_device_mesh("cpu", (processes.world,))
        layers = cast(Any, model).layers
        for layer in layers:
            fully_shard(layer, mesh=mesh)
        fully_shard(model, mesh=mesh)
        return model
    raise ValueError(f"unknown kind {kind!r}: known are ddp and fsdp")


def synchronise(model: nn.Module, on: bool) -> None:
    """Whether the next backward pass averages gradients over the processes: only the last of several that are accumulated
    needs to."""
    if isinstance(model, DistributedDataParallel):
        model.require_backward_grad_sync = on
    elif hasattr(model, "set_requires_gradient_sync"):
        cast(Any, model).set_requires_gradient_sync(on)


def share_of_threads(processes: Processes) -> None:
    """Several processes on one machine share its cores instead of fighting for them."""
    local = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    if processes.world > 1:
        torch.set_num_threads(max(1, (os.cpu_count() or 1) // local))
