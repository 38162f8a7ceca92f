"""The hashing trick: a word's column is its hash, so there is nothing to learn and nothing to store.

Weinberger, Dasgupta, Langford, Smola & Attenberg (2009). Two words may share a column; one bit of the hash gives each a
sign, so that what they add to a dot product cancels on average. Columns and signs are those of scikit-learn (MurmurHash3 by
Austin Appleby, 32 bits, seed 0). Notable choice: each *distinct* n-gram of a call is hashed once, not each occurrence.

In plain Python: `plain_murmurhash3` (`text.vectorize.plain`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal, Self

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpjourney.text.vectorize.analyzing import WORD_PATTERN, TextAnalyzer
from nlpjourney.text.vectorize.counters import AnalyzerCounter, Matrix, WordNGramCounter
from nlpjourney.text.vectorize.tfidf import normalise_rows


class HashingVectorizer(TextAnalyzer):
    """Counts in `n_features` columns that need no vocabulary, sparse float64, rows scaled to length 1.

    norm: "l2", "l1" or None; alternate_sign: half of the words count negatively. The other parameters are those of
    `CountVectorizer`.
    """

    def __init__(
        self,
        *,
        input: Literal["content", "file", "filename"] = "content",
        encoding: str = "utf-8",
        decode_error: str = "strict",
        strip_accents: Any = None,
        lowercase: bool = True,
        preprocessor: Callable[[str], str] | None = None,
        tokenizer: Callable[[str], list[str]] | None = None,
        stop_words: Any = None,
        token_pattern: str | None = WORD_PATTERN,
        ngram_range: tuple[int, int] = (1, 1),
        analyzer: Any = "word",
        n_features: int = 2**20,
        binary: bool = False,
        norm: Literal["l1", "l2"] | None = "l2",
        alternate_sign: bool = True,
        dtype: Any = np.float64,
    ) -> None:
        self.input = input
        self.encoding = encoding
        self.decode_error = decode_error
        self.strip_accents = strip_accents
        self.lowercase = lowercase
        self.preprocessor = preprocessor
        self.tokenizer = tokenizer
        self.stop_words = stop_words
        self.token_pattern = token_pattern
        self.ngram_range = ngram_range
        self.analyzer = analyzer
        self.n_features = n_features
        self.binary = binary
        self.norm = norm
        self.alternate_sign = alternate_sign
        self.dtype = dtype

    def fit(self, X: Any, y: Any = None) -> Self:
        """Only checks the parameters: there is nothing to learn. Returns self."""
        self._check_documents(X)
        self._check_analyzer()
        if not 1 <= self.n_features < 2**31:
            raise ValueError(f"n_features must be from 1 to 2^31 - 1, not {self.n_features}")
        return self

    def partial_fit(self, X: Any, y: Any = None) -> Self:
        """As `fit`."""
        return self.fit(X)

    def fit_transform(self, X: Iterable[Any], y: Any = None) -> Matrix:
        """As `transform`."""
        return self.transform(X)

    def transform(self, X: Iterable[Any]) -> Matrix:
        """The hashed counts, float64 (n_documents, n_features)."""
        self.fit(X)
        counter: WordNGramCounter | AnalyzerCounter
        if self._is_plain():
            lowercase = self.lowercase and self._accent_stripper() is None
            counter = WordNGramCounter(self.ngram_range, sorted(self.get_stop_words()), lowercase)
            counts = counter.count(self._plain_texts(X), True)
        else:
            counter = AnalyzerCounter(self.build_analyzer())
            counts = counter.count(X, True)
        used, inverse = np.unique(counts.indices, return_inverse=True)
        hashes = murmurhash3(counter.names(used.astype(np.int64)))
        columns = np.abs(hashes) % self.n_features
        data = counts.data.astype(self.dtype)
        if self.alternate_sign:
            data *= np.where(hashes >= 0, 1, -1)[inverse]
        hashed = Matrix(
            (data, columns[inverse].astype(np.int32), counts.indptr), shape=(counts.shape[0], self.n_features)
        )
        hashed.sum_duplicates()
        if self.binary:
            hashed.data.fill(1)
        return normalise_rows(hashed, self.norm)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        return tags


def murmurhash3(words: list[str]) -> NDArray[np.int64]:
    """The signed 32-bit MurmurHash3 of each word's UTF-8 bytes with seed 0, int64 (n,).

    >>> murmurhash3(["", "foo"]).tolist()
    [0, -156908512]
    """
    encoded = [word.encode("utf-8") for word in words]
    offsets = np.zeros(len(words) + 1, dtype=np.int64)
    np.cumsum([len(word) for word in encoded], out=offsets[1:])
    hashes: NDArray[np.int64] = _murmurhash3(np.frombuffer(b"".join(encoded), dtype=np.uint8), offsets)
    return hashes


@njit(cache=True)
def _murmurhash3(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    hashes = np.empty(len(offsets) - 1, dtype=np.int64)
    for word in range(len(hashes)):
        start, end = offsets[word], offsets[word + 1]
        h = np.uint32(0)
        for i in range(start, end - 3, 4):  # four bytes at a time
            block = np.uint32(data[i]) | np.uint32(data[i + 1]) << 8 | np.uint32(data[i + 2]) << 16
            h = np.uint32(h ^ _mix(np.uint32(block | np.uint32(data[i + 3]) << 24)))
            h = np.uint32(np.uint32(h << 13 | np.uint32(h >> 19)) * np.uint32(5) + np.uint32(0xE6546B64))
        rest = np.uint32(0)
        n = (end - start) % 4
        for i in range(n):
            rest |= np.uint32(data[end - n + i]) << np.uint32(8 * i)
        if n:
            h = np.uint32(h ^ _mix(rest))
        h = np.uint32(h ^ np.uint32(end - start))
        h = np.uint32(np.uint32(h ^ np.uint32(h >> 16)) * np.uint32(0x85EBCA6B))
        h = np.uint32(np.uint32(h ^ np.uint32(h >> 13)) * np.uint32(0xC2B2AE35))
        h = np.uint32(h ^ np.uint32(h >> 16))
        hashes[word] = np.int64(np.int32(h))
    return hashes


@njit(cache=True, inline="always")
def _mix(block: np.uint32) -> np.uint32:
    k = np.uint32(block * np.uint32(0xCC9E2D51))
    k = np.uint32(np.uint32(k << 15) | np.uint32(k >> 17))
    return np.uint32(k * np.uint32(0x1B873593))
