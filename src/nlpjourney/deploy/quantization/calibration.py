"""What reaches each matrix of a model while it reads a text: all that GPTQ, AWQ and the choice of bits need to know.

A matrix W is quantized well if W·x hardly changes for the x that it meets. With the mean H of x·xᵀ over a text, the
squared change of the output is tr(ΔW·H·ΔWᵀ) exactly, so the vectors themselves need not be kept. (H is half the Hessian
of that error, and is called so.) Notable choice: the model is read once, unquantized. The papers measure again behind
each layer that has been quantized, which mends some errors of the layers before it, at the price of a pass for each setting.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import torch
from torch import Tensor, nn


@dataclass(eq=False)
class Inputs:
    """The inputs of a matrix with n columns: `hessian` (n, n), the mean of x·xᵀ; `magnitude` (n,), the mean of |x|."""

    hessian: Tensor
    magnitude: Tensor
    n_tokens: int = 0

    @classmethod
    def empty(cls, n: int) -> Inputs:
        return cls(torch.zeros(n, n), torch.zeros(n))

    @classmethod
    def of(cls, x: Tensor) -> Inputs:
        """Of vectors (tokens, n)."""
        inputs = cls.empty(x.shape[-1])
        inputs.add(x)
        return inputs

    def add(self, x: Tensor) -> None:
        """Take more vectors (…, n) into account."""
        x = x.detach().flatten(0, -2).float()
        total = self.n_tokens + len(x)
        self.hessian.mul_(self.n_tokens / total).addmm_(x.T, x, alpha=1 / total)
        self.magnitude.mul_(self.n_tokens / total).add_(x.abs().sum(0), alpha=1 / total)
        self.n_tokens = total
        self.__dict__.pop("factor", None)

    def error(self, change: Tensor) -> float:
        """The mean squared length of change·x, for a change (rows, n) of the matrix."""
        return float(((change @ self.hessian) * change).sum())

    @cached_property
    def factor(self) -> Tensor:
        """The upper triangular U (n, n) with UᵀU = H⁻¹. One per cent of the mean diagonal is added to H, so that
        there is one."""
        damped = self.hessian.clone()
        damped.diagonal().add_(max(0.01 * float(damped.diagonal().mean()), 1e-8))
        inverse = torch.cholesky_inverse(torch.linalg.cholesky(damped))
        factor: Tensor = torch.linalg.cholesky(inverse, upper=True)
        return factor

    def reordered(self, order: Tensor) -> Inputs:
        """The same with the columns of the matrix in another order."""
        return Inputs(self.hessian[order][:, order], self.magnitude[order], self.n_tokens)

    def divided(self, s: Tensor) -> Inputs:
        """The same for x/s, `s` (n,)."""
        return Inputs(self.hessian / s[:, None] / s, self.magnitude / s, self.n_tokens)


def matrices(model: nn.Module) -> Iterator[tuple[str, nn.Linear]]:
    """The matrices inside the layers of a decoder, by name: what is quantized. Embedding and output stay as they are."""
    for name, module in model.named_modules():
        if isinstance(module, nn.Linear) and ".layers." in f".{name}":
            yield name, module


@torch.no_grad()
def collect(model: nn.Module, ids: Tensor) -> dict[str, Inputs]:
    """What reaches each of `matrices(model)` while it reads `ids` (texts, tokens), text by text.

    Matrices that get the same vectors (queries, keys, values) share one `Inputs`. The last matrix, which makes logits,
    is not needed, but the model is run as a whole. ValueError for no text.
    """
    if ids.dim() != 2 or ids.numel() == 0:
        raise ValueError(f"ids must be of shape (texts, tokens), not {tuple(ids.shape)}")
    found: dict[str, Inputs] = {}
    last: dict[str, Any] = {"x": None}  # the vectors that came in last, and what they were added to

    def see(name: str, module: nn.Module, args: tuple[Tensor, ...]) -> None:
        x = args[0]
        if last["x"] is not x:
            last["inputs"] = found.get(name) or Inputs.empty(x.shape[-1])
            last["inputs"].add(x)
            last["x"] = x
        found[name] = last["inputs"]

    hooks = [module.register_forward_pre_hook(partial(see, name)) for name, module in matrices(model)]
    try:
        for text in ids:
            model(text[None], last_only=True)
    finally:
        for hook in hooks:
            hook.remove()
    return found
