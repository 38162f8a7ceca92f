"""Kappa and reliability against scikit-learn, a published example and simulated raters; ridge against scikit-learn."""

import numpy as np
import pytest
from sklearn import linear_model
from sklearn.metrics import cohen_kappa_score

from nlpjourney import ml
from nlpjourney.errors import InvalidInput


@pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
def test_cohens_kappa_as_scikit_learns(weights):
    rng = np.random.default_rng(0)
    for _ in range(20):
        a = rng.integers(0, 4, 60)
        b = np.where(rng.random(60) < 0.5, a, rng.integers(0, 4, 60))
        assert ml.cohen_kappa(ml.confusion_matrix(a, b), weights) == pytest.approx(
            cohen_kappa_score(a, b, weights=weights)
        )


def test_fleiss_kappa_of_ten_judges():
    counts = [[0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1], [7, 7, 0, 0, 0],
              [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7]]  # fmt: skip
    assert ml.fleiss_kappa(counts) == pytest.approx(0.210, abs=5e-4)
    assert ml.fleiss_kappa([[5, 0], [0, 3], [2, 0]]) == 1
    rng = np.random.default_rng(0)
    assert abs(ml.fleiss_kappa(rng.multinomial(20, [0.5, 0.3, 0.2], 3000))) < 0.01


@pytest.mark.parametrize("counts", [[], [[1, 0]], [[2, -1]], [[3, 0], [2, 0]], [1, 2]])
def test_what_has_no_kappa(counts):
    with pytest.raises(InvalidInput):
        ml.fleiss_kappa(counts)
    with pytest.raises(InvalidInput):
        ml.cohen_kappa([[4, 0], [0, 0]] if counts else [[1, 2, 3]])
    with pytest.raises(InvalidInput, match="'cubic'"):
        ml.cohen_kappa([[1, 2], [2, 1]], "cubic")


def test_reliability_of_simulated_raters():
    rng = np.random.default_rng(0)
    true = rng.standard_normal(4000)
    ratings = true[:, None] + 1.5 * rng.standard_normal((4000, 20))
    found = ml.rater_reliability(list(ratings), n_draws=5)
    known = 1 / (1 + 1.5**2 / 20)  # variance of the truth over that of the mean
    assert found.of_mean == pytest.approx(known, abs=0.01)
    assert found.ceiling == pytest.approx(np.corrcoef(true, ratings.mean(axis=1))[0, 1], abs=0.01)
    assert found.single < found.halves < found.ceiling
    for wrong in ([[1, 2]], [[1, 2], [3], [1, 2]], [[[1, 2]]] * 3):
        with pytest.raises(InvalidInput, match="two ratings"):
            ml.rater_reliability(wrong)


def test_ridge_as_scikit_learns(tmp_path):
    rng = np.random.default_rng(0)
    for shape in ((80, 12), (20, 200), (1, 3)):
        X, y = rng.standard_normal(shape) * (rng.random(shape) < 0.3), 3 + rng.standard_normal(shape[0])
        for alpha in (0.1, 10.0):
            ours, theirs = ml.Ridge(alpha, tol=1e-12).fit(X, y), linear_model.Ridge(alpha).fit(X, y)
            assert np.allclose(ours.coef_, theirs.coef_, atol=1e-8) and ours.intercept_ == pytest.approx(
                theirs.intercept_
            )
    ours.save(tmp_path / "ridge")
    assert np.array_equal(ml.Ridge.load(tmp_path / "ridge").predict(X), ours.predict(X))
    before = ours.coef_
    for wrong in ([1, 2], [float("nan")], [[1]]):
        with pytest.raises(InvalidInput, match="one finite number"):
            ours.fit(X, wrong)
    assert ours.coef_ is before
    with pytest.raises(InvalidInput, match="above 0"):
        ml.Ridge(0).fit(X, y)
    with pytest.raises(ml.NotFittedError):
        ml.Ridge().predict(X)
