"""The compiled scan against the formula: values, states, gradients."""

from __future__ import annotations

import pytest
import torch

from nlpjourney.llm.blocks import selective_scan as scan
from nlpjourney.llm.blocks.selective_scan import plain_scan, selective_scan


def inputs(texts: int, channels: int, tokens: int, n: int, dtype: torch.dtype = torch.float32) -> list[torch.Tensor]:
    g = torch.Generator().manual_seed(texts + channels + tokens + n)
    x = torch.randn(texts, channels, tokens, generator=g)
    dt = torch.rand(texts, channels, tokens, generator=g) * 2
    A = -torch.rand(channels, n, generator=g) * 5
    B, C = torch.randn(texts, tokens, n, generator=g), torch.randn(texts, tokens, n, generator=g)
    return [t.to(dtype) for t in (x, dt, A, B, C)]


@pytest.mark.parametrize("sizes", [(2, 7, 33, 16), (1, 1, 1, 1), (3, 2, 5, 3)])
def test_values_and_states(sizes: tuple[int, int, int, int]) -> None:
    given = inputs(*sizes)
    y, state = selective_scan(*given)
    expected, last = plain_scan(*[t.double() for t in given])
    assert y.shape == expected.shape
    torch.testing.assert_close(y.double(), expected, atol=2e-5, rtol=1e-5)
    torch.testing.assert_close(state.double(), last, atol=2e-5, rtol=1e-5)


def test_it_can_be_cut_anywhere() -> None:
    given = inputs(2, 5, 20, 4)
    whole, last = selective_scan(*given)
    x, dt, A, B, C = given
    first, state = selective_scan(x[..., :13], dt[..., :13], A, B[:, :13], C[:, :13])
    kept = state.clone()
    second, state_2 = selective_scan(x[..., 13:], dt[..., 13:], A, B[:, 13:], C[:, 13:], state)
    torch.testing.assert_close(torch.cat([first, second], -1), whole)
    torch.testing.assert_close(state_2, last)
    assert torch.equal(state, kept)  # what was handed in is not changed


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("sizes", [(2, 7, 33, 16), (1, 3, 4, 2)])
def test_gradients(sizes: tuple[int, int, int, int], threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "SMALL", 0)
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    given = [t.requires_grad_() for t in inputs(*sizes)]
    exact = [t.detach().double().requires_grad_() for t in given]
    begin = torch.randn(sizes[0], sizes[1], sizes[3], generator=torch.Generator().manual_seed(5))
    weight = torch.randn(sizes[:3], generator=torch.Generator().manual_seed(6))
    (selective_scan(*given, begin)[0] * weight).sum().backward()
    (plain_scan(*exact, begin.double())[0] * weight.double()).sum().backward()
    for ours, theirs in zip(given, exact):
        assert ours.grad is not None and theirs.grad is not None
        torch.testing.assert_close(ours.grad.double(), theirs.grad, atol=1e-4, rtol=1e-4)


def test_extremes() -> None:
    """A step of nothing keeps all; a huge one forgets all, and exp does not overflow or turn into nonsense."""
    x, _, A, B, C = inputs(1, 2, 3, 4)
    h = torch.ones(1, 2, 4)
    _, kept = selective_scan(x, torch.zeros(1, 2, 3), A, B, C, h)
    torch.testing.assert_close(kept, h)
    y, gone = selective_scan(x * 0, torch.full((1, 2, 3), 1e6), A - 1, B, C, h)
    assert float(gone.abs().max()) < 1e-30
    assert torch.isfinite(y).all()


def test_other_dtypes_take_the_formula() -> None:
    given = inputs(1, 3, 5, 2, torch.float64)
    assert torch.equal(selective_scan(*given)[0], plain_scan(*given)[0])
