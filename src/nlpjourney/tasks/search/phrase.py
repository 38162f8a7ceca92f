"""Phrase queries: the words of a phrase, in this order, side by side.

Idea (Manning, Raghavan & Schütze, 2008, section 2.4): a *positional* index also keeps where in a document each word stands. A
phrase matches at position p if its word number i stands at p + i for every i. Notable choices: candidates come from the
rarest word, whose list is the shortest; lists are sorted, so the others are searched by galloping; a stop word that the
analyzer drops leaves a gap, so with "to" and "at" dropped, "talk to Ann" also matches "talk at Ann". A phrase is
scored as one term, as Lucene does: its frequency in the document as tf, the sum of its words' idf as idf.

In plain Python: `plain_phrase` (`tasks.search.plain`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpjourney.errors import InvalidInput
from nlpjourney.tasks.search.analyzer import Analyzer
from nlpjourney.tasks.search.bm25 import BM25Index
from nlpjourney.tasks.search.maxscore import first_at_least
from nlpjourney.tasks.search.postings import positions_by_term
from nlpjourney.tasks.search.scored import Hit
from nlpjourney.text.vocabulary import Vocabulary

MOST_WORDS = 1000  # of a phrase

Ints = NDArray[np.int32]


@dataclass(frozen=True)
class PhraseMatches:
    """Where a phrase occurs: docs, int32 (n,), ascending; starts[ptr[i]:ptr[i + 1]] are the positions of its first word in
    docs[i].
    """

    docs: Ints
    ptr: NDArray[np.int64]
    starts: Ints

    @property
    def tf(self) -> NDArray[np.int64]:
        """How often the phrase occurs in each of `docs`."""
        return np.diff(self.ptr)


@njit(cache=True, nogil=True)
def match_phrase(docs, indptr, tf_ptr, positions, terms, offsets, rarest, out_docs, out_ptr, out_starts):  # type: ignore[no-untyped-def]
    """Fill the out arrays with the occurrences of a phrase; return the number of documents.

    docs, indptr: the postings; posting i's positions are positions[tf_ptr[i]:tf_ptr[i + 1]]; word j of the phrase is
    terms[j] and stands offsets[j] words after the first. out_docs, out_starts hold as many as `rarest`, the index of the
    word with the fewest postings, has postings and positions.
    """
    n_terms = len(terms)
    cursor = np.empty(n_terms, dtype=np.int64)
    for j in range(n_terms):
        cursor[j] = indptr[terms[j]]
    n_docs = n_starts = 0
    for i in range(indptr[terms[rarest]], indptr[terms[rarest] + 1]):
        doc = docs[i]
        everywhere = True
        for j in range(n_terms):
            end = indptr[terms[j] + 1]
            cursor[j] = first_at_least(docs, cursor[j], end, doc)
            if cursor[j] == end or docs[cursor[j]] != doc:
                everywhere = False
                break
        if not everywhere:
            continue
        before = n_starts
        for p in range(tf_ptr[i], tf_ptr[i + 1]):
            start = positions[p] - offsets[rarest]
            fits = start >= 0
            for j in range(n_terms):
                if not fits:
                    break
                if j != rarest:
                    lo, hi = tf_ptr[cursor[j]], tf_ptr[cursor[j] + 1]
                    at = first_at_least(positions, lo, hi, start + offsets[j])
                    fits = at < hi and positions[at] == start + offsets[j]
            if fits:
                out_starts[n_starts] = start
                n_starts += 1
        if n_starts > before:
            out_docs[n_docs] = doc
            out_ptr[n_docs + 1] = n_starts
            n_docs += 1
    return n_docs


def find_phrase(
    docs: Ints, indptr: NDArray[np.int64], tf_ptr: NDArray[np.int64], positions: Ints, terms: Ints, offsets: Ints
) -> PhraseMatches:
    """All occurrences of the phrase whose word j is terms[j] (-1: unknown) at offsets[j] after its first.

    docs, indptr: see Postings; tf_ptr: int64 (n_postings + 1,), where each posting's positions begin; positions: see
    `positions_by_term`.
    """
    nothing = PhraseMatches(np.empty(0, np.int32), np.zeros(1, np.int64), np.empty(0, np.int32))
    if len(terms) == 0 or terms.min() < 0:
        return nothing
    df = indptr[terms + 1] - indptr[terms]
    rarest = int(df.argmin())
    lo, hi = indptr[terms[rarest]], indptr[terms[rarest] + 1]
    out_docs = np.empty(hi - lo, np.int32)
    out_ptr = np.zeros(hi - lo + 1, np.int64)
    out_starts = np.empty(tf_ptr[hi] - tf_ptr[lo], np.int32)
    n = match_phrase(docs, indptr, tf_ptr, positions, terms, offsets, rarest, out_docs, out_ptr, out_starts)
    return PhraseMatches(out_docs[:n].copy(), out_ptr[: n + 1].copy(), out_starts[: out_ptr[n]].copy())


def phrase_terms(phrase: str, analyzer: Analyzer) -> tuple[list[str], Ints]:
    """The terms of a phrase and where each stands after the first; dropped words leave gaps.

    Raises InvalidInput for a phrase of more than MOST_WORDS: each place of a text may have to be compared with all of it.
    """
    kept = [(i, term) for i, (_, _, term) in enumerate(analyzer.spans(phrase)) if term]
    if len(kept) > MOST_WORDS:
        raise InvalidInput(
            f"a phrase has at most {MOST_WORDS} words, this one has {len(kept)}: search for a part of it"
        )
    return [term for _, term in kept], np.array([i - kept[0][0] for i, _ in kept], dtype=np.int32)


def split_query(query: str) -> tuple[list[str], str]:
    """The quoted phrases of a query, and the rest: `'"new york" fire'` gives `(["new york"], " fire")`.

    A quotation mark without a partner counts as a space.
    """
    phrases = [phrase for phrase in re.findall(r'"([^"]*)"', query) if phrase.strip()]
    return phrases, re.sub(r'"[^"]*"|"', " ", query)


class PhraseIndex(BM25Index):
    """A BM25Index that also knows where words stand; memory grows by 4 bytes a word and 8 a posting.

    >>> index = PhraseIndex().fit(["new york is old", "york has a new bridge"])
    >>> index.phrase("new york").docs.tolist()
    [0]
    """

    learned: ClassVar[tuple[str, ...]] = (*BM25Index.learned, "positions", "tf_ptr")
    positions: NDArray[np.int32]
    tf_ptr: NDArray[np.int64]

    def fit(self, documents: Iterable[str]) -> PhraseIndex:
        """Index the documents with positions. Returns self."""
        super().fit(documents)
        return self

    def _index(self, vocabulary: Vocabulary, tokens: NDArray[np.int32], lengths: NDArray[np.int32]) -> None:
        self.positions = positions_by_term(tokens, lengths, len(vocabulary))
        super()._index(vocabulary, tokens, lengths)

    def _more(self) -> dict[str, Any]:
        return {"positions": self.positions}

    def _weigh(self) -> None:
        super()._weigh()
        self.tf_ptr = np.concatenate([[0], np.cumsum(self.postings.tf, dtype=np.int64)])

    @property
    def nbytes(self) -> int:
        return super().nbytes + self.positions.nbytes + self.tf_ptr.nbytes

    def phrase(self, phrase: str) -> PhraseMatches:
        """Where the exact phrase occurs."""
        terms, offsets = phrase_terms(phrase, self.analyzer)
        found = self.vocabulary.find(terms)
        return find_phrase(self.postings.docs, self.postings.indptr, self.tf_ptr, self.positions, found, offsets)

    def phrase_scores(self, phrase: str) -> NDArray[np.float64]:
        """The score of every document for the phrase as one term; 0 where it does not occur. Shape (n_docs,)."""
        total = np.zeros(len(self))
        matches = self.phrase(phrase)
        if len(matches.docs):
            idf = float(self.idf[self.vocabulary.find(phrase_terms(phrase, self.analyzer)[0])].sum())
            total[matches.docs] = idf * self.weighting.tf_part(matches.tf.astype(np.uint64), self.norm[matches.docs])
        return total

    def search_phrases(self, query: str, k: int = 10) -> list[Hit]:
        """The k best documents that hold every phrase in quotation marks; other words add to the score.

        Without phrases the same documents as `search`. Equal scores in the order of the documents.
        """
        if k < 1:
            raise ValueError(f"k must be at least 1, got {k}")
        phrases, rest = split_query(query)
        parts = [self.phrase_scores(phrase) for phrase in phrases]
        total = self.scores(rest)
        for part in parts:
            total += part
        for part in parts:
            total[part == 0] = 0
        return best(total, k)


def best(scores: NDArray[np.float64], k: int) -> list[Hit]:
    """The k largest scores above 0 as hits, equal ones by lower number."""
    found = np.flatnonzero(scores > 0)
    if len(found) > k:
        least = np.partition(scores[found], -k)[-k]  # the k-th largest: everything below it is out
        found = found[scores[found] >= least]
    order = found[np.argsort(-scores[found], kind="stable")][:k]
    return [Hit(int(doc), float(scores[doc])) for doc in order]
