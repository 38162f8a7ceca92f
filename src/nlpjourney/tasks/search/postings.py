"""The inverted index: for each term, the documents that hold it.

Idea: turn "document → words" around into "word → documents", so that a query touches only the lists of its
own words (Luhn and others in the 1950s; Zobel & Moffat, "Inverted Files for Text Search Engines", 2006). All
lists lie back to back in flat arrays, cut by `indptr`, as in SciPy's CSC matrices. Documents are read in
order, so each list comes out sorted.

In plain Python: `plain_invert` (`tasks.search.plain`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray


@dataclass(frozen=True)
class Postings:
    """The list of term t is docs[indptr[t]:indptr[t + 1]], ascending; tf says how often t occurs in each.

    indptr: int64 (n_terms + 1,); docs: int32 (n_postings,); tf: the smallest unsigned type that fits,
    (n_postings,); doc_len: int32 (n_docs,), the number of terms in each document.
    """

    indptr: NDArray[np.int64]
    docs: NDArray[np.int32]
    tf: NDArray[np.unsignedinteger]
    doc_len: NDArray[np.int32]

    @property
    def n_docs(self) -> int:
        return len(self.doc_len)

    @property
    def n_terms(self) -> int:
        return len(self.indptr) - 1

    @property
    def df(self) -> NDArray[np.int64]:
        """In how many documents each term occurs. Shape (n_terms,)."""
        return np.diff(self.indptr)

    def of(self, term: int) -> tuple[NDArray[np.int32], NDArray[np.unsignedinteger]]:
        """The documents of one term and its counts in them."""
        lo, hi = self.indptr[term], self.indptr[term + 1]
        return self.docs[lo:hi], self.tf[lo:hi]


@njit(cache=True)
def _count(tokens, lengths, n_terms):  # type: ignore[no-untyped-def]
    """Each term's number of documents, each document's number of terms (tokens of -1 do not count)."""
    df = np.zeros(n_terms, dtype=np.int64)
    last_doc = np.full(n_terms, -1, dtype=np.int32)
    doc_len = np.zeros(len(lengths), dtype=np.int32)
    i = 0
    for doc in range(len(lengths)):
        for _ in range(lengths[doc]):
            term = tokens[i]
            i += 1
            if term < 0:
                continue
            doc_len[doc] += 1
            if last_doc[term] != doc:
                last_doc[term] = doc
                df[term] += 1
    return df, doc_len


@njit(cache=True)
def _fill(tokens, lengths, indptr):  # type: ignore[no-untyped-def]
    """Append each document to the lists of its terms; a term seen again in the same document raises its
    count.
    """
    docs = np.empty(indptr[-1], dtype=np.int32)
    tf = np.zeros(indptr[-1], dtype=np.int32)
    cursor = indptr[:-1].copy()  # where each term's next posting goes
    i = 0
    for doc in range(len(lengths)):
        for _ in range(lengths[doc]):
            term = tokens[i]
            i += 1
            if term < 0:
                continue
            at = cursor[term]
            if at > indptr[term] and docs[at - 1] == doc:
                tf[at - 1] += 1
            else:
                docs[at] = doc
                tf[at] = 1
                cursor[term] = at + 1
    return docs, tf


@njit(cache=True)
def _fill_positions(tokens, lengths, n_terms):  # type: ignore[no-untyped-def]
    """Sort the occurrences by term (counting sort): each one's position in its document."""
    starts = np.zeros(n_terms + 1, dtype=np.int64)
    for i in range(len(tokens)):
        if tokens[i] >= 0:
            starts[tokens[i] + 1] += 1
    for term in range(n_terms):
        starts[term + 1] += starts[term]
    positions = np.empty(starts[-1], dtype=np.int32)
    i = 0
    for doc in range(len(lengths)):
        for position in range(lengths[doc]):
            term = tokens[i]
            i += 1
            if term >= 0:
                positions[starts[term]] = position
                starts[term] += 1
    return positions


def invert(tokens: NDArray[np.int32], lengths: NDArray[np.int32], n_terms: int) -> Postings:
    """Build the postings of documents given as term numbers.

    tokens: int32, the documents' terms one after another, each in [-1, n_terms), -1 for a dropped word;
    lengths: int32 (n_docs,), how many tokens each document has, dropped ones included.
    """
    if lengths.sum() != len(tokens):
        raise ValueError(f"lengths add up to {lengths.sum()}, but there are {len(tokens)} tokens")
    df, doc_len = _count(tokens, lengths, n_terms)
    indptr = np.zeros(n_terms + 1, dtype=np.int64)
    np.cumsum(df, out=indptr[1:])
    docs, tf = _fill(tokens, lengths, indptr)
    return Postings(indptr, docs, tf.astype(np.min_scalar_type(int(tf.max(initial=0)))), doc_len)


def positions_by_term(tokens: NDArray[np.int32], lengths: NDArray[np.int32], n_terms: int) -> NDArray[np.int32]:
    """Where each occurrence stands in its document, in the order of the postings: term, document, position.

    The posting number i of `invert` owns tf[i] of them, beginning at sum(tf[:i]). Shape (n_occurrences,).
    """
    positions: NDArray[np.int32] = _fill_positions(tokens, lengths, n_terms)
    return positions
