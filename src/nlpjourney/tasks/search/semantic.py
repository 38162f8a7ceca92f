"""Semantic search: rank texts by meaning, also where they share no word with the query.

Texts and query become vectors of one encoder ("bi-encoder", Reimers & Gurevych, 2019); near vectors mean similar texts.
Notable choices: up to `EXACT_UP_TO` texts every vector is compared, which is exact and fast enough; above, an HNSW graph is
walked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from nlpjourney.ann.hnsw import HNSWIndex
from nlpjourney.ann.vectors import ExactIndex

EXACT_UP_TO = 50_000


class Encoder(Protocol):
    """What makes vectors (n, dim) out of n texts; `SentenceEncoder` does."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


class SemanticHit(NamedTuple):
    """A text found: its number, its cosine similarity to the query, and itself."""

    doc: int
    score: float
    text: str


class SemanticIndex:
    """Texts, and their vectors in an exact index or an HNSW graph.

    `graph`: True or False decides which; None: the exact one up to 50,000 texts. `vectors` (n, dim): given if they were
    computed before, else the encoder computes them.
    """

    def __init__(
        self,
        texts: Sequence[str],
        encoder: Encoder,
        graph: bool | None = None,
        vectors: NDArray[np.float32] | None = None,
        n_threads: int = 1,
    ) -> None:
        self.texts, self.encoder = list(texts), encoder
        found = encoder.encode(self.texts) if vectors is None else vectors
        if len(found) != len(self.texts):
            raise ValueError(f"{len(found)} vectors for {len(self.texts)} texts: each needs one")
        if graph is None:
            graph = len(self.texts) > EXACT_UP_TO
        self.index: ExactIndex | HNSWIndex
        if graph:
            self.index = HNSWIndex(found.shape[1], "cosine")
            self.index.add(found, n_threads=n_threads)
        else:
            self.index = ExactIndex(found.shape[1], "cosine")
            self.index.add(found)

    def __len__(self) -> int:
        return len(self.texts)

    def search(self, query: str, k: int = 10) -> list[SemanticHit]:
        """The (up to) k texts nearest in meaning, most similar first."""
        scores, ids = self.index.search(self.encoder.encode([query]), k)
        return [SemanticHit(int(i), float(score), self.texts[i]) for score, i in zip(scores[0], ids[0]) if i >= 0]
