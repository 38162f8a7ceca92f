"""Clusterings against scikit-learn and SciPy: labels, order, reachability and heights; odd input; what is refused."""

import tracemalloc

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn import cluster as theirs
from sklearn.datasets import make_blobs, make_circles, make_moons
from sklearn.metrics import adjusted_rand_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from nlpjourney.errors import InvalidInput
from nlpjourney.ml import DBSCAN, OPTICS, AgglomerativeClustering, NotFittedError, cut, linkage_matrix

LINKAGES = ["single", "complete", "average", "ward"]
RNG = np.random.default_rng(3)
SHAPES = {
    "moons": make_moons(400, noise=0.06, random_state=0)[0],
    "circles": make_circles(400, factor=0.5, noise=0.05, random_state=0)[0],
    "blobs": make_blobs(400, random_state=8)[0] / 5,
    "densities": make_blobs(400, cluster_std=[1.0, 2.5, 0.5], random_state=170)[0] / 5,
    "noise": RNG.random((400, 2)),
    "line": RNG.normal(size=(300, 1)),
    "50 dimensions": make_blobs(300, n_features=50, random_state=1)[0],
    "single precision": RNG.normal(size=(200, 3)).astype(np.float32),
}
TEXT_LIKE = np.abs(RNG.normal(size=(200, 384)))
TEXT_LIKE /= np.linalg.norm(TEXT_LIKE, axis=1, keepdims=True)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("eps", [0.05, 0.2, 0.7, 8.0])
@pytest.mark.parametrize("min_samples", [1, 5, 20])
def test_dbscan_is_scikit_learns(shape, eps, min_samples):
    X = SHAPES[shape]
    ours = DBSCAN(eps, min_samples=min_samples).fit(X)
    expected = theirs.DBSCAN(eps=eps, min_samples=min_samples).fit(X)
    assert np.array_equal(ours.labels_, expected.labels_)
    assert np.array_equal(ours.core_sample_indices_, expected.core_sample_indices_)


def test_dbscan_by_cosine_of_unit_rows():
    for distance in (0.2, 0.35, 0.4):
        ours = DBSCAN(np.sqrt(2 * distance), min_samples=4).fit_predict(TEXT_LIKE)
        assert np.array_equal(
            ours, theirs.DBSCAN(eps=distance, min_samples=4, metric="cosine", algorithm="brute").fit_predict(TEXT_LIKE)
        )


@given(
    st.lists(st.tuples(st.integers(-6, 6), st.integers(-6, 6)), min_size=1, max_size=60),
    st.sampled_from([0.5, 1.0, 1.5, 2.0, 100.0, 1e-300, 1e300, np.inf]),
    st.integers(1, 6),
)
@settings(max_examples=200, deadline=None)
def test_dbscan_on_a_grid_where_distances_equal_eps(points, eps, min_samples):
    X = np.array(points, float)
    assert np.array_equal(
        DBSCAN(eps, min_samples=min_samples).fit_predict(X),
        theirs.DBSCAN(eps=min(eps, 1e6), min_samples=min_samples).fit_predict(X),
    )


@pytest.mark.parametrize("scale", [1e-150, 1e-8, 1.0, 1e9, 1e150])
def test_dbscan_does_not_depend_on_the_unit(scale):
    X = SHAPES["moons"]
    assert np.array_equal(DBSCAN(0.2 * scale).fit_predict(X * scale), DBSCAN(0.2).fit_predict(X))
    far = np.concatenate([X, [[1e12, 0.0]]])  # cells of eps would be too many to number
    assert np.array_equal(DBSCAN(0.2).fit_predict(far), [*DBSCAN(0.2).fit_predict(X), -1])


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    "settings_",
    [
        {},
        {"min_samples": 12, "xi": 0.02, "min_cluster_size": 30},
        {"xi": 0.15, "predecessor_correction": False},
        {"max_eps": 0.25},
        {"min_samples": 0.02, "min_cluster_size": 0.1},
        {"cluster_method": "dbscan", "eps": 0.2},
        {"cluster_method": "dbscan", "max_eps": 0.3},
    ],
    ids=str,
)
def test_optics_is_scikit_learns(shape, settings_):
    X = SHAPES[shape]
    ours = OPTICS(**settings_).fit(X)
    with np.errstate(all="ignore"):
        # Its search of all pairs, the default in many dimensions, computes |x|² − 2xy + |y|²: then ties are none.
        expected = theirs.OPTICS(**settings_, algorithm="ball_tree").fit(X)
    assert np.array_equal(ours.ordering_, expected.ordering_)
    assert np.array_equal(ours.predecessor_, expected.predecessor_)
    np.testing.assert_allclose(
        ours.reachability_, expected.reachability_, rtol=1e-6 if X.dtype == np.float32 else 1e-14
    )
    np.testing.assert_allclose(
        ours.core_distances_, expected.core_distances_, rtol=1e-6 if X.dtype == np.float32 else 1e-14
    )
    assert np.array_equal(ours.labels_, expected.labels_)
    if ours.cluster_hierarchy_ is not None and len(expected.cluster_hierarchy_):
        assert np.array_equal(ours.cluster_hierarchy_, expected.cluster_hierarchy_)


