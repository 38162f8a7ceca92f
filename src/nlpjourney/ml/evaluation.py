"""How good is a classifier? Counts of what was taken for what, and the measures that are made of them.

A confusion matrix has a row for each true class and a column for each predicted one; precision and recall of a class are
its diagonal entry over the column's and the row's sum. *Macro* averages a measure over classes, each counting the same;
*micro* adds the counts first, and with one label an example is the accuracy. For scores, each threshold gives a point:
recall against precision, or recall (true positive rate) against the false positive rate (ROC; Swets, 1988). McNemar's test
(1947) asks whether two classifiers differ on the same examples, from those that just one of them got right.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nlpjourney.errors import InvalidInput
from nlpjourney.ml.metrics import PrecisionRecall

Floats = NDArray[np.float64]


def confusion_matrix(true: ArrayLike, predicted: ArrayLike, labels: Sequence[Any] | None = None) -> NDArray[np.int64]:
    """Counts (K, K): row, the true class; column, the predicted one. labels: their order, by default sorted."""
    y, p = np.asarray(true), np.asarray(predicted)
    if y.shape != p.shape or y.ndim != 1:
        raise InvalidInput(f"each true label needs one prediction: these have the shapes {y.shape} and {p.shape}")
    order = np.unique(np.concatenate([y, p])).tolist() if labels is None else list(labels)
    place = {label: i for i, label in enumerate(order)}
    if missing := set(np.unique(np.concatenate([y, p])).tolist()) - place.keys():
        raise InvalidInput(f"{sorted(missing)[0]!r} is not among the labels {order}")
    rows, columns = (np.array([place[label] for label in x.tolist()], dtype=np.int64) for x in (y, p))
    return np.bincount(rows * len(order) + columns, minlength=len(order) ** 2).reshape(len(order), -1)


def class_reports(confusion: NDArray[np.int64]) -> list[PrecisionRecall]:
    """Precision and recall of each class; 0 where there is nothing to divide by."""
    right = np.diag(confusion)
    columns, rows = confusion.sum(axis=0), confusion.sum(axis=1)
    return [
        PrecisionRecall(float(n / found) if found else 0.0, float(n / there) if there else 0.0)
        for n, found, there in zip(right, columns, rows)
    ]


def macro_f1(confusion: NDArray[np.int64]) -> float:
    """The mean F1 of the classes."""
    return float(np.mean([report.f1 for report in class_reports(confusion)]))


class Thresholds(NamedTuple):
    """At each threshold (falling), of all scores at or above it: true and false positives; and how many of each there are."""

    thresholds: Floats
    true_positives: NDArray[np.int64]
    false_positives: NDArray[np.int64]
    n_positive: int
    n_negative: int

    @property
    def precision(self) -> Floats:
        return np.asarray(self.true_positives / (self.true_positives + self.false_positives))

    @property
    def recall(self) -> Floats:
        return np.asarray(self.true_positives / self.n_positive)

    @property
    def false_positive_rate(self) -> Floats:
        return np.asarray(self.false_positives / self.n_negative)

    @property
    def average_precision(self) -> float:
        """The area under precision over recall, as a sum of steps."""
        return float(np.diff(self.recall, prepend=0) @ self.precision)

    @property
    def roc_auc(self) -> float:
        """The area under the ROC curve: how often a positive scores above a negative (ties count half)."""
        x, y = np.append(0, self.false_positive_rate), np.append(0, self.recall)
        return float(np.diff(x) @ (y[1:] + y[:-1]) / 2)


def at_thresholds(positive: ArrayLike, scores: ArrayLike) -> Thresholds:
    """What every threshold would find. positive (n,): whether each is; both kinds must be there."""
    y, s = np.asarray(positive, dtype=bool), np.asarray(scores, dtype=np.float64)
    if y.shape != s.shape or y.ndim != 1 or not np.isfinite(s).all():
        raise InvalidInput("give finite scores (n,), and for each whether it is a positive")
    if not 0 < y.sum() < len(y):
        raise InvalidInput("there must be positives and negatives: else nothing can be told apart")
    order = np.argsort(-s, kind="stable")
    y, s = y[order], s[order]
    ends = np.append(np.flatnonzero(np.diff(s)), len(s) - 1)  # equal scores are found together
    found = np.cumsum(y)[ends]
    return Thresholds(s[ends], found, ends + 1 - found, int(y.sum()), int((~y).sum()))


def mcnemar(first_right: ArrayLike, second_right: ArrayLike) -> float:
    """The p-value of "both are equally good", exact.

    Under it, each example that just one of them got right is as likely to be the first's as the second's.
    """
    a, b = np.asarray(first_right, dtype=bool), np.asarray(second_right, dtype=bool)
    if a.shape != b.shape or a.ndim != 1:
        raise InvalidInput("give for each example whether the first and whether the second was right")
    one, other = int((a & ~b).sum()), int((~a & b).sum())
    n, fewer = one + other, min(one, other)
    log_half = n * math.log(2)
    tail = math.fsum(
        math.exp(math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) - log_half) for i in range(fewer + 1)
    )
    return min(1.0, 2 * tail)


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values of several tests, corrected so that the chance of any false alarm stays what each claims (Holm, 1979).

    The smallest is multiplied by the number of tests, the next by one less, and so on; none gets smaller than one before it.
    """
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    corrected, least = [0.0] * len(p_values), 0.0
    for rank, i in enumerate(order):
        least = max(least, min(1.0, (len(p_values) - rank) * p_values[i]))
        corrected[i] = least
    return corrected
