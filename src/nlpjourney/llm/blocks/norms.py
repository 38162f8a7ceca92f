"""Normalisation: keep the numbers of a layer in a range where the next layer can work with them.

LayerNorm (Ba, Kiros & Hinton, 2016) takes each token's vector, subtracts its mean and divides by its standard deviation;
GPT-2 and BERT use it. RMSNorm (Zhang & Sennrich, 2019) leaves the mean alone and divides by the root mean square: one pass
less, no bias, and no worse. T5 and every model since Llama use it. Notable choices: RMSNorm computes in float32 whatever the
dtype of `x`, since squares overflow in half precision; Gemma stores the weight minus one (`offset=1`), so that zeros do
nothing.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable


class LayerNorm(nn.Module):
    """y = (x − mean(x)) / sqrt(var(x) + eps) · weight + bias, over the last dimension of size `d_model`."""

    def __init__(self, d_model: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(d_model))
        self.bias = nn.Parameter(torch.zeros(d_model))

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)


def plain_layer_norm(x: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
    """The formula of LayerNorm, step by step; equal to the fused kernel that the class calls."""
    centred = x - x.mean(-1, keepdim=True)
    variance = centred.square().mean(-1, keepdim=True)  # divided by n, not n - 1
    return centred * torch.rsqrt(variance + eps) * weight + bias


def _inverse_rms(x: Tensor, eps: float) -> Tensor:
    mean_square = torch.linalg.vecdot(x, x)[..., None] / x.shape[-1]  # (..., 1): x² itself is never stored
    return torch.rsqrt(mean_square + eps)


class _Normalise(torch.autograd.Function):
    """n = r·x with r = 1 / sqrt(mean(x²) + eps). Its gradient by hand: dx = r·(dn − n·mean(n·dn)), three passes over x
    instead of the eight that the single operations take."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, eps: float) -> Tensor:
        r = _inverse_rms(x, eps)
        n = x * r
        ctx.save_for_backward(n, r)
        return n

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dn: Tensor) -> tuple[Tensor, None]:
        n, r = ctx.saved_tensors
        along = torch.linalg.vecdot(n, dn)[..., None] / n.shape[-1]  # (..., 1)
        return torch.addcmul(dn, n, along, value=-1).mul_(r), None


class RMSNorm(nn.Module):
    """y = x / sqrt(mean(x²) + eps) · (weight + offset), over the last dimension of size `d`."""

    def __init__(self, d: int, eps: float = 1e-6, offset: float = 0.0) -> None:
        super().__init__()
        self.eps, self.offset = eps, offset
        self.weight = nn.Parameter(torch.full((d,), 1.0 - offset))

    def forward(self, x: Tensor) -> Tensor:
        wide = x.float()
        if torch.is_grad_enabled() and wide.requires_grad:
            normed: Tensor = _Normalise.apply(wide, self.eps)  # type: ignore[no-untyped-call]
        else:
            normed = wide * _inverse_rms(wide, self.eps)
        if self.offset:
            return (normed * (self.weight.float() + self.offset)).to(x.dtype)
        return normed.to(x.dtype) * self.weight
