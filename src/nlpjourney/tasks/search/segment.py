"""A segment: an inverted index of some documents in one file, written once and never changed.

Idea (log-structured merging: O'Neil, Cheng, Gawlick & O'Neil, 1996; Lucene, since 1999): an index that grows is a list of small
ones. New documents make a new segment; a deleted document is only marked ("tombstone"); now and then segments are merged
into a larger one, which leaves the marked documents out. Notable choices: a segment holds all that a search needs (terms,
postings, positions, lengths) and all that a merge needs (ids, texts), each as one flat array of a mapped file.

In plain Python: `plain_invert` (`tasks.search.plain`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpjourney.ann.array_file import CorruptIndexError, open_arrays, write_arrays
from nlpjourney.tasks.search.analyzer import Analyzer
from nlpjourney.tasks.search.bm25 import tokenize_documents
from nlpjourney.tasks.search.phrase import PhraseMatches, find_phrase
from nlpjourney.tasks.search.postings import invert, positions_by_term
from nlpjourney.tasks.search.soundness import is_sound
from nlpjourney.text.vocabulary import Vocabulary


@dataclass(frozen=True)
class Document:
    """What is added under an id: the text that is searched, and anything that is only kept with it."""

    text: str
    stored: str = ""


class Strings:
    """Many strings back to back: pool, uint8, and offsets, int64 (n + 1,)."""

    def __init__(self, pool: NDArray[np.uint8], offsets: NDArray[np.int64]) -> None:
        self.pool, self.offsets = pool, offsets

    @classmethod
    def of(cls, strings: Sequence[str]) -> Strings:
        encoded = [s.encode("utf-8", "surrogatepass") for s in strings]
        offsets = np.zeros(len(encoded) + 1, dtype=np.int64)
        np.cumsum([len(s) for s in encoded], out=offsets[1:])
        return cls(np.frombuffer(b"".join(encoded), dtype=np.uint8), offsets)

    def __getitem__(self, i: int) -> str:
        """String `i`. Raises CorruptIndexError where the bytes are no text."""
        try:
            return self.pool[self.offsets[i] : self.offsets[i + 1]].tobytes().decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            raise CorruptIndexError(f"the text of document {i} is damaged: copy or build the index again") from None


@dataclass(frozen=True)
class Segment:
    """Documents 0, 1, 2, … with their ids, texts and inverted index.

    indptr, docs, tf: see Postings (tf int32); positions: see `positions_by_term`; starts: int64 (n_terms + 1,), where each
    term's positions begin; doc_len: int32 (n_docs,).
    """

    terms: Vocabulary
    ids: Vocabulary
    texts: Strings
    stored: Strings
    indptr: NDArray[np.int64]
    docs: NDArray[np.int32]
    tf: NDArray[np.int32]
    starts: NDArray[np.int64]
    positions: NDArray[np.int32]
    doc_len: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.doc_len)

    @classmethod
    def build(cls, documents: dict[str, Document], analyzer: Analyzer) -> Segment:
        """Index documents by id."""
        texts = [document.text for document in documents.values()]
        terms, tokens, lengths = tokenize_documents(texts, analyzer, Vocabulary())
        ids = Vocabulary()
        ids.add_words(list(documents))
        p = invert(tokens, lengths, len(terms))
        tf = p.tf.astype(np.int32)
        return cls(
            terms, ids, Strings.of(texts), Strings.of([d.stored for d in documents.values()]),
            p.indptr, p.docs, tf, _starts(p.indptr, tf), positions_by_term(tokens, lengths, len(terms)), p.doc_len,
        )  # fmt: skip

    def write(self, path: Path) -> int:
        """Write the segment to a new file and return its size."""
        arrays: dict[str, NDArray[Any]] = {}
        for name, part in (("terms", self.terms), ("ids", self.ids)):
            arrays |= {f"{name}.{key}": array for key, array in part.arrays().items()}
        for name, strings in (("texts", self.texts), ("stored", self.stored)):
            arrays |= {f"{name}.pool": strings.pool, f"{name}.offsets": strings.offsets}
        for name in ("indptr", "docs", "tf", "starts", "positions", "doc_len"):
            arrays[name] = getattr(self, name)
        return write_arrays(path, arrays)

    @classmethod
    def open(cls, path: Path, verify: bool = False) -> Segment:
        """Map a segment's file. Raises CorruptIndexError."""
        arrays = open_arrays(path, verify)
        if not is_sound(arrays):
            raise CorruptIndexError(
                f"{path} is damaged, its lists do not fit each other: copy or build the index again"
            )
        parts: dict[str, dict[str, NDArray[Any]]] = {}
        for key in [key for key in arrays if "." in key]:
            name, _, part = key.partition(".")
            parts.setdefault(name, {})[part] = arrays.pop(key)
        return cls(
            Vocabulary.from_arrays(**parts["terms"]), Vocabulary.from_arrays(**parts["ids"]),
            Strings(**parts["texts"]), Strings(**parts["stored"]), **arrays,
        )  # fmt: skip

    def phrase(self, terms: NDArray[np.int32], offsets: NDArray[np.int32]) -> PhraseMatches:
        """Where a phrase of term numbers occurs, deleted documents included; see `find_phrase`."""
        if len(terms) == 0 or terms.min() < 0:
            return find_phrase(self.docs, self.indptr, self.starts, self.positions, terms, offsets)
        # A small index of the phrase's words alone: the file need not say where each posting's positions begin.
        terms, words = np.unique(terms, return_inverse=True)
        df = self.indptr[terms + 1] - self.indptr[terms]
        docs = np.concatenate([self.docs[self.indptr[t] : self.indptr[t + 1]] for t in terms])
        tf = np.concatenate([self.tf[self.indptr[t] : self.indptr[t + 1]] for t in terms])
        positions = np.concatenate([self.positions[self.starts[t] : self.starts[t + 1]] for t in terms])
        return find_phrase(docs, _cumulative(df), _cumulative(tf), positions, words.astype(np.int32), offsets)


