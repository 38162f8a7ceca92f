"""Mamba's block: what stands in place of attention and feed-forward together.

Gu & Dao, 2023, figure 3: widen; a short convolution over the last tokens; the selective scan; times a gate; narrow again.
Notable choices: what generation has to remember is the last `d_conv − 1` inputs of the convolution and the state of the scan,
the same amount for any length; Jamba normalises Δ, B and C before the scan (`norm_eps`), to keep large models stable.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nlpjourney.llm.blocks.cache import KVCache
from nlpjourney.llm.blocks.feed_forward import activation
from nlpjourney.llm.blocks.norms import RMSNorm
from nlpjourney.llm.blocks.selective_scan import selective_scan


class MambaMixer(nn.Module):
    """(B, T, d_model) → (B, T, d_model), each token from those before it."""

    def __init__(
        self,
        d_model: int,
        d_inner: int,
        d_state: int,
        d_conv: int,
        dt_rank: int,
        act: str = "silu",
        bias: bool = False,
        conv_bias: bool = True,
        norm_eps: float | None = None,
    ) -> None:
        super().__init__()
        self.d_conv, self.sizes, self.act = d_conv, [dt_rank, d_state, d_state], activation(act)
        self.in_proj = nn.Linear(d_model, 2 * d_inner, bias=bias)
        self.conv1d = nn.Conv1d(d_inner, d_inner, d_conv, groups=d_inner, bias=conv_bias)  # each channel by itself
        self.x_proj = nn.Linear(d_inner, dt_rank + 2 * d_state, bias=False)
        self.dt_proj = nn.Linear(dt_rank, d_inner)
        # The states fade at rates from 1 to d_state at the start; kept as a logarithm, so that A stays negative.
        self.A_log = nn.Parameter(torch.arange(1, d_state + 1).float().log().repeat(d_inner, 1))
        self.D = nn.Parameter(torch.ones(d_inner))
        self.out_proj = nn.Linear(d_inner, d_model, bias=bias)
        if norm_eps is not None:
            self.dt_layernorm = RMSNorm(dt_rank, norm_eps)
            self.b_layernorm, self.c_layernorm = RMSNorm(d_state, norm_eps), RMSNorm(d_state, norm_eps)
        self.normalised = norm_eps is not None

    def forward(self, x: Tensor, padding: Tensor | None = None, cache: KVCache | None = None, layer: int = 0) -> Tensor:
        """`padding` (B, T) is False at padding, on the left of a text: it leaves no trace in the state."""
        x, gate = self.in_proj(x).transpose(1, 2).chunk(2, dim=1)  # each (B, d_inner, T)
        if padding is not None:
            x = x * padding[:, None, :]
        x = self.act(self.convolve(x, cache, layer))
        if padding is not None:
            x = x * padding[:, None, :]
        dt, B, C = self.x_proj(x.transpose(1, 2)).split(self.sizes, dim=-1)  # (B, T, ·)
        if self.normalised:
            dt, B, C = self.dt_layernorm(dt), self.b_layernorm(B), self.c_layernorm(C)
        dt = F.softplus(self.dt_proj(dt)).transpose(1, 2)  # (B, d_inner, T), positive
        state = cache.states.get((layer, "scan")) if cache is not None else None
        y, state = selective_scan(x, dt, -torch.exp(self.A_log.float()), B, C, state)
        if cache is not None:
            cache.states[layer, "scan"] = state
        y = (y + self.D[:, None] * x) * F.silu(gate)  # D: a direct way past the state
        out: Tensor = self.out_proj(y.transpose(1, 2))
        return out

    def convolve(self, x: Tensor, cache: KVCache | None, layer: int) -> Tensor:
        """The convolution over each token and the d_conv − 1 before it: (B, d_inner, T) → (B, d_inner, T)."""
        before = cache.states.get((layer, "convolution")) if cache is not None else None
        if before is None:
            before = x.new_zeros(x.shape[0], x.shape[1], self.d_conv - 1)
        x = torch.cat([before, x], dim=-1)
        if cache is not None:
            cache.states[layer, "convolution"] = x[..., x.shape[-1] - (self.d_conv - 1) :].clone()
        y: Tensor = self.conv1d(x)
        return y

    def initialise_steps(self, generator: torch.Generator, low: float = 0.001, high: float = 0.1) -> None:
        """Δ between `low` and `high` at the start, spread evenly on a logarithmic scale; the bias is its inverse softplus."""
        if self.dt_proj.weight.is_meta:
            return
        spread = 1 / math.sqrt(self.dt_proj.in_features)
        nn.init.uniform_(self.dt_proj.weight, -spread, spread, generator=generator)
        u = torch.rand(self.dt_proj.out_features, generator=generator)
        dt = torch.exp(u * (math.log(high) - math.log(low)) + math.log(low))
        self.dt_proj.bias.data.copy_(dt + torch.log(-torch.expm1(-dt)))
