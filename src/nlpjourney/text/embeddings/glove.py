"""GloVe: global vectors (Pennington, Socher & Manning, 2014).

Words i and j meet X_ij times. Two vectors and two biases are learned so that

    w_i · v_j + b_i + c_j ≈ log X_ij

by least squares, where a pair counts f(X_ij) = min(1, (X_ij / x_max)^alpha): frequent pairs more, but not without bound.
Differences of vectors then stand for ratios of probabilities. A word's vector is w_i + v_i.

Notable choices: as in Stanford's program AdaGrad's sums begin at 1, gradients are clipped to ±100, and biases are
one more dimension of the vectors. Pairs are shuffled anew for each epoch. Threads change the matrices without locks.

In plain Python: `plain_learn_pair` (`text.embeddings.plain`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpjourney.ml.estimator import Learned
from nlpjourney.text.embeddings.cooccurrence import cooccurrences
from nlpjourney.text.embeddings.corpus import Corpus
from nlpjourney.text.embeddings.jobs import run_jobs
from nlpjourney.text.embeddings.word_vectors import WordVectors

Floats = NDArray[np.float32]
_PAIRS_PER_JOB = 20_000


class GloVe(Learned):
    """Learn word vectors. After `fit`: `vectors` (WordVectors) and `losses`, the mean weighted squared error of each epoch.

    vector_size: dimensions d; window, symmetric: see `cooccurrences`; min_count: rarer words are left out; x_max, alpha: of
    the weight f; learning_rate: of AdaGrad; epochs: passes over the pairs; seed; workers: threads.
    """

    learned = ("vectors", "losses")
    vectors: WordVectors
    losses: list[float]

    def __init__(
        self,
        *,
        vector_size: int = 50,
        window: int = 15,
        symmetric: bool = True,
        min_count: int = 5,
        x_max: float = 100.0,
        alpha: float = 0.75,
        learning_rate: float = 0.05,
        epochs: int = 25,
        seed: int = 1,
        workers: int = 1,
    ) -> None:
        for name, value in (("vector_size", vector_size), ("epochs", epochs), ("workers", workers)):
            if value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        self.vector_size, self.window, self.symmetric, self.min_count = vector_size, window, symmetric, min_count
        self.x_max, self.alpha, self.learning_rate, self.epochs = x_max, alpha, learning_rate, epochs
        self.seed, self.workers = seed, workers

    def fit(self, sentences: Corpus | Iterable[Sequence[str]]) -> GloVe:
        """Learn from tokenized sentences (each a list of words), or from a Corpus, whose words are taken as they are."""
        corpus = sentences if isinstance(sentences, Corpus) else Corpus.from_sentences(sentences, self.min_count)
        pairs = cooccurrences(corpus, self.window, symmetric=self.symmetric).tocoo()
        if pairs.nnz == 0:
            raise ValueError("no two words stand in one sentence; give longer sentences")
        rows, columns = pairs.row.astype(np.int32), pairs.col.astype(np.int32)
        logs = np.log(pairs.data).astype(np.float32)
        weights = np.minimum(1, (pairs.data / self.x_max) ** self.alpha).astype(np.float32)
        random = np.random.default_rng(self.seed)
        shape = (len(corpus.words), self.vector_size + 1)  # the last column is the bias
        w, v = (((random.random(shape) - 0.5) / shape[1]).astype(np.float32) for _ in range(2))
        w_sums, v_sums = np.ones(shape, dtype=np.float32), np.ones(shape, dtype=np.float32)
        rate = np.float32(self.learning_rate)
        n_jobs = -(-len(rows) // _PAIRS_PER_JOB)
        means = list[float]()
        for epoch in range(self.epochs):
            order = random.permutation(len(rows))
            losses = np.zeros(n_jobs)

            def work(job: int, order: NDArray[np.int64] = order, losses: NDArray[np.float64] = losses) -> None:
                part = order[job * _PAIRS_PER_JOB : (job + 1) * _PAIRS_PER_JOB]
                losses[job] = learn_pairs(part, rows, columns, logs, weights, w, v, w_sums, v_sums, rate)

            run_jobs(n_jobs, self.workers, work, f"GloVe {epoch + 1}/{self.epochs}")
            means.append(float(losses.sum() / len(rows)))
        self.losses = means
        self.vectors = WordVectors(corpus.words, (w + v)[:, :-1].copy(), corpus.counts)
        return self


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def learn_pairs(
    order: NDArray[np.int64],
    rows: NDArray[np.int32],
    columns: NDArray[np.int32],
    logs: Floats,
    weights: Floats,
    w: Floats,
    v: Floats,
    w_sums: Floats,
    v_sums: Floats,
    rate: np.float32,
) -> float:
    """One AdaGrad step for each pair in `order`; returns the sum of their losses before it, ½ f(X) (w·v + b + c - log X)².

    w and v, float32 (n_words, d + 1), hold the bias in the last column; w_sums and v_sums the squared gradients so far.
    """
    size = w.shape[1] - 1
    loss = 0.0
    for pair in order:
        i, j = np.int64(rows[pair]), np.int64(columns[pair])
        error = w[i, size] + v[j, size] - logs[pair]
        for d in range(size):
            error += w[i, d] * v[j, d]
        weighted = weights[pair] * error
        loss += 0.5 * np.float64(weighted) * np.float64(error)
        for d in range(size):
            to_w = min(max(weighted * v[j, d], np.float32(-100)), np.float32(100)) * rate
            to_v = min(max(weighted * w[i, d], np.float32(-100)), np.float32(100)) * rate
            w[i, d] -= to_w / np.sqrt(w_sums[i, d])
            v[j, d] -= to_v / np.sqrt(v_sums[j, d])
            w_sums[i, d] += to_w * to_w
            v_sums[j, d] += to_v * to_v
        step = min(max(weighted, np.float32(-100)), np.float32(100)) * rate
        w[i, size] -= step / np.sqrt(w_sums[i, size])
        v[j, size] -= step / np.sqrt(v_sums[j, size])
        w_sums[i, size] += step * step
        v_sums[j, size] += step * step
    return loss
