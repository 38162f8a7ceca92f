"""Fusion by rank and by score: worked by hand, and against plain NumPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpjourney.tasks.search.fusion import comb_mnz, comb_sum, min_max, reciprocal_rank_fusion, z_score

words = {"a": 12.0, "b": 8.0, "c": 4.0}
meaning = {"c": 0.9, "d": 0.5, "a": 0.1}


def test_reciprocal_rank_fusion_by_hand():
    fused = reciprocal_rank_fusion([["a", "b", "c"], ["c", "d", "a"]])
    expected = {"a": 1 / 61 + 1 / 63, "c": 1 / 63 + 1 / 61, "b": 1 / 62, "d": 1 / 62}
    assert [doc for doc, _ in fused] == ["a", "c", "b", "d"]  # equal totals: as they appeared
    assert dict(fused) == pytest.approx(expected)
    assert dict(reciprocal_rank_fusion([["a"], ["b"]], k=0, weights=[1, 3])) == {"a": 1.0, "b": 3.0}


def test_score_fusion_by_hand():
    assert min_max(words) == {"a": 1.0, "b": 0.5, "c": 0.0}
    assert z_score(words) == pytest.approx({"a": 1.5**0.5, "b": 0, "c": -(1.5**0.5)})
    assert dict(comb_sum([words, meaning])) == pytest.approx({"a": 1, "c": 1, "b": 0.5, "d": 0.5})
    assert comb_sum([words, meaning], weights=[1, 2])[0] == ("c", 2.0)
    assert dict(comb_mnz([words, meaning])) == pytest.approx({"a": 2, "c": 2, "b": 0.5, "d": 0.5})
    assert dict(comb_sum([words], normalise=lambda run: run)) == words


def test_odd_input():
    assert reciprocal_rank_fusion([]) == [] == reciprocal_rank_fusion([[], []]) == comb_sum([{}, {}]) == comb_mnz([])
    assert min_max({}) == {} == z_score({})
    assert min_max({"x": 3.0}) == {"x": 1.0} and z_score({"x": 3.0, "y": 3.0}) == {"x": 0.0, "y": 0.0}
    assert [doc for doc, _ in reciprocal_rank_fusion([["é", "東"], ["東"]])] == ["東", "é"]
    with pytest.raises(ValueError, match="twice"):
        reciprocal_rank_fusion([["a", "a"]])
    with pytest.raises(ValueError, match="1 weights for 2 rankings"):
        comb_sum([words, meaning], weights=[1])
    with pytest.raises(ValueError, match="negative"):
        reciprocal_rank_fusion([["a"]], k=-1)


@given(st.lists(st.dictionaries(st.integers(0, 20), st.floats(-1e3, 1e3)), max_size=4))
def test_equal_to_numpy(runs):
    docs = sorted({doc for run in runs for doc in run})
    scaled, found = np.zeros(len(docs)), np.zeros(len(docs))
    for run in runs:
        values = np.array(list(run.values()))
        for doc, value in run.items():
            gap = values.max() - values.min()
            scaled[docs.index(doc)] += (value - values.min()) / gap if gap else 1
            found[docs.index(doc)] += 1
    total, agreed = comb_sum(runs), comb_mnz(runs)
    assert dict(total) == pytest.approx(dict(zip(docs, scaled)))
    assert dict(agreed) == pytest.approx(dict(zip(docs, scaled * found)))
    assert [s for _, s in total] == sorted((s for _, s in total), reverse=True)


@given(st.lists(st.permutations(range(8)), min_size=1, max_size=4))
def test_rank_fusion_is_a_sum(rankings):
    fused = dict(reciprocal_rank_fusion(rankings, k=60))
    for doc in range(8):
        assert fused[doc] == pytest.approx(sum(1 / (61 + ranking.index(doc)) for ranking in rankings))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), np.float32("nan")])
def test_scores_that_cannot_be_added_are_refused(value):
    run = {"a": value, "b": 1.0, "c": 3.0}
    for fuse in (comb_sum, comb_mnz):
        for normalise in (min_max, z_score, dict):
            with pytest.raises(ValueError, match="the score of 'a' is"):
                fuse([{"a": 1.0}, run], normalise=normalise)
        with pytest.raises(ValueError, match="weights must be finite"):
            fuse([{"a": 1.0}], [value])
    with pytest.raises(ValueError, match="weights must be finite"):
        reciprocal_rank_fusion([["a"]], weights=[value])
    with pytest.raises(ValueError, match="k must be finite"):
        reciprocal_rank_fusion([["a"]], k=value)
