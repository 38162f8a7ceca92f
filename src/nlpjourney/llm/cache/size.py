"""What a cache costs: bytes for each token, by the published formulas.

With n layers, and h heads of width d for keys and values, a token leaves 2·n·h·d numbers behind. Multi-query attention
(Shazeer, 2019) has h = 1, grouped-query (Ainslie et al., 2023) a few; latent attention (DeepSeek-V2, 2024) keeps one
compressed vector and one rotated key for all heads together: n·(d_latent + d_rope). A sliding window stops growing.
"""

from __future__ import annotations

HALF = 2  # bytes of a number in half precision


def per_token(n_layers: int, n_kv_heads: int, d_head: int, bytes_per_number: float = HALF) -> float:
    """Bytes for each token, for multi-head, grouped-query and multi-query attention."""
    return 2 * n_layers * n_kv_heads * d_head * bytes_per_number


def latent_per_token(n_layers: int, d_latent: int, d_rope: int, bytes_per_number: float = HALF) -> float:
    """Bytes for each token, for multi-head latent attention."""
    return n_layers * (d_latent + d_rope) * bytes_per_number


def of_text(n_tokens: int, bytes_per_token: float, window: int | None = None) -> float:
    """Bytes for a text; with a sliding window in every layer, of the last `window` tokens only."""
    return min(n_tokens, window or n_tokens) * bytes_per_token
