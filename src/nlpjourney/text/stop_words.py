"""Stop words: the words that a list says, or that a collection itself shows to say nothing about its texts.

H. P. Luhn (1958) left out the most frequent words, K. Spärck Jones (1972) gave a word less weight the more texts have it.
Later measures ask how evenly a word is spread: one that falls on texts as their lengths alone would have it tells none from
another. The measures here, each a score per word, the higher, the more of a stop word:

- `frequency`: how often the word occurs.
- `document_frequency`: how many texts have it.
- `entropy`: how evenly its occurrences are spread over the texts, from 0 (all in one) to 1 (equally often in each).
- `divergence`: minus the bits by which its spread differs from that of all words (Kullback and Leibler, 1951): 0 for a word
  whose share is the same in every text.
- `random_sampling`: minus how much texts that share a randomly drawn word use the word more than all texts do, averaged over
  many draws (R. Lo, B. He and I. Ounis, "Automatically building a stopword list for an information retrieval system", 2005).

Notable choice: all take a sparse matrix of counts, as `CountVectorizer` makes it. Which list is best depends on the task;
that "not" is among the most evenly spread words of a collection does not mean that it says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from nlpjourney import assets
from nlpjourney.text.vectorize import CountVectorizer

Measure = Literal["frequency", "document_frequency", "entropy", "divergence", "random_sampling"]
Floats = NDArray[np.float64]


@cache
def standard(language: str = "english") -> frozenset[str]:
    """NLTK's list of stop words for a language. Raises ValueError, with the languages there are, for another."""
    folder = assets.path("stop-words")
    languages = sorted(file.name for file in folder.iterdir() if file.name != "README")
    if language not in languages:
        raise ValueError(f"no stop words for {language!r}; there are {', '.join(languages)}")
    return frozenset((folder / language).read_text(encoding="utf-8").split())


def derive(
    documents: Iterable[str], n: int = 100, measure: Measure = "divergence", *, min_df: int | float = 1, seed: int = 0
) -> list[str]:
    """The `n` words of the documents that are most of a stop word, the best first; equal ones in alphabetical order.

    A word is a run of letters and digits, with apostrophes inside, in lower case. min_df: leave out words that fewer
    documents have (a share, if it is a float). Raises ValueError for an unknown measure or if no word is left, TypeError for
    a single string.
    """
    if isinstance(documents, str):
        raise TypeError("documents must be a list of texts, not one string: did you forget the brackets?")
    counter = CountVectorizer(token_pattern=r"\w+(?:['’]\w+)*", min_df=min_df)
    counts = counter.fit_transform(documents)
    scores = score_words(counts, measure, seed=seed)
    order = np.argsort(-scores, kind="stable")[:n]  # columns are in alphabetical order
    return [str(word) for word in counter.get_feature_names_out()[order]]


def score_words(counts: Any, measure: Measure, *, seed: int = 0) -> Floats:
    """How much each word is a stop word, (n_words,); see the top of this module.

    counts: a sparse matrix (n_documents, n_words) of how often each document has each word; every word must occur. Raises
    ValueError for an unknown measure, or a word that never occurs.
    """
    if measure not in get_args(Measure):
        raise ValueError(f"unknown measure {measure!r}; there are {', '.join(get_args(Measure))}")
    columns = counts.tocsc().astype(np.float64)  # a copy: what follows must not change the caller's
    columns.eliminate_zeros()
    n_seen: Floats = np.asarray(columns.sum(axis=0)).ravel()
    if not (n_seen > 0).all():
        raise ValueError(f"word {int(np.argmin(n_seen))} occurs in no document: leave its column out")
    if measure == "frequency":
        return n_seen
    if measure == "document_frequency":
        return np.asarray(np.diff(columns.indptr), dtype=np.float64)
    if measure == "random_sampling":
        return -_random_sampling(columns, n_seen, np.random.default_rng(seed))
    lengths = np.asarray(columns.sum(axis=1)).ravel()
    share = columns.data / np.repeat(n_seen, np.diff(columns.indptr))  # p(document | word)
    if measure == "entropy":
        return _sum_columns(-share * np.log2(share), columns.indptr) / float(np.log2(max(2, columns.shape[0])))
    p_document = lengths / lengths.sum()
    return -_sum_columns(share * np.log2(share / p_document[columns.indices]), columns.indptr)


def _sum_columns(values: Floats, indptr: NDArray[np.int32]) -> Floats:
    """The sum of each column's values, (n_words,); no column is empty."""
    sums: Floats = np.add.reduceat(values, indptr[:-1])
    return sums


def _random_sampling(columns: Any, n_seen: Floats, rng: np.random.Generator, n_draws: int = 200) -> Floats:
    """Lo, He and Ounis's weight of each word, at most 1, averaged over the draws whose documents have it, (n_words,).

    A draw takes a word and all documents that have it. A word's weight there is p log2(p / q), divided by the largest of the
    draw; p is its share of the words of those documents, q of all. It is below 0 for a word that they use less.
    """
    rows = columns.tocsr()
    q = n_seen / n_seen.sum()
    total, n_drawn = np.zeros(len(n_seen)), np.zeros(len(n_seen))
    for word in rng.choice(len(n_seen), size=n_draws).tolist():
        documents = columns.indices[columns.indptr[word] : columns.indptr[word + 1]]
        here = np.asarray(rows[documents].sum(axis=0)).ravel()
        seen = here > 0
        p = here[seen] / here.sum()
        weight = p * np.log2(p / q[seen])
        if (best := weight.max()) > 0:
            total[seen] += weight / best
            n_drawn[seen] += 1
    return total / np.maximum(n_drawn, 1)
