"""Norms, feed-forward networks and experts."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from transformers.activations import ACT2FN

from nlpjourney.llm.blocks.experts import (
    MixtureOfExperts,
    Router,
    load_balancing_loss,
    router_logits,
    sequence_balance_loss,
)
from nlpjourney.llm.blocks.feed_forward import (
    ACTIVATIONS,
    FeedForward,
    GatedFeedForward,
    activation,
    plain_gelu,
    plain_gelu_tanh,
    plain_silu,
)
from nlpjourney.llm.blocks.norms import LayerNorm, RMSNorm, plain_layer_norm

X = torch.randn(3, 5, 16, generator=torch.Generator().manual_seed(0)) * 3 + 1


def test_layer_norm() -> None:
    norm, theirs = LayerNorm(16, 1e-3), nn.LayerNorm(16, eps=1e-3)
    for mine, other in zip(norm.parameters(), theirs.parameters()):
        mine.data = other.data = torch.randn(16, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(norm(X), theirs(X))
    torch.testing.assert_close(plain_layer_norm(X, norm.weight, norm.bias, 1e-3), theirs(X))


def test_rms_norm() -> None:
    norm, theirs = RMSNorm(16, 1e-3), nn.RMSNorm(16, eps=1e-3)
    norm.weight.data = theirs.weight.data = torch.randn(16, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(norm(X), theirs(X))
    gemma = RMSNorm(16, 1e-3, offset=1.0)
    assert float(gemma.weight.detach().abs().max()) == 0  # starts as one
    gemma.weight.data = norm.weight.data - 1
    torch.testing.assert_close(gemma(X), norm(X))
    big = torch.full((1, 16), 300.0, dtype=torch.float16)  # 300² is beyond half precision
    assert torch.isfinite(RMSNorm(16).half()(big)).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_rms_norm_gradients(dtype: torch.dtype) -> None:
    ours, theirs = RMSNorm(16, 1e-3), nn.RMSNorm(16, eps=1e-3)
    a, b = X.clone().to(dtype).requires_grad_(), X.clone().to(dtype).requires_grad_()
    (ours.to(dtype)(a) * X).float().sum().backward()
    (theirs.to(dtype)(b) * X).float().sum().backward()
    assert a.grad is not None and b.grad is not None
    tolerance = 1e-4 if dtype == torch.float32 else 0.05
    torch.testing.assert_close(a.grad, b.grad, atol=tolerance, rtol=tolerance)
    torch.testing.assert_close(ours.weight.grad, theirs.weight.grad, atol=tolerance * 10, rtol=tolerance)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_are_those_of_transformers(name: str) -> None:
    torch.testing.assert_close(activation(name)(X), ACT2FN[name](X))


def test_the_formulas_are_the_kernels() -> None:
    torch.testing.assert_close(plain_gelu(X), activation("gelu")(X))
    torch.testing.assert_close(plain_gelu_tanh(X), activation("gelu_new")(X))
    torch.testing.assert_close(plain_silu(X), activation("silu")(X))
    line = torch.linspace(-6, 6, 10_001)
    assert 4e-4 < float((plain_gelu(line) - plain_gelu_tanh(line)).abs().max()) < 5e-4
    with pytest.raises(ValueError, match="unknown activation 'tan': known are relu, gelu"):
        activation("tan")


def test_feed_forward() -> None:
    plain = FeedForward(16, 24, "gelu")
    expected = (
        plain_gelu(X @ plain.up_proj.weight.T + plain.up_proj.bias) @ plain.down_proj.weight.T + plain.down_proj.bias
    )
    torch.testing.assert_close(plain(X), expected)
    gated = GatedFeedForward(16, 24)
    expected = (plain_silu(X @ gated.gate_proj.weight.T) * (X @ gated.up_proj.weight.T)) @ gated.down_proj.weight.T
    torch.testing.assert_close(gated(X), expected)
    dropping = FeedForward(16, 24, "relu", dropout=0.5)
    assert not torch.equal(dropping(X), dropping(X))
    assert torch.equal(dropping.eval()(X), dropping(X))


def router(**more: object) -> Router:
    made = Router(16, 8, 3, **{"normalise": False, **more})  # type: ignore[arg-type]
    made.weight.data = torch.randn(8, 16, generator=torch.Generator().manual_seed(2)) * 0.5
    return made


@pytest.mark.parametrize("more", [{"normalise": True}, {"scale": 2.5}, {"n_groups": 4, "top_groups": 2}])
def test_experts_token_by_token(more: dict[str, object]) -> None:
    """The gathered computation against: for each token, ask the chosen experts one after the other."""
    gate = router(**more)
    block = MixtureOfExperts(16, 24, 8, gate, n_shared=2)
    flat = X.view(-1, 16)
    _, weights, experts = gate(flat)
    expected = []
    for token, w, chosen in zip(flat, weights, experts):
        answer = block.shared_experts(token) if block.shared_experts is not None else 0
        for weight, e in zip(w, chosen):
            answer = answer + weight * block.experts[int(e)](token)
        expected.append(answer)
    torch.testing.assert_close(block(X), torch.stack(expected).view_as(X))
    if more.get("normalise"):
        torch.testing.assert_close(weights.sum(-1), torch.ones(15))
    if more.get("n_groups"):
        assert all(len({int(e) // 2 for e in chosen}) <= 2 for chosen in experts)


def test_balance() -> None:
    """Even use gives the least loss, one favourite the most, and the gradient takes from the favourite."""
    even = torch.eye(4).repeat(8, 1) * 20  # 32 tokens, each sure of one expert, all experts in turn
    assert float(load_balancing_loss([even], 1)) == pytest.approx(1.0, abs=1e-3)
    assert float(sequence_balance_loss(even[None], 1)) == pytest.approx(1.0, abs=1e-3)
    crowd = torch.zeros(32, 4)
    crowd[:, 2] = 20
    assert float(load_balancing_loss([crowd], 1)) == pytest.approx(4.0, abs=1e-3)
    logits = (
        torch.randn(1, 32, 4, generator=torch.Generator().manual_seed(0)) + torch.tensor([0, 0, 2.0, 0])
    ).requires_grad_()
    sequence_balance_loss(logits, 2).backward()
    assert logits.grad is not None
    assert int(logits.grad.sum((0, 1)).argmax()) == 2
    # Per text and divided by top_k, it is the other loss.
    whole = load_balancing_loss([logits.detach()[0]], 2)
    assert float(sequence_balance_loss(logits.detach(), 2) * 2) == pytest.approx(float(whole), rel=1e-5)
    with pytest.raises(ValueError, match="no router logits"):
        load_balancing_loss([], 2)


def test_router_logits_leave_no_hook_behind() -> None:
    block = MixtureOfExperts(16, 24, 8, router())
    with pytest.raises(RuntimeError, match="stop"), router_logits(block) as logits:
        block(X)
        raise RuntimeError("stop")
    block(X)
    assert len(logits) == 1 and logits[0].shape == (15, 8)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"top_k": 9}, "between 1 and 8"),
        ({"n_groups": 3, "top_groups": 1}, "1 of 3 groups"),
        ({"n_groups": 4}, "None of 4 groups"),
    ],
)
def test_impossible_routers_are_refused(more: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Router(16, 8, **{"top_k": 2, "normalise": False, **more})  # type: ignore[arg-type]
