"""Fourteen product reviews with the aspect terms that they judge: what `find_aspects` is measured on.

The sentences are those of the rated product reviews (which come from Hu & Liu, 2004); the labels, `aspects.tsv`, are our own,
by one person, so nobody knows how well two would agree. Six reviews are for choosing settings, eight for the test.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from nlpjourney.assets import corpora
from nlpjourney.ml import PrecisionRecall

FILE = Path(__file__).with_name("aspects.tsv")
PRODUCTS = frozenset(
    ["apex", "camera", "cameras", "canon", "dvd", "ipod", "karma", "nikon", "phone", "phones", "player", "players", "product",
     "products", "unit", "zen"]
)  # fmt: skip
Part = Literal["development", "test"]
Term = tuple[str, bool]  # the last word of a term in lower case, and whether it is praised


class Labelled(NamedTuple):
    """A sentence of a review and its terms with True for praise, False for blame."""

    document: int
    text: str
    terms: tuple[tuple[str, bool], ...]


def aspect_labels(part: Part) -> list[Labelled]:
    """The sentences of the "development" or the "test" reviews, in order, with those that have no term."""
    rows = [line.split("\t") for line in FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    documents = [int(row[1]) for row in rows if row[0] == part]
    if not documents:
        raise ValueError(f"part must be 'development' or 'test', not {part!r}")
    terms: dict[tuple[int, int], list[tuple[str, bool]]] = {}
    for row in (row for row in rows if len(row) == 4):
        terms.setdefault((int(row[0]), int(row[1])), []).append((row[2], row[3] == "+"))
    found = []
    for document in documents:
        texts = [s.text for s in corpora.rated_sentences(["products"]) if s.document == document]
        found += [Labelled(document, text, tuple(terms.get((document, i), ()))) for i, text in enumerate(texts)]
    return found


def last_words(terms: Sequence[tuple[str, bool]]) -> set[Term]:
    """Terms by their last word (*quality* of *picture quality*), which is how a term counts as found."""
    return {(term.split()[-1].lower(), praised) for term, praised in terms}


def score(
    found: Sequence[set[Term]], expected: Sequence[set[Term]], key: Callable[[Term], object] = lambda term: term
) -> PrecisionRecall:
    """Precision and recall over all sentences. key: what has to be equal, by default word and polarity."""
    sets = [({key(t) for t in a}, {key(t) for t in b}) for a, b in zip(found, expected, strict=True)]
    hits = sum(len(a & b) for a, b in sets)
    n_found, n_expected = sum(len(a) for a, _ in sets), sum(len(b) for _, b in sets)
    return PrecisionRecall(hits / n_found if n_found else 0.0, hits / n_expected if n_expected else 0.0)


def f1_interval(
    found: Sequence[set[Term]], expected: Sequence[set[Term]], key: Callable[[Term], object] = lambda term: term,
    n_resamples: int = 1000, seed: int = 0,
) -> tuple[float, float]:  # fmt: skip
    """A 95 % bootstrap interval for the F1 of `score`, over sentences."""
    rng = np.random.default_rng(seed)
    drawn = (rng.integers(0, len(found), len(found)) for _ in range(n_resamples))
    values = [score([found[i] for i in rows], [expected[i] for i in rows], key).f1 for rows in drawn]
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)
