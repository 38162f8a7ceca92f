"""Positions without rotation: attention by itself does not know the order of its tokens, so something has to tell it.

Sinusoids (Vaswani et al., 2017) are added to the embeddings: fixed waves from fast to slow, like the hands of a clock.
Learned positions (GPT-2, BERT) are a table of vectors trained with the rest: an `nn.Embedding`, so there is no class for it
here. T5 (Raffel et al., 2020) adds a learned number to each attention score, one for each bucket of distances; ALiBi (Press
et al., 2021) subtracts distance times a slope, which needs no training and carries on beyond the trained length. RoPE has its
own file.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


def sinusoidal(n_positions: int, d_model: int) -> Tensor:
    """(n_positions, d_model): sin in even columns, cos in odd ones, wavelengths from 2π to 10000·2π."""
    if d_model % 2:
        raise ValueError(f"sinusoids come in pairs: d_model must be even, not {d_model}")
    frequency = 10_000.0 ** (-torch.arange(0, d_model, 2).float() / d_model)  # (d_model / 2,)
    angles = torch.arange(n_positions).float()[:, None] * frequency  # (n_positions, d_model / 2)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)


def alibi_slopes(n_heads: int) -> Tensor:
    """(n_heads,): the geometric series from 2^(−8/n) to 2^−8; between powers of two, every other slope of the next one too."""
    power = 1 << (n_heads.bit_length() - 1)  # the largest power of two that fits
    base = 2.0 ** (-8.0 / power)
    slopes = [base ** (i + 1) for i in range(power)]
    finer = 2.0 ** (-4.0 / power)
    slopes += [finer ** (2 * i + 1) for i in range(n_heads - power)]
    return torch.tensor(slopes)


def alibi_bias(n_heads: int, n_queries: int, n_keys: int) -> Tensor:
    """(n_heads, n_queries, n_keys): −slope · distance, to be added to the scores; the last query stands at the last key.

    Keys after the query get a positive number: the causal mask removes them.
    """
    queries = torch.arange(n_keys - n_queries, n_keys)[:, None]  # (T, 1)
    distance = queries - torch.arange(n_keys)  # (T, S)
    return -alibi_slopes(n_heads)[:, None, None] * distance


def relative_bucket(distance: Tensor, n_buckets: int, max_distance: int, both_ways: bool) -> Tensor:
    """T5's bucket of each `distance` (key position − query position, integers).

    Half of the buckets hold one distance each, the other half grow like a logarithm up to `max_distance`; all beyond
    share the last. `both_ways` (encoders) spends half of all buckets on keys after the query; decoders have none there.
    """
    first: Tensor | int = 0
    if both_ways:
        n_buckets //= 2
        first = (distance > 0).long() * n_buckets
        distance = distance.abs()
    else:
        distance = (-distance).clamp(min=0)
    exact = n_buckets // 2
    # From here on a bucket is a step on a logarithmic scale from `exact` to `max_distance`.
    steps = torch.log(distance.float() / exact) / math.log(max_distance / exact) * (n_buckets - exact)
    far = (exact + steps.clamp(min=0).long()).clamp(max=n_buckets - 1)
    return first + torch.where(distance < exact, distance, far)


class RelativeBias(nn.Module):
    """T5's table: one learned number for each bucket and head."""

    def __init__(self, n_buckets: int, max_distance: int, n_heads: int, both_ways: bool) -> None:
        super().__init__()
        self.n_buckets, self.max_distance, self.both_ways = n_buckets, max_distance, both_ways
        self.table = nn.Embedding(n_buckets, n_heads)

    def forward(self, n_queries: int, n_keys: int) -> Tensor:
        """(1, H, T, S) to be added to the scores; the last query stands at the last key."""
        device = self.table.weight.device
        queries = torch.arange(n_keys - n_queries, n_keys, device=device)[:, None]
        distance = torch.arange(n_keys, device=device) - queries  # (T, S)
        buckets = relative_bucket(distance, self.n_buckets, self.max_distance, self.both_ways)
        bias: Tensor = self.table(buckets)  # (T, S, H)
        return bias.permute(2, 0, 1)[None]
