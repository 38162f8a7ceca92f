"""Searching an index on disk: BM25 over the mapped segments of one commit.

Notable choices: nothing about a document's score is stored, since every commit changes the statistics that it depends on;
scores are computed from tf and length while a list is read, in float64. The lists are read whole: `maxscore.py`, which skips
most of them, needs the stored scores of an index that does not change.

In plain Python: `plain_bm25` (`tasks.search.plain`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpjourney.tasks.search.analyzer import Analyzer, check_same
from nlpjourney.tasks.search.commit import open_commit, read_manifest
from nlpjourney.tasks.search.phrase import best, phrase_terms, split_query
from nlpjourney.tasks.search.scored import Hit, Query, query_terms
from nlpjourney.tasks.search.segment import Document
from nlpjourney.tasks.search.weighting import BM25Weighting


@dataclass(frozen=True)
class DiskHit:
    """One result: the document's id and its score."""

    doc_id: str
    score: float


@njit(cache=True, nogil=True)
def _count_live(docs, deleted):  # type: ignore[no-untyped-def]
    n = 0
    for i in range(len(docs)):
        n += not deleted[docs[i]]
    return n


@njit(cache=True, nogil=True)
def _add_scores(docs, tf, doc_len, deleted, weight, average, k1, b, scale, shift, floor, scores):  # type: ignore[no-untyped-def]
    """Add weight * (what tf is worth) to scores, float64 (n_docs,), for each document that is not deleted."""
    for i in range(len(docs)):
        doc = docs[i]
        if not deleted[doc]:
            norm = 1 - b + b * doc_len[doc] / average
            x = tf[i] + shift * norm
            scores[doc] += weight * (scale * x / (x + k1 * norm) + floor)


