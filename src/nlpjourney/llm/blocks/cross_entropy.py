"""The loss of a language model, without its logits: a chunk of tokens at a time, each chunk's gradient taken on the spot.

The logits are the largest thing in a training step: N tokens times V words, several times over (scores, probabilities,
gradients), where the layers only have N times d_model. But the loss is a sum over tokens, and its gradient is known as soon as
the probabilities p are: dL/dlogits = (p − 1 at the right word) / N. So the forward pass makes the logits of some tokens,
takes their loss, multiplies their gradient back into x and into the matrix, and lets them go (Wijmans et al., *Cut Your
Losses*, 2024; Liger Kernel, Hsu et al., 2024). Notable choices: chunks that stay in the processor's cache; probabilities and the
matrix's gradient in float32 whatever the model computes in.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

CHUNK = 1 << 21  # logits at a time: 8 MB in float32


def linear_cross_entropy(x: Tensor, weight: Tensor, targets: Tensor) -> Tensor:
    """Mean of −ln softmax(x · weightᵀ)[target] in nats, a float32 scalar; NaN when no token counts.

    `x` (N, D) are the last vectors, `weight` (V, D) the output matrix, `targets` (N,) the ids of the right words; tokens with a
    target below 0 do not count. Under autocast the products are in its dtype. It can be differentiated once.
    """
    if bool((targets < 0).any()):
        x, targets = x[targets >= 0], targets[targets >= 0]
    device = x.device.type
    dtype = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else x.dtype
    with torch.autocast(device, enabled=False):
        x, weight = x.to(dtype), weight.to(dtype)
        if torch.is_grad_enabled() and (x.requires_grad or weight.requires_grad):
            loss: Tensor = _LinearCrossEntropy.apply(x, weight, targets)  # type: ignore[no-untyped-call]
            return loss
        total = torch.zeros((), device=x.device)
        for _, _, chunk_loss in _chunks(x, weight, targets):
            total += chunk_loss
        return total / len(x)


def _chunks(x: Tensor, weight: Tensor, targets: Tensor) -> Iterator[tuple[slice, Tensor, Tensor]]:
    """Some rows of `x`, their probabilities (n, V) in float32, and the sum of their losses."""
    n = max(1, CHUNK // len(weight))
    for first in range(0, len(x), n):
        rows = slice(first, first + n)
        logits = (x[rows] @ weight.T).float()  # (n, V)
        p = logits.softmax(dim=1)
        # −ln p[right] = (top − right) − ln p[top]: the probability of the best word is never rounded to 0.
        top, best = logits.max(dim=1, keepdim=True)
        right = logits.gather(1, targets[rows, None])
        yield rows, p, (top - right - p.gather(1, best).log()).sum()


class _LinearCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, targets: Tensor) -> Tensor:
        dx, dweight = torch.empty_like(x), torch.zeros_like(weight, dtype=torch.float32)
        total = torch.zeros((), device=x.device)
        for rows, p, chunk_loss in _chunks(x, weight, targets):
            total += chunk_loss
            dlogits = p.scatter_add_(
                1, targets[rows, None], p.new_full((len(p), 1), -1.0)
            )  # of the sum, not yet the mean
            dx[rows] = dlogits.to(weight.dtype) @ weight
            dweight.addmm_(dlogits.T, x[rows].float())
        ctx.save_for_backward(dx.div_(len(x)), dweight.div_(len(x)).to(weight.dtype))
        return total / len(x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None]:
        dx, dweight = ctx.saved_tensors
        return dx * grad, dweight * grad, None
