"""In which order sentences make a text: pairs to learn from, a measure, and a search.

Barzilay & Lapata (2008) need nobody's judgement: a text that somebody wrote is more coherent than the same sentences
shuffled. From such pairs `CoherenceRanker` learns, and by pairs of unseen texts it is measured; guessing gets half of them
right. A sentence is given as {entity: role} (see `noun_roles`).
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlpjourney.text.discourse.entity_grid import CoherenceRanker, entity_grid, grid_features

Roles = Mapping[str, str]


class Orders(NamedTuple):
    """How the orders of a text's sentences compare. n: how many were tried, the text's own among them; n_better: how many of
    them are taken for more coherent than its own; best: the most coherent, sentences from 0."""

    n: int
    n_better: int
    best: tuple[int, ...]


def shuffled_pairs(
    texts: Sequence[Sequence[Roles]], n_shuffles: int = 8, min_sentences: int = 4, seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The features of texts and of their shuffled copies, row by row: two arrays (n_pairs, n_features).

    A text of fewer than `min_sentences` sentences gives no pair; a copy that happens to be the text itself is left out.
    """
    rng = random.Random(seed)
    better, worse = [], []
    for rows in texts:
        for _ in range(n_shuffles if len(rows) >= min_sentences else 0):
            other = rng.sample(rows, len(rows))
            if other != list(rows):
                better.append(grid_features(entity_grid(rows)))
                worse.append(grid_features(entity_grid(other)))
    return np.array(better), np.array(worse)


def pairwise_accuracy(ranker: CoherenceRanker, better: NDArray[np.float64], worse: NDArray[np.float64]) -> float:
    """The share of pairs of which the ranker gives the better text the higher score."""
    return float(np.mean(ranker.score(better) > ranker.score(worse)))


def compare_orders(ranker: CoherenceRanker, rows: Sequence[Roles], max_orders: int = 120, seed: int = 0) -> Orders:
    """A text's own order among others: among all of them where there are at most `max_orders`, else among random ones."""
    own = tuple(range(len(rows)))
    orders = list(itertools.islice(itertools.permutations(own), max_orders + 1))
    if len(orders) > max_orders:
        rng = random.Random(seed)
        orders = list(dict.fromkeys([own, *(tuple(rng.sample(own, len(own))) for _ in range(max_orders - 1))]))
    scores = [float(ranker.score(grid_features(entity_grid([rows[i] for i in order])))) for order in orders]
    best = max(range(len(orders)), key=scores.__getitem__)
    return Orders(len(orders), sum(score > scores[0] + 1e-9 for score in scores), orders[best])
