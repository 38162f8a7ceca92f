"""How far do judges agree? Kappa for classes, and for ratings the reliability of their mean: the ceiling for any model.

Two people who guess agree, too; *kappa* is the agreement above chance as a share of what is possible above it (Cohen, 1960, for
two judges; Fleiss, 1971, for many). With weights a near miss costs less (Cohen, 1968). The mean of many ratings is steadier than
each of them: its reliability follows from that of two halves (Spearman and Brown, both 1910).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nlpjourney.errors import InvalidInput

Weights = Literal["linear", "quadratic"] | None


def cohen_kappa(confusion: ArrayLike, weights: Weights = None) -> float:
    """Agreement above chance of two judges, from their confusion matrix (K, K), whose classes are in order.

    1 for perfect agreement, 0 for that of chance. weights: None, every error costs the same; else its distance, or its square.
    Raises InvalidInput for no counts, and where both judges always say the same: chance alone then explains all.
    """
    table = np.asarray(confusion, dtype=np.float64)
    if table.ndim != 2 or table.shape[0] != table.shape[1] or table.sum() <= 0 or table.min() < 0:
        raise InvalidInput("give a square table of counts with something in it")
    if weights not in (None, "linear", "quadratic"):
        raise InvalidInput(f"weights must be None, 'linear' or 'quadratic', not {weights!r}")
    places = np.arange(len(table))
    distance = np.abs(places[:, None] - places).astype(np.float64)
    cost = (distance > 0).astype(np.float64) if weights is None else distance ** (1 if weights == "linear" else 2)
    by_chance = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    if not (cost * by_chance).sum():
        raise InvalidInput("both judges put everything into one class: there is nothing above chance to agree on")
    return float(1 - (cost * table).sum() / (cost * by_chance).sum())


def fleiss_kappa(counts: ArrayLike) -> float:
    """Agreement above chance of many judges. counts (n, K): how many put item i into class k; each has two judges at least.

    Items may have different numbers of judges: then every item counts the same, and every judgement for the classes' shares.
    """
    table = np.asarray(counts, dtype=np.float64)
    if table.ndim != 2 or not len(table) or table.min() < 0 or table.sum(axis=1).min() < 2:
        raise InvalidInput("give counts (n, K), with two judges at least for each item")
    n = table.sum(axis=1)
    agreed = float(((table * (table - 1)).sum(axis=1) / (n * (n - 1))).mean())
    by_chance = float(((table.sum(axis=0) / table.sum()) ** 2).sum())
    if by_chance == 1:
        raise InvalidInput("all judges put everything into one class: there is nothing above chance to agree on")
    return (agreed - by_chance) / (1 - by_chance)


class Reliability(NamedTuple):
    """single: the correlation of one rater with the mean of the others. halves: of the means of two halves of the raters.

    of_mean: the reliability of the mean of all, by Spearman and Brown. ceiling: its root, the highest correlation with that
    mean that even a model which knew the true values would have.
    """

    single: float
    halves: float

    @property
    def of_mean(self) -> float:
        return 2 * self.halves / (1 + self.halves)

    @property
    def ceiling(self) -> float:
        return float(np.sqrt(max(self.of_mean, 0.0)))


def rater_reliability(ratings: Sequence[ArrayLike], n_draws: int = 20, seed: int = 0) -> Reliability:
    """How well raters agree on items with several ratings each (two at least): means over random choices of rater and halves."""
    rows: list[NDArray[Any]] = [np.asarray(row, dtype=np.float64) for row in ratings]
    if len(rows) < 3 or any(row.ndim != 1 or len(row) < 2 for row in rows):
        raise InvalidInput("give three items at least, with two ratings at least for each")
    rng = np.random.default_rng(seed)
    single, halves = [], []
    for _ in range(n_draws):
        drawn = [rng.permutation(row) for row in rows]
        single.append(np.corrcoef([row[0] for row in drawn], [row[1:].mean() for row in drawn])[0, 1])
        cut = [len(row) // 2 for row in drawn]
        means = [[row[:c].mean() for row, c in zip(drawn, cut)], [row[c:].mean() for row, c in zip(drawn, cut)]]
        halves.append(np.corrcoef(means)[0, 1])
    return Reliability(float(np.mean(single)), float(np.mean(halves)))
