"""Drawing vectors on paper: PCA (Pearson, 1901) and t-SNE (van der Maaten & Hinton, 2008).

PCA looks along the directions in which the points differ most: distances shrink, nothing is bent. t-SNE gives up the large
distances to keep neighbours together: p_ij says how likely i would choose j as neighbour in the original space (a Gaussian whose
width gives each point `perplexity` neighbours), q_ij the same on paper (a Student t with one degree of freedom), and points move
to lower the Kullback-Leibler divergence sum p log p/q. Sizes of groups and gaps between them mean nothing.

Notable choices: signs of PCA's axes make the largest weight of each positive, as in scikit-learn. t-SNE is exact, for up
to a few thousand points, begins from PCA, and has scikit-learn's schedule: exaggeration 12 for 250 steps, learning rate
n/48 but at least 50, momentum 0.5 then 0.8, gains (Jacobs, 1988).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpjourney.ml.estimator import Learned, Saved

Points = NDArray[np.float64]


class PCA(Saved):
    """After `fit`: `mean` (d,), `components` (n_components, d), `explained_variance_ratio` (n_components,)."""

    learned = ("mean", "components", "explained_variance_ratio")
    mean: Points
    components: Points
    explained_variance_ratio: Points

    def __init__(self, n_components: int = 2) -> None:
        self.n_components = n_components

    def fit(self, x: NDArray[np.floating]) -> PCA:
        """Find the directions of x (n, d). Raises ValueError when x has fewer points or dimensions than components, or NaN."""
        if x.ndim != 2 or min(x.shape) < self.n_components:
            raise ValueError(
                f"{self.n_components} components need as many points and dimensions, x has shape {x.shape}"
            )
        if not np.isfinite(x).all():
            raise ValueError("x holds NaN or infinity: no direction has the most spread")
        mean = np.asarray(x.mean(axis=0, dtype=np.float64))
        _, s, vt = np.linalg.svd(x - mean, full_matrices=False)
        signs = np.sign(vt[np.arange(len(vt)), np.abs(vt).argmax(axis=1)])
        self.mean = mean
        self.components = (vt * signs[:, None])[: self.n_components]
        total = (s**2).sum()
        self.explained_variance_ratio = (s**2 / (total if total else 1))[: self.n_components]
        return self

    def transform(self, x: NDArray[np.floating]) -> Points:
        """The coordinates of points (n, d) along the components, float64 (n, n_components)."""
        return np.asarray((x - self.mean) @ self.components.T)

    def fit_transform(self, x: NDArray[np.floating]) -> Points:
        """`fit`, then `transform` of the same points."""
        return self.fit(x).transform(x)


class TSNE(Learned):
    """Two dimensions for points. After `fit_transform`: `kl_divergence` between the neighbourhoods, in nats.

    perplexity: about how many neighbours count, less than the number of points; n_iter: steps, the first 250 exaggerated.
    """

    learned = ("kl_divergence",)
    kl_divergence: float

    def __init__(self, *, perplexity: float = 30.0, n_iter: int = 1000) -> None:
        self.perplexity, self.n_iter = float(perplexity), n_iter

    def fit_transform(self, x: NDArray[np.floating]) -> Points:
        """Places on paper, float64 (n, 2), of points (n, d). Raises ValueError for no more points than `perplexity`."""
        n = len(x)
        if n <= self.perplexity:
            raise ValueError(f"perplexity {self.perplexity} needs more points than that, there are {n}")
        p = joint_probabilities(np.ascontiguousarray(x, dtype=np.float64), self.perplexity)
        y = PCA(2).fit_transform(x)
        y *= 1e-4 / (y[:, 0].std() or 1.0)
        rate = max(n / 48, 50.0)
        step, gains = np.zeros_like(y), np.ones_like(y)
        exaggerated = min(250, self.n_iter)
        _descend(y, p * 12, exaggerated, rate, 0.5, step, gains)
        step[:], gains[:] = 0, 1
        _descend(y, p, self.n_iter - exaggerated, rate, 0.8, step, gains)
        _, self.kl_divergence = _gradient(y, p)
        return y


def plain_joint_probabilities(x: Sequence[Sequence[float]], perplexity: float) -> list[list[float]]:
    """p_ij: how likely i and j would choose each other as neighbours. For each point the width of its Gaussian is found by
    bisection, so that the entropy of its choice is log(perplexity)."""
    n = len(x)
    p = [[0.0] * n for _ in range(n)]
    for i in range(n):
        apart = [sum((a - b) ** 2 for a, b in zip(x[i], x[j])) for j in range(n)]
        nearest = min(apart[j] for j in range(n) if j != i)
        low, high = 0.0, math.inf
        beta = 1.0  # 1 / (2 σ²)
        for _ in range(100):
            row = [0.0 if j == i else math.exp(-beta * (apart[j] - nearest)) for j in range(n)]
            p[i] = [value / sum(row) for value in row]
            entropy = -sum(value * math.log(value) for value in p[i] if value > 0)
            if abs(entropy - math.log(perplexity)) < 1e-5:
                break
            low, high = (beta, high) if entropy > math.log(perplexity) else (low, beta)
            beta = beta * 2 if high == math.inf else (low + high) / 2
    return [[(p[i][j] + p[j][i]) / (2 * n) for j in range(n)] for i in range(n)]


def plain_gradient(y: Sequence[Sequence[float]], p: Sequence[Sequence[float]]) -> list[list[float]]:
    """How the divergence changes with each point's place on paper: 4 Σ_j (p_ij - q_ij) (y_i - y_j) / (1 + |y_i - y_j|²)."""
    n = len(y)
    t = [[1 / (1 + sum((a - b) ** 2 for a, b in zip(y[i], y[j]))) for j in range(n)] for i in range(n)]
    total = sum(t[i][j] for i in range(n) for j in range(n) if i != j)
    return [
        [
            4 * sum((p[i][j] - t[i][j] / total) * t[i][j] * (y[i][d] - y[j][d]) for j in range(n) if j != i)
            for d in range(2)
        ]
        for i in range(n)
    ]


