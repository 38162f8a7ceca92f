"""Each token that is cut is cut by one rule, and what is left is what the sampler draws from."""

from __future__ import annotations

import pytest
import torch

from nlpjourney.llm.sampling import Sampler
from nlpjourney.llm.sampling_trace import trace

SAMPLERS = [
    Sampler(),
    Sampler(temperature=1.3, top_k=40, top_p=0.9, min_p=0.05),
    Sampler(temperature=2.0, top_p=0.5),
    Sampler(temperature=0.5, top_k=3),
    Sampler(min_p=0.2),
    Sampler(top_k=20, min_p=0.1, repetition_penalty=1.5),
]


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_rule_after_rule_is_what_the_sampler_does(sampler: Sampler) -> None:
    logits = torch.randn(2, 500, generator=torch.Generator().manual_seed(0)) * 3
    ids = torch.tensor([[1, 2, 3], [4, 4, 4]])
    left, removed = trace(sampler, logits, ids)
    torch.testing.assert_close(left, sampler.apply(logits, ids))
    assert list(removed) == [rule for rule in ("top_k", "top_p", "min_p") if getattr(sampler, rule) is not None]
    cut = sum((gone.long() for gone in removed.values()), torch.zeros(2, 500, dtype=torch.long))
    assert torch.equal(cut, left.isinf().long())  # each that is gone was removed by exactly one rule


def test_each_rule_gets_its_own_tokens() -> None:
    logits = torch.tensor([[0.4, 0.3, 0.15, 0.1, 0.05]]).log()
    _, removed = trace(Sampler(top_k=4, top_p=0.85, min_p=0.5), logits)
    assert {rule: gone[0].nonzero().flatten().tolist() for rule, gone in removed.items()} == {
        "top_k": [4],
        "top_p": [3],
        "min_p": [2],
    }


def test_what_was_impossible_before_was_cut_by_no_rule() -> None:
    logits = torch.tensor([[0.0, -torch.inf, -1.0, -9.0]])
    left, removed = trace(Sampler(min_p=0.1), logits)
    assert removed["min_p"].tolist() == [[False, False, False, True]]
    assert left.isinf().tolist() == [[False, True, False, True]]
