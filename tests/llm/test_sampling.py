"""Each rule against Transformers' logits processor; draws against the distribution."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from transformers.generation.logits_process import (
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from nlpjourney.llm.sampling import Sampler, min_p, repetition_penalty, temperature, top_k, top_p

IDS = torch.tensor([[1, 2, 2, 40], [7, 7, 7, 3]])


def logits(seed: int, spread: float = 3.0) -> torch.Tensor:
    return torch.randn(2, 50, generator=torch.Generator().manual_seed(seed)) * spread


@pytest.mark.parametrize("seed", range(5))
def test_the_rules_are_those_of_transformers(seed: int) -> None:
    given = logits(seed)
    for value in (0.3, 1.0, 2.0):
        assert torch.equal(temperature(given, value), TemperatureLogitsWarper(value)(IDS, given))
        assert torch.equal(repetition_penalty(given, IDS, value), RepetitionPenaltyLogitsProcessor(value)(IDS, given))
    for k in (1, 2, 10, 50, 70):
        assert torch.equal(top_k(given, k), TopKLogitsWarper(k)(IDS, given))
    for p in (0.01, 0.3, 0.9, 0.999):
        assert torch.equal(top_p(given, p), TopPLogitsWarper(p)(IDS, given))
        assert torch.equal(min_p(given, p), MinPLogitsWarper(p)(IDS, given))
    ties = given.round()
    assert torch.equal(top_k(ties, 5), TopKLogitsWarper(5)(IDS, ties))


def test_what_the_rules_mean() -> None:
    given = torch.tensor([0.5, 0.25, 0.125, 0.125]).log()
    assert torch.isfinite(top_p(given, 0.6)).tolist() == [True, True, False, False]
    assert torch.isfinite(top_p(given, 1e-9)).tolist() == [True, False, False, False]
    assert torch.isfinite(min_p(given, 0.4)).tolist() == [True, True, False, False]
    assert torch.isfinite(top_k(given, 3)).tolist() == [True, True, True, True]  # the third equals the fourth
    assert temperature(given, 0.5).softmax(-1)[0] == pytest.approx(0.25 / 0.34375)
    assert torch.equal(top_p(given, 1.0), given)


@pytest.mark.parametrize(
    ("rule", "value"),
    [(temperature, 0.0), (top_k, 0), (top_p, 0.0), (top_p, 1.1), (min_p, -0.1), (min_p, 1.1)],
)
def test_values_out_of_range_are_refused(rule: Any, value: float) -> None:
    with pytest.raises(ValueError, match="must be"):
        rule(logits(0), value)
    with pytest.raises(ValueError, match="must be above 0"):
        repetition_penalty(logits(0), IDS, 0.0)


def test_draws_follow_the_distribution() -> None:
    given = torch.tensor([0.5, 0.3, 0.15, 0.05]).log().expand(20_000, 4)
    ids = torch.zeros(20_000, 1, dtype=torch.long)
    drawn = Sampler().choose(given, ids, torch.Generator().manual_seed(0))
    shares = torch.bincount(drawn, minlength=4) / 20_000
    torch.testing.assert_close(shares, torch.tensor([0.5, 0.3, 0.15, 0.05]), atol=0.012, rtol=0)
    drawn = Sampler(top_p=0.7).choose(given, ids, torch.Generator().manual_seed(0))
    torch.testing.assert_close(
        torch.bincount(drawn, minlength=4) / 20_000, torch.tensor([0.625, 0.375, 0, 0]), atol=0.012, rtol=0
    )


@pytest.mark.parametrize("t", [1e-40, 1e-300])
def test_the_smallest_temperature_is_greedy(t):
    given = logits(0)
    sampler = Sampler(temperature=t, top_p=0.9)
    assert torch.equal(sampler.choose(given, IDS, torch.Generator()), given.argmax(-1))


@pytest.mark.parametrize("t", [0.0, -1.0, math.nan, math.inf])
def test_a_temperature_has_to_be_a_number_above_0(t):
    with pytest.raises(ValueError, match="temperature must be a number above 0"):
        Sampler(temperature=t).choose(logits(0), IDS, torch.Generator())


@pytest.mark.parametrize("score", [math.inf, math.nan])
@pytest.mark.parametrize("greedy", [True, False])
def test_scores_that_are_no_numbers_are_refused_in_a_sentence(score, greedy):
    given = logits(0)
    given[1, 3] = score
    with pytest.raises(ValueError, match="scores are not finite"):
        Sampler(greedy=greedy).choose(given, IDS, torch.Generator())
