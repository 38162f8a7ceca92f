"""Fusion: one ranking out of several, so that words and meaning can both have their say.

Two families. By rank: reciprocal rank fusion (Cormack, Clarke & Büttcher, SIGIR 2009) adds 1 / (k + rank), and needs no scores
that can be compared. By score: CombSUM and CombMNZ (Fox & Shaw, TREC-2, 1994) add the scores, brought to a common scale
first: min-max (Lee, 1997) or z-score (Montague & Aslam, 2001). Notable choices: a document that a run does not return gets
nothing from it; equal totals keep the order in which the documents first appeared.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TypeVar

import numpy as np

Doc = TypeVar("Doc", bound=Hashable)
Scores = Mapping[Doc, float]


def _check_finite(scores: Scores[Doc]) -> None:
    for doc, score in scores.items():
        if not math.isfinite(score):
            raise ValueError(f"the score of {doc!r} is {score}: scores have to be finite to be compared and added")


def _ranked(totals: dict[Doc, float]) -> list[tuple[Doc, float]]:
    return sorted(totals.items(), key=lambda item: -item[1])  # sorted() keeps the order of equals


def reciprocal_rank_fusion(
    rankings: Sequence[Sequence[Doc]], k: float = 60, weights: Sequence[float] | None = None
) -> list[tuple[Doc, float]]:
    """Documents with sum of weight / (k + rank) over the rankings (best first, ranks from 1), best first.

    `k` softens the difference between first places; 60 is the paper's. Raises ValueError for a document that stands twice
    in one ranking.
    """
    if not 0 <= k < math.inf:
        raise ValueError(f"k must be finite and not negative, got {k}")
    totals: dict[Doc, float] = {}
    for weight, ranking in zip(_weights(weights, len(rankings)), rankings):
        if len(set(ranking)) < len(ranking):
            raise ValueError("a ranking names a document twice: it has two ranks")
        for rank, doc in enumerate(ranking, start=1):
            totals[doc] = totals.get(doc, 0.0) + weight / (k + rank)
    return _ranked(totals)


def min_max(scores: Scores[Doc]) -> dict[Doc, float]:
    """Scores moved and stretched to 0 … 1. If all are equal, each becomes 1: found is better than not found."""
    _check_finite(scores)
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    return {doc: (score - low) / (high - low) if high > low else 1.0 for doc, score in scores.items()}


def z_score(scores: Scores[Doc]) -> dict[Doc, float]:
    """Scores as standard deviations from their mean (0 if all are equal)."""
    _check_finite(scores)
    if not scores:
        return {}
    values = np.array(list(scores.values()), np.float64)
    spread = float(values.std()) if values.max() > values.min() else 0.0
    return {doc: float((score - values.mean()) / spread) if spread > 0 else 0.0 for doc, score in scores.items()}


def comb_sum(
    runs: Sequence[Scores[Doc]],
    weights: Sequence[float] | None = None,
    normalise: Callable[[Scores[Doc]], Mapping[Doc, float]] = min_max,
) -> list[tuple[Doc, float]]:
    """Documents with the weighted sum of their normalised scores (larger is better), best first."""
    totals: dict[Doc, float] = {}
    for weight, run in zip(_weights(weights, len(runs)), runs):
        scores = normalise(run)
        _check_finite(scores)
        for doc, score in scores.items():
            totals[doc] = totals.get(doc, 0.0) + weight * score
    return _ranked(totals)


def comb_mnz(
    runs: Sequence[Scores[Doc]],
    weights: Sequence[float] | None = None,
    normalise: Callable[[Scores[Doc]], Mapping[Doc, float]] = min_max,
) -> list[tuple[Doc, float]]:
    """CombSUM times the number of runs that return the document: agreement counts."""
    found_by = {doc: sum(doc in run for run in runs) for run in runs for doc in run}
    return _ranked({doc: total * found_by[doc] for doc, total in comb_sum(runs, weights, normalise)})


def _weights(weights: Sequence[float] | None, n: int) -> Sequence[float]:
    if weights is None:
        return [1.0] * n
    if len(weights) != n:
        raise ValueError(f"{len(weights)} weights for {n} rankings: give one each")
    if not all(map(math.isfinite, weights)):
        raise ValueError(f"weights must be finite, not {list(weights)}")
    return weights
