"""Naive Bayes: count words in each class, and ask which class makes a text's words most probable.

Bayes' rule gives P(class | words) in proportion to P(class) · P(words | class); *naive* is that the words are taken as
independent given the class (Maron, 1961), so that the second factor is a product over words, and its logarithm a sum: the
model is linear. Three models of P(words | class), all compared by McCallum & Nigam (1998) and Rennie et al. (2003):

- multinomial: each word of a text is drawn from the class's distribution; counts count;
- Bernoulli: each word of the vocabulary is there or not; absent words count, too;
- complement: as multinomial, but each class is learned from all *other* classes, which is steadier where classes differ in size.

Notable choices, scikit-learn's: alpha is added to every count (Laplace, 1814, for 1; Lidstone, 1920, for less), so that no
word makes a class impossible; the complement model leaves the prior out.

In plain Python: `plain_multinomial_nb`; its loop over the entries is `plain_class_sums` (`ml.sparse`).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpjourney.errors import InvalidInput
from nlpjourney.ml.classifier import Floats, ProbabilisticClassifier
from nlpjourney.ml.sparse import Rows, class_sums


def plain_multinomial_nb(
    texts: Sequence[Sequence[str]], labels: Sequence[str], alpha: float = 1.0
) -> tuple[dict[str, float], dict[tuple[str, str], float]]:
    """log P(class), and log P(word | class) for every class and word: counts, with alpha added to each, as shares."""
    words = sorted({word for text in texts for word in text})
    log_prior, log_likelihood = {}, {}
    for label in sorted(set(labels)):
        own = [text for text, its_label in zip(texts, labels, strict=True) if its_label == label]
        log_prior[label] = math.log(len(own) / len(texts))
        counts = Counter(word for text in own for word in text)
        total = sum(counts.values()) + alpha * len(words)
        for word in words:
            log_likelihood[label, word] = math.log((counts[word] + alpha) / total)
    return log_prior, log_likelihood


class _NaiveBayes(ProbabilisticClassifier):
    """Counting, which all three share.

    After `fit` also `class_count_` (K,), `feature_count_` and `feature_log_prob_` (K, n_features), `class_log_prior_` (K,).
    """

    learned = (
        "classes_", "n_features_in_", "class_count_", "feature_count_", "class_log_prior_", "feature_log_prob_",
        "weights_", "bias_",
    )  # fmt: skip
    class_count_: Floats
    feature_count_: Floats
    class_log_prior_: Floats
    feature_log_prob_: Floats
    weights_: Floats  # (n_features, K), of two classes (n_features, 1): what a count of 1 adds to the score
    bias_: Floats

    alpha: float
    fit_prior: bool

    def _learn(self, X: Any, codes: NDArray[np.int64]) -> None:
        if not self.alpha > 0:
            raise InvalidInput(f"alpha must be above 0, not {self.alpha}: without it one unseen word rules a class out")
        n_classes = len(self.classes_)
        self.class_count_ = np.bincount(codes, minlength=n_classes).astype(np.float64)
        self.feature_count_ = np.zeros((n_classes, X.shape[1]))
        class_sums(Rows.of(X, self._values(X)), codes, self.feature_count_)
        share = self.class_count_ / len(codes) if self.fit_prior else np.full(n_classes, 1 / n_classes)
        self.class_log_prior_ = np.log(share)
        weights, bias = self._weigh()
        if n_classes == 2:  # the difference decides
            weights, bias = weights[1:] - weights[:1], bias[1:] - bias[:1]
        self.weights_, self.bias_ = np.ascontiguousarray(weights.T), bias

    def _values(self, X: Any) -> NDArray[Any]:
        """The entries of X as the model counts them. Raises InvalidInput for negative ones."""
        if X.nnz and X.data.min() < 0:
            raise InvalidInput(f"Negative values in data passed to {type(self).__name__} (input X): it counts things")
        return np.asarray(X.data)

    def _weigh(self) -> tuple[Floats, Floats]:
        """Set `feature_log_prob_`; returns what a count of 1 adds to each class's score (K, n_features), and the bias (K,)."""
        raise NotImplementedError

    def _scores(self, X: Any) -> Floats:
        return self._linear(X, self.weights_, self.bias_)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        tags.classifier_tags.poor_score = True  # on the normal clouds that scikit-learn tests with
        return tags


class MultinomialNB(_NaiveBayes):
    """Words drawn one by one from a distribution for each class.

    alpha: added to each count; fit_prior: else classes are equally likely.
    """

    def __init__(self, *, alpha: float = 1.0, fit_prior: bool = True) -> None:
        self.alpha, self.fit_prior = alpha, fit_prior

    def _weigh(self) -> tuple[Floats, Floats]:
        counts = self.feature_count_ + self.alpha
        self.feature_log_prob_ = np.log(counts) - np.log(counts.sum(axis=1, keepdims=True))
        return self.feature_log_prob_, self.class_log_prior_


class ComplementNB(_NaiveBayes):
    """The class whose *complement* fits worst. norm: weights of each class sum to 1 in absolute value, as in the paper.

    `feature_log_prob_` holds the weights, as scikit-learn's does: -log P(word | other classes).
    """

    def __init__(self, *, alpha: float = 1.0, fit_prior: bool = True, norm: bool = False) -> None:
        self.alpha, self.fit_prior, self.norm = alpha, fit_prior, norm

    def _weigh(self) -> tuple[Floats, Floats]:
        counts = self.feature_count_.sum(axis=0) + self.alpha - self.feature_count_
        logs = np.log(counts / counts.sum(axis=1, keepdims=True))
        self.feature_log_prob_ = logs / logs.sum(axis=1, keepdims=True) if self.norm else -logs
        bias = self.class_log_prior_ if len(self.classes_) == 1 else np.zeros(len(self.classes_))
        return self.feature_log_prob_, bias


class BernoulliNB(_NaiveBayes):
    """Each word of the vocabulary is in a text or not. binarize: an entry above it counts as "in"."""

    def __init__(self, *, alpha: float = 1.0, binarize: float = 0.0, fit_prior: bool = True) -> None:
        self.alpha, self.binarize, self.fit_prior = alpha, binarize, fit_prior

    def _values(self, X: Any) -> NDArray[Any]:
        if self.binarize < 0:
            raise InvalidInput(
                f"binarize must not be negative, as {self.binarize} is: absent words would count as there"
            )
        return np.asarray(X.data > self.binarize, dtype=np.float64)

    def _weigh(self) -> tuple[Floats, Floats]:
        present = (self.feature_count_ + self.alpha) / (self.class_count_ + 2 * self.alpha)[:, None]
        self.feature_log_prob_ = np.log(present)
        absent = np.log1p(-present)
        # As if every word were absent; a word that is there replaces its log(1 - p) by log p.
        return self.feature_log_prob_ - absent, self.class_log_prior_ + absent.sum(axis=1)

    def _scores(self, X: Any) -> Floats:
        return self._linear(X, self.weights_, self.bias_, self._values)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = False
        return tags
