"""Collocations: neighbours that are more than chance, such as "New York" or "strong tea".

Count the pair, count each word, and ask how surprising the pair's count is if the words came independently. The answers
differ in what they find surprising: pointwise mutual information (Church & Hanks, 1990) loves rare pairs, the likelihood
ratio (Dunning, 1993) is sober about them, the chi-square test is the textbook's. Definitions are NLTK's: n is the number of
words, and a pair's table is

    n11 = pair            n12 = second without first
    n21 = first without second      n22 = neither
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

Measure = Literal[
    "pmi", "likelihood_ratio", "chi_square", "student_t", "raw_frequency", "dice", "jaccard", "phi_square"
]
Floats = NDArray[np.float64]
TINY = 1e-20  # in the place of 0 in a logarithm, as in NLTK


class Collocation(NamedTuple):
    """A pair of neighbours, how often it occurs, and its score."""

    words: tuple[str, str]
    n_seen: int
    score: float


def score_pairs(measure: Measure, n_pair: Floats, n_first: Floats, n_second: Floats, n: float) -> Floats:
    """The score of pairs from their counts: of the pair, of its first and of its second word, and of all words. Shape of n_pair.

    Raises ValueError for an unknown measure.
    """
    n11, n12 = n_pair, n_second - n_pair
    n21 = n_first - n_pair
    n22 = n - n11 - n12 - n21
    expected = n_first * n_second / n
    if measure == "raw_frequency":
        return n11 / n
    if measure == "pmi":
        return np.log2(n11 * n) - np.log2(n_first * n_second)
    if measure == "student_t":
        return (n11 - expected) / np.sqrt(n11 + TINY)
    if measure == "dice":
        return 2 * n11 / (n_first + n_second)
    if measure == "jaccard":
        return n11 / (n11 + n12 + n21)
    if measure in ("phi_square", "chi_square"):
        phi = (n11 * n22 - n12 * n21) ** 2 / ((n11 + n12) * (n11 + n21) * (n12 + n22) * (n21 + n22))
        return phi if measure == "phi_square" else n * phi
    if measure == "likelihood_ratio":
        cells = ((n11, n21, n12), (n12, n11, n22), (n21, n11, n22), (n22, n21, n12))
        total = np.zeros_like(n11)
        for cell, a, b in cells:
            total += cell * np.log(cell / ((cell + a) * (cell + b) / n + TINY) + TINY)
        return 2 * total
    raise ValueError(f"unknown measure {measure!r}; there are {', '.join(get_args(Measure))}")


def collocations(
    documents: Iterable[Sequence[str]],
    measure: Measure = "likelihood_ratio",
    *,
    min_count: int = 1,
    top: int | None = None,
) -> list[Collocation]:
    """Pairs of neighbours with their scores, the highest first, equal ones in alphabetical order.

    documents: lists of words; no pair reaches over their borders. min_count: leave rarer pairs out. Raises ValueError when
    `min_count` is below 1, TypeError for a single list of words.
    """
    if min_count < 1:
        raise ValueError(f"min_count must be at least 1, not {min_count}")
    singles: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    for document in documents:
        if isinstance(document, str):
            raise TypeError("documents are lists of words: put a single one into a list")
        singles.update(document)
        pairs.update(pairwise(document))
    kept = [pair for pair, count in pairs.items() if count >= min_count]
    scores = score_pairs(
        measure,
        np.array([pairs[pair] for pair in kept], dtype=np.float64),
        np.array([singles[first] for first, _ in kept], dtype=np.float64),
        np.array([singles[second] for _, second in kept], dtype=np.float64),
        float(singles.total()),
    )
    found = [Collocation(pair, pairs[pair], score) for pair, score in zip(kept, scores.tolist())]
    return sorted(found, key=lambda c: (-c.score, c.words))[:top]
