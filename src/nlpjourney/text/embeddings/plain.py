"""Word embeddings in plain Python: one step of each training, and what is counted before it.

Read this first. `plain_learn_target` is `word2vec_training` (and `fasttext`, whose input is a sum of vectors), `plain_noise` is
`sampling`, `plain_learn_pair` is `glove`, `plain_cooccurrences` is `cooccurrence`, `plain_bucket` is `subwords`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate


def plain_learn_target(
    hidden: Sequence[float], rows: Sequence[list[float]], labels: Sequence[int], alpha: float
) -> list[float]:
    """Tell the target (label 1) from noise words (label 0), whose output vectors `rows` are changed in place.

    Returns the gradient for `hidden`, what its inputs are moved by (Mikolov et al., 2013): each row pulls or pushes by how wrong
    it was.
    """
    gradient = [0.0] * len(hidden)
    for row, label in zip(rows, labels, strict=True):
        probability = 1 / (1 + math.exp(-sum(h * w for h, w in zip(hidden, row))))
        g = alpha * (label - probability)
        for d in range(len(hidden)):
            gradient[d] += g * row[d]
            row[d] += g * hidden[d]
    return gradient


def plain_noise(random: float, counts: Sequence[int], exponent: float = 0.75) -> int:
    """The noise word for a random number in 0 … 1. With counts to the power ¾ rare words get more than their share."""
    cumulated = list(accumulate(count**exponent for count in counts))
    return next(word for word, total in enumerate(cumulated) if total >= random * cumulated[-1])


def plain_learn_pair(
    w: list[float], v: list[float], w_sums: list[float], v_sums: list[float], x: float, x_max: float, rate: float
) -> float:
    """One pair of GloVe (Pennington et al., 2014) that occurs x times; the last entry of w and v is the bias. Returns the loss.

    AdaGrad: each parameter's step is divided by the root of its squared steps so far (`w_sums`, `v_sums`), into which the
    learning rate goes, as in Stanford's program.
    """
    weight = min(1.0, (x / x_max) ** 0.75)
    error = sum(a * b for a, b in zip(w[:-1], v[:-1])) + w[-1] + v[-1] - math.log(x)
    for d in range(len(w)):
        bias = d == len(w) - 1
        w_step = rate * weight * error * (1.0 if bias else v[d])
        v_step = rate * weight * error * (1.0 if bias else w[d])
        w[d] -= w_step / math.sqrt(w_sums[d])
        v[d] -= v_step / math.sqrt(v_sums[d])
        w_sums[d] += w_step**2
        v_sums[d] += v_step**2
    return float(0.5 * weight * error**2)


def plain_cooccurrences(sentences: Sequence[Sequence[str]], window: int) -> dict[tuple[str, str], float]:
    """For each pair of words the sum of 1 / distance over their meetings within `window` words of one sentence."""
    found: dict[tuple[str, str], float] = {}
    for words in sentences:
        for i, word in enumerate(words):
            for j in range(max(0, i - window), min(len(words), i + window + 1)):
                if j != i:
                    found[word, words[j]] = found.get((word, words[j]), 0.0) + 1 / abs(i - j)
    return found


def plain_bucket(ngram: str, n_buckets: int) -> int:
    """The row that fastText gives an n-gram: FNV-1a over its UTF-8, whose bytes it takes as signed."""
    code = 2166136261
    for byte in ngram.encode("utf-8", "surrogateescape"):
        signed = byte | 0xFFFFFF00 if byte >= 128 else byte
        code = ((code ^ signed) * 16777619) & 0xFFFFFFFF
    return code % n_buckets
