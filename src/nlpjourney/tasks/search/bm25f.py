"""BM25F: one BM25 over documents with fields, such as title and body.

Idea (Robertson, Zaragoza & Taylor, "Simple BM25 extension to multiple weighted fields", 2004; this form:
Zaragoza et al., TREC-13, 2004): adding up one BM25 score a field would let a word repeated across fields
escape the saturation that k1 is there for. So the *counts* are combined first, each divided by its field's
length factor and multiplied by its field's weight, and saturated once:

    tf~ = sum over fields of  weight_f * tf_f / (1 - b_f + b_f * |D|_f / avg_f)
    contribution = idf * tf~ / (tf~ + k1),      idf = log(1 + (N - df + ½) / (df + ½))

where df counts the documents that have the term in any field.

With one field of weight 1 this is exactly BM25 (method "lucene").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpjourney.tasks.search.analyzer import Analyzer
from nlpjourney.tasks.search.bm25 import tokenize_documents
from nlpjourney.tasks.search.postings import Postings, invert
from nlpjourney.tasks.search.saved import SavedIndex
from nlpjourney.tasks.search.scored import Batch, Hit, Query, ScoredPostings, as_hits, check_queries, query_terms
from nlpjourney.tasks.search.weighting import BM25Weighting
from nlpjourney.text.vocabulary import Vocabulary


class BM25FIndex(SavedIndex):
    """A search engine over documents with fields.

    >>> index = BM25FIndex({"title": 3.0, "body": 1.0}).fit([{"title": "cats", "body": "they purr"}, {"title": "dogs"}])
    >>> index.search("purr")[0].doc
    0

    weights: each field's weight, > 0; b: one number for all fields or one for each, in [0, 1].
    """

    learned = ("vocabulary", "postings", "idf", "_values", "_scored")
    idf: NDArray[np.float64]
    _values: NDArray[np.float64]
    _scored: ScoredPostings

    def __init__(
        self,
        weights: Mapping[str, float],
        analyzer: Analyzer | None = None,
        *,
        k1: float = 1.5,
        b: float | Mapping[str, float] = 0.75,
    ) -> None:
        if not weights or not all(0 < weight < np.inf for weight in weights.values()):
            raise ValueError(f"weights must give each field a weight above 0, got {dict(weights)}")
        self.weights = dict(weights)
        self.b = {field: b[field] if isinstance(b, Mapping) else b for field in weights}
        self.analyzer = analyzer or Analyzer()
        self._weighting = {field: BM25Weighting("lucene", k1, self.b[field]) for field in weights}
        self.k1 = k1

    def fit(self, documents: Sequence[Mapping[str, str]]) -> BM25FIndex:
        """Index documents, each a mapping from field to text; a missing field is empty. Returns self."""
        for i, document in enumerate(documents):
            if unknown := set(document) - set(self.weights):
                raise ValueError(
                    f"document {i} has a field {min(unknown)!r} without a weight; fields: {', '.join(self.weights)}"
                )
        # All fields' texts one after another, so that they share one numbering of terms.
        texts = [document.get(field, "") for field in self.weights for document in documents]
        vocabulary, tokens, lengths = tokenize_documents(texts, self.analyzer, Vocabulary())
        self.vocabulary, self.postings = vocabulary, invert(tokens, lengths, len(vocabulary))
        self._weigh()
        return self

    def _settings(self) -> dict[str, Any]:
        return {"weights": self.weights, "b": self.b, "k1": self.k1}

    def _weigh(self) -> None:
        n_docs, n_terms = self.postings.n_docs // len(self.weights), len(self.vocabulary)
        field_of, doc_of = np.divmod(self.postings.docs, max(n_docs, 1))
        scaled = self.postings.tf.astype(np.float64)
        for f, field in enumerate(self.weights):
            doc_len = self.postings.doc_len[f * n_docs : (f + 1) * n_docs]
            norm = self._weighting[field].norm(doc_len, float(doc_len.mean()) if n_docs else 0.0)
            mine = field_of == f
            scaled[mine] *= self.weights[field] / norm[doc_of[mine]]

        # Bring the fields of one document together: sort by (term, document), add up equal ones.
        term_of = np.repeat(np.arange(n_terms, dtype=np.int64), self.postings.df)
        pairs, inverse = np.unique(term_of * max(n_docs, 1) + doc_of, return_inverse=True)
        scaled_tf = np.bincount(inverse, weights=scaled, minlength=len(pairs))
        terms, docs = np.divmod(pairs, max(n_docs, 1))
        df = np.bincount(terms, minlength=n_terms)
        indptr = np.concatenate([[0], np.cumsum(df)]).astype(np.int64)
        self.idf = BM25Weighting("lucene").idf(df, n_docs)
        self._values = self.idf[terms] * scaled_tf / (scaled_tf + self.k1)
        doc_len = self.postings.doc_len.reshape(len(self.weights), n_docs).sum(axis=0, dtype=np.int32)
        merged = Postings(indptr, docs.astype(np.int32), np.ones(len(docs), dtype=np.uint8), doc_len)
        self._scored = ScoredPostings(self.vocabulary, merged, self._values.astype(np.float32))

    def __len__(self) -> int:
        return self._scored.postings.n_docs

    def search(self, query: Query, k: int = 10) -> list[Hit]:
        """The k best documents, best first; equal scores in the order of the documents."""
        return as_hits(self.search_batch([query], k))

    def search_batch(self, queries: Sequence[Query], k: int = 10) -> Batch:
        """`search` for many queries: documents (n, k), scores (n, k), and counts (n,) of results in each row."""
        check_queries(queries)
        return self._scored.search_queries(queries, k, self.analyzer)

    def scores(self, query: Query) -> NDArray[np.float64]:
        """The score of every document, in float64. Shape (n_docs,)."""
        total = np.zeros(len(self))
        found = query_terms(query, self.analyzer)
        indptr, docs = self._scored.postings.indptr, self._scored.postings.docs
        for term, weight in zip(self.vocabulary.find(list(found)), found.values()):
            if term >= 0:
                lo, hi = indptr[term], indptr[term + 1]
                total[docs[lo:hi]] += weight * self._values[lo:hi]
        return total
