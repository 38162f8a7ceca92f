"""word2vec: skip-gram and CBOW (Mikolov et al., *Efficient estimation of word representations in vector space*, 2013).

Words that keep the same company get similar vectors. Each word has an input vector, which is kept, and an output row; a
window slides over the text, and the input vectors of the words in it must tell the word in the middle from words drawn
at random.

Notable choices:
- Options, defaults and all random choices are Gensim's: with one worker, the same seed and the same order of words the
  vectors are the same up to the rounding of float32 sums. With more workers the result depends on timing, there and here.
- Sentences may be of any length; Gensim cuts them after 10,000 words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from nlpjourney.ml.estimator import Learned
from nlpjourney.text.embeddings.corpus import Corpus
from nlpjourney.text.embeddings.huffman import NO_CODES, huffman_codes
from nlpjourney.text.embeddings.jobs import WORDS_PER_JOB, cut_jobs, learning_rates, run_jobs
from nlpjourney.text.embeddings.sampling import WindowSampler, noise_table
from nlpjourney.text.embeddings.word2vec_training import train_job
from nlpjourney.text.embeddings.word_vectors import WordVectors


class Word2Vec(Learned):
    """Learn word vectors. After `fit`: `vectors` (WordVectors) and `output`, float32 (n_rows, vector_size).

    vector_size: dimensions d; window: most words to each side (each place draws its own width from 1 to this;
    all use the whole with shrink_windows=False); min_count: rarer words are left out; sg: skip-gram instead of CBOW; hs:
    hierarchical softmax, with negative=0, instead of `negative` noise words a target; ns_exponent: noise words are drawn
    by count^this; cbow_mean: mean instead of sum of the context; sample: words more frequent than this share are thinned
    out; alpha, min_alpha: first and last learning rate; epochs: passes over the text; seed; workers: threads.
    """

    learned = ("vectors", "output")
    vectors: WordVectors
    output: NDArray[np.float32]

    def __init__(
        self,
        *,
        vector_size: int = 100,
        window: int = 5,
        min_count: int = 5,
        sg: bool = False,
        hs: bool = False,
        negative: int = 5,
        ns_exponent: float = 0.75,
        cbow_mean: bool = True,
        sample: float = 1e-3,
        alpha: float = 0.025,
        min_alpha: float = 1e-4,
        epochs: int = 5,
        shrink_windows: bool = True,
        seed: int = 1,
        workers: int = 1,
    ) -> None:
        if hs == (negative > 0):
            raise ValueError("choose one: negative > 0 for negative sampling, or hs=True with negative=0")
        for name, value in (
            ("vector_size", vector_size),
            ("window", window),
            ("epochs", epochs),
            ("workers", workers),
        ):
            if value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        if sample < 0:
            raise ValueError(f"sample is a share of all words, 0 or more, not {sample}")
        self.vector_size, self.window, self.min_count = vector_size, window, min_count
        # Gensim's 0 and 1 are taken too; the kernel is compiled for bool.
        self.sg, self.hs, self.cbow_mean = bool(sg), bool(hs), bool(cbow_mean)
        self.negative, self.ns_exponent = negative, ns_exponent
        self.sample, self.alpha, self.min_alpha, self.epochs = sample, alpha, min_alpha, epochs
        self.shrink_windows, self.seed, self.workers = shrink_windows, seed, workers

    def fit(self, sentences: Corpus | Iterable[Sequence[str]]) -> Word2Vec:
        """Learn from tokenized sentences (each a list of words), or from a Corpus, whose words are taken as they are."""
        corpus = sentences if isinstance(sentences, Corpus) else Corpus.from_sentences(sentences, self.min_count)
        n_words = len(corpus.words)
        inputs = np.random.default_rng(self.seed).random((n_words, self.vector_size), dtype=np.float32)
        inputs = (inputs * 2 - 1) / np.float32(self.vector_size)
        # Hierarchical softmax has one row fewer: the inner nodes of a tree with n_words leaves.
        output = np.zeros((n_words, self.vector_size), dtype=np.float32)
        self._train(corpus, inputs, output)
        self.output = output
        self.vectors = WordVectors(corpus.words, inputs, corpus.counts)
        return self

    def _train(self, corpus: Corpus, inputs: NDArray[np.float32], output: NDArray[np.float32]) -> None:
        codes = huffman_codes(corpus.counts) if self.hs else NO_CODES
        noise = noise_table(corpus.counts, self.ns_exponent)
        bounds = cut_jobs(corpus.lengths, WORDS_PER_JOB)
        n_jobs = len(bounds) - 1
        rates = learning_rates(bounds, self.epochs, self.alpha, self.min_alpha)
        draw = WindowSampler(
            corpus, bounds, self.sample, self.window, self.shrink_windows, self.seed, draws_noise=self.negative > 0
        )

        def work(job: int) -> None:
            epoch, job = divmod(job, n_jobs)
            tokens, starts, windows, state = draw(job)
            train_job(
                tokens, starts, windows, self.sg, self.cbow_mean, inputs, output, rates[epoch, job], self.negative,
                noise.cumulated, noise.guide, noise.shift, codes.offsets, codes.bits, codes.points, state,
            )  # fmt: skip

        run_jobs(n_jobs * self.epochs, self.workers, work, "word2vec")
