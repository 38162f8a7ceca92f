"""Stochastic gradient descent: after every single example move the weights a little against its gradient.

Robbins & Monro (1951). One example points only roughly in the right direction, but a look at all of them for one step is
expensive, and many rough steps arrive sooner (Bottou, 2010). The step shrinks as 1 / (1 + learning_rate · l2 · t) with
the number t of examples seen, and at the end the weights are the mean over the last epoch (Ruppert, 1988; Polyak &
Juditsky, 1992), in which the noise of single examples cancels.

Notable choices: the penalty shrinks *all* weights at every step, and a text touches a few; so the weights are kept as scale
· v, and only the scale shrinks. The mean costs no more: v's sum is kept as for the perceptron, by what each change still
adds to it.

In plain Python: `plain_sgd`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray
from tqdm import trange

from nlpjourney.ml.sparse import Rows

Floats = NDArray[np.float64]


def plain_sgd(
    rows: Sequence[Sequence[float]],
    right: Sequence[int],
    orders: Sequence[Sequence[int]],
    n_classes: int,
    l2: float,
    learning_rate: float,
) -> list[list[float]]:
    """Weights [feature][class], the last row the bias, averaged over the last epoch. orders: of the examples, one an epoch."""
    n_features = len(rows[0])
    w = [[0.0] * n_classes for _ in range(n_features + 1)]
    mean = [[0.0] * n_classes for _ in range(n_features + 1)]
    t = 0
    for epoch, order in enumerate(orders):
        for i in order:
            row = [*rows[i], 1.0]
            z = [sum(x * wj[k] for x, wj in zip(row, w)) for k in range(n_classes)]
            total = sum(math.exp(value) for value in z)
            step = learning_rate / (1 + learning_rate * l2 * t)
            for k in range(n_classes):
                wrong = math.exp(z[k]) / total - (k == right[i])
                for j, x in enumerate(row):
                    decay = l2 * w[j][k] if j < n_features else 0.0
                    w[j][k] -= step * (wrong * x + decay)
            t += 1
            if epoch == len(orders) - 1:
                mean = [[m + a / len(order) for m, a in zip(mj, wj)] for mj, wj in zip(mean, w)]
    return mean


def descend(
    X: Any,
    codes: NDArray[np.int64],
    x: Floats,
    l2: float,
    with_bias: bool,
    n_epochs: int,
    learning_rate: float,
    seed: int,
) -> None:
    """Change x (n_features + 1, K), or (n_features + 1, 1) for two classes, by so many epochs over the rows of X.

    With one column it holds the log-odds of the second class. The order of the examples is drawn anew in each epoch.
    """
    rows = Rows.of(X)
    rng = np.random.default_rng(seed)
    total, t = np.zeros_like(x), 0
    for epoch in trange(n_epochs, desc="SGD", unit=" epochs", leave=False, delay=1, disable=None):
        order = rng.permutation(len(codes))
        last = epoch == n_epochs - 1
        _epoch(rows, codes, order, x, total, l2, with_bias, learning_rate, t, last)
        t += len(codes)
    x[:] = total


@njit(cache=True)
def _epoch(
    rows: Rows, codes: NDArray[np.int64], order: NDArray[np.int64], x: Floats, mean: Floats, l2: float, with_bias: bool,
    learning_rate: float, t: int, average: bool,
) -> None:  # fmt: skip
    """One epoch.

    Weights are scale · x; `held` is the sum of the scales so far, so that a change of x by c adds c · (all - held) to the
    mean.
    """
    data, columns, starts = rows
    n, last, n_columns = len(order), len(x) - 1, x.shape[1]
    scale, held = 1.0, 0.0
    z = np.empty(n_columns)
    if average:
        mean[:] = 0
    for done in range(n):
        i = order[done]
        step = learning_rate / (1 + learning_rate * l2 * (t + done))
        z[:] = 0
        for p in range(starts[i], starts[i + 1]):
            for k in range(n_columns):
                z[k] += data[p] * x[columns[p], k]
        for k in range(n_columns):
            z[k] = scale * z[k] + x[last, k]
        _errors(z, codes[i])
        scale *= 1 - step * l2
        if scale < 1e-9:
            for j in range(last):
                for k in range(n_columns):
                    mean[j, k] += held * x[j, k]
                    x[j, k] *= scale
            scale, held = 1.0, 0.0
        for p in range(starts[i], starts[i + 1]):
            change = step / scale * data[p]
            for k in range(n_columns):
                x[columns[p], k] -= change * z[k]
                mean[columns[p], k] += held * change * z[k]
        if with_bias:
            for k in range(n_columns):
                x[last, k] -= step * z[k]
                mean[last, k] += done * step * z[k]
        held += scale
    # `mean` holds -c · held for each change c; with x · (the sum of all scales) that is the sum of the weights.
    for j in range(last):
        for k in range(n_columns):
            mean[j, k] = (mean[j, k] + held * x[j, k]) / n
            x[j, k] *= scale
    for k in range(n_columns):
        mean[last, k] = (mean[last, k] + n * x[last, k]) / n


@njit(cache=True)
def _errors(z: Floats, right: int) -> None:
    """Scores become probability minus truth, in place; one score is the log-odds of the second class."""
    if len(z) == 1:
        small = math.exp(-abs(z[0]))
        z[0] = (1.0 if z[0] >= 0 else small) / (1 + small) - right
        return
    most = z.max()
    total = 0.0
    for k in range(len(z)):
        z[k] = math.exp(z[k] - most)
        total += z[k]
    for k in range(len(z)):
        z[k] /= total
    z[right] -= 1
