"""L-BFGS finds minima, and says when it does not."""

import numpy as np
import pytest
from scipy.optimize import rosen, rosen_der

from nlpjourney.ml.lbfgs import minimise


def rosenbrock(x, gradient):
    gradient[:] = rosen_der(x)
    return float(rosen(x))


def test_a_curved_valley():
    found = minimise(rosenbrock, np.full(20, -1.2), 1e-8, 500)
    assert found.converged and found.slope <= 1e-8 and found.n_iter < 200
    np.testing.assert_allclose(found.x, 1, atol=1e-7)
    cut = minimise(rosenbrock, np.full(20, -1.2), 1e-8, 3)
    assert not cut.converged and cut.n_iter == 3 and cut.value < rosen(np.full(20, -1.2))


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_a_bowl_of_any_steepness(scale):
    depths = scale * np.arange(1, 8) ** 3.0

    def bowl(x, gradient):
        gradient[:] = depths * (x - 3)
        return float(0.5 * (depths * (x - 3) ** 2).sum())

    found = minimise(bowl, np.zeros(7), 1e-9 * scale, 500)
    assert found.converged
    np.testing.assert_allclose(found.x, 3, atol=1e-6)


def test_at_the_minimum_nothing_is_done():
    found = minimise(rosenbrock, np.ones(4), 1e-6, 10)
    assert found.n_iter == 0 and found.converged and (found.x == 1).all()


def test_a_function_without_a_bottom_ends():
    def slope(x, gradient):
        gradient[:] = 1
        return float(x.sum())

    assert not minimise(slope, np.zeros(2), 1e-6, 20).converged
