"""Search by words in plain Python: what the fast modules of this package compute.

Read this first. `plain_invert` is `postings`; `plain_bm25` is `weighting` with `bm25` (method "lucene"); `plain_best` is
`maxscore`, which finds the same documents without scoring all of them; `plain_phrase` is `phrase`. `segment` and `disk_search` do
the same on disk.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence


def plain_invert(documents: Sequence[Sequence[str]]) -> dict[str, dict[int, int]]:
    """For each term the documents that hold it, and how often: word → documents instead of document → words."""
    postings: dict[str, dict[int, int]] = {}
    for number, terms in enumerate(documents):
        for term, count in Counter(terms).items():
            postings.setdefault(term, {})[number] = count
    return postings


def plain_bm25(
    query: Sequence[str], documents: Sequence[Sequence[str]], k1: float = 1.5, b: float = 0.75
) -> list[float]:
    """The score of each document: rare terms count more (idf), repeating a term counts less and less (k1), and a long document
    has to repeat it more often (b). Robertson et al., 1994, with Lucene's idf."""
    postings, n = plain_invert(documents), len(documents)
    average = sum(map(len, documents)) / max(n, 1)
    scores = [0.0] * n
    for term in query:
        df = len(postings.get(term, {}))
        idf = math.log(1 + (n - df + 0.5) / (df + 0.5))
        for number, tf in postings.get(term, {}).items():
            length = 1 - b + b * len(documents[number]) / average
            scores[number] += idf * tf / (tf + k1 * length)
    return scores


def plain_best(scores: Sequence[float], k: int) -> list[int]:
    """The k documents with the highest scores above 0, best first; equal ones in their order."""
    return sorted((i for i, score in enumerate(scores) if score > 0), key=lambda i: -scores[i])[:k]


def plain_phrase(phrase: Sequence[str], documents: Sequence[Sequence[str]]) -> dict[int, list[int]]:
    """Where the exact phrase begins, in each document that holds it."""
    n, wanted = len(phrase), list(phrase)
    found = {
        number: [i for i in range(len(terms) - n + 1) if list(terms[i : i + n]) == wanted]
        for number, terms in enumerate(documents)
    }
    return {number: places for number, places in found.items() if places}
