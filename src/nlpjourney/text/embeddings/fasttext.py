"""fastText (Bojanowski et al., *Enriching word vectors with subword information*, 2017): a word is the mean of its parts.

The input of skip-gram and CBOW is the mean of the vectors of the word itself and of its character n-grams (see `subwords`). So a
word that was never seen has a vector too, and rare forms learn from their relatives.

Notable choices:
- As in fastText the word in the middle predicts its neighbours (in word2vec it is the other way round), the whole step goes to
  every part, and noise words are drawn by the square root of their count.
- The sigmoid is that of `word2vec_training`. 200,000 buckets are enough for small corpora; fastText's 2,000,000 take 800 MB.

In plain Python: `plain_learn_target` (`text.embeddings.plain`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpjourney.ml.estimator import Learned
from nlpjourney.text.embeddings.corpus import Corpus
from nlpjourney.text.embeddings.fasttext_file import FastTextFile, Options, read_fasttext, write_fasttext
from nlpjourney.text.embeddings.huffman import NO_CODES
from nlpjourney.text.embeddings.jobs import WORDS_PER_JOB, cut_jobs, learning_rates, run_jobs
from nlpjourney.text.embeddings.sampling import WindowSampler, noise_table
from nlpjourney.text.embeddings.subwords import subword_buckets
from nlpjourney.text.embeddings.word2vec_training import Floats, learn_target
from nlpjourney.text.embeddings.word_vectors import WordVectors

_NO_OFFSETS, _NO_BITS, _NO_POINTS = NO_CODES


class SubwordVectors(WordVectors):
    """Word vectors that have one for every word: rows, float32 (n_words + bucket, d), are those of words and of buckets."""

    def __init__(
        self, words: Sequence[str], rows: NDArray[np.float32], counts: NDArray[np.int64], min_n: int, max_n: int
    ) -> None:
        self.rows, self.min_n, self.max_n = rows, min_n, max_n
        self.bucket = len(rows) - len(words)
        offsets, parts = word_rows(words, min_n, max_n, self.bucket)
        vectors = np.empty((len(words), rows.shape[1]), dtype=np.float32)
        _mean_rows(rows, offsets, parts, vectors)
        super().__init__(words, vectors, counts)

    def __getitem__(self, word: str) -> NDArray[np.float32]:
        """The vector of any word, float32 (d,). Raises KeyError for an unknown word too short to have an n-gram."""
        if word in self.index:
            return super().__getitem__(word)
        parts = np.empty(0, dtype=np.int32)
        if self.bucket:
            _, parts = subword_buckets([word], self.min_n, self.max_n, self.bucket)
        if len(parts) == 0:
            raise KeyError(f"{word!r} is unknown and has no n-gram of {self.min_n} to {self.max_n} characters")
        return np.asarray(self.rows[len(self.words) + parts].mean(axis=0, dtype=np.float32))


def word_rows(words: Sequence[str], min_n: int, max_n: int, bucket: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """For each word the rows that make it: itself, then n_words + the bucket of each n-gram. As offsets and rows."""
    n_words = len(words)
    if bucket == 0 or max_n == 0:
        return np.arange(n_words + 1, dtype=np.int64), np.arange(n_words, dtype=np.int32)
    offsets, buckets = subword_buckets(words, min_n, max_n, bucket)
    rows = np.insert(buckets + np.int32(n_words), offsets[:-1], np.arange(n_words, dtype=np.int32))
    return offsets + np.arange(n_words + 1), rows


class FastText(Learned):
    """Learn word vectors with subwords. After `fit`: `vectors` (SubwordVectors) and `output`, float32 (n_words, vector_size).

    min_n, max_n: lengths of n-grams, in characters; bucket: how many vectors they share; the others are as in Word2Vec,
    with fastText's defaults.
    """

    learned = ("n_tokens", "vectors", "output")
    n_tokens: int
    vectors: SubwordVectors
    output: NDArray[np.float32]

    def __init__(
        self,
        *,
        vector_size: int = 100,
        window: int = 5,
        min_count: int = 5,
        sg: bool = True,
        negative: int = 5,
        ns_exponent: float = 0.5,
        sample: float = 1e-4,
        alpha: float = 0.05,
        min_alpha: float = 0.0,
        epochs: int = 5,
        min_n: int = 3,
        max_n: int = 6,
        bucket: int = 200_000,
        seed: int = 1,
        workers: int = 1,
    ) -> None:
        for name, value in (
            ("vector_size", vector_size),
            ("window", window),
            ("negative", negative),
            ("epochs", epochs),
            ("min_n", min_n),
            ("workers", workers),
        ):
            if value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        self.options = Options(
            dim=vector_size, ws=window, epoch=epochs, min_count=min_count, neg=negative, word_ngrams=1, loss=2,
            model=2 if sg else 1, bucket=bucket, minn=min_n, maxn=max_n, lr_update_rate=100, t=sample,
        )  # fmt: skip
        self.ns_exponent, self.alpha, self.min_alpha, self.seed, self.workers = (
            ns_exponent,
            alpha,
            min_alpha,
            seed,
            workers,
        )

    def fit(self, sentences: Corpus | Iterable[Sequence[str]]) -> FastText:
        """Learn from tokenized sentences (each a list of words), or from a Corpus, whose words are taken as they are."""
        o = self.options
        corpus = sentences if isinstance(sentences, Corpus) else Corpus.from_sentences(sentences, o.min_count)
        n_words = len(corpus.words)
        inputs = np.random.default_rng(self.seed).random((n_words + o.bucket, o.dim), dtype=np.float32)
        inputs *= np.float32(2 / o.dim)
        inputs -= np.float32(1 / o.dim)
        output = np.zeros((n_words, o.dim), dtype=np.float32)
        noise = noise_table(corpus.counts, self.ns_exponent)
        offsets, rows = word_rows(corpus.words, o.minn, o.maxn, o.bucket)
        bounds = cut_jobs(corpus.lengths, WORDS_PER_JOB)
        n_jobs = len(bounds) - 1
        rates = learning_rates(bounds, o.epoch, self.alpha, self.min_alpha)
        draw = WindowSampler(corpus, bounds, o.t, o.ws, True, self.seed, draws_noise=True)

        def work(job: int) -> None:
            epoch, job = divmod(job, n_jobs)
            tokens, starts, windows, state = draw(job)
            train_subword_job(
                tokens, starts, windows, o.model == 2, inputs, offsets, rows, output, rates[epoch, job], o.neg,
                noise.cumulated, noise.guide, noise.shift, state,
            )  # fmt: skip

        run_jobs(n_jobs * o.epoch, self.workers, work, "fastText")
        self.n_tokens, self.output = int(corpus.lengths.sum()), output
        self.vectors = SubwordVectors(corpus.words, inputs, corpus.counts, o.minn, o.maxn)
        return self

    def save(self, file: str | Path) -> None:
        """Write fastText's `.bin`, which fastText and Gensim read. Raises NotFittedError before `fit`."""
        v = self.vectors
        assert v.counts is not None
        write_fasttext(FastTextFile(self.options, v.words, v.counts, self.n_tokens, v.rows, self.output), file)

    @classmethod
    def load(cls, file: str | Path) -> FastText:
        """Read a `.bin` of fastText, Gensim or `save`. Raises ValueError as `read_fasttext` does."""
        read = read_fasttext(file)
        model = cls()
        model.options, model.n_tokens, model.output = read.options, read.n_tokens, read.output
        model.vectors = SubwordVectors(read.words, read.inputs, read.counts, read.options.minn, read.options.maxn)
        return model


