"""Product quantization against FAISS with the same codebooks."""

import faiss
import numpy as np
import pytest

from nlpjourney.ann.pq import PQIndex, ProductQuantizer

rng = np.random.default_rng(2)
VECTORS = (rng.standard_normal((2000, 6)) @ rng.standard_normal((6, 32))).astype(np.float32)
QUERIES = VECTORS[:30] + 0.1 * rng.standard_normal((30, 32)).astype(np.float32)


@pytest.mark.parametrize(("metric", "code"), [("l2", faiss.METRIC_L2), ("ip", faiss.METRIC_INNER_PRODUCT)])
def test_equal_to_faiss_with_its_codebooks(metric, code):
    theirs = faiss.IndexPQ(32, 8, 8, code)
    theirs.train(VECTORS)
    theirs.add(VECTORS)
    scores, ids = theirs.search(QUERIES, 10)
    ours = PQIndex(32, 8, metric=metric)
    ours.quantizer.codebooks = faiss.vector_to_array(theirs.pq.centroids).reshape(8, 256, 4).copy()
    ours.add(VECTORS[:500])
    ours.add(VECTORS[500:])
    codes = theirs.pq.compute_codes(VECTORS)
    np.testing.assert_array_equal(ours.quantizer.encode(VECTORS), codes)
    np.testing.assert_allclose(ours.quantizer.decode(codes), theirs.pq.decode(codes), rtol=0)
    for n_threads in (1, 2):
        found = ours.search(QUERIES, 10, n_threads)
        np.testing.assert_allclose(found.scores, scores, rtol=1e-4, atol=1e-3)
        for mine, their, score in zip(found.ids, ids, scores):  # codes can coincide: order is free among equal scores
            clear = np.abs(np.diff(score, prepend=np.nan, append=np.nan))
            sure = ~((clear[:-1] < 1e-3) | (clear[1:] < 1e-3))
            np.testing.assert_array_equal(mine[sure][:-1], their[sure][:-1])


@pytest.mark.parametrize("metric", ["l2", "ip", "cosine"])
def test_scores_are_those_of_the_decoded_vectors(metric):
    index = PQIndex(32, 16, 64, metric).fit(VECTORS)
    index.add(VECTORS)
    unit = metric == "cosine"
    stored = VECTORS / np.linalg.norm(VECTORS, axis=1, keepdims=True) if unit else VECTORS
    asked = QUERIES / np.linalg.norm(QUERIES, axis=1, keepdims=True) if unit else QUERIES
    decoded = index.quantizer.decode(index.quantizer.encode(stored))
    if metric == "l2":
        expected = np.sort(((asked[:, None] - decoded) ** 2).sum(-1), axis=1)[:, :50]
    else:
        expected = -np.sort(-(asked @ decoded.T), axis=1)[:, :50]
    np.testing.assert_allclose(index.search(QUERIES, 50).scores, expected, rtol=1e-3, atol=1e-3)


def test_as_near_to_the_vectors_as_faiss():
    theirs = faiss.ProductQuantizer(32, 8, 6)
    theirs.train(VECTORS)
    ours = ProductQuantizer(32, 8, 64).fit(VECTORS)
    their_error = ((theirs.decode(theirs.compute_codes(VECTORS)) - VECTORS) ** 2).mean()
    our_error = ((ours.decode(ours.encode(VECTORS)) - VECTORS) ** 2).mean()
    assert our_error < 1.05 * their_error


def test_equal_codes_come_by_id():
    index = PQIndex(4, 2, 1).fit(np.ones((3, 4)))
    index.add(np.ones((600, 4)))
    np.testing.assert_array_equal(index.search(np.zeros((1, 4)), 500).ids[0], np.arange(500))


def test_errors_and_empty():
    index = PQIndex(4, 2, 2)
    with pytest.raises(ValueError, match=r"call fit first"):
        index.add(np.ones((1, 4)))
    index.fit(np.eye(4))
    assert index.search(np.ones((1, 4)), 2).ids.tolist() == [[-1, -1]]
    index.add(np.eye(4)[0])
    assert len(index) == 1 and index.search(np.eye(4)[0], 2).ids.tolist() == [[0, -1]]
    with pytest.raises(ValueError, match="make a new one"):
        index.fit(np.eye(4))
    with pytest.raises(ValueError, match="multiple of n_parts"):
        ProductQuantizer(10, 3)
    with pytest.raises(ValueError, match="between 1 and 256"):
        ProductQuantizer(10, 2, 257)
    with pytest.raises(ValueError, match="number of vectors, 3"):
        PQIndex(4, 2, 4).fit(np.eye(4)[:3])
