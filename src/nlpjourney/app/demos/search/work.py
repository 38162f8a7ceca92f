"""One query, four rankers over one collection: TF-IDF, BM25, semantic search, and both kinds together.

Words are indexed in a moment. The vectors of all passages take about a minute the first time: a thread computes them while
queries are answered already, and they are kept in the cache.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpjourney import assets
from nlpjourney.app.demos.search import Answer, Found, Part, Ranking
from nlpjourney.app.demos.search.passages import Passage, load
from nlpjourney.app.demos.search.vectors import encoder, vectors_of
from nlpjourney.tasks.search import (
    ENGLISH_STOP_WORDS,
    Analyzer,
    BM25Index,
    SemanticHit,
    SemanticIndex,
    TfidfIndex,
    mark_up,
    reciprocal_rank_fusion,
    snippet,
)
from nlpjourney.text.passages import split_sentences

SHOWN = 5
DEEP = 50  # how far down the rankings fusion looks
ANALYZER = Analyzer(stop_words=ENGLISH_STOP_WORDS)


def search(name: str, query: str) -> Answer:
    """The first results of each ranker, with the reasons."""
    c = _collection(name)
    words = c.bm25.search(query, DEEP)
    tfidf = tuple(
        c.found(query, hit.doc, hit.score, c.why_tfidf(query, hit.doc)) for hit in c.tfidf.search(query, SHOWN)
    )
    bm25 = tuple(c.found(query, hit.doc, hit.score, c.why_bm25(query, hit.doc)) for hit in words[:SHOWN])
    index, problem = c.vectors.index, c.vectors.problem  # read once: a thread may set them meanwhile
    waiting = c.vectors.waiting if index is None and not problem else ""
    semantic: tuple[Found, ...] = ()
    hybrid: tuple[Found, ...] = ()
    if index is not None:
        meaning = index.search(query, DEEP)
        semantic = c.found_by_meaning(query, meaning[:SHOWN])
        order = [[hit.doc for hit in words], [hit.doc for hit in meaning]]
        fused = reciprocal_rank_fusion(order)
        hybrid = tuple(c.found(query, doc, score, _why_fused(doc, order)) for doc, score in fused[:SHOWN])
    rankings = (
        Ranking("TF-IDF", "the angle between vectors of weighted words", tfidf),
        Ranking("BM25", "words, with saturation and document length", bm25),
        Ranking("Semantic", "the angle between MiniLM's sentence vectors", semantic, waiting, problem),
        Ranking("Hybrid", "ranks of BM25 and Semantic joined (reciprocal rank fusion)", hybrid, waiting, problem),
    )
    return Answer(name, len(c.passages), rankings)


class Collection:
    """Passages with their indexes."""

    def __init__(self, name: str) -> None:
        self.passages: list[Passage] = load(name)
        texts = [f"{p.title}. {p.text}" for p in self.passages]
        self.texts = texts
        self.tfidf = TfidfIndex(ANALYZER).fit(texts)
        self.bm25 = BM25Index(ANALYZER).fit(texts)
        self.vectors = Vectors(name, texts)

    def found(self, query: str, doc: int, score: float, why: tuple[Part, ...]) -> Found:
        extract = mark_up(snippet(self.passages[doc].text, query, ANALYZER, width=240))
        return Found(doc, self.passages[doc].title, extract, score, why)

    def why_tfidf(self, query: str, doc: int) -> tuple[Part, ...]:
        return tuple(
            Part(
                t.term,
                f"{t.query:.2f} in the query × {t.document:.2f} in the passage (idf {t.idf:.2f}, {t.tf}×)",
                t.score,
            )
            for t in self.tfidf.explain(query, doc)
        )

    def why_bm25(self, query: str, doc: int) -> tuple[Part, ...]:
        parts = []
        for t in self.bm25.explain(query, doc):
            how = f"idf {t.idf:.2f} (in {t.df:,} passages) × {t.tf_part:.2f} ({t.tf}×, length factor {t.norm:.2f})"
            parts.append(Part(t.term, how, t.score))
        return tuple(parts)

    def found_by_meaning(self, query: str, hits: Sequence[SemanticHit]) -> tuple[Found, ...]:
        """Each with the passage's sentence that is nearest to the query, which says more than words in common."""
        parts = [split_sentences(self.passages[hit.doc].text) for hit in hits]
        vectors = self.vectors.encode([query, *itertools.chain.from_iterable(parts)])
        near = vectors[1:] @ vectors[0]
        found = []
        for hit, own in zip(hits, parts):
            cosines, near = near[: len(own)], near[len(own) :]
            best = int(cosines.argmax())
            extract = mark_up(snippet(own[best], query, ANALYZER, width=240))
            why = Part("whole passage", "cosine of its vector and the query's", hit.score)
            note = f"Shown: its nearest sentence, cosine {cosines[best]:.2f}."
            found.append(Found(hit.doc, self.passages[hit.doc].title, extract, hit.score, (why,), note))
        return tuple(found)


def _why_fused(doc: int, order: Sequence[Sequence[int]]) -> tuple[Part, ...]:
    parts = []
    for name, ranking in zip(("BM25", "Semantic"), order):
        if doc in ranking:
            rank = ranking.index(doc) + 1
            parts.append(Part(name, f"place {rank}: 1 / (60 + {rank})", 1 / (60 + rank)))
        else:
            parts.append(Part(name, f"not among its first {DEEP}", 0.0))
    return tuple(parts)


class Vectors:
    """The vectors of all texts: from the cache, else computed by a thread."""

    def __init__(self, name: str, texts: Sequence[str]) -> None:
        self.name, self.texts = name, list(texts)
        self.index: SemanticIndex | None = None
        self.problem = ""
        self._done = 0
        self._encoder: Any = None
        threading.Thread(target=self._work, daemon=True).start()

    @property
    def waiting(self) -> str:
        """How far the reading is."""
        return f"Reading the passages for the first time: {self._done:,} of {len(self.texts):,}."

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors: NDArray[np.float32] = self._encoder.encode(texts)
        return vectors

    def _work(self) -> None:
        try:
            self._encoder = encoder()
            vectors = vectors_of(self.name, self.texts, self._tell)
            self.index = SemanticIndex(self.texts, self._encoder, vectors=vectors)
        except assets.AssetError:
            self.problem = "The sentence encoder (MiniLM, 84 MB) is not on this machine and could not be fetched."
        except Exception as error:
            self.problem = f"The vectors could not be made: {error}"
            raise

    def _tell(self, done: int) -> None:
        self._done = done


@cache
def _collection(name: str) -> Collection:
    return Collection(name)