def test_optics_cut_is_dbscan_but_for_borders():
    X = SHAPES["blobs"]
    cut_, exact = OPTICS(cluster_method="dbscan", eps=0.2).fit(X), DBSCAN(0.2).fit(X)
    cores = exact.core_sample_indices_
    assert adjusted_rand_score(cut_.labels_[cores], exact.labels_[cores]) == 1
    assert set(np.flatnonzero(exact.labels_ == -1)) <= set(np.flatnonzero(cut_.labels_ == -1))


@pytest.mark.parametrize("name", LINKAGES)
@pytest.mark.parametrize("shape", SHAPES)
def test_trees_are_scipys(shape, name):
    X = SHAPES[shape].astype(np.float64)
    tree, expected = linkage_matrix(X, name), linkage(X, name)
    np.testing.assert_allclose(tree, expected, rtol=1e-9)
    for k in (1, 2, 3, 17, len(X)):
        found = cut(tree, k)
        assert (
            adjusted_rand_score(found, theirs.AgglomerativeClustering(n_clusters=k, linkage=name).fit_predict(X)) == 1
        )
        assert list(dict.fromkeys(found)) == list(range(k))  # numbered by their first points
    for height in np.quantile(expected[:, 2], [0.2, 0.9]):
        assert adjusted_rand_score(cut(tree, height=height), fcluster(expected, height, "distance")) == 1


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=30), st.sampled_from(LINKAGES))
@settings(max_examples=150, deadline=None)
def test_trees_of_points_with_ties(points, name):
    """Which of two equal joins is first is open; but heights never fall, and those of single linkage are given."""
    X = np.array(points, float)
    tree = linkage_matrix(X, name)
    assert (np.diff(tree[:, 2]) >= -1e-12).all() and tree[-1, 3] == len(X)
    assert sorted(tree[:, :2].ravel()) == list(range(2 * len(X) - 2))  # each cluster is joined once
    if name == "single":
        np.testing.assert_allclose(tree[:, 2], linkage(X, name)[:, 2])


def test_equal_points():
    X = np.ones((30, 4))
    assert set(DBSCAN(0.1).fit_predict(X)) == {0}
    assert set(OPTICS().fit_predict(X)) == set(theirs.OPTICS().fit_predict(X))
    for name in LINKAGES:
        assert (linkage_matrix(X, name)[:, 2] == 0).all()


def test_thresholds_and_counts():
    X = SHAPES["blobs"]
    by_height = AgglomerativeClustering(None, distance_threshold=3.0).fit(X)
    expected = theirs.AgglomerativeClustering(None, distance_threshold=3.0).fit(X)
    assert by_height.n_clusters_ == expected.n_clusters_ > 1
    assert adjusted_rand_score(by_height.labels_, expected.labels_) == 1


def test_dbscan_and_optics_store_no_distances():
    X = RNG.normal(size=(4000, 2))
    for model in (DBSCAN(0.5), OPTICS(), AgglomerativeClustering(linkage="single")):
        model.fit(X[:50])
        tracemalloc.start()
        model.fit(X)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 300 * len(X)  # all distances would be 32,000 bytes a point


@pytest.mark.parametrize("model", [DBSCAN(), OPTICS(), AgglomerativeClustering()], ids=lambda m: type(m).__name__)
def test_refused_and_kept(model, tmp_path):
    X = SHAPES["blobs"]
    with pytest.raises(NotFittedError):
        _ = model.labels_
    model.fit(X)
    before = model.labels_.copy()
    for bad in (
        [[1.0, np.nan]] * 9,
        [[1.0, np.inf]] * 9,
        [1.0, 2.0],
        [],
        np.zeros((0, 3)),
        [["a"]],
        scipy.sparse.eye(9),
        X + 1j,
    ):
        with pytest.raises((InvalidInput, ValueError)):
            model.fit(bad)
        assert np.array_equal(model.labels_, before)
    model.save(tmp_path / "model.npz")
    assert np.array_equal(type(model).load(tmp_path / "model.npz").labels_, before)


@pytest.mark.parametrize(
    "model",
    [
        DBSCAN(0),
        DBSCAN(-1.0),
        DBSCAN(np.nan),
        DBSCAN(min_samples=0),
        DBSCAN(min_samples=2.5),
        OPTICS(min_samples=1),
        OPTICS(min_samples=1.5),
        OPTICS(min_samples=0.0),
        OPTICS(min_samples=401),
        OPTICS(min_cluster_size=0),
        OPTICS(max_eps=0),
        OPTICS(cluster_method="leaf"),
        OPTICS(xi=1.0),
        OPTICS(cluster_method="dbscan", eps=2.0, max_eps=1.0),
        AgglomerativeClustering(0),
        AgglomerativeClustering(401),
        AgglomerativeClustering(2.0),
        AgglomerativeClustering(2, distance_threshold=1.0),
        AgglomerativeClustering(None),
        AgglomerativeClustering(linkage="centroid"),
    ],
    ids=repr,
)
def test_parameters_are_refused(model):
    with pytest.raises(InvalidInput):
        model.fit(SHAPES["blobs"])


@parametrize_with_checks([DBSCAN(), OPTICS(), AgglomerativeClustering()])
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)