def _cumulative(counts: NDArray[Any]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])


def _starts(indptr: NDArray[np.int64], tf: NDArray[np.int32]) -> NDArray[np.int64]:
    """Where each term's positions begin: it has as many as its counts add up to."""
    starts: NDArray[np.int64] = _cumulative(tf)[indptr]
    return starts


@njit(cache=True)
def _live(docs, tf, indptr, deleted):  # type: ignore[no-untyped-def]
    """For each term the documents, and the occurrences in them, that are not deleted."""
    df = np.zeros(len(indptr) - 1, dtype=np.int64)
    n = np.zeros(len(indptr) - 1, dtype=np.int64)
    for term in range(len(indptr) - 1):
        for i in range(indptr[term], indptr[term + 1]):
            if not deleted[docs[i]]:
                df[term] += 1
                n[term] += tf[i]
    return df, n


@njit(cache=True)
def _copy(  # type: ignore[no-untyped-def]
    docs, tf, indptr, positions, deleted, doc_number, term_number, at, p_at, out_docs, out_tf, out_positions
):
    """Append a segment's live postings to those of the merged one: `at` and `p_at` say where each new term's go on."""
    p = 0
    for term in range(len(indptr) - 1):
        new = term_number[term]
        for i in range(indptr[term], indptr[term + 1]):
            if not deleted[docs[i]]:
                out_docs[at[new]] = doc_number[docs[i]]
                out_tf[at[new]] = tf[i]
                at[new] += 1
                for j in range(tf[i]):
                    out_positions[p_at[new]] = positions[p + j]
                    p_at[new] += 1
            p += tf[i]


def merge(segments: Sequence[Segment], deleted: Sequence[NDArray[np.bool_]]) -> Segment:
    """One segment with the documents of several that are not deleted, in their order."""
    terms, ids = Vocabulary(), Vocabulary()
    counts = [_live(s.docs, s.tf, s.indptr, gone) for s, gone in zip(segments, deleted)]
    numbers = []
    for segment, (df, _) in zip(segments, counts):
        number = np.full(len(segment.terms), -1, dtype=np.int32)
        words = segment.terms.words()
        used = np.flatnonzero(df)
        number[used] = terms.add_words([words[t] for t in used])
        numbers.append(number)
    df, n = np.zeros(len(terms), dtype=np.int64), np.zeros(len(terms), dtype=np.int64)
    for (segment_df, segment_n), number in zip(counts, numbers):
        df[number[segment_df > 0]] += segment_df[segment_df > 0]
        n[number[segment_df > 0]] += segment_n[segment_df > 0]
    indptr, starts = _cumulative(df), _cumulative(n)
    docs, tf = np.empty(indptr[-1], dtype=np.int32), np.empty(indptr[-1], dtype=np.int32)
    positions = np.empty(starts[-1], dtype=np.int32)
    at, p_at = indptr[:-1].copy(), starts[:-1].copy()
    texts: list[str] = []
    stored: list[str] = []
    lengths = [np.empty(0, dtype=np.int32)]
    for s, gone, number in zip(segments, deleted, numbers):
        live = np.flatnonzero(~gone)
        doc_number = np.full(len(s), -1, dtype=np.int32)
        doc_number[live] = np.arange(len(texts), len(texts) + len(live), dtype=np.int32)
        _copy(s.docs, s.tf, s.indptr, s.positions, gone, doc_number, number, at, p_at, docs, tf, positions)
        ids.add_words([s.ids[i] for i in live.tolist()])
        texts += [s.texts[i] for i in live.tolist()]
        stored += [s.stored[i] for i in live.tolist()]
        lengths.append(s.doc_len[live])
    doc_len = np.concatenate(lengths)
    return Segment(
        terms, ids, Strings.of(texts), Strings.of(stored), indptr, docs, tf, starts, positions, doc_len
    )  # fmt: skip
