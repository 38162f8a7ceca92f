"""AdamW: every number gets a step of about the same size, whatever the size of its gradient.

Adam (Kingma & Ba, 2015) keeps two running means for each number: of the gradient (m, where to go) and of its square (v, how
much it jumps about), and moves by lr · m / sqrt(v). Both start at 0, which `1 − βᵗ` corrects. AdamW (Loshchilov & Hutter,
2019) shrinks the weights by lr · weight_decay beside that step instead of adding the decay to the gradient, where v would
undo it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer


class AdamW(Optimizer):
    """`params` are tensors, or dictionaries with "params" and settings of their own, as for torch's optimizers.

    `betas` are the memories of m and v, `eps` keeps the division sane.
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.95),
        eps: float = 1e-8,
        weight_decay: float = 0.1,
    ) -> None:
        if lr < 0 or eps < 0 or weight_decay < 0 or not all(0 <= beta < 1 for beta in betas):
            raise ValueError(
                f"lr {lr}, eps {eps}, weight_decay {weight_decay} must be 0 or more, betas {betas} in [0, 1)"
            )
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Move every tensor that has a gradient. A closure is not supported: the loss is computed before."""
        if closure is not None:
            raise ValueError("compute the loss and its gradients first, then call step() without a closure")
        for group in self.param_groups:
            lr, (beta1, beta2) = float(group["lr"]), group["betas"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state["step"] = 0
                    state["m"], state["v"] = torch.zeros_like(p), torch.zeros_like(p)
                state["step"] += 1
                m, v, t, g = state["m"], state["v"], state["step"], p.grad
                p.mul_(1 - lr * group["weight_decay"])
                m.lerp_(g, 1 - beta1)  # m ← β₁·m + (1 − β₁)·g
                v.mul_(beta2).addcmul_(g, g, value=1 - beta2)  # v ← β₂·v + (1 − β₂)·g²
                divisor = v.sqrt().div_(math.sqrt(1 - beta2**t)).add_(group["eps"])
                p.addcdiv_(m, divisor, value=-lr / (1 - beta1**t))
