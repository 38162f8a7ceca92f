"""Exact search against FAISS, and against a full sort."""

import faiss
import numpy as np
import pytest

from nlpjourney.ann.hnsw import HNSWIndex
from nlpjourney.ann.vectors import ExactIndex, aligned, in_threads, padded

FAISS = {"l2": faiss.IndexFlatL2, "ip": faiss.IndexFlatIP}
rng = np.random.default_rng(0)


@pytest.mark.parametrize("metric", ["l2", "ip"])
@pytest.mark.parametrize("dim", [1, 3, 16, 50, 128])
@pytest.mark.parametrize("n_threads", [1, 2])
def test_equal_to_faiss(metric, dim, n_threads):
    vectors = rng.standard_normal((1000, dim), dtype=np.float32)
    queries = rng.standard_normal((25, dim), dtype=np.float32)
    theirs = FAISS[metric](dim)
    theirs.add(vectors)
    scores, ids = theirs.search(queries, 10)
    ours = ExactIndex(dim, metric)
    ours.add(vectors[:300])
    ours.add(vectors[300:])
    found = ours.search(queries, 10, n_threads)
    np.testing.assert_allclose(found.scores, scores, rtol=1e-4, atol=1e-4)
    if dim > 1:  # in one dimension several inner products are equal up to rounding
        np.testing.assert_array_equal(found.ids, ids)
    assert found.scores.dtype == np.float32 and found.ids.dtype == np.int64


def test_cosine_is_the_inner_product_of_directions():
    vectors = rng.standard_normal((200, 20)).astype(np.float32)
    queries = 7 * rng.standard_normal((9, 20)).astype(np.float32)
    similarity = (queries @ vectors.T) / np.linalg.norm(queries, axis=1)[:, None] / np.linalg.norm(vectors, axis=1)
    index = ExactIndex(20, "cosine")
    index.add(vectors)
    found = index.search(queries, 200)
    np.testing.assert_array_equal(found.ids, np.argsort(-similarity, axis=1, kind="stable"))
    np.testing.assert_allclose(found.scores, -np.sort(-similarity, axis=1), atol=1e-6)


@pytest.mark.parametrize("metric", ["l2", "ip", "cosine"])
def test_equal_vectors_come_by_id(metric):
    index = ExactIndex(130, metric)
    index.add(np.repeat(rng.standard_normal((1, 130)), 700, axis=0))
    found = index.search(rng.standard_normal((3, 130)), 600)
    np.testing.assert_array_equal(found.ids, np.tile(np.arange(600), (3, 1)))


def test_odd_input():
    index = ExactIndex(3, "cosine")
    assert index.search([[1, 2, 3]], 2).ids.tolist() == [[-1, -1]]
    index.add(np.empty((0, 3)))
    assert len(index) == 0
    index.add([0, 0, 0])
    index.add([[0, 2, 0]])
    found = index.search([0, 1, 0], 5)
    assert found.ids.tolist() == [[1, 0, -1, -1, -1]]
    assert found.scores[0, :2].tolist() == [1, 0]
    assert index.search(np.empty((0, 3)), 2).ids.shape == (0, 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda i: i.add([[1, 2]]), "expected vectors of 3 dimensions, these have 2"),
        (lambda i: i.add([[1, 2, 3], [1, np.nan, 3]]), "vector 1 holds NaN"),
        (lambda i: i.add(np.zeros((1, 2, 3))), "got shape"),
        (lambda i: i.search([[1, 2, 3]], 0), "k must be at least 1"),
        (lambda i: i.search([[1, 2, 3]], 1, n_threads=0), "n_threads must be at least 1"),
        (lambda i: ExactIndex(3, "manhattan"), "metric must be"),
        (lambda i: ExactIndex(0), "dim must be at least 1"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call(ExactIndex(3))


def test_layout():
    matrix = padded(np.ones((5, 17), np.float32))
    assert matrix.shape == (5, 32) and matrix.ctypes.data % 64 == 0 and matrix.sum() == 85
    assert aligned(0, 4, np.int32).shape == (0, 4)


def test_an_error_in_a_thread_is_not_lost():
    def fail(first, last):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        in_threads(fail, 10, 2)


@pytest.mark.parametrize("n", [0, 1, 2, 7, 1000])
@pytest.mark.parametrize("n_threads", [1, 2, 3])
def test_threads_cover_everything_once(n, n_threads):
    seen = []
    in_threads(lambda first, last: seen.extend(range(first, last)), n, n_threads)
    assert sorted(seen) == list(range(n))


@pytest.mark.parametrize("make", [ExactIndex, HNSWIndex])
def test_cosine_of_very_long_and_very_short_vectors(make):
    index = make(2, metric="cosine")
    index.add([[1e30, 1e30], [1e-30, 1e-30], [1e-44, 1e-44], [3e38, 3e38], [0, 0], [3e38, -3e38]])
    for scale in (1, 1e-30, 1e-44, 3e38):
        found = index.search([[scale, scale]], 6)
        np.testing.assert_allclose(sorted(found.scores[0]), [0, 0, 1, 1, 1, 1], atol=1e-6)
        assert set(found.ids[0, :4]) == {0, 1, 2, 3}
