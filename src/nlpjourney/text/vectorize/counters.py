"""Counting features: a sparse matrix of how often each occurs in each document, and the names of its columns.

Two counters with the same methods. `AnalyzerCounter` takes any function from document to features and a Python
dictionary: short, general, slow. `WordNGramCounter` does the usual case, words and runs of words, without making a string
for each occurrence: words are numbered by `Vocabulary`, and an n-gram is a pair of numbers, of the (n-1)-gram before its last
word and of that word, which a hash table numbers in turn. Names are made only for the columns that are kept.

In plain Python: `plain_count` (`text.vectorize.plain`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
import scipy.sparse
from numba import njit
from numpy.typing import NDArray

from nlpjourney.text.vocabulary import Vocabulary

Ints = NDArray[np.int32]
Matrix: TypeAlias = scipy.sparse.csr_matrix


class AnalyzerCounter:
    """Counts what `analyze` makes of each document."""

    def __init__(self, analyze: Callable[[Any], list[str]]) -> None:
        self.analyze = analyze
        self.ids: dict[str, int] = {}

    def add_names(self, names: Iterable[str]) -> NDArray[np.int64]:
        """Number given features."""
        return np.array([self.ids.setdefault(name, len(self.ids)) for name in names], dtype=np.int64)

    def count(self, documents: Iterable[Any], learn: bool) -> Matrix:
        """The counts, int64 (n_documents, n_features); with `learn` features that are new get a number."""
        indptr, indices, data = [0], [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
        for document in documents:
            features = self.analyze(document)
            if learn:
                found = [self.ids.setdefault(feature, len(self.ids)) for feature in features]
            else:
                found = [self.ids[feature] for feature in features if feature in self.ids]
            columns, counts = np.unique(np.array(found, dtype=np.int64), return_counts=True)
            indices.append(columns)
            data.append(counts)
            indptr.append(indptr[-1] + len(columns))
        shape = (len(indptr) - 1, len(self.ids))
        return Matrix((np.concatenate(data), np.concatenate(indices), np.array(indptr)), shape=shape)

    def names(self, features: NDArray[np.int64]) -> list[str]:
        """The names of these features."""
        every = list(self.ids)
        return [every[i] for i in features.tolist()]

    def alphabetical(self) -> NDArray[np.int64]:
        """All features in the order of their names."""
        every = list(self.ids)
        return np.array(sorted(range(len(every)), key=every.__getitem__), dtype=np.int64)


class WordNGramCounter:
    """Counts words of two or more word characters, and runs of them."""

    def __init__(self, ngram_range: tuple[int, int], stop_words: Sequence[str], lowercase: bool) -> None:
        self.least, self.most = ngram_range
        self.lowercase = lowercase
        self.words = Vocabulary()
        self.words.add_words(list(stop_words))
        self.n_stop = len(self.words)
        self.tables = [PairTable() for _ in range(2, self.most + 1)]

    @property
    def sizes(self) -> list[int]:
        """How many 1-grams, 2-grams, … have a number."""
        return [len(self.words), *map(len, self.tables)]

    def add_names(self, names: Iterable[str]) -> NDArray[np.int64]:
        """Number given n-grams, written with single spaces; -1 for what this counter can never find."""
        levels: list[tuple[int, int]] = []
        for name in names:
            words = name.split(" ")
            if not (self.least <= len(words) <= self.most) or "" in words:
                levels.append((0, -1))
                continue
            numbers = self.words.add_words(words)
            number = int(numbers[0])
            for table, word in zip(self.tables, numbers[1:].tolist()):
                number = table.add(number, word)
            levels.append((len(words) - 1, number))
        bases = np.concatenate([[0], np.cumsum(self.sizes)])
        return np.array([bases[level] + number if number >= 0 else -1 for level, number in levels], dtype=np.int64)

    def count(self, texts: Iterable[str], learn: bool) -> Matrix:
        """The counts, int32 (n_texts, n_features); with `learn` n-grams that are new get a number."""
        scan = self.words.add_texts if learn else self.words.find_texts
        tokens, lengths = scan(texts, 2, lowercase=self.lowercase)
        tokens, documents = _keep(tokens, lengths, self.n_stop)
        levels = [tokens]
        for n, table in enumerate(self.tables, start=2):
            levels.append(table.number(levels[-1], tokens, documents, n, learn))
        bases = np.concatenate([[0], np.cumsum(self.sizes)]).astype(np.int64)
        used = range(self.least - 1, self.most)
        features = np.empty((len(used), len(tokens)), dtype=np.int32)
        for row, level in zip(features, used):
            row[:] = np.where(levels[level] >= 0, levels[level] + bases[level], -1)
        indptr, indices, data = _count_rows(features, documents, len(lengths), int(bases[-1]))
        return Matrix((data, indices, indptr), shape=(len(lengths), int(bases[-1])))

    def _words_of(self, features: NDArray[np.int64]) -> Ints:
        """The words of n-grams, int32 (n_features, most), filled with -1."""
        words = np.full((len(features), self.most), -1, dtype=np.int32)
        bases = np.concatenate([[0], np.cumsum(self.sizes)])
        level = np.searchsorted(bases, features, side="right") - 1
        for n in range(self.most):
            rows = np.flatnonzero(level == n)
            numbers = (features[rows] - bases[n]).astype(np.int32)
            for m in range(n, 0, -1):
                table = self.tables[m - 1]
                words[rows, m] = table.right[numbers]
                numbers = table.left[numbers]
            words[rows, 0] = numbers
        return words

    def names(self, features: NDArray[np.int64]) -> list[str]:
        every = self.words.words()
        words = self._words_of(features)
        names = [""] * len(features)
        length = (words >= 0).sum(axis=1)
        for n in range(self.least, self.most + 1):
            rows = np.flatnonzero(length == n)
            columns = (map(every.__getitem__, column) for column in words[rows, :n].T.tolist())
            for row, name in zip(rows.tolist(), map(" ".join, zip(*columns))):
                names[row] = name
        return names

    def alphabetical(self) -> NDArray[np.int64]:
        # No word has a character before the space, so n-grams sort as the tuples of their words do.
        every = self.words.words()
        rank = np.empty(len(every) + 1, dtype=np.int64)
        rank[np.array(sorted(range(len(every)), key=every.__getitem__), dtype=np.int64)] = np.arange(len(every))
        rank[-1] = -1  # for the fill value
        words = self._words_of(np.arange(sum(self.sizes)))
        return np.lexsort(rank[words].T[::-1])


class PairTable:
    """Numbers pairs of numbers, 0, 1, 2, … in the order of their coming; left and right: int32, the pairs."""

    def __init__(self) -> None:
        self._keys = np.full(1 << 10, -1, dtype=np.int64)
        self._values = np.empty(1 << 10, dtype=np.int32)
        self._left, self._right = np.empty(1 << 8, dtype=np.int32), np.empty(1 << 8, dtype=np.int32)
        self._n = 0

    def __len__(self) -> int:
        return self._n

    @property
    def left(self) -> Ints:
        return self._left[: self._n]

    @property
    def right(self) -> Ints:
        return self._right[: self._n]

    def add(self, left: int, right: int) -> int:
        """The number of one pair."""
        one = np.zeros(1, dtype=np.int32)
        return int(self.number(one + np.int32(left), one + np.int32(right), one, 1, True)[0])

    def number(self, left: Ints, tokens: Ints, documents: Ints, n: int, learn: bool) -> Ints:
        """For each place i the number of the pair (left[i], tokens[i + n - 1]) if both lie in one document, else -1."""
        numbers = np.full(len(tokens), -1, dtype=np.int32)
        start = 0
        while True:
            start, self._n = _number_pairs(
                left, tokens, documents, n, learn, start, self._n, self._keys, self._values, self._left, self._right, numbers
            )  # fmt: skip
            if start == len(tokens):
                return numbers
            self._keys = np.full(2 * len(self._keys), -1, dtype=np.int64)
            self._values = np.empty(len(self._keys), dtype=np.int32)
            _refill(self._keys, self._values, self._left, self._right, self._n)
            if self._n == len(self._left):
                self._left = np.concatenate([self._left, np.empty_like(self._left)])
                self._right = np.concatenate([self._right, np.empty_like(self._right)])


@njit(cache=True)
def _keep(tokens, lengths, n_stop):  # type: ignore[no-untyped-def]
    """Tokens without short and stop words (unknown ones, -2, stay as gaps), and the document of each, int32 (n,)."""
    kept = np.empty(len(tokens), dtype=np.int32)
    documents = np.empty(len(tokens), dtype=np.int32)
    n, i = 0, 0
    for document in range(len(lengths)):
        for _ in range(lengths[document]):
            if tokens[i] >= n_stop or tokens[i] == -2:
                kept[n], documents[n] = tokens[i], document
                n += 1
            i += 1
    return kept[:n], documents[:n]


@njit(cache=True, inline="always")
def _slot(keys, key):  # type: ignore[no-untyped-def]
    mask = len(keys) - 1
    slot = np.int64(np.uint64(key) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(24)) & mask
    while keys[slot] != key and keys[slot] != -1:
        slot = (slot + 1) & mask
    return slot


@njit(cache=True)
def _refill(keys, values, left, right, n):  # type: ignore[no-untyped-def]
    for number in range(n):
        key = np.int64(left[number]) << 32 | np.int64(right[number])
        slot = _slot(keys, key)
        keys[slot], values[slot] = key, number


@njit(cache=True)
def _number_pairs(left, tokens, documents, n, learn, start, n_pairs, keys, values, lefts, rights, numbers):  # type: ignore[no-untyped-def]
    """See PairTable.number; returns the place to go on from and the number of pairs. Stops early when the table is full."""
    for i in range(start, len(tokens) - n + 1):
        last = i + n - 1
        if left[i] < 0 or tokens[last] < 0 or documents[i] != documents[last]:
            continue
        key = np.int64(left[i]) << 32 | np.int64(tokens[last])
        slot = _slot(keys, key)
        if keys[slot] == -1:
            if not learn:
                continue
            if 2 * n_pairs >= len(keys) or n_pairs == len(lefts):
                return i, n_pairs
            keys[slot], values[slot] = key, n_pairs
            lefts[n_pairs], rights[n_pairs] = left[i], tokens[last]
            n_pairs += 1
        numbers[i] = values[slot]
    return len(tokens), n_pairs


@njit(cache=True)
def _count_rows(features, documents, n_documents, n_features):  # type: ignore[no-untyped-def]
    """Rows of a CSR matrix from the features at each place, int32 (n_levels, n_places), -1 for none.

    Returns indptr, indices (unsorted) and data.
    """
    n_levels, n_places = features.shape
    seen_in = np.full(n_features, -1, dtype=np.int32)
    where = np.empty(n_features, dtype=np.int64)
    indptr = np.zeros(n_documents + 1, dtype=np.int64)
    indices = np.empty(n_levels * n_places, dtype=np.int32)
    data = np.empty(n_levels * n_places, dtype=np.int32)
    n, start = 0, 0
    for document in range(n_documents):
        end = start
        while end < n_places and documents[end] == document:
            end += 1
        for level in range(n_levels):
            for i in range(start, end):
                feature = features[level, i]
                if feature < 0:
                    continue
                if seen_in[feature] == document:
                    data[where[feature]] += 1
                    continue
                seen_in[feature] = document
                where[feature] = n
                indices[n], data[n] = feature, 1
                n += 1
        indptr[document + 1] = n
        start = end
    return indptr, indices[:n].copy(), data[:n].copy()
