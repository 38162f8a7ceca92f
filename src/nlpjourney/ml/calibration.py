"""Calibration: of all predictions made with 80 % confidence, 80 % should be right.

Scores become probabilities by a function learned on data that the classifier was *not* trained on:

- Platt (1999): σ(a·score + b), two numbers, fitted by maximum likelihood on targets that are pulled a little away from 0 and 1;
- isotonic (Zadrozny & Elkan, 2002): any function that never falls, found by pooling neighbours that are in the wrong order
  (Ayer et al., 1955);
- temperature (Guo et al., 2017): all scores divided by one number, which leaves the predicted class as it is.

`reliability` compares confidence and accuracy in bins; the expected calibration error (Naeini et al., 2015) is their mean
difference. Notable choices: Platt's two numbers come from Newton's method (Lin, Lin & Weng, 2007); equal scores are one
point of the isotonic function, which is linear between points and constant outside, as scikit-learn's.

In plain Python: `plain_isotonic`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from nlpjourney.errors import InvalidInput
from nlpjourney.ml.estimator import Saved

Floats = NDArray[np.float64]


def plain_isotonic(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The nearest sequence that never falls (weighted squares): neighbours in the wrong order become one block, at their mean."""
    blocks: list[list[float]] = []  # mean, weight, length
    for value, weight in zip(values, weights, strict=True):
        blocks.append([value, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            mean, total, n = blocks.pop()
            before = blocks[-1]
            before[0] = (before[0] * before[1] + mean * total) / (before[1] + total)
            before[1] += total
            before[2] += n
    return [mean for mean, _, n in blocks for _ in range(int(n))]


@njit(cache=True)
def isotonic(values: Floats, weights: Floats, out: Floats) -> None:
    """`plain_isotonic` into `out`."""
    n_blocks = 0
    means, totals, ends = np.empty_like(values), np.empty_like(values), np.empty(len(values), np.int64)
    for i in range(len(values)):
        mean, total = values[i], weights[i]
        while n_blocks and means[n_blocks - 1] >= mean:
            n_blocks -= 1
            mean = (means[n_blocks] * totals[n_blocks] + mean * total) / (totals[n_blocks] + total)
            total += totals[n_blocks]
        means[n_blocks], totals[n_blocks], ends[n_blocks] = mean, total, i + 1
        n_blocks += 1
    start = 0
    for block in range(n_blocks):
        out[start : ends[block]] = means[block]
        start = ends[block]


def _checked(scores: ArrayLike, right: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
    """Finite scores (n,) and truths (n,) of both kinds."""
    x, y = np.asarray(scores, dtype=np.float64), np.asarray(right)
    if x.ndim == 2:
        raise InvalidInput(
            "this takes one score for each example; for K classes use PlattScaling or TemperatureScaling"
        )
    if x.ndim != 1 or x.shape != y.shape or len(x) == 0:
        raise InvalidInput(f"give one truth for each of at least one score, not shapes {x.shape} and {y.shape}")
    if not np.isfinite(x).all():
        raise InvalidInput("the scores hold NaN or infinity: use decision_function, or keep probabilities off 0 and 1")
    if not set(np.unique(y).tolist()) <= {0, 1}:
        raise InvalidInput("the truth of a score is True or False (1 or 0)")
    if y.min() == y.max():
        raise InvalidInput("all truths are the same: a calibration needs examples of both")
    return x, y.astype(bool)


class PlattScaling(Saved):
    """Scores of two classes to the probability of the second: σ(a·score + b). After `fit`: `a_`, `b_`.

    With a column of scores for each of K classes, each class is fitted against the rest, and rows are scaled to sum to 1
    (Zadrozny & Elkan, 2002, and scikit-learn); then `a_` and `b_` are (K,).
    """

    learned = ("a_", "b_")
    a_: float | Floats
    b_: float | Floats

    def fit(self, scores: ArrayLike, right: ArrayLike) -> Self:
        """Learn from scores (n,) and whether each belongs to the second class (n,).

        Or from scores (n, K) and the number of each right class (n,), each of which is there. Returns self.
        """
        x = np.asarray(scores)
        if x.ndim == 2:
            codes = np.asarray(right)
            if x.shape[1] < 2 or set(codes.ravel().tolist()) != set(range(x.shape[1])):
                raise InvalidInput(
                    f"{x.shape[1]} columns of scores need two classes or more, and of each an example: right classes are "
                    f"the numbers 0 to {x.shape[1] - 1}; scores of two classes are one column, (n,)"
                )
            pairs = [_platt(*_checked(column, codes == k)) for k, column in enumerate(x.T)]
            self.a_, self.b_ = (np.array(numbers) for numbers in zip(*pairs))
        else:
            self.a_, self.b_ = _platt(*_checked(scores, right))
        return self

    def predict(self, scores: ArrayLike) -> Floats:
        """The probability of the second class (n,), or of each of K classes (n, K)."""
        x = np.asarray(scores, dtype=np.float64)
        shape = np.shape(self.a_)
        if x.ndim != 1 + len(shape) or x.shape[1:] != shape:
            raise InvalidInput(f"this was fitted on scores of shape {('n', *shape)}, and is given {x.shape}")
        p = _sigmoid(self.a_ * x + self.b_)
        if x.ndim == 1:
            return p
        total = p.sum(axis=1, keepdims=True)
        return np.asarray(np.divide(p, total, out=np.full_like(p, 1 / p.shape[1]), where=total > 0))


def _platt(x: Floats, y: NDArray[np.bool_]) -> tuple[float, float]:
    """a and b of σ(a·x + b), by Newton's method with a step that is halved until the loss falls."""
    positive = int(y.sum())
    target = np.where(y, (positive + 1) / (positive + 2), 1 / (len(y) - positive + 2))
    scale = max(float(np.abs(x).max()), 1e-300)
    design = np.stack([x / scale, np.ones_like(x)], axis=1)
    w = np.array([0.0, math.log((positive + 1) / (len(y) - positive + 1))])

    def loss(w: Floats) -> float:
        z = design @ w
        return float((np.logaddexp(0, z) - target * z).sum())

    value = loss(w)
    for _ in range(100):
        p = _sigmoid(design @ w)
        gradient = design.T @ (p - target)
        if np.abs(gradient).max() < 1e-9 * len(x):
            break
        hessian = design.T @ (design * (p * (1 - p))[:, None]) + 1e-12 * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        size = 1.0
        while (new := loss(w - size * step)) > value and size > 1e-10:
            size /= 2
        w, value = w - size * step, new
    return float(w[0] / scale), float(w[1])


class IsotonicCalibration(Saved):
    """Scores of two classes to the probability of the second, by a function that never falls.

    After `fit`: its corners, `x_` and `y_`.
    """

    learned = ("x_", "y_")
    x_: Floats
    y_: Floats

    def fit(self, scores: ArrayLike, right: ArrayLike) -> Self:
        """Learn from scores (n,) and whether each belongs to the second class (n,). Returns self."""
        x, y = _checked(scores, right)
        points, place, counts = np.unique(x, return_inverse=True, return_counts=True)
        means = np.bincount(place, y.astype(np.float64)) / counts
        fitted = np.empty_like(means)
        isotonic(means, counts.astype(np.float64), fitted)
        inner = np.ones(len(points), bool)  # points inside of a flat stretch say nothing
        inner[1:-1] = (fitted[1:-1] != fitted[:-2]) | (fitted[1:-1] != fitted[2:])
        self.x_, self.y_ = points[inner], fitted[inner]
        return self

    def predict(self, scores: ArrayLike) -> Floats:
        """The probability of the second class (n,)."""
        return np.interp(np.asarray(scores, dtype=np.float64), self.x_, self.y_)


class TemperatureScaling(Saved):
    """Scores of K classes, or log-odds of two, to probabilities:

    the softmax of scores / temperature. After `fit`: `temperature_`.
    """

    learned = ("temperature_",)
    temperature_: float

    def fit(self, scores: ArrayLike, codes: ArrayLike) -> Self:
        """Learn from scores (n, K), or (n,) of two classes, and the number of each right class (n,). Returns self."""
        z, y = _columns(scores), np.asarray(codes, dtype=np.int64)
        if len(z) != len(y) or len(z) == 0 or not np.isfinite(z).all() or not (y.min() >= 0 and y.max() < z.shape[1]):
            raise InvalidInput("give finite scores (n, K) and for each row the number of its class, 0 to K - 1")

        def loss(log_temperature: float) -> float:
            return -float(_log_softmax(z / math.exp(log_temperature))[np.arange(len(y)), y].mean())

        low, high = -5.0, 5.0  # golden section: as a function of log t the loss has one lowest point
        ratio = (math.sqrt(5) - 1) / 2
        for _ in range(60):
            a, b = high - ratio * (high - low), low + ratio * (high - low)
            low, high = (low, b) if loss(a) < loss(b) else (a, high)
        self.temperature_ = math.exp((low + high) / 2)
        return self

    def predict(self, scores: ArrayLike) -> Floats:
        """Probabilities (n, K); the order within a row is that of the scores."""
        return np.asarray(np.exp(_log_softmax(_columns(scores) / self.temperature_)))


class Bin(NamedTuple):
    """Predictions of about equal confidence: how many, their mean confidence, and the share that is right."""

    n: int
    confidence: float
    accuracy: float


def reliability(confidences: ArrayLike, right: ArrayLike, n_bins: int = 10) -> list[Bin]:
    """Predictions sorted into bins of equal width by their probability, from 0 to 1; empty bins are left out."""
    p, y = np.asarray(confidences, dtype=np.float64), np.asarray(right, dtype=np.float64)
    if p.ndim != 1 or p.shape != y.shape or not ((p >= 0) & (p <= 1)).all():
        raise InvalidInput("give probabilities (n,) from 0 to 1, and for each whether it was right")
    number = np.searchsorted(np.linspace(0, 1, n_bins + 1)[1:-1], p)
    return [
        Bin(int(inside.sum()), float(p[inside].mean()), float(y[inside].mean()))
        for inside in (number == b for b in range(n_bins))
        if inside.any()
    ]


def expected_calibration_error(confidences: ArrayLike, right: ArrayLike, n_bins: int = 10) -> float:
    """The mean distance of confidence and accuracy over the bins of `reliability`, each weighted by what is in it."""
    bins = reliability(confidences, right, n_bins)
    total = sum(b.n for b in bins)
    return sum(b.n * abs(b.confidence - b.accuracy) for b in bins) / total if total else 0.0


def _sigmoid(z: Floats) -> Floats:
    small = np.exp(-np.abs(z))
    return np.asarray(np.where(z >= 0, 1, small) / (1 + small))


def _columns(scores: ArrayLike) -> Floats:
    """Scores (n, K); log-odds (n,) become two columns."""
    z: Any = np.asarray(scores, dtype=np.float64)
    if z.ndim == 1:
        z = np.stack([np.zeros_like(z), z], axis=1)
    if z.ndim != 2:
        raise InvalidInput(f"scores are (n, K), or (n,) of two classes, not of shape {z.shape}")
    return np.asarray(z)


def _log_softmax(z: Floats) -> Floats:
    shifted = z - z.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))
