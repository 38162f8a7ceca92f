"""BM25 in memory: rank a collection of documents by the words of a query.

The formulas stand in `weighting.py`. Notable choice (Lù, "BM25S", 2024): a posting's contribution does not
depend on the query, so it is computed once, at indexing, and a query only adds up stored numbers;
`maxscore.py` then skips most of those additions. Stored contributions are float32, as in bm25s; `scores` and
`explain` compute in float64.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from nlpjourney.tasks.search import weighting
from nlpjourney.tasks.search.analyzer import Analyzer
from nlpjourney.tasks.search.postings import invert
from nlpjourney.tasks.search.saved import SavedIndex
from nlpjourney.tasks.search.scored import Batch, Hit, Query, ScoredPostings, as_hits, check_queries, query_terms
from nlpjourney.tasks.search.weighting import BM25Weighting
from nlpjourney.text.vocabulary import Vocabulary
from nlpjourney.text.word_characters import any_script


@dataclass(frozen=True)
class TermScore:
    """Why a document scores what it does, for one term: score = weight * idf * tf_part."""

    term: str
    weight: float  # how often the query has the term
    tf: int  # how often the document has it
    df: int  # how many documents have it
    idf: float
    norm: float  # 1 - b + b * length / average length
    tf_part: float
    score: float


def tokenize_documents(
    documents: Iterable[str], analyzer: Analyzer, vocabulary: Vocabulary
) -> tuple[Vocabulary, NDArray[np.int32], NDArray[np.int32]]:
    """Number the terms of the documents: (vocabulary of terms, tokens with -1 for dropped words, lengths).

    `vocabulary` takes in the words as written; the returned one holds terms, and is the same object if no
    word changes.
    """
    tokens, lengths = vocabulary.add_texts(documents, analyzer.min_length, characters=any_script())
    if analyzer.keeps_words:
        return vocabulary, tokens, lengths
    terms = Vocabulary()
    number = np.full(len(vocabulary) + 1, -1, dtype=np.int32)  # one more, so that token -1 finds -1
    number[:-1] = terms.add_words([analyzer.term(word) for word in vocabulary.words()])
    return terms, number[tokens], lengths


class BM25Index(SavedIndex):
    """A BM25 search engine over a list of texts.

    >>> index = BM25Index().fit(["a cat sat", "a dog ran", "the cat ran"])
    >>> [hit.doc for hit in index.search("cat ran", k=2)]
    [2, 0]

    analyzer: from text to terms, for documents and queries alike; the other arguments: see BM25Weighting.
    """

    learned: ClassVar[tuple[str, ...]] = ("vocabulary", "postings", "average_length", "idf", "norm", "_scored")
    average_length: float
    idf: NDArray[np.float64]
    norm: NDArray[np.float64]
    _scored: ScoredPostings

    def __init__(
        self,
        analyzer: Analyzer | None = None,
        *,
        method: str = "lucene",
        k1: float = 1.5,
        b: float = 0.75,
        delta: float | None = None,
        epsilon: float = 0.25,
        nonoccurrence: bool = False,
    ) -> None:
        if delta is None:
            delta = 1.0 if method == "bm25+" else 0.5  # the values of Lv & Zhai
        self.analyzer = analyzer or Analyzer()
        self.weighting = BM25Weighting(method, k1, b, delta, epsilon, nonoccurrence)

    def fit(self, documents: Iterable[str]) -> BM25Index:
        """Index the documents; they are numbered 0, 1, 2, … in their order. Returns self."""
        if isinstance(documents, str):
            raise TypeError("documents must be a list of texts, not one string: did you forget the brackets?")
        self._index(*tokenize_documents(documents, self.analyzer, Vocabulary()))
        return self

    def _index(self, vocabulary: Vocabulary, tokens: NDArray[np.int32], lengths: NDArray[np.int32]) -> None:
        self.vocabulary, self.postings = vocabulary, invert(tokens, lengths, len(vocabulary))
        self._weigh()

    def _settings(self) -> dict[str, Any]:
        return asdict(self.weighting)

    def _weigh(self) -> None:
        w, postings = self.weighting, self.postings
        self.average_length = float(postings.doc_len.mean()) if postings.n_docs else 0.0
        self.idf = w.idf(postings.df, postings.n_docs)
        self.norm = w.norm(postings.doc_len, self.average_length)
        impacts = weighting.impacts(
            postings.indptr, postings.docs, postings.tf, self.idf, self.norm, w.k1, w.scale, w.shift, w.floor, w.absent_part
        )  # fmt: skip
        self._scored = ScoredPostings(self.vocabulary, postings, impacts)

    def __len__(self) -> int:
        return self.postings.n_docs

    @property
    def nbytes(self) -> int:
        """Memory of the index's arrays, in bytes."""
        return self._scored.nbytes + self.idf.nbytes + self.norm.nbytes

    def query_terms(self, query: Query) -> dict[str, float]:
        """The query's terms with their weights: for a text, how often each occurs."""
        return query_terms(query, self.analyzer)

    def search(self, query: Query, k: int = 10) -> list[Hit]:
        """The k best documents, best first; equal scores in the order of the documents. Only documents with a
        term of the query.
        """
        return as_hits(self.search_batch([query], k))

    def search_batch(self, queries: Sequence[Query], k: int = 10) -> Batch:
        """`search` for many queries: documents (n, k), scores (n, k), and counts (n,) of results in each row.

        Rows are filled with document -1, score 0 beyond their count; k is cut to the number of documents.
        """
        check_queries(queries)
        docs, scores, counts = self._scored.search_queries(queries, k, self.analyzer)
        if self.weighting.absent_part:
            constant = np.array([self._constant(query) for query in queries], dtype=np.float32)
            scores += np.where(docs >= 0, constant[:, None], np.float32(0))
        return docs, scores, counts

    def _constant(self, query: Query) -> float:
        """What every document gets from the query's terms, absent or not (`nonoccurrence`)."""
        found = self.query_terms(query)
        terms = self.vocabulary.find(list(found))
        weights = np.array(list(found.values()))
        return float((weights * np.where(terms >= 0, self.idf[terms], 0)).sum() * self.weighting.absent_part)

    def scores(self, query: Query) -> NDArray[np.float64]:
        """The score of every document, in float64. Shape (n_docs,)."""
        total = np.zeros(len(self))
        found = self.query_terms(query)
        absent = self.weighting.absent_part
        for term, weight in zip(self.vocabulary.find(list(found)), found.values()):
            if term >= 0:
                docs, tf = self.postings.of(term)
                total += weight * self.idf[term] * absent
                total[docs] += weight * self.idf[term] * (self.weighting.tf_part(tf, self.norm[docs]) - absent)
        return total

    def explain(self, query: Query, doc: int) -> list[TermScore]:
        """How the score of document `doc` comes about, term by term in the order of the query; the scores add
        up to it.

        Terms that the collection does not have are left out; a term that only this document lacks shows tf 0.
        """
        if not 0 <= doc < len(self):
            raise IndexError(f"document {doc} of an index of {len(self)}")
        found = self.query_terms(query)
        rows = []
        for (word, weight), term in zip(found.items(), self.vocabulary.find(list(found))):
            if term < 0:
                continue
            docs, tfs = self.postings.of(term)
            at = int(np.searchsorted(docs, doc))
            tf = tfs[at : at + 1] if at < len(docs) and docs[at] == doc else np.zeros(1, dtype=tfs.dtype)
            part = (
                float(self.weighting.tf_part(tf, self.norm[doc : doc + 1])[0]) if tf[0] else self.weighting.absent_part
            )
            idf, norm = float(self.idf[term]), float(self.norm[doc])
            rows.append(TermScore(word, weight, int(tf[0]), len(docs), idf, norm, part, weight * idf * part))
        return rows
