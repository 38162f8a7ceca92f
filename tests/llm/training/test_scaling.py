"""The fit finds a law that is known, and the best split of a budget is the best."""

import numpy as np
import pytest

from nlpjourney.llm.training.scaling import ScalingLaw, fit_scaling_law

CHINCHILLA = ScalingLaw(E=1.69, A=406.4, B=410.7, alpha=0.34, beta=0.28)  # Hoffmann et al., approach 3
N, D = (x.ravel() for x in np.meshgrid(np.geomspace(1e7, 1e10, 5), np.geomspace(1e9, 1e12, 6)))


def test_the_published_law_is_found_again():
    found = fit_scaling_law(N, D, CHINCHILLA.loss(N, D))
    for name in ("E", "A", "B", "alpha", "beta"):
        assert getattr(found, name) == pytest.approx(getattr(CHINCHILLA, name), rel=0.05), name


def test_an_outlier_does_not_pull():
    losses = CHINCHILLA.loss(N, D) * np.exp(np.random.default_rng(0).normal(0, 1e-3, size=len(N)))
    losses[7] *= 1.3
    found = fit_scaling_law(N, D, losses)
    assert found.alpha == pytest.approx(0.34, abs=0.04)
    assert found.beta == pytest.approx(0.28, abs=0.04)


@pytest.mark.parametrize("flops", [1e15, 1e21])
def test_the_best_split_is_the_best(flops):
    n, d = CHINCHILLA.best(flops)
    assert 6 * n * d == pytest.approx(flops)
    around = CHINCHILLA.loss(n * np.array([0.9, 1.0, 1.1]), d / np.array([0.9, 1.0, 1.1]))
    assert around.argmin() == 1


def test_too_few_runs_are_refused():
    with pytest.raises(ValueError, match="five"):
        fit_scaling_law([1, 2], [1, 2], [1, 2])
    with pytest.raises(ValueError, match="differ"):
        fit_scaling_law([5] * 6, range(1, 7), range(1, 7))
