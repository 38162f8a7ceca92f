"""Muon: for a matrix, make the step orthogonal, so that it moves all directions alike and not only the few that dominate.

Jordan et al., 2024. The momentum of a weight matrix is nearly of low rank: a few singular values are large, the rest is
ignored by any step along it. Muon replaces U·S·Vᵀ by about U·Vᵀ, all singular values about 1, without computing an SVD: five
rounds of a quintic Newton–Schulz iteration, X ← a·X + (b·A + c·A²)·X with A = X·Xᵀ, whose coefficients were tuned so that
small values rise fast; they end between 0.7 and 1.2. Liu et al. (Moonlight, 2025) scale the step by 0.2·sqrt(max(rows,
columns)), which gives it the size of AdamW's, so both share a learning rate. Embeddings, norms and the output matrix stay
with AdamW. Notable choice: the iteration runs in float32. bfloat16, as published, is right for a GPU; a CPU without its
instructions is many times slower at it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, Literal

import torch
from torch import Tensor
from torch.distributed.tensor import DTensor, distribute_tensor
from torch.optim import Optimizer

A, B, C = 3.4445, -4.7750, 2.0315


def orthogonalise(matrix: Tensor, n_rounds: int = 5, dtype: torch.dtype = torch.float32) -> Tensor:
    """About U·Vᵀ of `matrix` = U·S·Vᵀ, shape (rows, columns); the singular values of the result are about 1."""
    tall = matrix.shape[0] > matrix.shape[1]
    x = (matrix.T if tall else matrix).to(dtype)  # the short side first: X·Xᵀ is small
    x = x / x.norm().clamp(min=1e-7)  # no singular value above 1
    for _ in range(n_rounds):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=B, alpha=C), x, beta=A)
    return x.T if tall else x


class Muon(Optimizer):
    """For matrices only. `scale` "rms" gives steps of AdamW's size, "original" is the first publication's sqrt(max(1,
    rows/columns)).

    With `dtype` torch.bfloat16 it is torch.optim.Muon number for number. A matrix that is sharded over processes (DTensor) is
    gathered for the iteration.
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        lr: float = 1e-3,
        momentum: float = 0.95,
        weight_decay: float = 0.1,
        n_rounds: int = 5,
        scale: Literal["rms", "original"] = "rms",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        if lr < 0 or weight_decay < 0 or not 0 <= momentum < 1:
            raise ValueError(
                f"lr {lr} and weight_decay {weight_decay} must be 0 or more, momentum {momentum} in [0, 1)"
            )
        if scale not in ("rms", "original"):
            raise ValueError(f"scale must be 'rms' or 'original', not {scale!r}")
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
        self.n_rounds, self.scale, self.dtype = n_rounds, scale, dtype
        for group in self.param_groups:
            for p in group["params"]:
                if p.dim() != 2:
                    raise ValueError(f"Muon is for matrices; a tensor of shape {tuple(p.shape)} belongs to AdamW")

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Move every matrix that has a gradient. A closure is not supported: the loss is computed before."""
        if closure is not None:
            raise ValueError("compute the loss and its gradients first, then call step() without a closure")
        for group in self.param_groups:
            lr, momentum = float(group["lr"]), group["momentum"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state["m"] = torch.zeros_like(p)
                m: Tensor = state["m"]
                m.lerp_(p.grad, 1 - momentum)
                step = p.grad.lerp(m, momentum)  # Nesterov: look ahead by one more step of the momentum
                rows, columns = p.shape
                size = 0.2 * math.sqrt(max(rows, columns)) if self.scale == "rms" else math.sqrt(max(1, rows / columns))
                p.mul_(1 - lr * group["weight_decay"])
                p.add_(self._orthogonal(step), alpha=-lr * size)

    def _orthogonal(self, step: Tensor) -> Tensor:
        if not isinstance(step, DTensor):
            return orthogonalise(step, self.n_rounds, self.dtype)
        whole = orthogonalise(step.full_tensor(), self.n_rounds, self.dtype)
        return distribute_tensor(whole, step.device_mesh, step.placements, src_data_rank=None)
