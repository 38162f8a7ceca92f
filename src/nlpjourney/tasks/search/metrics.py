"""How good is a ranking? Precision, recall, average precision, reciprocal rank, nDCG.

A *run* gives each query its documents with scores, *qrels* ("query relevance judgements") what people judged:
0 not relevant, 1 relevant, 2 very … Definitions and corner cases are those of NIST's trec_eval: documents are
ranked by falling score, equal scores by falling document id; unjudged documents are not relevant; nDCG's gain
is the judgement itself and its discount log2(rank + 1) (Järvelin & Kekäläinen, 2002); averages are over all
judged queries, one missing from the run scoring 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

Qrels = Mapping[str, Mapping[str, int]]
Run = Mapping[str, Mapping[str, float]]
Metric = Callable[[list[int], list[int]], float]
"""From the judgements of the ranked documents, best first, and those of all judged documents, to a number."""


def precision(k: int) -> Metric:
    """The share of relevant documents among the first k; a shorter ranking counts as filled with irrelevant
    ones.
    """
    _positive(k)
    return lambda ranked, judged: sum(grade > 0 for grade in ranked[:k]) / k


def recall(k: int) -> Metric:
    """The share of the relevant documents that are among the first k; 0 if there are none."""
    _positive(k)
    return lambda ranked, judged: sum(grade > 0 for grade in ranked[:k]) / max(1, sum(grade > 0 for grade in judged))


def average_precision(ranked: list[int], judged: list[int]) -> float:
    """The mean, over all relevant documents, of the precision at the rank where each is found (0 if it is
    not).
    """
    found, total = 0, 0.0
    for rank, grade in enumerate(ranked, start=1):
        if grade > 0:
            found += 1
            total += found / rank
    return total / max(1, sum(grade > 0 for grade in judged))


def reciprocal_rank(ranked: list[int], judged: list[int]) -> float:
    """1 / the rank of the first relevant document; 0 if there is none."""
    return next((1 / rank for rank, grade in enumerate(ranked, start=1) if grade > 0), 0.0)


def ndcg(k: int | None = None) -> Metric:
    """The discounted gain of the first k documents (all if None), divided by that of the best possible
    ranking.
    """
    if k is not None:
        _positive(k)

    def metric(ranked: list[int], judged: list[int]) -> float:
        best = _dcg(sorted(judged, reverse=True)[:k])
        return _dcg(ranked[:k]) / best if best > 0 else 0.0

    return metric


def _dcg(grades: list[int]) -> float:
    return sum(max(grade, 0) / math.log2(rank + 1) for rank, grade in enumerate(grades, start=1))


def _positive(k: int) -> None:
    if k < 1:
        raise ValueError(f"the cutoff k must be at least 1, got {k}")


def rank(scores: Mapping[str, float]) -> list[str]:
    """Document ids by falling score, equal scores by falling id, as trec_eval ranks them. Raises ValueError for a NaN."""
    for doc, score in scores.items():
        if math.isnan(score):
            raise ValueError(f"the score of document {doc!r} is not a number (NaN): it has no place in a ranking")
    return sorted(scores, key=lambda doc: (np.float32(scores[doc]), doc), reverse=True)  # trec_eval keeps float32


def evaluate(metric: Metric, qrels: Qrels, run: Run) -> dict[str, float]:
    """The metric of every judged query; a query that the run does not answer scores 0, one without judgements
    is left out.
    """
    values = {}
    for query, judgements in qrels.items():
        ranked = [judgements.get(doc, 0) for doc in rank(run.get(query, {}))]
        values[query] = metric(ranked, list(judgements.values()))
    return values


def mean(metric: Metric, qrels: Qrels, run: Run) -> float:
    """The metric averaged over all judged queries: MAP for average_precision, MRR for reciprocal_rank."""
    values = evaluate(metric, qrels, run)
    if not values:
        raise ValueError("no query has a judgement: there is nothing to average over")
    return sum(values.values()) / len(values)