@njit(cache=True)
def joint_probabilities(x: Points, perplexity: float) -> Points:
    """p_ij, float64 (n, n), symmetric, with sum 1 and zeros on the diagonal, of points (n, d)."""
    n = len(x)
    p = np.zeros((n, n))
    distances = np.empty(n)
    for i in range(n):
        for j in range(n):
            distances[j] = ((x[i] - x[j]) ** 2).sum()
        nearest = np.inf
        for j in range(n):
            if j != i:
                nearest = min(nearest, distances[j])
        # Bisect for the precision beta at which the entropy is log(perplexity).
        beta, low, high = 1.0, 0.0, np.inf
        for _ in range(100):
            total, mean = 0.0, 0.0
            for j in range(n):
                if j != i:
                    p[i, j] = np.exp(-beta * (distances[j] - nearest))
                    total += p[i, j]
                    mean += p[i, j] * (distances[j] - nearest)
            entropy = np.log(total) + beta * mean / total
            p[i] /= total
            if abs(entropy - np.log(perplexity)) < 1e-5:
                break
            if entropy > np.log(perplexity):
                low = beta
                beta = beta * 2 if high == np.inf else (beta + high) / 2
            else:
                high = beta
                beta = (beta + low) / 2
    return (p + p.T) / (2 * n)


@njit(cache=True)
def _gradient(y: Points, p: Points) -> tuple[Points, float]:
    """The derivative of the divergence by each coordinate, (n, 2), and the divergence."""
    n = len(y)
    total = 0.0
    for i in range(n):
        for j in range(i):
            total += 2 / (1 + (y[i, 0] - y[j, 0]) ** 2 + (y[i, 1] - y[j, 1]) ** 2)
    gradient = np.zeros_like(y)
    divergence = 0.0
    for i in range(n):
        for j in range(i):
            a, b = y[i, 0] - y[j, 0], y[i, 1] - y[j, 1]
            t = 1 / (1 + a * a + b * b)
            if p[i, j] > 0:
                divergence += 2 * p[i, j] * np.log(p[i, j] * total / t)
            force = 4 * (p[i, j] - t / total) * t
            gradient[i, 0] += force * a
            gradient[i, 1] += force * b
            gradient[j, 0] -= force * a
            gradient[j, 1] -= force * b
    return gradient, divergence


@njit(cache=True)
def _descend(y: Points, p: Points, n_iter: int, rate: float, momentum: float, step: Points, gains: Points) -> None:
    for _ in range(n_iter):
        gradient, _ = _gradient(y, p)
        for i in range(len(y)):
            for d in range(2):
                same = gradient[i, d] * step[i, d] < 0  # the step before went downhill too
                gains[i, d] = max(gains[i, d] + 0.2 if same else gains[i, d] * 0.8, 0.01)
                step[i, d] = momentum * step[i, d] - rate * gains[i, d] * gradient[i, d]
                y[i, d] += step[i, d]
