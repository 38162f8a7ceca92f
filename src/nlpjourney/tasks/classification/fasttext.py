"""fastText's classifier: the mean of a text's word vectors, learned together with a softmax over the labels.

Joulin, Grave, Bojanowski & Mikolov, *Bag of tricks for efficient text classification* (2017). Every word has a vector, and
so has every run of up to `word_ngrams` words, in `bucket` rows that they share by a hash; a text is the mean of all of
them, h, and its scores are W h. It is a linear model whose weights have a rank of at most `vector_size`: with many
classes words share what they learn, with few they do not. The step for one text with the right label y, p = softmax(W h):

    g = learning_rate · (onehot(y) - p),      every row of the text += Wᵀ g / n,      W += g hᵀ

Notable choices: as in fastText, a text ends with the word </s>, words are what stands between white space, and the
learning rate falls to 0 in a straight line; a run is hashed from the numbers of its words, and a word that was not
seen in training breaks it; threads write the same matrices without locks ("hogwild", Niu et al., 2011), so with more
than one of them two runs differ a little.

In plain Python: `plain_fasttext_step`.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Self

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpjourney.errors import InvalidInput
from nlpjourney.ml.classifier import encode_labels
from nlpjourney.ml.estimator import Estimator, Saved
from nlpjourney.tasks.classification.text_classifier import Contribution
from nlpjourney.text.embeddings.jobs import WORDS_PER_JOB, cut_jobs, learning_rates, run_jobs

Floats = NDArray[np.float32]
END = "</s>"


def plain_fasttext_step(
    vectors: list[list[float]], output: list[list[float]], rows: Sequence[int], right: int, learning_rate: float
) -> float:
    """Learn one text, given as rows of `vectors`; changes both matrices and returns -log p(right)."""
    size = len(vectors[0])
    hidden = [sum(vectors[row][d] for row in rows) / len(rows) for d in range(size)]
    scores = [math.exp(sum(w * h for w, h in zip(row, hidden))) for row in output]
    gradient = [0.0] * size
    for k, row in enumerate(output):
        g = learning_rate * ((k == right) - scores[k] / sum(scores))
        for d in range(size):
            gradient[d] += g * row[d]
            row[d] += g * hidden[d]
    for i in rows:
        for d in range(size):
            vectors[i][d] += gradient[d] / len(rows)
    return -math.log(scores[right] / sum(scores))


class FastTextClassifier(Estimator, Saved):
    """After `fit`:

    `classes_` (K,), `words_`, `vectors_` float32 (n_words + bucket, vector_size), `output_` float32 (K, vector_size).

    word_ngrams: the longest run of words that has a vector; bucket: how many rows runs share; min_count: rarer words are
    left out; n_threads: with 1, the same seed gives the same model.
    """

    learned = ("classes_", "words_", "vectors_", "output_")
    classes_: NDArray[Any]
    words_: list[str]
    vectors_: Floats
    output_: Floats

    def __init__(
        self, *, vector_size: int = 100, n_epochs: int = 5, learning_rate: float = 0.1, word_ngrams: int = 1,
        bucket: int = 200_000, min_count: int = 1, n_threads: int = 1, seed: int = 0,
    ) -> None:  # fmt: skip
        self.vector_size, self.n_epochs, self.learning_rate = vector_size, n_epochs, learning_rate
        self.word_ngrams, self.bucket, self.min_count = word_ngrams, bucket, min_count
        self.n_threads, self.seed = n_threads, seed

    def fit(self, texts: Sequence[str], labels: Sequence[Any]) -> Self:
        """Learn from texts and one label for each. Returns self. Raises InvalidInput for no texts or labels that do not fit."""
        for name in ("vector_size", "n_epochs", "word_ngrams", "bucket", "min_count", "n_threads"):
            if getattr(self, name) < 1:
                raise InvalidInput(f"{name} must be at least 1, not {getattr(self, name)}")
        if not self.learning_rate > 0:
            raise InvalidInput(f"learning_rate must be above 0, not {self.learning_rate}")
        split = [[*text.split(), END] for text in check_texts(texts)]
        classes, codes = encode_labels(labels, len(split), type(self).__name__)
        counts = Counter(word for text in split for word in text)
        words = [word for word, n in counts.items() if n >= self.min_count or word == END]
        n_rows = len(words) + (self.bucket if self.word_ngrams > 1 else 0)
        rng = np.random.default_rng(self.seed)
        vectors = rng.random((n_rows, self.vector_size), dtype=np.float32)
        vectors *= np.float32(2 / self.vector_size)
        vectors -= np.float32(1 / self.vector_size)
        output = np.zeros((len(classes), self.vector_size), np.float32)
        order = rng.permutation(len(split))  # labels may come in blocks, which would be forgotten one after the other
        rows, starts = self._rows([split[i] for i in order], {word: i for i, word in enumerate(words)})
        codes = codes[order]
        bounds = cut_jobs(np.diff(starts), WORDS_PER_JOB)
        rates = learning_rates(bounds, self.n_epochs, self.learning_rate, 0.0)
        n_jobs = len(bounds) - 1

        def work(job: int) -> None:
            epoch, job = divmod(job, n_jobs)
            learn(rows, starts, codes, bounds[job], bounds[job + 1], vectors, output, rates[epoch, job])

        run_jobs(n_jobs * self.n_epochs, self.n_threads, work, "fastText classifier")
        if not (np.isfinite(vectors).all() and np.isfinite(output).all()):
            raise InvalidInput("the vectors became infinite: lower learning_rate")
        self.classes_, self.words_, self.vectors_, self.output_ = classes, words, vectors, output
        return self

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """The probability of each class (n, K), in the order of `classes_`."""
        index = {word: i for i, word in enumerate(self.words_)}
        rows, starts = self._rows([[*text.split(), END] for text in check_texts(texts)], index)
        hidden = np.empty((len(starts) - 1, self.vectors_.shape[1]), np.float32)
        mean_rows(rows, starts, self.vectors_, hidden)
        z = (hidden @ self.output_.T).astype(np.float64)
        z -= z.max(axis=1, keepdims=True)
        p = np.exp(z)
        return np.asarray(p / p.sum(axis=1, keepdims=True))

    def predict(self, texts: Sequence[str]) -> NDArray[Any]:
        """The most probable label of each text (n,)."""
        return np.asarray(self.classes_[self.predict_proba(texts).argmax(axis=1)])

    def score(self, texts: Sequence[str], labels: Sequence[Any]) -> float:
        """The share of texts whose predicted label is the given one."""
        return float((self.predict(texts) == np.asarray(labels)).mean())

    def contributions(self, text: str, label: Any, n: int | None = None) -> list[Contribution]:
        """What each word and run of the text adds for `label`, the largest in absolute value first; `n` of them at most.

        They add up to the score, h · (a row of `output_` minus the mean of the other rows): with two classes, the log-odds.
        Raises ValueError for an unknown label.
        """
        classes = self.classes_.tolist()
        if label not in classes:
            raise ValueError(f"there is no class {label!r}: the classes are {classes}")
        k = classes.index(label)
        direction = self.output_[k].astype(np.float64) - np.delete(self.output_, k, axis=0).mean(axis=0)
        index = {word: i for i, word in enumerate(self.words_)}
        words = [*text.split(), END]
        rows, _ = self._rows([words], index)
        adds: dict[str, float] = defaultdict(float)
        for name, row in zip(_names(words, index, self.word_ngrams), rows, strict=True):
            adds[name] += float(self.vectors_[row] @ direction) / len(rows)
        return [Contribution(*part) for part in sorted(adds.items(), key=lambda part: (-abs(part[1]), part[0]))[:n]]

    def _rows(self, split: list[list[str]], index: dict[str, int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """For each text the rows of its words and runs, one behind the other; and where each text begins, (n + 1,)."""
        lengths = np.fromiter(map(len, split), np.int64, len(split))
        ids = np.fromiter((index.get(word, -1) for text in split for word in text), np.int64, int(lengths.sum()))
        starts = np.concatenate([[0], np.cumsum(lengths)])
        rows = np.empty(len(ids) * self.word_ngrams, np.int64)
        row_starts = np.empty(len(starts), np.int64)
        n = number_rows(ids, starts, self.word_ngrams, len(index), self.bucket, rows, row_starts)
        return rows[:n].copy(), row_starts


def check_texts(texts: Sequence[str]) -> Sequence[str]:
    """The texts, if they are a list of at least one string. Raises TypeError and InvalidInput."""
    if isinstance(texts, str):
        raise TypeError("give a list of texts: put the single text into a list")
    if len(texts) == 0:
        raise InvalidInput("there are no texts: give one at least")
    for text in texts:
        if not isinstance(text, str):
            raise TypeError(f"texts are strings; one of them is {type(text).__name__}")
    return texts


def _names(words: list[str], index: dict[str, int], longest: int) -> Iterator[str]:
    """The words and runs that have a row, in the order of `number_rows`."""
    for i in range(len(words)):
        for end in range(i + 1, min(i + longest, len(words)) + 1):
            if words[end - 1] not in index:
                break
            yield " ".join(words[i:end])


@njit(cache=True)
def number_rows(
    ids: NDArray[np.int64], starts: NDArray[np.int64], longest: int, n_words: int, bucket: int, rows: NDArray[np.int64],
    row_starts: NDArray[np.int64],
) -> int:  # fmt: skip
    """Write each text's rows: its known words, and the buckets of runs of 2 to `longest` of them. Returns how many."""
    n = 0
    for text in range(len(starts) - 1):
        row_starts[text] = n
        for i in range(starts[text], starts[text + 1]):
            if ids[i] < 0:
                continue
            rows[n] = ids[i]
            n += 1
            code = np.uint64(ids[i] + 1) * np.uint64(0x9E3779B97F4A7C15)
            for j in range(i + 1, min(i + longest, starts[text + 1])):
                if ids[j] < 0:
                    break
                code = (code ^ np.uint64(ids[j] + 1)) * np.uint64(0x9E3779B97F4A7C15)
                rows[n] = n_words + np.int64((code >> np.uint64(32)) % np.uint64(bucket))
                n += 1
    row_starts[len(starts) - 1] = n
    return n


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def mean_rows(rows: NDArray[np.int64], starts: NDArray[np.int64], vectors: Floats, hidden: Floats) -> None:
    """The mean of each text's rows."""
    for text in range(len(starts) - 1):
        h = hidden[text]
        h[:] = 0
        for p in range(starts[text], starts[text + 1]):
            v = vectors[np.uint64(rows[p])]
            for d in range(len(h)):
                h[d] += v[d]
        if starts[text + 1] > starts[text]:
            h *= np.float32(1) / np.float32(starts[text + 1] - starts[text])


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def learn(
    rows: NDArray[np.int64], starts: NDArray[np.int64], codes: NDArray[np.int64], first: int, last: int, vectors: Floats,
    output: Floats, rate: np.float32,
) -> None:  # fmt: skip
    """Learn the texts `first` to `last`, without the latter, one after the other."""
    n_classes, size = output.shape
    hidden, gradient = np.empty((1, size), np.float32), np.empty(size, np.float32)
    p = np.empty(n_classes, np.float32)
    for text in range(first, last):
        start, end = starts[text], starts[text + 1]
        mean_rows(rows, starts[text : text + 2], vectors, hidden)
        h = hidden[0]
        for k in range(n_classes):
            total = np.float32(0)
            for d in range(size):
                total += output[k, d] * h[d]
            p[k] = total
        most = p.max()
        total = np.float32(0)
        for k in range(n_classes):
            p[k] = math.exp(p[k] - most)
            total += p[k]
        gradient[:] = 0
        for k in range(n_classes):
            g = rate * (np.float32(1 if k == codes[text] else 0) - p[k] / total)
            w = output[k]
            for d in range(size):
                gradient[d] += g * w[d]
                w[d] += g * h[d]
        gradient *= np.float32(1) / np.float32(max(end - start, 1))
        for q in range(start, end):
            v = vectors[np.uint64(rows[q])]
            for d in range(size):
                v[d] += gradient[d]
