"""Counting n-grams: every different n-gram gets a number, in flat arrays, by sorting.

An n-gram is its first n − 1 words, which are an n-gram themselves, and a last word: two numbers, one key of 64 bits. So each
order is one sort of as many keys as the text has tokens, and the numbers come out in the order of contexts: all continuations of
a history stand side by side. Memory is some arrays of the text's length, whatever the order. In plain Python: `plain_count`.

Ids: 0 is the empty history; 1 + word the unigrams, of all words of the vocabulary; then the bigrams, and so on.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

UNKNOWN, BEGIN, END = 0, 1, 2  # the words <unk>, <s>, </s>


class NGrams(NamedTuple):
    """All n-grams of 0 … order words, by id. Arrays of shape (n,).

    parent: the id of the n-gram without its last word (its history); word: its last word; suffix: the id of the n-gram without
    its first word, 0 for a unigram. starts: int64 (order + 2,): those of n words have the ids starts[n] … starts[n + 1] − 1.
    """

    parent: NDArray[np.int32]
    word: NDArray[np.int32]
    suffix: NDArray[np.int32]
    starts: NDArray[np.int64]

    @property
    def order(self) -> int:
        return len(self.starts) - 2

    def of(self, n: int) -> slice:
        """The ids of the n-grams of `n` words."""
        return slice(int(self.starts[n]), int(self.starts[n + 1]))

    def words(self, id_: int) -> list[int]:
        """The words of an n-gram."""
        found = []
        while id_ > 0:
            found.append(int(self.word[id_]))
            id_ = int(self.parent[id_])
        return found[::-1]


def count_ngrams(ids: NDArray[np.int32], order: int, vocab_size: int) -> tuple[NGrams, NDArray[np.int32]]:
    """The n-grams of 1 … `order` words in `ids`, and how often each occurs.

    ids: int32 (n_tokens,), sentence after sentence, each from BEGIN to END. N-grams do not reach across sentences.
    """
    n_tokens = len(ids)
    parents: list[NDArray[np.int32]] = [np.zeros(1 + vocab_size, np.int32)]
    words: list[NDArray[np.int32]] = [np.arange(-1, vocab_size, dtype=np.int32)]
    suffixes: list[NDArray[np.int32]] = [np.zeros(1 + vocab_size, np.int32)]
    counts: list[NDArray[np.int32]] = [np.array([n_tokens], np.int32), _int32(np.bincount(ids, minlength=vocab_size))]
    starts = [0, 1, 1 + vocab_size]
    ending = (ids + 1).astype(np.int32)  # for each token the id of the n-gram that ends there, −1: none
    for _ in range(2, order + 1):
        places = np.flatnonzero((ending[:-1] >= 0) & (ids[1:] != BEGIN)).astype(np.int32) + 1
        keys = ending[places - 1].astype(np.int64) << 32 | ids[places]
        by_key = np.argsort(keys, kind="stable")  # the default is a hundred times slower where many are equal
        keys, places = keys[by_key], places[by_key]
        del by_key
        new = np.flatnonzero(np.diff(keys, prepend=-1))  # where another n-gram begins; keys are 2^32 and more
        parents.append((keys[new] >> 32).astype(np.int32))
        words.append((keys[new] & 0xFFFFFFFF).astype(np.int32))
        del keys
        suffixes.append(ending[places[new]])
        repeats = _int32(np.diff(new, append=len(places)))
        counts.append(repeats)
        ending = np.full(n_tokens, -1, np.int32)
        ending[places] = np.repeat(np.arange(starts[-1], starts[-1] + len(new), dtype=np.int32), repeats)
        starts.append(starts[-1] + len(new))
    del ending
    found = NGrams(_joined(parents), _joined(words), _joined(suffixes), np.array(starts))
    return found, _joined(counts)


def _int32(values: NDArray[Any]) -> NDArray[np.int32]:
    return values.astype(np.int32)


def _joined(parts: list[NDArray[np.int32]]) -> NDArray[np.int32]:
    """The arrays in one; the list is emptied, so that they are not held twice for long."""
    joined = np.concatenate(parts)
    parts.clear()
    return joined
