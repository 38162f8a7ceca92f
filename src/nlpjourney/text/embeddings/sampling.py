"""The dice of word2vec: which words are skipped, and which are drawn as noise.

Mikolov et al., *Distributed representations of words and phrases and their compositionality* (2013). Frequent words
are dropped with a probability that grows with their frequency; noise words are drawn by their count to the power 3/4, so
that rare words get more than their share.

Notable choices:
- Random numbers are those of Gensim, a linear congruential generator with 48 bits: equal seeds draw equal words.
- A noise word is found by its place in the table of cumulated counts. Instead of bisecting the whole table (17 steps for
  100,000 words, many of them cache misses), a guide table (Chen & Asau, 1974) tells for the first bits of the random
  number where to begin; on average about one step remains. The word is the same.

In plain Python: `plain_noise` (`text.embeddings.plain`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpjourney.text.embeddings.corpus import Corpus

DOMAIN = 2**31 - 1  # cumulated counts are scaled to this


class NoiseTable(NamedTuple):
    """cumulated: uint32 (n_words,), rising to DOMAIN; guide: int32, for each value of the first bits the first candidate."""

    cumulated: NDArray[np.uint32]
    guide: NDArray[np.int32]
    shift: int


def noise_table(counts: NDArray[np.int64], exponent: float = 0.75) -> NoiseTable:
    """The table to draw words from with probability proportional to count^exponent."""
    cumulated = np.cumsum(counts.astype(np.float64) ** exponent)
    table = np.round(cumulated / cumulated[-1] * DOMAIN).astype(np.uint32)
    bits = min(31, max(8, len(counts).bit_length() + 2))
    shift = 31 - bits
    guide = np.searchsorted(table, np.arange(1 << bits, dtype=np.int64) << shift, side="left")
    return NoiseTable(table, guide.astype(np.int32), shift)


def keep_thresholds(counts: NDArray[np.int64], sample: float) -> NDArray[np.uint32]:
    """For each word the largest 32-bit random number with which an occurrence is kept, uint32 (n_words,).

    `sample` is the frequency (as a share of all words) from which on words are dropped; 0 keeps all.
    """
    if sample == 0:
        return np.full(len(counts), 2**32 - 1, dtype=np.uint32)
    threshold = sample * counts.sum()
    keep = (np.sqrt(counts / threshold) + 1) * (threshold / counts)
    return np.asarray(np.minimum(keep, 1.0) * (2**32 - 1), dtype=np.uint32)


@njit(cache=True, inline="always")
def next_state(state: np.uint64) -> np.uint64:
    """One step of the generator. The random number is what the state holds above its lowest 16 bits."""
    return (state * np.uint64(25214903917) + np.uint64(11)) & np.uint64(0xFFFFFFFFFFFF)


@njit(cache=True, inline="always")
def noise_word(state: np.uint64, cumulated: NDArray[np.uint32], guide: NDArray[np.int32], shift: int) -> np.int64:
    """The first word whose cumulated count reaches the random number."""
    number = np.int64(state >> np.uint64(16))
    while number >= DOMAIN:
        number -= DOMAIN
    word = np.int64(guide[number >> shift])
    while cumulated[word] < number:
        word += 1
    return word


@njit(cache=True, nogil=True)
def subsample(
    tokens: NDArray[np.int32],
    starts: NDArray[np.int64],
    thresholds: NDArray[np.uint32],
    state: np.uint64,
    kept: NDArray[np.int32],
    kept_starts: NDArray[np.int64],
) -> np.uint64:
    """Write the words that are kept of the sentences between `starts` to `kept`, and where they begin to `kept_starts`.

    Returns the state of the generator.
    """
    n = 0
    for sentence in range(len(starts) - 1):
        kept_starts[sentence] = n
        for i in range(starts[sentence], starts[sentence + 1]):
            word = tokens[i]
            number = state >> np.uint64(16)
            state = next_state(state)
            if np.uint64(thresholds[word]) >= number:
                kept[n] = word
                n += 1
    kept_starts[len(starts) - 1] = n
    return state


class WindowSampler:
    """Draws what one job trains on. All threads draw from one generator, NumPy's old one, because Gensim does."""

    def __init__(
        self,
        corpus: Corpus,
        bounds: NDArray[np.int64],
        sample: float,
        window: int,
        shrink_windows: bool,
        seed: int,
        *,
        draws_noise: bool,
    ) -> None:
        self.corpus, self.bounds = corpus, bounds
        self.sample, self.window, self.shrink_windows, self.draws_noise = sample, window, shrink_windows, draws_noise
        self.thresholds = keep_thresholds(corpus.counts, sample)
        self.random = np.random.RandomState(seed)

    def __call__(self, job: int) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64], np.uint64]:
        """Of one job: the words that are kept, where its sentences begin, how many words to each side count, and the state of
        the generator of noise words."""
        tokens, starts = self.corpus.tokens, self.corpus.starts[self.bounds[job] : self.bounds[job + 1] + 1]
        state = np.uint64(0)
        if self.draws_noise or self.sample:
            state = np.uint64(2**24 * self.random.randint(0, 2**24) + self.random.randint(0, 2**24))
        if self.sample:
            kept = np.empty(starts[-1] - starts[0], dtype=np.int32)
            kept_starts = np.empty(len(starts), dtype=np.int64)
            state = np.uint64(subsample(tokens, starts, self.thresholds, state, kept, kept_starts))
            tokens, starts = kept[: kept_starts[-1]], kept_starts
        else:
            tokens, starts = tokens[starts[0] : starts[-1]], starts - starts[0]
        windows = np.full(len(tokens), self.window, dtype=np.int64)
        if self.shrink_windows:
            windows -= self.random.randint(0, self.window, len(tokens))
        return tokens, starts, windows, state