@njit(cache=True)
def _mean_rows(rows: Floats, offsets: NDArray[np.int64], parts: NDArray[np.int32], means: Floats) -> None:
    for i in range(len(offsets) - 1):
        means[i] = 0
        for p in range(offsets[i], offsets[i + 1]):
            for d in range(rows.shape[1]):
                means[i, d] += rows[np.int64(parts[p]), d]
        for d in range(rows.shape[1]):
            means[i, d] *= np.float32(1) / np.float32(offsets[i + 1] - offsets[i])


@njit(cache=True, nogil=True)
def train_subword_job(
    tokens: NDArray[np.int32],
    starts: NDArray[np.int64],
    windows: NDArray[np.int64],
    skip_gram: bool,
    inputs: Floats,
    offsets: NDArray[np.int64],
    parts: NDArray[np.int32],
    output: Floats,
    alpha: np.float32,
    negative: int,
    cumulated: NDArray[np.uint32],
    guide: NDArray[np.int32],
    shift: int,
    state: np.uint64,
) -> None:
    """`word2vec_training.train_job` where a word w has the input rows parts[offsets[w] : offsets[w + 1]]."""
    size = inputs.shape[1]
    hidden, gradient = np.empty(size, np.float32), np.empty(size, np.float32)
    for sentence in range(len(starts) - 1):
        for i in range(starts[sentence], starts[sentence + 1]):
            first = max(i - windows[i], starts[sentence])
            last = min(i + windows[i] + 1, starts[sentence + 1])
            # Skip-gram: the word at i predicts each neighbour in turn. CBOW: all neighbours predict the word at i, once.
            for turn in range(first, last if skip_gram else first + 1):
                if skip_gram and turn == i:
                    continue
                target = np.int64(tokens[turn if skip_gram else i])
                from_, to = (i, i + 1) if skip_gram else (first, last)
                hidden[:] = 0
                n_parts = 0
                for j in range(from_, to):
                    if skip_gram or j != i:
                        for p in range(offsets[tokens[j]], offsets[tokens[j] + 1]):
                            row = np.int64(parts[p])
                            for d in range(size):
                                hidden[d] += inputs[row, d]
                            n_parts += 1
                if n_parts == 0:
                    continue
                for d in range(size):
                    hidden[d] *= np.float32(1) / np.float32(n_parts)
                state = learn_target(
                    target, hidden, output, alpha, gradient,
                    negative, cumulated, guide, shift, _NO_OFFSETS, _NO_BITS, _NO_POINTS, state,
                )  # fmt: skip
                for j in range(from_, to):
                    if skip_gram or j != i:
                        for p in range(offsets[tokens[j]], offsets[tokens[j] + 1]):
                            row = np.int64(parts[p])
                            for d in range(size):
                                inputs[row, d] += gradient[d]
