"""Inverted lists and k-means against FAISS and scikit-learn."""

import itertools

import faiss
import numpy as np
import pytest
from sklearn.cluster import KMeans

from nlpjourney.ann import IVFIndex
from nlpjourney.ann.vectors import ExactIndex
from nlpjourney.ml import kmeans, nearest_centroid

rng = np.random.default_rng(1)
centres = 4 * rng.standard_normal((20, 24))
VECTORS = (centres[rng.integers(0, 20, 3000)] + rng.standard_normal((3000, 24))).astype(np.float32)
QUERIES = VECTORS[:40] + 0.1 * rng.standard_normal((40, 24)).astype(np.float32)


@pytest.mark.parametrize(("metric", "flat", "code"), [
    ("l2", faiss.IndexFlatL2, faiss.METRIC_L2), ("ip", faiss.IndexFlatIP, faiss.METRIC_INNER_PRODUCT),
])  # fmt: skip
def test_equal_to_faiss_with_its_centroids(metric, flat, code):
    quantizer = flat(24)
    theirs = faiss.IndexIVFFlat(quantizer, 24, 32, code)
    theirs.train(VECTORS)
    theirs.add(VECTORS)
    ours = IVFIndex(24, 32, metric, centroids=quantizer.reconstruct_n(0, 32))
    ours.add(VECTORS[:1000])
    ours.add(VECTORS[1000:])
    for nprobe, n_threads in itertools.product((1, 4, 32), (1, 2)):
        theirs.nprobe = nprobe
        scores, ids = theirs.search(QUERIES, 10)
        found = ours.search(QUERIES, 10, nprobe, n_threads)
        np.testing.assert_array_equal(found.ids, ids)
        filled = ids >= 0
        np.testing.assert_allclose(found.scores[filled], scores[filled], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("metric", ["l2", "ip", "cosine"])
def test_all_lists_give_the_exact_result(metric):
    exact, lists = ExactIndex(24, metric), IVFIndex(24, 10, metric).fit(VECTORS)
    exact.add(VECTORS)
    lists.add(VECTORS)
    a, b = exact.search(QUERIES, 20), lists.search(QUERIES, 20, nprobe=99)
    np.testing.assert_array_equal(a.ids, b.ids)
    np.testing.assert_array_equal(a.scores, b.scores)


def test_equal_vectors_of_different_lists_come_by_id():
    index = IVFIndex(2, 2, centroids=[[1, 0], [-1, 0]])
    index.add([[-1, 0], [1, 0], [-1, 0], [1, 0]])
    assert index.search([[0.0, 0]], 3, nprobe=2).ids.tolist() == [[0, 1, 2]]


def test_kmeans_equals_scikit_learn_from_the_same_start():
    start = VECTORS[np.random.default_rng(3).choice(len(VECTORS), 20, replace=False)]
    theirs = KMeans(20, init=start, n_init=1, max_iter=20, tol=0, algorithm="lloyd").fit(VECTORS)
    ours = kmeans(VECTORS, 20, n_iterations=20, seed=3)
    np.testing.assert_allclose(ours, theirs.cluster_centers_, rtol=1e-3, atol=1e-3)


def test_kmeans_one_step_is_the_mean():
    data = np.array([[0, 0], [0, 2], [10, 0], [10, 2]], np.float32)
    found = kmeans(data, 2, seed=0)
    best = {((0.0, 1.0), (10.0, 1.0)), ((5.0, 0.0), (5.0, 2.0))}  # both are stable
    assert tuple(sorted(map(tuple, found.tolist()))) in best


def test_kmeans_odd_input():
    same = np.ones((50, 4), np.float32)
    np.testing.assert_array_equal(kmeans(same, 3), np.ones((3, 4)))
    np.testing.assert_array_equal(kmeans(VECTORS[:5], 5, seed=9), kmeans(VECTORS[:5], 5, seed=9))
    assert nearest_centroid(VECTORS[:5], kmeans(VECTORS[:5], 5))[1].max() < 1e-3
    with pytest.raises(ValueError, match="n_clusters must be between 1 and the number of vectors, 5"):
        kmeans(VECTORS[:5], 6)


def test_errors_and_empty():
    index = IVFIndex(24, 4)
    with pytest.raises(ValueError, match=r"call fit first"):
        index.add(VECTORS)
    index.fit(VECTORS)
    assert index.search(QUERIES[:1], 2).ids.tolist() == [[-1, -1]]
    index.add(VECTORS[:1])
    assert len(index) == 1 and index.search(VECTORS[:1], 2, nprobe=4).ids.tolist() == [[0, -1]]
    with pytest.raises(ValueError, match="make a new one"):
        index.fit(VECTORS)
    with pytest.raises(ValueError, match="nprobe"):
        index.search(QUERIES, 2, nprobe=0)
    with pytest.raises(ValueError, match="expected 3 centroids, got 2"):
        IVFIndex(2, 3, centroids=[[1, 2], [3, 4]])
    with pytest.raises(ValueError, match="at least 1"):
        IVFIndex(2, 0)
