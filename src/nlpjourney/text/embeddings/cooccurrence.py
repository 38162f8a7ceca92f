"""Which words stand near which, and how often: the matrix that GloVe factorizes.

Notable choices: a neighbour at distance k counts 1/k, as in Stanford's program; sentences do not see each other. The matrix
is made row by row from the places of each word (Gustavson's sparse accumulator, 1978), which needs no hash table of pairs.

In plain Python: `plain_cooccurrences` (`text.embeddings.plain`).
"""

from __future__ import annotations

import numpy as np
import scipy.sparse
from numba import njit
from numpy.typing import NDArray

from nlpjourney.text.embeddings.corpus import Corpus


def cooccurrences(corpus: Corpus, window: int = 15, *, symmetric: bool = True) -> scipy.sparse.csr_matrix:
    """X, float64 (n_words, n_words): X[i, j] is the sum of 1/distance over all j within `window` words of an i.

    Both sides of i count, or with symmetric=False only what stands before it. Columns are in rising order.
    """
    if window < 1:
        raise ValueError(f"window must be at least 1, not {window}")
    n_words = len(corpus.words)
    places = np.argsort(corpus.tokens, kind="stable")
    word_starts = np.concatenate([[0], np.cumsum(np.bincount(corpus.tokens, minlength=n_words))])
    sentence_of = np.repeat(np.arange(len(corpus.starts) - 1, dtype=np.int64), np.diff(corpus.starts))
    indptr, indices, data = _accumulate(
        corpus.tokens, places, word_starts, corpus.starts, sentence_of, window, symmetric
    )
    matrix = scipy.sparse.csr_matrix((data, indices, indptr), shape=(n_words, n_words))
    matrix.sort_indices()
    return matrix


@njit(cache=True)
def _accumulate(
    tokens: NDArray[np.int32],
    places: NDArray[np.int64],
    word_starts: NDArray[np.int64],
    starts: NDArray[np.int64],
    sentence_of: NDArray[np.int64],
    window: int,
    symmetric: bool,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """The rows as indptr, indices (unsorted) and data. Word w stands at places[word_starts[w] : word_starts[w + 1]]."""
    n_words = len(word_starts) - 1
    indptr = np.zeros(n_words + 1, dtype=np.int64)
    indices = np.empty(1 << 10, dtype=np.int32)
    data = np.empty(1 << 10, dtype=np.float64)
    where = np.full(n_words, -1, dtype=np.int64)  # of each word in the row at hand, if it is not before the row
    n = 0
    for word in range(n_words):
        row = n
        for p in range(word_starts[word], word_starts[word + 1]):
            i = places[p]
            if n + 2 * window > len(data):
                indices = np.concatenate((indices, np.empty(len(indices) + 2 * window, np.int32)))
                data = np.concatenate((data, np.empty(len(data) + 2 * window, np.float64)))
            first = max(i - window, starts[sentence_of[i]])
            last = min(i + window + 1, starts[sentence_of[i] + 1]) if symmetric else i
            for j in range(first, last):
                if j == i:
                    continue
                other = tokens[j]
                if where[other] < row:
                    where[other] = n
                    indices[n], data[n] = other, 0.0
                    n += 1
                data[where[other]] += 1.0 / abs(i - j)
        indptr[word + 1] = n
    return indptr, indices[:n].copy(), data[:n].copy()
