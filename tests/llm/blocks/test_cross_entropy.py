"""The loss without logits against PyTorch's with them."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from nlpjourney.llm.blocks import cross_entropy
from nlpjourney.llm.blocks.cross_entropy import linear_cross_entropy

G = torch.Generator().manual_seed(0)
X, W = torch.randn(37, 16, generator=G), torch.randn(50, 16, generator=G)
TARGETS = torch.randint(0, 50, (37,), generator=G)


def leaves() -> tuple[torch.Tensor, torch.Tensor]:
    return X.clone().requires_grad_(), W.clone().requires_grad_()


@pytest.mark.parametrize("rows", [1, 10, 37, 1000])
def test_loss_and_gradients_do_not_depend_on_the_chunks(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cross_entropy, "CHUNK", rows * len(W) + 3)
    targets = TARGETS.clone()
    targets[::5] = -100  # not counted
    x, w = leaves()
    ours = linear_cross_entropy(x, w, targets)
    (3 * ours).backward()
    x2, w2 = leaves()
    theirs = F.cross_entropy(x2 @ w2.T, targets)
    (3 * theirs).backward()
    torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(x.grad, x2.grad)
    torch.testing.assert_close(w.grad, w2.grad)
    with torch.no_grad():  # without gradients it goes another way
        torch.testing.assert_close(linear_cross_entropy(x, w, targets), theirs)


def test_a_word_held_for_impossible_costs_what_it_should() -> None:
    x = torch.tensor([[500.0, 0.0]], requires_grad=True)  # e⁻⁵⁰⁰ is 0 in float32
    loss = linear_cross_entropy(x, torch.eye(2), torch.tensor([1]))
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss.item() == 500.0
    assert x.grad is not None and x.grad.tolist() == [[1.0, -1.0]]


def test_half_precision_is_near_and_keeps_its_dtypes() -> None:
    x, w = leaves()
    with torch.autocast("cpu", torch.bfloat16):
        loss = linear_cross_entropy(x, w, TARGETS)
    loss.backward()  # type: ignore[no-untyped-call]
    exact = F.cross_entropy(X @ W.T, TARGETS)
    assert loss.dtype == x.grad.dtype == w.grad.dtype == torch.float32  # type: ignore[union-attr]
    assert 0 < abs(loss.item() - exact.item()) < 0.02 * exact.item()  # bfloat16 was used


def test_no_logits_are_kept() -> None:
    """What stays for the backward pass is as large as x and the matrix, however many tokens and words there are."""
    kept = 0

    def count(tensor: torch.Tensor) -> torch.Tensor:
        nonlocal kept
        kept += tensor.numel()
        return tensor

    x, w = leaves()
    with torch.autograd.graph.saved_tensors_hooks(count, lambda t: t):
        linear_cross_entropy(x, w, TARGETS)
    assert 0 < kept <= x.numel() + w.numel()
