"""The metrics against trec_eval (by pytrec_eval and ir_measures)."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ir_measures import AP, RR, P, R, calc_aggregate, nDCG
from pytrec_eval import RelevanceEvaluator

from nlpjourney.ml import confidence_interval
from nlpjourney.tasks.search import metrics

OURS = {
    "P_1": metrics.precision(1),
    "P_5": metrics.precision(5),
    "P_10": metrics.precision(10),
    "recall_5": metrics.recall(5),
    "recall_10": metrics.recall(10),
    "map": metrics.average_precision,
    "recip_rank": metrics.reciprocal_rank,
    "ndcg": metrics.ndcg(),
    "ndcg_cut_5": metrics.ndcg(5),
    "ndcg_cut_10": metrics.ndcg(10),
}
MEASURES = {"P.1,5,10", "recall.5,10", "map", "recip_rank", "ndcg", "ndcg_cut.5,10"}
IR_MEASURES = {
    "P_5": P @ 5, "recall_10": R @ 10, "map": AP, "recip_rank": RR, "ndcg": nDCG, "ndcg_cut_5": nDCG @ 5
}  # fmt: skip

docs = st.sampled_from([f"d{i}" for i in range(14)] + ["D", "é", "10", "9"])
judgements = st.dictionaries(docs, st.integers(0, 3), max_size=12)
scores = st.dictionaries(docs, st.sampled_from([0.0, -1.5, 1.0, 2.0, 2.5, 1e9, 1e9 + 1]), max_size=16)


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(st.sampled_from("abcd"), judgements, min_size=1, max_size=4),
    st.dictionaries(st.sampled_from("abcde"), scores, max_size=5),
)
def test_equal_trec_eval(qrels: dict[str, dict[str, int]], run: dict[str, dict[str, float]]) -> None:
    theirs = RelevanceEvaluator(qrels, MEASURES).evaluate(run)
    for name, metric in OURS.items():
        ours = metrics.evaluate(metric, qrels, run)
        assert set(ours) == set(qrels)
        for query, value in ours.items():
            # trec_eval skips queries without results; averaging over all queries means that they count as 0.
            expected = theirs[query][name] if query in theirs else 0.0
            assert value == pytest.approx(expected, abs=1e-9), (name, query)


def test_means_equal_ir_measures() -> None:
    rng = np.random.default_rng(1)
    qrels = {str(q): {str(d): int(rng.integers(0, 4)) for d in rng.choice(50, 12, replace=False)} for q in range(30)}
    run = {
        str(q): {str(d): float(rng.integers(0, 20)) for d in rng.choice(50, 25, replace=False)}
        for q in range(3, 35)  # three judged queries are missing, five have no judgements
    }
    theirs = calc_aggregate(list(IR_MEASURES.values()), qrels, run)
    for name, measure in IR_MEASURES.items():
        assert metrics.mean(OURS[name], qrels, run) == pytest.approx(theirs[measure], abs=1e-9), name


def test_by_hand() -> None:
    ranked, judged = [0, 1, 0, 2], [1, 2, 1, 0]
    assert metrics.reciprocal_rank(ranked, judged) == 1 / 2
    assert metrics.average_precision(ranked, judged) == pytest.approx((1 / 2 + 2 / 4) / 3)
    assert metrics.precision(10)(ranked, judged) == 0.2
    assert metrics.recall(2)(ranked, judged) == pytest.approx(1 / 3)


def test_errors() -> None:
    with pytest.raises(ValueError, match="at least 1, got 0"):
        metrics.ndcg(0)
    with pytest.raises(ValueError, match="no query has a judgement"):
        metrics.mean(metrics.average_precision, {}, {})
    with pytest.raises(ValueError, match="at least one number"):
        confidence_interval([])


def test_confidence_interval_covers() -> None:
    """About 95 % of the intervals hold the true mean."""
    rng = np.random.default_rng(0)
    covered = 0
    for i in range(200):
        low, high = confidence_interval(rng.normal(0.3, 0.2, 60), seed=i, n_resamples=200)
        covered += low <= 0.3 <= high
    assert 180 <= covered <= 200


def test_a_score_that_is_no_number_has_no_place():
    run = {"q": {"c": 2.0, "a": float("nan"), "f": 9.0}}
    for ranked in (lambda: metrics.rank(run["q"]), lambda: metrics.evaluate(metrics.ndcg(), {"q": {"f": 1}}, run)):
        with pytest.raises(ValueError, match=r"'a' is not a number \(NaN\)"):
            ranked()
    assert metrics.rank({"a": -float("inf"), "b": 0.0, "c": float("inf")}) == ["c", "b", "a"]
