"""Scores of attention heads: one for the kind of their name, zero for the others."""

from __future__ import annotations

import pytest
import torch

from nlpjourney.llm.interpret import first_score, highest, induction_score, previous_score


def heads(n: int, **looks: list[int]) -> torch.Tensor:
    """One layer of heads over n tokens; each looks wholly at the position that its list names."""
    return torch.stack([torch.eye(n)[keys] for keys in looks.values()])[None]


def test_each_score_is_one_for_its_own_head_and_zero_for_the_others() -> None:
    ids = [5, 6, 7, 8, 5, 6, 7, 9]
    maps = heads(
        8,
        before=[0, 0, 1, 2, 3, 4, 5, 6],
        sink=[0] * 8,
        induction=[0, 1, 2, 3, 1, 2, 3, 7],
        itself=list(range(8)),
    )
    got = [score(maps, ids) for score in (previous_score, first_score, induction_score)]
    assert [None if s is None else s[0].tolist() for s in got] == [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]


def test_scores_that_a_text_does_not_have_are_none() -> None:
    maps = torch.ones(1, 1, 3, 3)
    assert induction_score(maps, [1, 2, 3]) is None
    assert induction_score(maps, [1, 1, 1]) is None  # what followed is the token itself
    assert previous_score(maps[..., :2, :2], [1, 2]) is None
    assert first_score(maps[..., :2, :2], [1, 2]) is None


def test_induction_takes_the_last_occurrence() -> None:
    maps = torch.zeros(1, 1, 6, 6)
    maps[0, 0, 5, 4] = 1  # 1 2 3 | 1 4 | 1: the last 1 should look at the 4
    maps[0, 0, 3, 1] = 1
    assert induction_score(maps, [1, 2, 3, 1, 4, 1]) == pytest.approx(1)


def test_the_highest_score_is_found_by_layer_and_head() -> None:
    assert highest(torch.tensor([[0.1, 0.2, 0.3], [0.4, 0.9, 0.1]])) == (1, 1)
