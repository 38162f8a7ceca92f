"""What reaches each matrix of a model while it reads a text: all that GPTQ, AWQ and the choice of bits need to know.

A matrix W is quantized well if W·x hardly changes for the x that it meets. With the mean H of x·xᵀ over a text, the
squared change of the output is tr(ΔW·H·ΔWᵀ) exactly, so the vectors themselves need not be kept. (H is half the Hessian
of that error, and is called so.) `collect` runs the model once as it is, for all settings that are to be tried. GPTQ wants
more: what reaches a layer *behind the layers already quantized*, so that it can make up for their errors too; that is
`layer_by_layer`, which must run again for each setting.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
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


@contextmanager
def watch(named: Iterable[tuple[str, nn.Linear]]) -> Iterator[dict[str, Inputs]]:
    """What reaches each of these matrices in here, by name. Those that get the same vectors (queries, keys, values) share
    one `Inputs`."""
    found: dict[str, Inputs] = {}
    last: dict[str, Any] = {"x": None}  # the vectors that came in last, and what they were added to

    def see(name: str, module: nn.Module, args: tuple[Tensor, ...]) -> None:
        x = args[0]
        if last["x"] is not x:
            last["inputs"] = found.get(name) or Inputs.empty(x.shape[-1])
            last["inputs"].add(x)
            last["x"] = x
        found[name] = last["inputs"]

    hooks = [module.register_forward_pre_hook(partial(see, name)) for name, module in named]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()


def _check(ids: Tensor) -> None:
    if ids.dim() != 2 or ids.numel() == 0:
        raise ValueError(f"ids must be of shape (texts, tokens), not {tuple(ids.shape)}")


@torch.no_grad()
def collect(model: nn.Module, ids: Tensor) -> dict[str, Inputs]:
    """What reaches each of `matrices(model)` while it reads `ids` (texts, tokens), text by text.

    An expert that no token was sent to has met nothing: `Inputs.empty`. The last matrix, which makes logits, is not needed, but
    the model is run as a whole. ValueError for no text.
    """
    _check(ids)
    with watch(matrices(model)) as found:
        for text in ids:
            model(text[None], last_only=True)
    return {name: found.get(name) or Inputs.empty(m.in_features) for name, m in matrices(model)}


@torch.no_grad()
def layer_by_layer(model: nn.Module, ids: Tensor, change: Callable[[str, nn.Linear, Inputs], None]) -> None:
    """Call `change(name, matrix, inputs)` for each of `matrices(model)`, in the order of the layers, while the model reads
    `ids` (texts, tokens), all at once.

    The inputs are those behind the layers before as `change` has left them: each layer reads twice, once to be measured and
    once, changed, for the layers behind it. An expert that no token is sent to has `Inputs.empty`. ValueError for no text.
    """
    _check(ids)

    def enter(name: str, layer: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        inside = [(f"{name}.{inner}", m) for inner, m in layer.named_modules() if isinstance(m, nn.Linear)]
        with watch(inside) as found:
            layer.forward(*args, **kwargs)
        for matrix_name, matrix in inside:
            change(matrix_name, matrix, found.get(matrix_name) or Inputs.empty(matrix.in_features))

    hooks = [
        layer.register_forward_pre_hook(partial(enter, name), with_kwargs=True)
        for name, layer in model.named_modules()
        if re.fullmatch(r"(.*\.)?layers\.\d+", name)
    ]
    try:
        model(ids, last_only=True)
    finally:
        for hook in hooks:
            hook.remove()
