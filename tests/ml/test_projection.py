"""PCA and t-SNE against scikit-learn."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist, squareform
from sklearn.decomposition import PCA as SklearnPCA
from sklearn.manifold import TSNE as SklearnTSNE
from sklearn.manifold._t_sne import _joint_probabilities

from nlpjourney.ml.projection import PCA, TSNE, _gradient, joint_probabilities


@pytest.fixture(scope="module")
def points():
    """Four clouds in ten dimensions."""
    random = np.random.default_rng(0)
    centres = random.normal(0, 4, (4, 10))
    return (centres[np.arange(120) % 4] + random.normal(size=(120, 10))).astype(np.float32)


def test_pca_is_that_of_scikit_learn(points):
    ours, theirs = PCA(3).fit(points), SklearnPCA(3, svd_solver="full").fit(points.astype(np.float64))
    np.testing.assert_allclose(ours.transform(points), theirs.transform(points), atol=1e-5)
    np.testing.assert_allclose(ours.explained_variance_ratio, theirs.explained_variance_ratio_, rtol=1e-5)
    assert PCA(2).fit_transform(np.ones((3, 2))).tolist() == [[0, 0]] * 3
    with pytest.raises(ValueError, match="shape"):
        PCA(2).fit(points[:1])


def test_neighbourhoods_are_those_of_scikit_learn(points):
    p = joint_probabilities(points.astype(np.float64), 20.0)
    theirs = squareform(_joint_probabilities(cdist(points, points, "sqeuclidean").astype(np.float32), 20.0, 0))
    np.testing.assert_allclose(p, theirs, atol=1e-6)
    assert p.sum() == pytest.approx(1)


def test_the_gradient_is_the_derivative_of_the_divergence(points):
    p = joint_probabilities(points[:12].astype(np.float64), 4.0)
    y = np.random.default_rng(1).normal(size=(12, 2))
    gradient, _ = _gradient(y, p)
    for i, d in ((0, 0), (5, 1), (11, 0)):
        up, down = y.copy(), y.copy()
        up[i, d] += 1e-5
        down[i, d] -= 1e-5
        assert gradient[i, d] == pytest.approx((_gradient(up, p)[1] - _gradient(down, p)[1]) / 2e-5, rel=1e-4)


def test_tsne_is_as_good_as_scikit_learns(points):
    ours = TSNE(perplexity=20)
    y = ours.fit_transform(points)
    theirs = SklearnTSNE(perplexity=20, method="exact", init="pca", learning_rate="auto").fit(points)
    assert ours.kl_divergence < 1.02 * theirs.kl_divergence_
    nearest = cdist(y, y).argsort(axis=1)[:, 1]
    assert (nearest % 4 == np.arange(len(y)) % 4).mean() > 0.99
    assert TSNE(perplexity=20).fit_transform(points).tobytes() == y.tobytes()


def test_too_few_points(points):
    with pytest.raises(ValueError, match="more points"):
        TSNE(perplexity=30).fit_transform(points[:30])
