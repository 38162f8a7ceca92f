"""Linear support vector machine: the line with the widest margin, and only the examples near it count.

Cortes & Vapnik (1995). With labels y = ±1 and score f = w·x, an example costs nothing when y·f ≥ 1, else its hinge loss 1 -
y·f, or the square of that; half the squared length of w is added. The optimum is a sum over examples, w = Σ α_i y_i x_i
with α_i = 0 for all that lie beyond the margin, so one can search for the α instead: *dual coordinate descent* (Hsieh et
al., 2008, the method of liblinear) takes one example after the other in random order and sets its α_i to the best value
while the others stay:

    G = y_i w·x_i - 1 + D α_i,      α_i ← min(max(α_i - G / (|x_i|² + D), 0), U)

with D = 0, U = C for the hinge loss and D = 1/(2C), U = ∞ for its square; w is changed along.

Notable choices, all liblinear's: an α_i at a bound that surely stays there is left out until the others have converged
("shrinking"); a run ends where the largest and the smallest projected gradient of a round differ by less than tol; the
intercept is the weight of a feature that is always 1, and is therefore held small with the others; of K classes each has a
machine of its own against the rest.

In plain Python: `plain_dual_descent`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpjourney.errors import InvalidInput
from nlpjourney.ml.classifier import DecidingClassifier, Floats
from nlpjourney.ml.sparse import Rows


def plain_dual_descent(
    rows: Sequence[Sequence[float]], signs: Sequence[int], C: float, n_rounds: int, squared: bool = True
) -> tuple[list[float], list[float]]:
    """Weights w (n_features,) without intercept, and α (n,), after so many rounds over the examples in their order."""
    diagonal, upper = (1 / (2 * C), math.inf) if squared else (0.0, C)
    alpha, w = [0.0] * len(rows), [0.0] * len(rows[0])
    for _ in range(n_rounds):
        for i, (x, y) in enumerate(zip(rows, signs, strict=True)):
            square = sum(value * value for value in x) + diagonal
            if square == 0:
                continue
            gradient = y * sum(a * b for a, b in zip(w, x)) - 1 + diagonal * alpha[i]
            new = min(max(alpha[i] - gradient / square, 0.0), upper)
            w = [a + (new - alpha[i]) * y * b for a, b in zip(w, x)]
            alpha[i] = new
    return w, alpha


@njit(cache=True, fastmath={"reassoc", "contract"})
def dual_descent(
    rows: Rows, signs: NDArray[np.int8], squares: Floats, C: float, squared: bool, bias: float, tol: float, max_iter: int,
    seed: int, w: Floats, alpha: Floats, ) -> int:  # fmt: skip
    """Find w (n_features + 1,), the last for a feature that is always `bias`, and α (n,), both given as zeros.

    Returns the rounds.

    squares: |x_i|² of each row, the bias included.
    """
    data, columns, starts = rows
    n, last = len(signs), len(w) - 1
    diagonal, upper = (0.5 / C, np.inf) if squared else (0.0, C)
    state = np.uint64(2 * seed + 1) * np.uint64(0x9E3779B97F4A7C15)
    active = np.arange(n)
    n_active = n
    most, least = np.inf, -np.inf  # of the projected gradients in the round before: what shrinking goes by
    for done in range(max_iter):
        highest, lowest = -np.inf, np.inf
        for i in range(n_active):  # a random order of the active ones
            state ^= state >> np.uint64(12)
            state ^= state << np.uint64(25)
            state ^= state >> np.uint64(27)
            j = i + np.int64((state >> np.uint64(33)) % np.uint64(n_active - i))
            active[i], active[j] = active[j], active[i]
        at = 0
        while at < n_active:
            i = active[at]
            start, end, sign, a = starts[i], starts[i + 1], signs[i], alpha[i]
            total = bias * w[last]
            for p in range(start, end):
                total += data[p] * w[columns[p]]
            gradient = sign * total - 1 + diagonal * a
            projected = gradient
            if a == 0:
                if gradient > most:
                    n_active -= 1
                    active[at], active[n_active] = active[n_active], i
                    continue
                projected = min(gradient, 0.0)
            elif a == upper:
                if gradient < least:
                    n_active -= 1
                    active[at], active[n_active] = active[n_active], i
                    continue
                projected = max(gradient, 0.0)
            highest, lowest = max(highest, projected), min(lowest, projected)
            if abs(projected) > 1e-12 and squares[i] + diagonal > 0:
                new = min(max(a - gradient / (squares[i] + diagonal), 0.0), upper)
                change = (new - a) * sign
                alpha[i] = new
                for p in range(start, end):
                    w[columns[p]] += change * data[p]
                w[last] += change * bias
            at += 1
        if highest - lowest <= tol:
            if n_active == n:
                return done + 1
            n_active = n  # once more over all of them
            most, least = np.inf, -np.inf
            continue
        most = highest if highest > 0 else np.inf
        least = lowest if lowest < 0 else -np.inf
    return max_iter


class LinearSVC(DecidingClassifier):
    """A linear SVM for each class against the rest.

    After `fit`: `coef_` (K, n_features), `intercept_` (K,), one row for two classes.

    C: how much errors cost beside the length of the weights; loss: "squared_hinge" or "hinge"; tol, max_iter: when to stop;
    seed: of the order of the examples. `dual_coef_` (K, n) holds the α, above 0 for support vectors; `n_iter_` (K,) the
    rounds; `converged_`: whether every machine came to `tol`.
    """

    learned = ("classes_", "n_features_in_", "coef_", "intercept_", "dual_coef_", "n_iter_", "converged_")
    coef_: Floats
    intercept_: Floats
    dual_coef_: Floats
    n_iter_: NDArray[np.int64]
    converged_: bool

    def __init__(
        self, *, C: float = 1.0, loss: Literal["squared_hinge", "hinge"] = "squared_hinge", tol: float = 1e-4,
        max_iter: int = 1000, fit_intercept: bool = True, seed: int = 0,
    ) -> None:  # fmt: skip
        self.C, self.loss, self.tol, self.max_iter = C, loss, tol, max_iter
        self.fit_intercept, self.seed = fit_intercept, seed

    def _learn(self, X: Any, codes: NDArray[np.int64]) -> None:
        if not (self.C > 0 and self.tol > 0 and self.max_iter >= 1):
            raise InvalidInput("C and tol must be above 0, and max_iter at least 1")
        if self.loss not in ("squared_hinge", "hinge"):
            raise InvalidInput(f"loss must be 'squared_hinge' or 'hinge', not {self.loss!r}")
        if len(self.classes_) < 2:
            raise InvalidInput(
                f"there is only one class in y, {self.classes_[0]!r}: give samples of two classes at least"
            )
        data: Floats = X.data.astype(np.float64, copy=False)
        bias = float(self.fit_intercept)
        entries, place = Rows.by_frequency(X, data)
        rows = np.repeat(np.arange(X.shape[0]), np.diff(X.indptr))
        squares: Floats = np.bincount(rows, data * data, X.shape[0]).astype(np.float64) + bias**2
        positive = [1] if len(self.classes_) == 2 else range(len(self.classes_))
        weights = np.zeros((len(positive), X.shape[1] + 1))
        self.dual_coef_ = np.zeros((len(positive), X.shape[0]))
        rounds = [
            dual_descent(
                entries, np.where(codes == k, 1, -1).astype(np.int8), squares, float(self.C),
                self.loss == "squared_hinge", bias, float(self.tol), self.max_iter, self.seed, weights[row], self.dual_coef_[row],
            )
            for row, k in enumerate(positive)
        ]  # fmt: skip
        self.n_iter_ = np.array(rounds)
        self.converged_ = bool((self.n_iter_ < self.max_iter).all())
        self.coef_, self.intercept_ = weights[:, place], weights[:, -1] * bias

    def _scores(self, X: Any) -> Floats:
        return self._linear(X, self.coef_.T, self.intercept_)
