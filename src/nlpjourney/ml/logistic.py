"""Logistic regression: weights that make the right labels probable.

A weighted sum of the features, z = w·x + b, becomes a probability by the logistic function σ(z) = 1 / (1 + exp(-z)) (Cox,
1958), with more than two classes by the softmax. What is minimised is the mean cross-entropy, -log of the probability of
the right class, and the squared length of the weights, which keeps them from growing without end where the classes can be
separated:

    mean(-log p(right class)) + |w|² / (2 C n)

The gradient of one example is (p - y) x: how wrong each probability is, times the features. The function is convex, so
there is one lowest point, however one gets there: by L-BFGS (`ml.lbfgs`) over all examples, or by stochastic gradient
descent (`ml.sgd`).

Notable choices: C is scikit-learn's, the *inverse* of the regularisation, and the intercepts are free of it; two classes
have one row of weights, as there; value and gradient are computed in one pass over the rows, so that each is read once.

In plain Python: `plain_loss_and_gradient`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import scipy.sparse
from numba import njit
from numpy.typing import NDArray

from nlpjourney.errors import InvalidInput
from nlpjourney.ml.classifier import DecidingClassifier, Floats, ProbabilisticClassifier
from nlpjourney.ml.lbfgs import Minimum, minimise
from nlpjourney.ml.sgd import descend
from nlpjourney.ml.sparse import Rows


def plain_loss_and_gradient(
    rows: Sequence[Sequence[float]], right: Sequence[int], weights: Sequence[Sequence[float]], bias: Sequence[float]
) -> tuple[float, list[list[float]], list[float]]:
    """The mean cross-entropy, its gradient by the weights [feature][class], and by the bias [class]."""
    n, n_classes = len(rows), len(bias)
    loss = 0.0
    gradient = [[0.0] * n_classes for _ in weights]
    of_bias = [0.0] * n_classes
    for row, label in zip(rows, right, strict=True):
        z = [b + sum(x * w[k] for x, w in zip(row, weights)) for k, b in enumerate(bias)]
        total = sum(math.exp(value) for value in z)
        p = [math.exp(value) / total for value in z]
        loss -= math.log(p[label]) / n
        for k in range(n_classes):
            wrong = (p[k] - (k == label)) / n
            of_bias[k] += wrong
            for j, x in enumerate(row):
                gradient[j][k] += wrong * x
    return loss, gradient, of_bias


@njit(cache=True, fastmath={"reassoc", "contract"})
def softmax_loss(
    rows: Rows, codes: NDArray[np.int64], x: Floats, gradient: Floats, l2: float, with_bias: bool
) -> float:
    """Mean cross-entropy + l2/2 · |weights|² at x, and its gradient. Both (n_features + 1, K): the last row is the bias."""
    data, columns, starts = rows
    n, last, n_classes = len(codes), len(x) - 1, x.shape[1]
    loss = _penalty(x, gradient, l2)
    z = np.empty(n_classes)
    for i in range(n):
        z[:] = x[last]
        for p in range(starts[i], starts[i + 1]):
            value, w = data[p], x[columns[p]]
            for k in range(n_classes):
                z[k] += value * w[k]
        most = z.max()
        right = z[codes[i]] - most
        total = 0.0
        for k in range(n_classes):
            z[k] = math.exp(z[k] - most)
            total += z[k]
        loss += (math.log(total) - right) / n
        for k in range(n_classes):
            z[k] /= total * n
        z[codes[i]] -= 1 / n
        for p in range(starts[i], starts[i + 1]):
            value, g = data[p], gradient[columns[p]]
            for k in range(n_classes):
                g[k] += value * z[k]
        if with_bias:
            g = gradient[last]
            for k in range(n_classes):
                g[k] += z[k]
    return loss


@njit(cache=True, fastmath={"reassoc", "contract"})
def logistic_loss(
    rows: Rows, codes: NDArray[np.int64], x: Floats, gradient: Floats, l2: float, with_bias: bool
) -> float:
    """As `softmax_loss` for two classes: x and gradient (n_features + 1, 1), the log-odds of the second class."""
    data, columns, starts = rows
    n, last = len(codes), len(x) - 1
    loss = _penalty(x, gradient, l2)
    w, g = x[:, 0], gradient[:, 0]
    for i in range(n):
        z = w[last]
        for p in range(starts[i], starts[i + 1]):
            z += data[p] * w[columns[p]]
        small = math.exp(-abs(z))  # never overflows
        loss += (math.log1p(small) + (max(z, 0.0) - z * codes[i])) / n
        wrong = ((1.0 if z >= 0 else small) / (1 + small) - codes[i]) / n
        for p in range(starts[i], starts[i + 1]):
            g[columns[p]] += data[p] * wrong
        if with_bias:
            g[last] += wrong
    return loss


@njit(cache=True, fastmath={"reassoc", "contract"})
def _penalty(x: Floats, gradient: Floats, l2: float) -> float:
    """Start the gradient with the penalty's, nothing for the bias; returns the penalty."""
    total = 0.0
    for j in range(len(x) - 1):
        for k in range(x.shape[1]):
            gradient[j, k] = l2 * x[j, k]
            total += x[j, k] * x[j, k]
    gradient[len(x) - 1] = 0
    return l2 / 2 * total


