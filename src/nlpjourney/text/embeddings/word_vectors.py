"""Words and their vectors: looking up, comparing, finding neighbours, solving analogies.

The similarity of two words is the cosine of the angle between their vectors. An analogy "a is to b as c is to …" is
answered by the word nearest to b - a + c (3CosAdd; Mikolov, Yih & Zweig, 2013), where a, b and c themselves do not
count. Vectors are scaled to length 1 first, as in Gensim.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from nlpjourney.ann.vectors import normalise


class WordVectors:
    """words: by number; vectors: float32 (n_words, d), one row a word; counts: int64 (n_words,) or None where unknown."""

    def __init__(
        self, words: Sequence[str], vectors: NDArray[np.float32], counts: NDArray[np.int64] | None = None
    ) -> None:
        self.words, self.vectors, self.counts = list(words), np.asarray(vectors, dtype=np.float32), counts
        if self.vectors.ndim != 2 or len(self.vectors) != len(self.words):
            raise ValueError(
                f"{len(self.words)} words need as many rows, but the vectors have shape {self.vectors.shape}"
            )
        self.index = {word: i for i, word in enumerate(self.words)}
        if len(self.index) < len(self.words):
            raise ValueError(f"{len(self.words) - len(self.index)} of the words occur twice")

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self.index

    def __getitem__(self, word: str) -> NDArray[np.float32]:
        """The vector of a word, float32 (d,). Raises KeyError for a word that has none."""
        return np.asarray(self.vectors[self._number(word)])

    def _number(self, word: str) -> int:
        if word not in self.index:
            raise KeyError(f"there is no vector for {word!r}; `in` tells whether there is one")
        return self.index[word]

    @cached_property
    def unit(self) -> NDArray[np.float32]:
        """The vectors scaled to length 1, float32 (n_words, d). Made on first use: change `vectors` before, not after."""
        return normalise(self.vectors)

    def similarity(self, a: str, b: str) -> float:
        """The cosine of two words' vectors, -1 … 1."""
        return float(self.unit[self._number(a)] @ self.unit[self._number(b)])

    def nearest(self, vector: NDArray[np.float32], n: int = 10, exclude: Iterable[str] = ()) -> list[tuple[str, float]]:
        """The `n` words whose vectors point most in the direction of `vector` (d,), with the cosine, best first."""
        cosines = self.unit @ normalise(np.asarray(vector, dtype=np.float32)[None])[0]
        excluded = [self.index[word] for word in exclude if word in self.index]
        cosines[excluded] = -np.inf
        n = max(0, min(n, len(self) - len(excluded)))
        best = np.argpartition(-cosines, n - 1)[:n] if n else np.empty(0, dtype=np.int64)
        best = best[np.lexsort((best, -cosines[best]))]
        return [(self.words[i], float(cosines[i])) for i in best.tolist()]

    def most_similar(self, word: str, n: int = 10) -> list[tuple[str, float]]:
        """The `n` words most similar to this one, with the cosine."""
        return self.nearest(self.unit[self._number(word)], n, exclude=[word])

    def analogy(self, a: str, b: str, c: str, n: int = 1) -> list[tuple[str, float]]:
        """What is to `c` as `b` is to `a`: the `n` best answers. analogy("man", "king", "woman") should give queen."""
        a_, b_, c_ = (self.unit[self._number(word)] for word in (a, b, c))
        return self.nearest(b_ - a_ + c_, n, exclude=(a, b, c))
