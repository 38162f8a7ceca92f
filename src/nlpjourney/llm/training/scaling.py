"""Scaling laws: how good a model of N numbers becomes after D tokens, and how to spend a budget of computation.

Kaplan et al., 2020, saw that loss falls as a power of size and of data. Hoffmann et al. (Chinchilla, 2022) fitted
  L(N, D) = E + A / N^α + B / D^β
E is what no model can know of a text; the other terms are what a finite model and a finite training cost. Training takes C ≈
6·N·D multiplications and additions, so for a given C there is a best N: with a = α, b = β,
  N = G · (C/6)^(b/(a+b)), D = (C/6)^(a/(a+b)) / G, G = (a·A / (b·B))^(1/(a+b)).
Notable choices, as in the paper: log L is fitted, E, A and B by their logarithms, with the Huber loss, which an outlier does
not pull, from many starts.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class ScalingLaw:
    """L(N, D) = E + A / N^α + B / D^β, L in nats a token."""

    E: float
    A: float
    B: float
    alpha: float
    beta: float

    def loss(self, n_parameters: ArrayLike, n_tokens: ArrayLike) -> NDArray[np.float64]:
        """The loss that is expected; arrays are combined as NumPy does."""
        n, d = np.asarray(n_parameters, dtype=np.float64), np.asarray(n_tokens, dtype=np.float64)
        return np.asarray(self.E + self.A / n**self.alpha + self.B / d**self.beta)

    def best(self, flops: float) -> tuple[float, float]:
        """(number of parameters, number of tokens) with the lowest loss for 6·N·D = `flops`."""
        a, b = self.alpha, self.beta
        g = (a * self.A / (b * self.B)) ** (1 / (a + b))
        return g * (flops / 6) ** (b / (a + b)), (flops / 6) ** (a / (a + b)) / g


def fit_scaling_law(n_parameters: ArrayLike, n_tokens: ArrayLike, losses: ArrayLike, huber: float = 1e-3) -> ScalingLaw:
    """The law that fits best to runs of which each array (n_runs,) has an entry.

    Raises ValueError for fewer than five runs (there are five unknowns) or when all have one size or one number of tokens.
    """
    from scipy.optimize import minimize

    n, d, y = (np.log(np.asarray(x, dtype=np.float64)) for x in (n_parameters, n_tokens, losses))
    if not len(n) == len(d) == len(y) >= 5:
        raise ValueError(f"the law has five unknowns: it needs five runs or more, not {len(n)}, {len(d)} and {len(y)}")
    if len(set(n)) < 2 or len(set(d)) < 2:
        raise ValueError("the runs must differ in size and in tokens: one of the two is the same everywhere")
    n_mean, d_mean = n.mean(), d.mean()  # in the middle of the runs, A and alpha hardly depend on each other

    def objective(x: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        a, b, e, alpha, beta = x
        terms = np.stack([a - alpha * (n - n_mean), b - beta * (d - d_mean), np.full_like(n, e)])  # (3, n_runs)
        top = terms.max(axis=0)
        powers = np.exp(terms - top)
        total = powers.sum(axis=0)
        error = np.log(total) + top - y
        shares = powers / total  # the derivative of a log-sum-exp
        inside = np.abs(error) <= huber
        value = np.where(inside, error**2 / 2, huber * (np.abs(error) - huber / 2)).sum()
        slope = np.clip(error, -huber, huber)
        gradient = [
            (slope * shares[0]).sum(),
            (slope * shares[1]).sum(),
            (slope * shares[2]).sum(),
            -(slope * shares[0] * (n - n_mean)).sum(),
            -(slope * shares[1] * (d - d_mean)).sum(),
        ]
        scale = 1 / huber**2  # else the optimizer stops too early
        return float(value) * scale, np.array(gradient) * scale

    best = None
    lowest, highest = float(y.min()), float(np.exp(y.min()))
    bounds = [(None, None), (None, None), (None, math.log(highest)), (0.01, 3.0), (0.01, 3.0)]
    for share, alpha, beta in itertools.product((0.1, 0.7), (0.3, 0.9), (0.3, 0.9)):
        rest = lowest + math.log((1 - share) / 2 + 0.05)
        start = [rest, rest, lowest + math.log(share), alpha, beta]
        found = minimize(objective, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 500})
        if best is None or found.fun < best.fun:
            best = found
    assert best is not None
    a, b, e, alpha, beta = map(float, best.x)
    return ScalingLaw(math.exp(e), math.exp(a + alpha * n_mean), math.exp(b + beta * d_mean), alpha, beta)
