"""Multi-head latent attention: keep one short vector for each token, and make keys and values from it when they are needed.

DeepSeek-V2 (2024), section 2.1. A token's keys and values of all heads come from a latent of `kv_rank` numbers by one matrix;
only the latent is cached. A rotated key cannot be made from it (the angle depends on the position), so a small part of each
key, the same for all heads, is rotated and cached apart: kv_rank + d_rope numbers for each token and layer, against 2 ·
n_heads · d_head. Notable choice: with a cache and few new tokens the latent is never expanded; the matrix that would make
keys is multiplied into the query instead, the one that would make values into the answer ("absorbed"), which is the same by
associativity.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nlpjourney.llm.blocks.attention import Mask, attention
from nlpjourney.llm.blocks.cache import KVCache
from nlpjourney.llm.blocks.norms import RMSNorm
from nlpjourney.llm.blocks.rope import rotate


class LatentAttention(nn.Module):
    """Heads of d_nope + d_rope numbers for queries and keys, of d_value for values."""

    def __init__(
        self,
        d_model: int,
        n_heads: int,
        kv_rank: int,
        q_rank: int | None,
        d_nope: int,
        d_rope: int,
        d_value: int,
        scale: float,
        bias: bool = False,
    ) -> None:
        super().__init__()
        self.n_heads, self.kv_rank, self.scale = n_heads, kv_rank, scale
        self.d_nope, self.d_rope, self.d_value = d_nope, d_rope, d_value
        d_query = n_heads * (d_nope + d_rope)
        if q_rank is None:
            self.q_proj = nn.Linear(d_model, d_query, bias=False)
        else:  # queries are made from a latent too: it saves memory in training
            self.q_a_proj = nn.Linear(d_model, q_rank, bias=bias)
            self.q_a_layernorm = RMSNorm(q_rank, 1e-6)
            self.q_b_proj = nn.Linear(q_rank, d_query, bias=False)
        self.compressed_queries = q_rank is not None
        self.kv_a_proj_with_mqa = nn.Linear(d_model, kv_rank + d_rope, bias=bias)
        self.kv_a_layernorm = RMSNorm(kv_rank, 1e-6)
        self.kv_b_proj = nn.Linear(kv_rank, n_heads * (d_nope + d_value), bias=False)
        self.o_proj = nn.Linear(n_heads * d_value, d_model, bias=bias)

    def forward(
        self, x: Tensor, mask: Mask, rope: tuple[Tensor, Tensor], cache: KVCache | None = None, layer: int = 0
    ) -> Tensor:
        """`x` (B, T, D) → (B, T, D)."""
        B, T, _ = x.shape
        q = self.q_b_proj(self.q_a_layernorm(self.q_a_proj(x))) if self.compressed_queries else self.q_proj(x)
        q = q.view(B, T, self.n_heads, -1).transpose(1, 2)  # (B, H, T, d_nope + d_rope)
        q_nope, q_rope = q.split([self.d_nope, self.d_rope], dim=-1)
        latent, k_rope = self.kv_a_proj_with_mqa(x).split([self.kv_rank, self.d_rope], dim=-1)
        latent = self.kv_a_layernorm(latent)[:, None]  # (B, 1, T, kv_rank)
        q_rope = rotate(q_rope, *rope, interleaved=True)
        k_rope = rotate(k_rope[:, None], *rope, interleaved=True)  # (B, 1, T, d_rope)
        if cache is not None:
            latent, k_rope = cache.append(layer, latent, k_rope)  # (B, 1, S, ·)
        if cache is not None and T == 1:
            answer = self.absorbed(q_nope, q_rope, latent, k_rope, mask)
        else:
            answer = self.expanded(q_nope, q_rope, latent, k_rope, mask)
        out: Tensor = self.o_proj(answer.transpose(1, 2).reshape(B, T, -1))
        return out

    def expanded(self, q_nope: Tensor, q_rope: Tensor, latent: Tensor, k_rope: Tensor, mask: Mask) -> Tensor:
        """The paper's formula: keys and values of every head, then attention. (B, H, T, d_value)"""
        B, _, S, _ = latent.shape
        keys_values = self.kv_b_proj(latent[:, 0]).view(B, S, self.n_heads, -1).transpose(1, 2)
        k_nope, v = keys_values.split([self.d_nope, self.d_value], dim=-1)  # (B, H, S, ·)
        k = torch.cat([k_nope, k_rope.expand(-1, self.n_heads, -1, -1)], dim=-1)
        return attention(torch.cat([q_nope, q_rope], dim=-1), k, v, mask, self.scale)

    def absorbed(self, q_nope: Tensor, q_rope: Tensor, latent: Tensor, k_rope: Tensor, mask: Mask) -> Tensor:
        """The same on the latent itself: q·(W_k c) = (W_kᵀ q)·c, and Σ w (W_v c) = W_v Σ w c. (B, H, T, d_value)"""
        made: Tensor = self.kv_b_proj.weight.view(self.n_heads, self.d_nope + self.d_value, self.kv_rank)
        make_keys, make_values = torch.split(made, [self.d_nope, self.d_value], dim=1)  # (H, ·, kv_rank)
        q = torch.cat([q_nope @ make_keys, q_rope], dim=-1)  # (B, H, T, kv_rank + d_rope)
        k = torch.cat([latent, k_rope], dim=-1)  # (B, 1, S, kv_rank + d_rope): multi-query attention
        mixed = attention(q, k, latent, mask, self.scale)  # (B, H, T, kv_rank)
        return mixed @ make_values.transpose(-1, -2)
