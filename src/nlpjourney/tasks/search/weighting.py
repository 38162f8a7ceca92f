"""The BM25 family of formulas: how much one term contributes to one document's score.

Idea (Robertson, Walker, Jones, Hancock-Beaulieu & Gatford, "Okapi at TREC-3", 1994): rare terms count more
(idf); repeating a term counts less and less (k1); a long document must repeat it more often than a short one
(b). With B = 1 - b + b * |D| / avgdl, all variants are one expression with different constants:

    contribution = idf * (scale * x / (x + k1 * B) + floor),      x = tf + shift * B

    method       idf                              scale    shift   floor
    robertson    log((N-df+½)/(df+½)), not < 0    1        0       0
    lucene       log(1 + (N-df+½)/(df+½))         1        0       0
    atire        log(N/df)                        k1 + 1   0       0
    okapi        log((N-df+½)/(df+½)), floored    k1 + 1   0       0
    bm25l        log((N+1)/(df+½))                k1 + 1   delta   0
    bm25+        log((N+1)/df)                    k1 + 1   0       delta

"okapi" replaces a negative idf by epsilon times the mean idf, as rank_bm25 does. Kamphuis, de Vries, Boytsov
& Lin, "Which BM25 do you mean?" (2020), compare the others. BM25L and BM25+ are Lv & Zhai's (2011): delta is
a bonus for holding the term at all, so that very long documents are not treated as if they did not hold it.
bm25s gives the same bonus to documents *without* the term (`nonoccurrence=True` here), and so does rank_bm25's BM25+;
its BM25L does not: it multiplies the whole by the term frequency, which no method here does. Read what the bonus
does: a constant added to every document of BM25+, so their BM25+ ranks as if delta were 0.

In plain Python: `plain_bm25` (`tasks.search.plain`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

METHODS = ("robertson", "lucene", "atire", "okapi", "bm25l", "bm25+")


@dataclass(frozen=True)
class BM25Weighting:
    """One member of the family with its parameters. delta concerns bm25l and bm25+, epsilon okapi.

    Raises ValueError for an unknown method, k1 < 0, b outside [0, 1], delta < 0 or epsilon < 0.
    """

    method: str = "lucene"
    k1: float = 1.5
    b: float = 0.75
    delta: float = 0.5
    epsilon: float = 0.25
    nonoccurrence: bool = False

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ValueError(f"unknown BM25 method {self.method!r}: choose one of {', '.join(METHODS)}")
        for name in ("k1", "delta", "epsilon"):
            if not (0 <= getattr(self, name) < math.inf):
                raise ValueError(f"{name} must be a number of at least 0, got {getattr(self, name)}")
        if not 0 <= self.b <= 1:
            raise ValueError(f"b must lie between 0 and 1, got {self.b}")

    @property
    def scale(self) -> float:
        return 1.0 if self.method in ("robertson", "lucene") else self.k1 + 1

    @property
    def shift(self) -> float:
        return self.delta if self.method == "bm25l" else 0.0

    @property
    def floor(self) -> float:
        return self.delta if self.method == "bm25+" else 0.0

    def idf(self, df: NDArray[np.int64], n_docs: int) -> NDArray[np.float64]:
        """The inverse document frequency of terms that occur in `df` of `n_docs` documents; 0 where df is 0.
        Shape of df.
        """
        present = df > 0
        d = np.where(present, df, 1).astype(np.float64)
        odds = (n_docs - d + 0.5) / (d + 0.5)
        if self.method == "robertson":
            idf = np.log(np.maximum(odds, 1))
        elif self.method == "lucene":
            idf = np.log1p(odds)
        elif self.method == "atire":
            idf = np.log(max(n_docs, 1) / d)
        elif self.method == "okapi":
            idf = np.log(n_docs - d + 0.5) - np.log(d + 0.5)
            mean = idf[present].mean() if present.any() else 0.0
            # In a tiny collection the mean can itself be negative; a term must not count against a document.
            idf = np.where(idf < 0, max(self.epsilon * mean, 0.0), idf)
        elif self.method == "bm25l":
            idf = np.log((n_docs + 1) / (d + 0.5))
        else:
            idf = np.log((n_docs + 1) / d)
        return np.where(present, idf, 0.0)

    def norm(self, doc_len: NDArray[np.int32], average: float) -> NDArray[np.float64]:
        """B = 1 - b + b * |D| / avgdl, the factor for a document's length. Shape of doc_len."""
        if average == 0:
            return np.ones(len(doc_len), dtype=np.float64)
        norm: NDArray[np.float64] = 1 - self.b + self.b * doc_len.astype(np.float64) / average
        return norm

    def tf_part(self, tf: NDArray[np.unsignedinteger], norm: NDArray[np.float64]) -> NDArray[np.float64]:
        """What tf occurrences are worth before idf, in documents of length factor `norm`; 0 for tf = 0. Shape
        of tf.
        """
        x = tf + self.shift * norm
        part = self.scale * x / np.where(x > 0, x + self.k1 * norm, 1) + self.floor
        return np.where(tf > 0, part, 0.0)

    @property
    def absent_part(self) -> float:
        """What a document without the term gets before idf: 0 unless `nonoccurrence`."""
        if not self.nonoccurrence or self.shift + self.floor == 0:
            return 0.0
        return self.floor + self.scale * self.shift / max(self.shift + self.k1, 1e-300)


@njit(cache=True, nogil=True)
def impacts(indptr, docs, tf, idf, norm, k1, scale, shift, floor, absent):  # type: ignore[no-untyped-def]
    """Every posting's contribution minus what its term's absence would give, float32 (n_postings,)."""
    out = np.empty(len(docs), dtype=np.float32)
    for term in range(len(indptr) - 1):
        for i in range(indptr[term], indptr[term + 1]):
            length_factor = norm[docs[i]]
            x = tf[i] + shift * length_factor
            out[i] = idf[term] * (scale * x / (x + k1 * length_factor) + floor - absent)
    return out
