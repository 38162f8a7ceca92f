"""TF-IDF and the cosine: rank documents by the angle between their vector and the query's.

Idea (Salton, Wong & Yang, "A vector space model for automatic indexing", 1975; idf: Spärck Jones, 1972): a
text is a vector with one number a term, tf * idf, and two texts are alike when their vectors point the same
way. The idf is scikit-learn's smoothed one, log((1 + N) / (1 + df)) + 1, and vectors have length 1, so
`scores` equals the cosine of `TfidfVectorizer`'s rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpjourney.tasks.search.analyzer import Analyzer
from nlpjourney.tasks.search.bm25 import tokenize_documents
from nlpjourney.tasks.search.postings import invert
from nlpjourney.tasks.search.saved import SavedIndex
from nlpjourney.tasks.search.scored import Batch, Hit, Query, ScoredPostings, as_hits, check_queries, query_terms
from nlpjourney.text.vocabulary import Vocabulary


@dataclass(frozen=True)
class TermWeight:
    """Why a document scores what it does, for one term: score = query * document, two entries of unit vectors."""

    term: str
    tf: int  # how often the document has it
    df: int  # how many documents have it
    idf: float
    query: float
    document: float
    score: float


class TfidfIndex(SavedIndex):
    """A search engine that ranks by TF-IDF cosine.

    analyzer: from text to terms (scikit-learn's default is Analyzer(min_length=2)); sublinear_tf: 1 + log(tf)
    instead of tf.
    """

    learned = ("vocabulary", "postings", "idf", "_values", "_scored")
    idf: NDArray[np.float64]
    _values: NDArray[np.float64]
    _scored: ScoredPostings

    def __init__(self, analyzer: Analyzer | None = None, *, sublinear_tf: bool = False) -> None:
        self.analyzer = analyzer or Analyzer()
        self.sublinear_tf = sublinear_tf

    def fit(self, documents: Iterable[str]) -> TfidfIndex:
        """Index the documents; they are numbered 0, 1, 2, … in their order. Returns self."""
        if isinstance(documents, str):
            raise TypeError("documents must be a list of texts, not one string: did you forget the brackets?")
        vocabulary, tokens, lengths = tokenize_documents(documents, self.analyzer, Vocabulary())
        self.vocabulary, self.postings = vocabulary, invert(tokens, lengths, len(vocabulary))
        self._weigh()
        return self

    def _settings(self) -> dict[str, Any]:
        return {"sublinear_tf": self.sublinear_tf}

    def _weigh(self) -> None:
        p = self.postings
        self.idf = np.log((1 + p.n_docs) / (1 + p.df)) + 1
        values = self._tf(p.tf) * np.repeat(self.idf, p.df)
        squared = np.bincount(p.docs, weights=values**2, minlength=p.n_docs)
        self._values = values / np.sqrt(squared)[p.docs]  # every document's vector has length 1
        self._scored = ScoredPostings(self.vocabulary, p, self._values.astype(np.float32))

    def _tf(self, tf: NDArray[np.unsignedinteger] | NDArray[np.float64]) -> NDArray[np.float64]:
        counts = tf.astype(np.float64)
        return 1 + np.log(counts) if self.sublinear_tf else counts

    def __len__(self) -> int:
        return self.postings.n_docs

    def query_vector(self, query: Query) -> dict[str, float]:
        """The query as a vector of length 1 over the collection's terms; a mapping's weights stand for
        counts.
        """
        found = {term: count for term, count in query_terms(query, self.analyzer).items() if count > 0}
        terms = self.vocabulary.find(list(found))
        counts = np.array(list(found.values()), dtype=np.float64)
        values = np.where(terms >= 0, self._tf(counts) * self.idf[terms] if len(self.idf) else 0.0, 0.0)
        length = np.sqrt((values**2).sum())
        return {word: float(value / length) for word, value in zip(found, values) if value > 0}

    def search(self, query: Query, k: int = 10) -> list[Hit]:
        """The k documents with the largest cosine, best first; equal scores in the order of the documents."""
        return as_hits(self.search_batch([query], k))

    def search_batch(self, queries: Sequence[Query], k: int = 10) -> Batch:
        """`search` for many queries: documents (n, k), scores (n, k), and counts (n,) of results in each row."""
        check_queries(queries)
        return self._scored.search_batch([self.query_vector(query) for query in queries], k)

    def scores(self, query: Query) -> NDArray[np.float64]:
        """The cosine of every document, in float64. Shape (n_docs,)."""
        total = np.zeros(len(self))
        vector = self.query_vector(query)
        for term, weight in zip(self.vocabulary.find(list(vector)), vector.values()):
            lo, hi = self.postings.indptr[term], self.postings.indptr[term + 1]
            total[self.postings.docs[lo:hi]] += weight * self._values[lo:hi]
        return total

    def explain(self, query: Query, doc: int) -> list[TermWeight]:
        """How the cosine of document `doc` comes about, term by term in the order of the query; they add up to it.

        Terms that the collection does not have are left out; a term that only this document lacks shows tf 0.
        """
        if not 0 <= doc < len(self):
            raise IndexError(f"document {doc} of an index of {len(self)}")
        vector = self.query_vector(query)
        rows = []
        for term, (word, weight) in zip(self.vocabulary.find(list(vector)), vector.items()):
            docs, tf = self.postings.of(term)
            at = int(np.searchsorted(docs, doc))
            found = at < len(docs) and docs[at] == doc
            value = float(self._values[self.postings.indptr[term] + at]) if found else 0.0
            count = int(tf[at]) if found else 0
            rows.append(TermWeight(word, count, len(docs), float(self.idf[term]), weight, value, weight * value))
        return rows
