"""The averaged perceptron: after a wrong answer, reward the features of the right one and punish those of the wrong one.

Rosenblatt (1958) for the rule; Freund & Schapire (1999) and Collins (2002) for keeping the average of the weights over all steps,
which generalises better than the last ones. Notable choices: what is averaged are the weights as each example met them; the sum
is not made at every step. When a weight changes by c at step t (the first is 1), c·t is added to a second table; then the average
is weights - sums / n_steps, at the cost of the changes alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray


def plain_averaged_perceptron(
    examples: Sequence[tuple[Sequence[int], int]], n_rows: int, n_classes: int
) -> list[list[float]]:
    """Averaged weights [row][class] of one pass over `examples`: the rows of each one's active features, and its class.

    The definition: all weights are added up at every step. Of classes with equal scores the first is the answer.
    """
    weights = [[0.0] * n_classes for _ in range(n_rows)]
    total = [[0.0] * n_classes for _ in range(n_rows)]
    for rows, right in examples:
        for row in range(n_rows):
            for c in range(n_classes):
                total[row][c] += weights[row][c]
        scores = [sum(weights[row][c] for row in rows) for c in range(n_classes)]
        chosen = scores.index(max(scores))
        if chosen != right:
            for row in rows:
                weights[row][right] += 1
                weights[row][chosen] -= 1
    return [[t / len(examples) for t in row] for row in total]


@njit(cache=True, inline="always")
def learn(
    weights: NDArray[np.float32],
    sums: NDArray[np.float64],
    rows: NDArray[np.int64],
    right: int,
    chosen: int,
    step: int,
) -> None:
    """Change `weights` (n_rows, n_classes) after a mistake at `step` (1, 2, …); `sums`, as large, keeps change · step."""
    for row in rows:
        weights[row, right] += 1
        weights[row, chosen] -= 1
        sums[row, right] += step
        sums[row, chosen] -= step


@njit(cache=True)
def average(weights: NDArray[np.float32], sums: NDArray[np.float64], n_steps: int) -> NDArray[np.float32]:
    """The mean of the weights before each of `n_steps` steps, from their last state and `sums`."""
    return (weights - sums / max(n_steps, 1)).astype(np.float32)
