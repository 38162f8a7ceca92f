"""Linear models: a weighted sum of features decides.

Logistic regression (Cox, 1958) makes the sum a probability by the logistic function σ(z) = 1 / (1 + exp(-z)) and maximises the
likelihood of the labels; the squared length of the weights is held down, so that separable data do not send them to infinity.
Notable choice: gradient descent with step 1 / L, where L bounds the curvature, so that no step has to be tuned and every one goes
uphill.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def logistic_weights(x: Floats, l2: float, n_steps: int) -> Floats:
    """The weights w (d,) that maximise mean(log σ(x·w)) - l2/2·|w|², without intercept, after `n_steps` steps from 0.

    Rows of x (n, d) are examples of the positive class, or negative ones with their sign turned; or, as in the model of Bradley
    and Terry (1952), the difference between the winner's features and the loser's.
    """
    curvature = 0.25 * np.linalg.norm(x, 2) ** 2 / len(x) + l2 + 1e-12  # σ' is 1/4 at most
    weights = np.zeros(x.shape[1])
    for _ in range(n_steps):
        wrong = 1 / (1 + np.exp(x @ weights))  # the probability of the wrong side
        weights += (x.T @ wrong / len(x) - l2 * weights) / curvature
    return weights
