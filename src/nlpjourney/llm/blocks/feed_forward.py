"""The feed-forward network: after attention has gathered, each token thinks for itself.

Two linear maps with a bend between them (Vaswani et al., 2017): up to `d_ff` numbers, an activation, down again. GLU variants
(Shazeer, 2020) use two maps upwards and let one gate the other: SwiGLU with SiLU (Llama, PaLM), GeGLU with GELU (T5 v1.1,
Gemma). Notable choice: the activations are named as in config.json; "gelu" is exact, "gelu_new" and "gelu_pytorch_tanh" are
both the tanh approximation of GPT-2.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Activation = Callable[[Tensor], Tensor]


def plain_gelu(x: Tensor) -> Tensor:
    """x · Φ(x), Φ the normal distribution (Hendrycks & Gimpel, 2016): x, weighted by how likely a draw lies below it."""
    return x * 0.5 * (1 + torch.erf(x / math.sqrt(2)))


def plain_gelu_tanh(x: Tensor) -> Tensor:
    """The approximation that GPT-2 was trained with; it differs from the exact one by at most 5e-4."""
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def plain_silu(x: Tensor) -> Tensor:
    """x · σ(x), also called swish."""
    return x / (1 + torch.exp(-x))


def _gelu_tanh(x: Tensor) -> Tensor:
    return F.gelu(x, approximate="tanh")


ACTIVATIONS: dict[str, Activation] = {
    "relu": F.relu,
    "gelu": F.gelu,
    "gelu_new": _gelu_tanh,
    "gelu_pytorch_tanh": _gelu_tanh,
    "silu": F.silu,
    "swish": F.silu,
}


def activation(name: str) -> Activation:
    """The activation that config.json calls `name`."""
    if name not in ACTIVATIONS:
        raise ValueError(f"unknown activation {name!r}: known are {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]


class FeedForward(nn.Module):
    """down(activation(up(x))): (..., d_model) → (..., d_model)."""

    def __init__(self, d_model: int, d_ff: int, act: str, bias: bool = True, dropout: float = 0.0) -> None:
        super().__init__()
        self.up_proj = nn.Linear(d_model, d_ff, bias=bias)
        self.down_proj = nn.Linear(d_ff, d_model, bias=bias)
        self.act, self.dropout = activation(act), dropout

    def forward(self, x: Tensor) -> Tensor:
        hidden = F.dropout(self.act(self.up_proj(x)), self.dropout, self.training)  # (..., d_ff)
        out: Tensor = self.down_proj(hidden)
        return out


class GatedFeedForward(nn.Module):
    """down(activation(gate(x)) · up(x)): SwiGLU with "silu", GeGLU with a GELU. (..., d_model) → (..., d_model)."""

    def __init__(self, d_model: int, d_ff: int, act: str = "silu", bias: bool = False, dropout: float = 0.0) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(d_model, d_ff, bias=bias)
        self.up_proj = nn.Linear(d_model, d_ff, bias=bias)
        self.down_proj = nn.Linear(d_ff, d_model, bias=bias)
        self.act, self.dropout = activation(act), dropout

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.act(self.gate_proj(x)) * self.up_proj(x)  # (..., d_ff)
        hidden = F.dropout(hidden, self.dropout, self.training)
        out: Tensor = self.down_proj(hidden)
        return out
