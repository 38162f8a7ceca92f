"""The bootstrap: how far a mean could be off, learned by drawing the data again and again from themselves.

Efron (1979): the sample stands in for the population; resamples of the same size, drawn with replacement, give the spread of a
statistic without a formula for it. Notable choice: the percentile method, the plainest of several.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def confidence_interval(
    values: ArrayLike, confidence: float = 0.95, n_resamples: int = 2000, seed: int = 0
) -> tuple[float, float]:
    """A bootstrap interval for the mean of `values` (n,).

    Give it one system's values, or the *differences* of two systems on the same examples: if 0 lies outside, they
    differ. Raises ValueError for no values, or for NaN and infinity among them.
    """
    data: NDArray[np.float64] = np.asarray(values, dtype=np.float64)
    if data.ndim != 1 or len(data) == 0:
        raise ValueError(f"values must be a list of at least one number, got shape {data.shape}")
    if not np.isfinite(data).all():
        raise ValueError("values hold NaN or infinity: their mean has no interval")
    rng = np.random.default_rng(seed)
    means = [data[rng.integers(0, len(data), len(data))].mean() for _ in range(n_resamples)]
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
