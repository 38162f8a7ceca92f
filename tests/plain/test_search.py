"""The plain searches, by words and among vectors, and the fast ones give the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpjourney.ann import ExactIndex, HNSWIndex, IVFIndex, PQIndex
from nlpjourney.ann.copies import LATER, empty_table, join_copies
from nlpjourney.ann.plain import (
    plain_copies,
    plain_distance,
    plain_ivf_search,
    plain_pq_code,
    plain_pq_distance,
    plain_search,
    plain_search_level,
    plain_select,
)
from nlpjourney.tasks.search import BM25Index, PhraseIndex
from nlpjourney.tasks.search.plain import plain_best, plain_bm25, plain_invert, plain_phrase

DOCUMENTS = st.lists(st.lists(st.sampled_from(["a", "b", "c", "d", "é"]), max_size=7), min_size=1, max_size=8)
QUERY = st.lists(st.sampled_from(["a", "b", "c", "d", "é", "f"]), min_size=1, max_size=4)


@given(DOCUMENTS, QUERY, st.integers(1, 9))
@settings(max_examples=150)
def test_words(documents, query, k):
    texts = [" ".join(terms) for terms in documents]
    index = PhraseIndex().fit(texts)
    scores = plain_bm25(query, documents) if any(documents) else [0.0] * len(documents)
    assert index.scores(" ".join(query)).tolist() == pytest.approx(scores)
    found = index.search(" ".join(query), k)
    assert [scores[hit.doc] for hit in found] == pytest.approx([scores[doc] for doc in plain_best(scores, k)], abs=1e-6)
    inverted = plain_invert(documents)
    for term, number in zip("abcd", index.vocabulary.find(list("abcd"))):
        docs, tf = index.postings.of(number) if number >= 0 else (np.empty(0, int), np.empty(0, int))
        assert dict(zip(docs.tolist(), tf.tolist())) == inverted.get(term, {})
    matches = index.phrase(" ".join(query))
    starts = np.split(matches.starts, matches.ptr[1:-1]) if len(matches.docs) else []
    assert {int(d): s.tolist() for d, s in zip(matches.docs, starts)} == plain_phrase(query, documents)


def test_words_by_hand():
    scores = plain_bm25(["cat"], [["a", "cat"], ["dog"]])
    assert scores[1] == 0 and scores == pytest.approx(BM25Index().fit(["a cat", "dog"]).scores("cat").tolist())
    assert plain_phrase(["a", "a"], [["a", "a", "a"]]) == {0: [0, 1]}


VECTORS = np.random.default_rng(3).integers(-9, 10, (60, 4)).astype(np.float32)  # whole numbers: distances are exact
QUERIES = np.random.default_rng(4).integers(-9, 10, (10, 4)).astype(np.float32)


def rows(found):
    return [[(float(s), int(i)) for s, i in zip(scores, ids) if i >= 0] for scores, ids in zip(found.scores, found.ids)]


def test_exact_and_ivf():
    exact, ivf = ExactIndex(4), IVFIndex(4, 5).fit(VECTORS)
    exact.add(VECTORS)
    ivf.add(VECTORS)
    assert rows(exact.search(QUERIES, 7)) == [plain_search(q, VECTORS, 7) for q in QUERIES]
    found = rows(ivf.search(QUERIES, 7, nprobe=2))
    assert found == [plain_ivf_search(q, VECTORS, ivf.centroids, 7, 2) for q in QUERIES]


def test_pq():
    index = PQIndex(4, 2, 8).fit(VECTORS)
    index.add(VECTORS)
    books = index.quantizer.codebooks
    codes = [plain_pq_code(v, books) for v in VECTORS]
    assert index.quantizer.encode(VECTORS).tolist() == codes
    for query, (scores, ids) in zip(QUERIES, zip(*index.search(QUERIES, 5))):
        expected = sorted(plain_pq_distance(query, code, books) for code in codes)[:5]
        assert scores.tolist() == pytest.approx(expected, rel=1e-5)
        assert [plain_pq_distance(query, codes[i], books) for i in ids] == pytest.approx(expected, rel=1e-5)


def test_hnsw():
    index = HNSWIndex(4, M=4, ef_construction=16)
    index.add(VECTORS)
    graph = index.graph
    links = {i: [int(j) for j in row if j >= 0] for i, row in enumerate(graph.links)}
    for query in QUERIES:
        found = index.search(query, 3, ef=8)
        at = index._entry
        for level in range(index._top, 0, -1):  # as the paper's algorithm 5 comes down
            upper = {
                i: [int(j) for j in graph.upper[graph.upper_start[i] + level - 1] if j >= 0]
                for i in range(60)
                if graph.levels[i] >= level
            }
            at = plain_search_level(at, upper, lambda i, q=query: plain_distance(q, VECTORS[i]), 1)[0][1]
        walked = plain_search_level(at, links, lambda i, q=query: plain_distance(q, VECTORS[i]), 8)
        assert [d for d, _ in walked[:3]] == found.scores[0].tolist()
    first = HNSWIndex(4, M=4, ef_construction=16)
    first.add(VECTORS[:12])  # one batch, on one level at least: all are compared, the heuristic chooses
    last = 11
    candidates = [(plain_distance(VECTORS[last], VECTORS[i]), i) for i in range(last)]
    chosen = plain_select(candidates, 4, lambda a, b: plain_distance(VECTORS[a], VECTORS[b]))
    assert [int(i) for i in first.graph.links[last] if i >= 0][: len(chosen)] == chosen


def test_copies_hang_together_in_rings():
    rng = np.random.default_rng(0)
    vectors = rng.integers(-1, 2, (200, 3)).astype(np.float32)
    vectors[5] = -0.0
    copies, levels = np.empty(200, np.int32), np.zeros(200, np.int32)
    join_copies(vectors, 0, 200, empty_table(200), copies, levels)
    assert copies.tolist() == plain_copies((vectors + 0.0).tolist())
    seen = set()
    for node, vector in enumerate((vectors + 0.0).tolist()):
        assert (levels[node] == LATER) == (tuple(vector) in seen)
        seen.add(tuple(vector))