class IndexReader:
    """A picture of the newest commit of an index: what is written later does not change it.

    analyzer: the one that the index was made with. The other arguments: see BM25Weighting; "okapi" is not offered, since its
    idf depends on every term of the collection. Raises FileNotFoundError, CorruptIndexError, and ValueError for another
    analyzer than the writer's. verify: read all files and compare their checksums.
    """

    def __init__(
        self,
        folder: str | Path,
        analyzer: Analyzer | None = None,
        *,
        method: str = "lucene",
        k1: float = 1.5,
        b: float = 0.75,
        delta: float | None = None,
        verify: bool = False,
    ) -> None:
        if method == "okapi":
            raise ValueError('"okapi" needs the mean idf of all terms at every commit: choose "lucene" or "atire"')
        if delta is None:
            delta = 1.0 if method == "bm25+" else 0.5
        self.folder = Path(folder)
        self.analyzer = analyzer or Analyzer()
        self.weighting = BM25Weighting(method, k1, b, delta)
        self._open(verify)

    def _open(self, verify: bool) -> None:
        self._manifest, self._segments = open_commit(self.folder, verify)
        check_same(self.analyzer, self._manifest.analyzer)
        self._ends = np.cumsum([len(s.segment) for s in self._segments], dtype=np.int64)
        self._n = sum(s.n_live for s in self._segments)
        n_words = sum(int(s.segment.doc_len[~s.deleted].sum(dtype=np.int64)) for s in self._segments)
        self.average_length = n_words / self._n if self._n else 0.0

    def refresh(self) -> bool:
        """Go to the newest commit; True if it is another one."""
        if read_manifest(self.folder).generation == self.generation:
            return False
        self._open(verify=False)
        return True

    @property
    def generation(self) -> int:
        """The number of the commit that is shown."""
        return self._manifest.generation

    def __len__(self) -> int:
        return self._n

    def ids(self) -> list[str]:
        """The ids of all documents, in the order that equal scores come in."""
        return [s.segment.ids[int(i)] for s in self._segments for i in np.flatnonzero(~s.deleted)]

    def get(self, doc_id: str) -> Document | None:
        """The document with this id, None if there is none."""
        for s in self._segments:
            number = int(s.segment.ids.find([doc_id])[0])
            if number >= 0 and not s.deleted[number]:
                return Document(s.segment.texts[number], s.segment.stored[number])
        return None

    def __contains__(self, doc_id: str) -> bool:
        return self.get(doc_id) is not None

    def terms(self) -> set[str]:
        """All terms, those of documents that are deleted but not yet merged away included."""
        return {s.segment.terms[i] for s in self._segments for i in range(len(s.segment.terms))}

    def df(self, term: str) -> int:
        """In how many documents a term occurs."""
        return self._dfs([term])[term]

    def _dfs(self, terms: list[str]) -> dict[str, int]:
        found = dict.fromkeys(terms, 0)
        for s in self._segments:
            for term, number in zip(found, s.segment.terms.find(list(found))):
                if number >= 0:
                    lo, hi = s.segment.indptr[number], s.segment.indptr[number + 1]
                    found[term] += int(_count_live(s.segment.docs[lo:hi], s.deleted))
        return found

    def _idf(self, terms: list[str]) -> dict[str, float]:
        dfs = self._dfs(terms)
        idf = self.weighting.idf(np.array(list(dfs.values()), dtype=np.int64), self._n)
        return dict(zip(dfs, idf.tolist()))

    def _per_segment(self, flat: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
        return iter(np.split(flat, self._ends[:-1])) if len(self._ends) else iter(())

    def _scores(self, query: Query) -> NDArray[np.float64]:
        """The score of every document of every segment, one after another; 0 for deleted ones."""
        flat = np.zeros(int(self._ends[-1]) if len(self._ends) else 0)
        weights = query_terms(query, self.analyzer)
        idf = self._idf(list(weights))
        w = self.weighting
        for s, scores in zip(self._segments, self._per_segment(flat)):
            part = s.segment
            for (term, weight), number in zip(weights.items(), part.terms.find(list(weights))):
                if number >= 0 and idf[term] != 0:
                    lo, hi = part.indptr[number], part.indptr[number + 1]
                    _add_scores(
                        part.docs[lo:hi], part.tf[lo:hi], part.doc_len, s.deleted, weight * idf[term],
                        self.average_length, w.k1, w.b, w.scale, w.shift, w.floor, scores,
                    )  # fmt: skip
        return flat

    def _phrase_scores(self, phrase: str) -> NDArray[np.float64]:
        flat = np.zeros(int(self._ends[-1]) if len(self._ends) else 0)
        terms, offsets = phrase_terms(phrase, self.analyzer)
        idf = self._idf(sorted(set(terms)))
        for s, scores in zip(self._segments, self._per_segment(flat)):
            found = s.segment.phrase(s.segment.terms.find(terms), offsets)
            norm = self.weighting.norm(s.segment.doc_len[found.docs], self.average_length)
            part = self.weighting.tf_part(found.tf.astype(np.uint64), norm)
            scores[found.docs] = sum(idf[term] for term in terms) * part * ~s.deleted[found.docs]
        return flat

    def scores(self, query: Query) -> dict[str, float]:
        """The score of every document that has a term of the query, by id."""
        return self._named(best(self._scores(query), max(self._n, 1)))

    def phrase_scores(self, phrase: str) -> dict[str, float]:
        """The score of every document that holds the exact phrase, scored as one term (see `phrase.py`), by id."""
        return self._named(best(self._phrase_scores(phrase), max(self._n, 1)))

    def search(self, query: Query, k: int = 10) -> list[DiskHit]:
        """The k best documents, best first; equal scores in the order of the documents. A Query is a text or weighted terms."""
        return self._hits(self._scores(query), k)

    def search_phrases(self, query: str, k: int = 10) -> list[DiskHit]:
        """The k best documents that hold every phrase in quotation marks; other words add to the score."""
        phrases, rest = split_query(query)
        total, parts = self._scores(rest), [self._phrase_scores(phrase) for phrase in phrases]
        for part in parts:
            total += part
        for part in parts:
            total[part == 0] = 0
        return self._hits(total, k)

    def _hits(self, flat: NDArray[np.float64], k: int) -> list[DiskHit]:
        if k < 1:
            raise ValueError(f"k must be at least 1, got {k}")
        return [DiskHit(doc_id, score) for doc_id, score in self._named(best(flat, k)).items()]

    def _named(self, hits: list[Hit]) -> dict[str, float]:
        named = {}
        for hit in hits:
            at = int(np.searchsorted(self._ends, hit.doc, side="right"))
            number = hit.doc - (int(self._ends[at - 1]) if at else 0)
            named[self._segments[at].segment.ids[number]] = hit.score
        return named
