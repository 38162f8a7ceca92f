"""Attention: each token asks a question, all tokens so far answer, and the answers are mixed by how well they fit.

Vaswani et al., 2017: softmax(Q·Kᵀ / sqrt(d))·V, in several heads side by side. Multi-query attention (Shazeer, 2019) gives
all heads one key and value, grouped-query attention (Ainslie et al., 2023) one to each group of heads: the cache shrinks by
as much. A sliding window (Beltagy et al., 2020; Mistral) lets a token see the last `window` tokens only. Notable choices:
`plain_attention` is the formula, and `attention` gives the same result by PyTorch's fused kernel, which never writes the T ×
S scores to memory; a single new token of a grouped model is turned into one small multiplication for each group.
`attention_maps()` records the weights that the fused kernel does not show.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nlpjourney.llm.blocks.cache import KVCache
from nlpjourney.llm.blocks.norms import RMSNorm
from nlpjourney.llm.blocks.rope import rotate

# B texts in the batch, T new tokens (queries), S tokens in all (keys), H heads, H_kv heads of keys and values

_recorded: ContextVar[list[Tensor] | None] = ContextVar("recorded attention", default=None)


@dataclass(frozen=True)
class Mask:
    """Who may look at whom. `allowed` is (B or 1, 1, T, S), True where a query may look at a key; None means everywhere,
    or, with `causal`, everywhere but ahead. `window` is how many tokens back a query sees, itself included."""

    allowed: Tensor | None = None
    causal: bool = False
    window: int | None = None


def causal_mask(
    n_queries: int,
    n_keys: int,
    window: int | None = None,
    padding: Tensor | None = None,
    device: torch.device | None = None,
) -> Mask:
    """The mask of a decoder whose last query stands at the last key.

    `padding` (B, n_keys) is True where there is a token. Padding still looks at itself, so that no softmax is over
    nothing; what comes out there is to be ignored.
    """
    if window is not None and window >= n_keys:
        window = None
    if padding is not None and bool(padding.all()):
        padding = None
    if padding is None and window is None:
        if n_queries == n_keys:
            return Mask(causal=True)
        if n_queries == 1:
            return Mask()
    if padding is None and n_queries == 1:
        return Mask(window=window)  # the keys are cut off instead
    queries = torch.arange(n_keys - n_queries, n_keys, device=device)[:, None]
    keys = torch.arange(n_keys, device=device)
    allowed = keys <= queries  # (T, S)
    if window is not None:
        allowed &= keys > queries - window
    allowed = allowed[None, None]
    if padding is not None:
        allowed = (allowed & padding[:, None, None, :].bool()) | (keys == queries)
    return Mask(allowed, window=window)


def bidirectional_mask(padding: Tensor | None) -> Mask:
    """The mask of an encoder: every token sees all but the padding. `padding` (B, S) is True where there is a token."""
    if padding is None or bool(padding.all()):
        return Mask()
    return Mask(padding[:, None, None, :].bool())


def plain_attention(
    q: Tensor, k: Tensor, v: Tensor, mask: Mask, scale: float | None = None, bias: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """The formula. `q` (B, H, T, d), `k` (B, H_kv, S, d), `v` (B, H_kv, S, d_v) → answer (B, H, T, d_v), weights (B, H, T, S).

    `scale` is 1/sqrt(d) unless given; `bias` (1 or B, H, T, S) is added to the scores.
    """
    T, S, groups = q.shape[2], k.shape[2], q.shape[1] // k.shape[1]
    k, v = k.repeat_interleave(groups, dim=1), v.repeat_interleave(groups, dim=1)
    scores = q @ k.transpose(-1, -2) * (1 / math.sqrt(q.shape[-1]) if scale is None else scale)  # (B, H, T, S)
    if bias is not None:
        scores = scores + bias
    allowed = mask.allowed
    if allowed is None and (mask.causal or mask.window):
        distance = torch.arange(S - T, S, device=q.device)[:, None] - torch.arange(S, device=q.device)
        allowed = (distance >= 0) & (distance < (mask.window or S))
    if allowed is None:
        weights = scores.float().softmax(dim=-1).to(v.dtype)
    else:
        sees = allowed.any(dim=-1, keepdim=True)  # a query that sees nothing takes nothing
        scores = scores.masked_fill(~allowed & sees, -torch.inf)
        weights = scores.float().softmax(dim=-1).masked_fill(~sees, 0.0).to(v.dtype)
    return weights @ v, weights


def attention(
    q: Tensor, k: Tensor, v: Tensor, mask: Mask, scale: float | None = None, bias: Tensor | None = None
) -> Tensor:
    """What `plain_attention` answers, (B, H, T, d_v), by PyTorch's `scaled_dot_product_attention`."""
    recorded = _recorded.get()
    if recorded is not None:
        answer, weights = plain_attention(q, k, v, mask, scale, bias)
        recorded.append(weights.detach())
        return answer
    B, H, T, d = q.shape
    groups = H // k.shape[1]
    if T == 1 and mask.window is not None and mask.allowed is None:
        k, v = k[:, :, -mask.window :], v[:, :, -mask.window :]
    if bias is not None:
        if mask.allowed is not None:
            bias = bias.masked_fill(~mask.allowed, -torch.inf)
        return F.scaled_dot_product_attention(q, k, v, attn_mask=bias, scale=scale, enable_gqa=groups > 1)
    if T == 1 and groups > 1:
        # The heads of a group are so many queries to the same keys.
        grouped = q.view(B, H // groups, groups, d)
        return F.scaled_dot_product_attention(grouped, k, v, attn_mask=mask.allowed, scale=scale).reshape(B, H, 1, -1)
    return F.scaled_dot_product_attention(
        q, k, v, attn_mask=mask.allowed, is_causal=mask.causal, scale=scale, enable_gqa=groups > 1
    )


@contextmanager
def attention_maps() -> Iterator[list[Tensor]]:
    """Within it, every attention appends its weights (B, H, T, S) to the list, layer by layer; slower, same results."""
    maps: list[Tensor] = []
    token = _recorded.set(maps)
    try:
        yield maps
    finally:
        _recorded.reset(token)


class Attention(nn.Module):
    """Multi-head (n_kv_heads = n_heads), grouped-query (fewer) or multi-query (1) self-attention, with a cache."""

    def __init__(
        self,
        d_model: int,
        n_heads: int,
        n_kv_heads: int | None = None,
        d_head: int | None = None,
        bias: bool = False,
        output_bias: bool = False,
        scale: float | None = None,
        qk_norm_eps: float | None = None,
        norm_offset: float = 0.0,
    ) -> None:
        super().__init__()
        n_kv_heads, d_head = n_kv_heads or n_heads, d_head or d_model // n_heads
        if n_heads % n_kv_heads:
            raise ValueError(f"n_heads ({n_heads}) must be a multiple of n_kv_heads ({n_kv_heads})")
        self.n_heads, self.n_kv_heads, self.d_head, self.scale = n_heads, n_kv_heads, d_head, scale
        self.q_proj = nn.Linear(d_model, n_heads * d_head, bias=bias)
        self.k_proj = nn.Linear(d_model, n_kv_heads * d_head, bias=bias)
        self.v_proj = nn.Linear(d_model, n_kv_heads * d_head, bias=bias)
        self.o_proj = nn.Linear(n_heads * d_head, d_model, bias=output_bias)
        # Norms of queries and keys keep the scores from growing without bound (Dehghani et al., 2023; Qwen3, Gemma 3).
        self.q_norm = RMSNorm(d_head, qk_norm_eps, norm_offset) if qk_norm_eps is not None else None
        self.k_norm = RMSNorm(d_head, qk_norm_eps, norm_offset) if qk_norm_eps is not None else None

    def forward(
        self,
        x: Tensor,
        mask: Mask,
        rope: tuple[Tensor, Tensor] | None = None,
        cache: KVCache | None = None,
        layer: int = 0,
    ) -> Tensor:
        """`x` (B, T, D) → (B, T, D); `rope` is cos and sin of the positions."""
        B, T, _ = x.shape
        q = self.q_proj(x).view(B, T, self.n_heads, self.d_head)
        k = self.k_proj(x).view(B, T, self.n_kv_heads, self.d_head)
        v = self.v_proj(x).view(B, T, self.n_kv_heads, self.d_head)
        if self.q_norm is not None and self.k_norm is not None:
            q, k = self.q_norm(q), self.k_norm(k)
        q, k, v = q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2)  # (B, H, T, d_head)
        if rope is not None:
            q, k = rotate(q, *rope), rotate(k, *rope)
        if cache is not None:
            k, v = cache.append(layer, k, v)  # (B, H_kv, S, d_head)
        answer = attention(q, k, v, mask, self.scale)
        out: Tensor = self.o_proj(answer.transpose(1, 2).reshape(B, T, -1))
        return out
