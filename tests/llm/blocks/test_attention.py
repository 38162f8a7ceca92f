"""Attention: the formula against PyTorch's kernel, masks against their definition, the cache against none."""

from __future__ import annotations

import pytest
import torch

from nlpjourney.llm.blocks.attention import (
    Attention,
    Mask,
    attention,
    attention_maps,
    bidirectional_mask,
    causal_mask,
    plain_attention,
)
from nlpjourney.llm.blocks.cache import KVCache


def qkv(H: int, H_kv: int, T: int, S: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    g = torch.Generator().manual_seed(seed)
    return (
        torch.randn(2, H, T, 8, generator=g),
        torch.randn(2, H_kv, S, 8, generator=g),
        torch.randn(2, H_kv, S, 6, generator=g),
    )


PADDING = torch.arange(9) >= torch.tensor([[3], [0]])


@pytest.mark.parametrize("heads", [(4, 4), (4, 2), (4, 1)])
@pytest.mark.parametrize("T", [9, 4, 1])
@pytest.mark.parametrize("window", [None, 1, 3, 20])
@pytest.mark.parametrize("padding", [None, PADDING])
def test_both_forms_agree(heads: tuple[int, int], T: int, window: int | None, padding: torch.Tensor | None) -> None:
    q, k, v = qkv(*heads, T, 9)
    mask = causal_mask(T, 9, window, padding)
    slow, weights = plain_attention(q, k, v, mask, 0.4)
    torch.testing.assert_close(attention(q, k, v, mask, 0.4), slow, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, heads[0], T))

    # Query t stands at token 9 - T + t. It sees what is real, not ahead, and inside the window; padding sees itself.
    for b in range(2):
        for t in range(T):
            here = 9 - T + t
            seen = [s <= here and (window is None or here - s < window) for s in range(9)]
            if padding is not None:
                seen = [(seen[s] and bool(padding[b, s])) or s == here for s in range(9)]
            assert (weights[b, 0, t] > 0).tolist() == seen


def test_one_head_by_hand() -> None:
    """Two tokens, scores 0 and ln 3: the second mixes them 1 to 3."""
    q = torch.tensor([[[[0.0], [1.0]]]])
    k = torch.tensor([[[[0.0], [torch.log(torch.tensor(3.0))]]]])
    v = torch.tensor([[[[4.0, 0.0], [0.0, 8.0]]]])
    answer, weights = plain_attention(q, k, v, causal_mask(2, 2), scale=1.0)
    torch.testing.assert_close(weights[0, 0], torch.tensor([[1.0, 0.0], [0.25, 0.75]]))
    torch.testing.assert_close(answer[0, 0], torch.tensor([[4.0, 0.0], [1.0, 6.0]]))


def test_bias_and_mask_together() -> None:
    q, k, v = qkv(4, 2, 9, 9)
    bias = torch.randn(1, 4, 9, 9, generator=torch.Generator().manual_seed(3))
    for mask in (Mask(), causal_mask(9, 9, 4, PADDING), bidirectional_mask(PADDING)):
        slow, _ = plain_attention(q, k, v, mask, bias=bias)
        torch.testing.assert_close(attention(q, k, v, mask, bias=bias), slow, atol=1e-5, rtol=1e-5)


def test_encoders_see_all_but_padding() -> None:
    q, k, v = qkv(2, 2, 9, 9)
    _, weights = plain_attention(q, k, v, bidirectional_mask(PADDING))
    assert torch.equal((weights > 0)[:, 0], PADDING[:, None, :].expand(2, 9, 9))
    assert bidirectional_mask(torch.ones(2, 3)) == Mask()


def test_maps_are_recorded_only_where_asked() -> None:
    layer = Attention(16, 4, 2)
    x = torch.randn(2, 5, 16, generator=torch.Generator().manual_seed(0))
    with torch.no_grad(), attention_maps() as maps:
        recorded = layer(x, causal_mask(5, 5))
    assert [m.shape for m in maps] == [(2, 4, 5, 5)]
    assert float(maps[0].triu(1).abs().max()) == 0
    torch.testing.assert_close(layer(x, causal_mask(5, 5)), recorded)
    assert len(maps) == 1


def test_heads_must_fit() -> None:
    with pytest.raises(ValueError, match=r"n_heads \(4\) must be a multiple of n_kv_heads \(3\)"):
        Attention(16, 4, 3)


def test_the_cache_keeps_what_came() -> None:
    g = torch.Generator().manual_seed(0)
    cache, parts = KVCache(), []
    for n in (3, 1, 1, 100, 1):
        k, v = torch.randn(2, 2, n, 4, generator=g), torch.randn(2, 2, n, 6, generator=g)
        parts.append((k, v))
        keys, values = cache.append(0, k, v)
        cache.append(1, v, k)
        assert torch.equal(keys, torch.cat([p[0] for p in parts], dim=2))
        assert torch.equal(values, torch.cat([p[1] for p in parts], dim=2))
        cache.advance(n)
    assert cache.length == 106
    assert cache.n_bytes == 2 * 2 * 2 * 106 * (4 + 6) * 4
    cache.truncate(3)
    keys, _ = cache.append(0, parts[1][0], parts[1][1])
    assert torch.equal(keys, torch.cat([parts[0][0], parts[1][0]], dim=2))
    with pytest.raises(ValueError, match="cannot be cut to 9"):
        cache.truncate(9)
    with pytest.raises(ValueError, match="holds a batch of 2, this one is of 1"):
        cache.append(0, parts[0][0][:1], parts[0][1][:1])


def test_the_cache_remembers_padding() -> None:
    cache = KVCache()
    assert cache.extend_padding(None, 2, 4) is None
    cache.advance(4)
    late = cache.extend_padding(torch.tensor([[True, False], [True, True]]), 2, 2)
    assert late is not None and late.tolist() == [[True] * 5 + [False], [True] * 6]
    cache.advance(2)
    again = cache.extend_padding(None, 2, 1)
    assert again is not None and again.shape == (2, 7) and bool(again[:, -1].all())
    cache.truncate(5)
    assert cache.padding is not None and cache.padding.shape == (2, 5)


@pytest.mark.parametrize("T", [9, 1])
@pytest.mark.parametrize("heads", [(4, 4), (4, 2)])
@pytest.mark.parametrize("biased", [False, True])
def test_a_query_that_sees_nothing_takes_nothing(heads: tuple[int, int], T: int, biased: bool) -> None:
    """A text of a batch that is all padding, in both forms; gradients stay finite, too."""
    q, k, v = qkv(*heads, T, 9)
    padding = torch.ones(2, 9, dtype=torch.bool)
    padding[1] = False
    mask, bias = bidirectional_mask(padding), torch.randn(1, heads[0], T, 9) if biased else None
    q.requires_grad_()
    answer, weights = plain_attention(q, k, v, mask, bias=bias)
    torch.testing.assert_close(attention(q, k, v, mask, bias=bias), answer)
    assert (weights[1] == 0).all() and (answer[1] == 0).all() and torch.isfinite(answer).all()
    answer.sum().backward()  # type: ignore[no-untyped-call]
    assert q.grad is not None and torch.isfinite(q.grad).all()
    with attention_maps() as maps:
        torch.testing.assert_close(attention(q, k, v, mask, bias=bias), answer)
    assert torch.isfinite(maps[0]).all()
