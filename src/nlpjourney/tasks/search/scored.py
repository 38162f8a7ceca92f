"""Postings with each one's contribution computed: what a query adds up, whatever the formula.

BM25, BM25F and TF-IDF all rank by a sum over the query's terms of (weight in the query) * (impact in the
document). The impacts do not depend on the query, so they are computed once, at indexing (Anh & Moffat, 2002;
Lù, "BM25S", 2024).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpjourney.tasks.search import maxscore
from nlpjourney.tasks.search.analyzer import Analyzer
from nlpjourney.tasks.search.postings import Postings
from nlpjourney.text.vocabulary import Vocabulary
from nlpjourney.text.word_characters import any_script

Query = str | Mapping[str, float]  # a text, or terms with weights (from query expansion)
Batch = tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.int64]]


@dataclass(frozen=True)
class Hit:
    """One result: the document's number and its score."""

    doc: int
    score: float


def query_terms(query: Query, analyzer: Analyzer) -> dict[str, float]:
    """The terms of a query with their weights: for a text, how often each occurs. Raises TypeError for anything else."""
    if isinstance(query, str):
        return {term: float(n) for term, n in Counter(analyzer(query)).items()}
    if not isinstance(query, Mapping):
        raise TypeError(
            f"a query must be a text, or a mapping from terms to weights, not a {type(query).__name__}: {query!r:.60}"
        )
    for term, weight in query.items():
        if not 0 <= weight < np.inf:
            raise ValueError(f"the weights of terms must be at least 0 and finite, but {term!r} has {weight}")
    return {term: float(weight) for term, weight in query.items()}


def check_queries(queries: Sequence[Query]) -> None:
    """Raise TypeError for one query in the place of several."""
    if isinstance(queries, str | bytes | Mapping):
        raise TypeError("queries must be a list of queries, not one: did you forget the brackets?")


def as_hits(batch: Batch) -> list[Hit]:
    """The first row of a batch of results as a list."""
    docs, scores, counts = batch
    return [Hit(int(d), float(s)) for d, s in zip(docs[0, : counts[0]], scores[0, : counts[0]])]


class ScoredPostings:
    """Postings and their impacts, float32 (n_postings,), all at least 0, ready to be searched."""

    def __init__(self, vocabulary: Vocabulary, postings: Postings, impacts: NDArray[np.float32]) -> None:
        self.vocabulary = vocabulary
        self.postings = postings
        self.impacts = impacts
        self.landmarks = maxscore.find_landmarks(impacts, postings.indptr)

    @property
    def nbytes(self) -> int:
        p = self.postings
        arrays = (p.indptr, p.docs, p.tf, p.doc_len, self.impacts, self.landmarks)
        return self.vocabulary.nbytes + sum(array.nbytes for array in arrays)

    def search_queries(self, queries: Sequence[Query], k: int, analyzer: Analyzer) -> Batch:
        """`search_batch` for texts, or terms with weights.

        Texts whose words are their terms are searched for words as documents are: in one pass, in compiled code.
        """
        texts = [query for query in queries if isinstance(query, str)]
        if not analyzer.keeps_words or len(texts) < len(queries):
            return self.search_batch([query_terms(query, analyzer) for query in queries], k)
        tokens, lengths = self.vocabulary.find_texts(texts, analyzer.min_length, characters=any_script())
        n_terms = max(len(self.vocabulary), 1)
        numbers = np.repeat(np.arange(len(texts)), lengths)  # of the queries
        keys, counts = np.unique((numbers * n_terms + tokens)[tokens >= 0], return_counts=True)
        ends = np.searchsorted(keys, np.arange(len(texts) + 1) * n_terms)
        return self._search(keys % n_terms, counts, ends, k)

    def search_batch(self, queries: Sequence[Mapping[str, float]], k: int) -> Batch:
        """The k best documents of each query (terms with weights): documents (n, k), scores (n, k), counts
        (n,).

        Each row is best first, equal scores by document number; only documents with a score above 0 count,
        and the row is filled with document -1, score 0. k is cut to the number of documents.
        """
        words: list[str] = []
        weights: list[float] = []
        ends = np.zeros(len(queries) + 1, dtype=np.int64)
        for q, query in enumerate(queries):
            words += query.keys()
            weights += query.values()
            ends[q + 1] = len(words)
        terms = self.vocabulary.find(words)
        known = terms >= 0
        n_known = np.zeros(len(words) + 1, dtype=np.int64)
        np.cumsum(known, out=n_known[1:])
        return self._search(terms[known], np.array(weights)[known], n_known[ends], k)

    def _search(self, terms: NDArray[np.integer], weights: NDArray[Any], ends: NDArray[np.int64], k: int) -> Batch:
        """Query q's terms are terms[ends[q] : ends[q + 1]]."""
        return maxscore.search(
            self.postings.docs, self.impacts, self.postings.indptr, self.landmarks,
            terms.astype(np.int32), weights.astype(np.float32), ends, self.postings.n_docs, k,
        )  # fmt: skip