def _solve(
    X: Any, codes: NDArray[np.int64], shape: tuple[int, int], l2: float, bias: bool, tol: float, steps: int
) -> Minimum:
    """The lowest point by L-BFGS, as a flat array of `shape` (n_features + 1, columns)."""
    loss, rows = logistic_loss if shape[1] == 1 else softmax_loss, Rows.of(X)

    def function(x: Floats, gradient: Floats) -> float:
        return float(loss(rows, codes, x.reshape(shape), gradient.reshape(shape), l2, bias))

    return minimise(function, np.zeros(shape[0] * shape[1]), tol, steps)


def logistic_weights(x: Floats, l2: float, max_iter: int, tol: float = 1e-8) -> Floats:
    """The weights w (d,) that minimise mean(-log σ(x·w)) + l2/2·|w|², without intercept, from dense rows x (n, d).

    Rows are examples of the positive class, or negative ones with their sign turned; or, as in the model of Bradley and Terry
    (1952), the difference between the winner's features and the loser's.
    """
    matrix = scipy.sparse.csr_matrix(x, dtype=np.float64)
    found = _solve(matrix, np.ones(len(x), np.int64), (x.shape[1] + 1, 1), l2, False, tol, max_iter)
    return found.x[:-1]


class LogisticRegression(ProbabilisticClassifier, DecidingClassifier):
    """Logistic regression with an L2 penalty. After `fit`: `coef_` (K, n_features), `intercept_` (K,), one row for two classes.

    C: inverse strength of the penalty; tol: L-BFGS ends where no entry of the gradient is larger; max_iter: its steps at most, or
    with "sgd" the epochs; learning_rate, seed: of "sgd" alone, where every example moves the weights. `n_iter_`: steps taken;
    `converged_`: whether `tol` was reached ("sgd" does not ask).
    """

    learned = ("classes_", "n_features_in_", "coef_", "intercept_", "n_iter_", "converged_")
    coef_: Floats
    intercept_: Floats
    n_iter_: int
    converged_: bool

    def __init__(
        self, *, C: float = 1.0, tol: float = 1e-4, max_iter: int = 100, fit_intercept: bool = True,
        solver: Literal["lbfgs", "sgd"] = "lbfgs", learning_rate: float = 0.5, seed: int = 0,
    ) -> None:  # fmt: skip
        self.C, self.tol, self.max_iter, self.fit_intercept = C, tol, max_iter, fit_intercept
        self.solver, self.learning_rate, self.seed = solver, learning_rate, seed

    def _learn(self, X: Any, codes: NDArray[np.int64]) -> None:
        if not (self.C > 0 and self.tol >= 0 and self.max_iter >= 1 and self.learning_rate > 0):
            raise InvalidInput("C and learning_rate must be above 0, max_iter at least 1, and tol not negative")
        if len(self.classes_) < 2:
            raise InvalidInput(
                f"there is only one class in y, {self.classes_[0]!r}: give samples of two classes at least"
            )
        n_columns = 1 if len(self.classes_) == 2 else len(self.classes_)
        shape, l2 = (X.shape[1] + 1, n_columns), 1 / (self.C * X.shape[0])
        if self.solver == "lbfgs":
            found = _solve(X, codes, shape, l2, self.fit_intercept, self.tol, self.max_iter)
            x, self.n_iter_, self.converged_ = found.x.reshape(shape), found.n_iter, found.converged
        elif self.solver == "sgd":
            x = np.zeros(shape)
            descend(X, codes, x, l2, self.fit_intercept, self.max_iter, self.learning_rate, self.seed)
            self.n_iter_, self.converged_ = self.max_iter, False
        else:
            raise InvalidInput(f"solver must be 'lbfgs' or 'sgd', not {self.solver!r}")
        if not np.isfinite(x).all():
            raise InvalidInput("the weights became infinite: scale the features, or lower learning_rate")
        self.coef_, self.intercept_ = np.ascontiguousarray(x[:-1].T), x[-1].copy()

    def _scores(self, X: Any) -> Floats:
        return self._linear(X, self.coef_.T, self.intercept_)
