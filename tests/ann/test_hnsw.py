"""HNSW: recall beside hnswlib and FAISS with the same settings, the graph's rules, deletion, files, interruption."""

import json
import os

import faiss
import numpy as np
import pytest

from nlpjourney.ann.hnsw import HNSWIndex
from nlpjourney.ann.vectors import ExactIndex
from nlpjourney.errors import FileFormatError

hnswlib = pytest.importorskip("hnswlib", reason="hnswlib needs a C++ compiler to install")

rng = np.random.default_rng(4)
# 64 dimensions, but the points lie near a surface of 10: as with real embeddings, neighbours mean something
BASIS = rng.standard_normal((10, 64))
CENTRES = rng.standard_normal((30, 10))


def sample(n, seed):
    draw = np.random.default_rng(seed)
    inner = CENTRES[draw.integers(0, 30, n)] + 0.5 * draw.standard_normal((n, 10))
    return (inner @ BASIS + 0.3 * draw.standard_normal((n, 64))).astype(np.float32)


VECTORS, QUERIES = sample(4000, 5), sample(200, 6)


def exact(metric, vectors=VECTORS, k=10):
    index = ExactIndex(64, metric)
    index.add(vectors)
    return index.search(QUERIES, k)


def recall(found, true):
    return np.mean([len(set(a) & set(b)) / len(b) for a, b in zip(found.tolist(), true.tolist())])


@pytest.fixture(scope="module")
def built():
    index = HNSWIndex(64, "l2", M=8, ef_construction=60)
    index.add(VECTORS)
    return index


@pytest.mark.parametrize("metric", ["l2", "ip", "cosine"])
def test_finds_as_much_as_hnswlib(metric):
    true = exact(metric)
    theirs = hnswlib.Index(metric, 64)
    theirs.init_index(len(VECTORS), M=8, ef_construction=60, random_seed=1)
    theirs.add_items(VECTORS, num_threads=1)
    ours = HNSWIndex(64, metric, M=8, ef_construction=60)
    ours.add(VECTORS)
    for ef in (10, 30, 100):
        theirs.set_ef(ef)
        their_recall = recall(theirs.knn_query(QUERIES, 10)[0], true.ids)
        found = ours.search(QUERIES, 10, ef)
        assert recall(found.ids, true.ids) > their_recall - 0.02
    np.testing.assert_array_less(0.97, recall(found.ids, true.ids))


def test_finds_as_much_as_faiss(built):
    theirs = faiss.IndexHNSWFlat(64, 8)
    theirs.hnsw.efConstruction, theirs.hnsw.efSearch = 60, 30
    theirs.add(VECTORS)
    true = exact("l2").ids
    assert recall(built.search(QUERIES, 10, 30).ids, true) > recall(theirs.search(QUERIES, 10)[1], true) - 0.02


def test_scores_are_exact_and_sorted(built):
    found = built.search(QUERIES, 10, 100)
    true = ((QUERIES[:, None] - VECTORS[found.ids]) ** 2).sum(-1)
    np.testing.assert_allclose(found.scores, true, rtol=1e-4)
    assert (np.diff(found.scores, axis=1) >= 0).all()
    assert all(len(set(row)) == 10 for row in found.ids.tolist())


def test_keeping_all_nodes_is_exact(built):
    np.testing.assert_array_equal(built.search(QUERIES, 10, len(VECTORS)).ids, exact("l2").ids)


def check_graph(graph, M):
    """The rules of the paper: levels, numbers of links, links only to nodes that live on that level."""
    n = len(graph.vectors)
    for node in range(n):
        for level in range(graph.levels[node] + 1):
            row = graph.links[node] if level == 0 else graph.upper[graph.upper_start[node] + level - 1]
            linked = row[row >= 0]
            assert len(row) == (2 * M if level == 0 else M)
            assert (row[len(linked) :] == -1).all()
            assert len(set(linked.tolist())) == len(linked) and node not in linked
            assert (linked < n).all() and (graph.levels[linked] >= level).all()


def test_graph(built):
    check_graph(built.graph, 8)
    share = (built.graph.levels >= 1).mean()
    assert 1 / 8 - 0.03 < share < 1 / 8 + 0.03
    assert len(built.graph.upper) == built.graph.levels.sum()


@pytest.mark.parametrize("seed", range(8))
def test_graph_whose_top_rises_within_a_batch(seed):
    index = HNSWIndex(64, M=2, ef_construction=5, seed=seed)
    for start in (0, 3, 40, 300):
        index.add(VECTORS[start : {0: 3, 3: 40, 40: 300, 300: 700}[start]])
    check_graph(index.graph, 2)
    assert (
        index.graph.levels[index._entry] == index.graph.levels.max() == index._top
    )  # else upper levels would lie unused
    assert index.search(QUERIES, 3, 700).ids.min() >= 0


def test_links_are_diverse():
    """Two clusters: a node of one whose M nearest are all in it would never lead to the other; the heuristic keeps bridges."""
    points = np.concatenate([0.01 * rng.standard_normal((400, 8)), 0.01 * rng.standard_normal((400, 8)) + 1])
    index = HNSWIndex(8, M=4, ef_construction=40)
    index.add(points)
    found = index.search(points[[0, 799]], 5, 10)
    assert (found.ids[0] < 400).all() and (found.ids[1] >= 400).all()


def test_threads_build_and_search_the_same(built):
    other = HNSWIndex(64, "l2", M=8, ef_construction=60)
    other.add(VECTORS, n_threads=2)
    for a, b in zip(built.graph, other.graph):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(built.search(QUERIES), other.search(QUERIES, n_threads=2)):
        np.testing.assert_array_equal(a, b)


def test_adding_little_by_little(built):
    index = HNSWIndex(64, "l2", M=8, ef_construction=60)
    for start in range(0, 4000, 97):
        index.add(VECTORS[start : start + 97])
        assert len(index) == min(start + 97, 4000)
    np.testing.assert_array_equal(index.graph.levels, built.graph.levels)
    check_graph(index.graph, 8)
    true = exact("l2").ids
    assert recall(index.search(QUERIES).ids, true) > recall(built.search(QUERIES).ids, true) - 0.02


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_deleted_nodes_are_not_found(share):
    index = HNSWIndex(64, M=8, ef_construction=60)
    index.add(VECTORS)
    gone = np.random.default_rng(7).permutation(4000)[: int(4000 * share)]
    index.delete(gone)
    index.delete(gone[:5])
    assert len(index) == 4000 - len(gone)
    kept = np.setdiff1d(np.arange(4000), gone)
    true = kept[exact("l2", VECTORS[kept]).ids]
    found = index.search(QUERIES, 10, 60).ids
    assert not np.isin(found, gone).any() and (found >= 0).all()
    assert recall(found, true) > 0.95
    index.add(VECTORS[:300])
    assert index.search(VECTORS[:1], 1).scores[0, 0] == 0


def test_all_deleted_then_new_ones():
    index = HNSWIndex(64)
    index.add(VECTORS[:50])
    index.delete(range(50))
    assert len(index) == 0 and (index.search(QUERIES, 3).ids == -1).all()
    index.add(VECTORS[50])
    assert index.search(QUERIES[:1], 3).ids.tolist() == [[50, -1, -1]]
    for wrong in ([51], [-1]):
        with pytest.raises(IndexError, match="ids go from 0 to 50"):
            index.delete(wrong)


def test_odd_input():
    index = HNSWIndex(3, "cosine")
    assert index.search([[1, 2, 3]], 2).ids.tolist() == [[-1, -1]]
    index.add(np.empty((0, 3)))
    index.add([0, 0, 0])
    assert index.search([[1, 2, 3]], 2).ids.tolist() == [[0, -1]]
    same = HNSWIndex(3)
    same.add(np.ones((1000, 3)))
    found = same.search([[1, 1, 1]], 10)
    assert (found.scores == 0).all() and len(set(found.ids[0].tolist())) == 10
    wide = HNSWIndex(2000, "ip", M=2, ef_construction=2)
    wide.add(rng.standard_normal((10, 2000)))
    assert sorted(wide.search(np.ones((1, 2000)), 10, 10).ids[0].tolist()) == list(range(10))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: HNSWIndex(3, M=1), "M must be at least 2"),
        (lambda: HNSWIndex(3, M=8, ef_construction=7), "ef_construction must be at least 8"),
        (lambda: HNSWIndex(0), "dim must be at least 1"),
        (lambda: HNSWIndex(3, "dot"), "metric must be"),
        (lambda: HNSWIndex(3).add([[1, 2]]), "3 dimensions, these have 2"),
        (lambda: HNSWIndex(3).add([[1, 2, np.inf]]), "NaN or infinity"),
        (lambda: HNSWIndex(3).search([[1, 2, 3]], 0), "k must be at least 1"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_stamps_wrap_around(built):
    for scratch in built._spare:
        scratch.stamp[0] = 65_500
    before = built.search(QUERIES).ids
    for scratch in built._spare:
        scratch.stamp[0] = 65_500  # 200 queries pass the largest 16-bit number
    np.testing.assert_array_equal(built.search(QUERIES).ids, before)
    assert all(scratch.stamp[0] < 65_500 for scratch in built._spare)


def test_interruption_leaves_whole_batches(monkeypatch):
    index = HNSWIndex(64, M=8, ef_construction=20)
    insert = HNSWIndex._insert

    def interrupted(self, first, last, n_threads):
        insert(self, first, last, n_threads)
        if last >= 1000:
            raise KeyboardInterrupt

    monkeypatch.setattr(HNSWIndex, "_insert", interrupted)
    with pytest.raises(KeyboardInterrupt):
        index.add(VECTORS)
    monkeypatch.undo()
    assert len(index) == 1024
    check_graph(index.graph, 8)
    index.add(VECTORS[1024:])
    check_graph(index.graph, 8)
    assert recall(index.search(QUERIES).ids, exact("l2").ids) > 0.9


@pytest.mark.parametrize("metric", ["l2", "cosine"])
def test_file(tmp_path, metric):
    index = HNSWIndex(64, metric, M=8, ef_construction=60, seed=3)
    index.add(VECTORS[:1000])
    index.delete([5, 6])
    index.save(tmp_path / "index.hnsw")
    assert os.listdir(tmp_path) == ["index.hnsw"]
    content = (tmp_path / "index.hnsw").read_bytes()
    loaded = HNSWIndex.load(tmp_path / "index.hnsw")
    assert len(loaded) == 998 and loaded.metric == metric and loaded.graph.vectors.ctypes.data % 64 == 0
    for a, b in zip(index.search(QUERIES), loaded.search(QUERIES)):
        np.testing.assert_array_equal(a, b)
    for each in (index, loaded):
        each.add(VECTORS[1000:1500])
        each.delete([7])
    for a, b in zip(index.graph, loaded.graph):
        np.testing.assert_array_equal(a, b)
    assert (tmp_path / "index.hnsw").read_bytes() == content  # only save() writes
    loaded.save(tmp_path / "index.hnsw")
    assert len(HNSWIndex.load(tmp_path / "index.hnsw")) == 1497


def test_empty_file_round_trip(tmp_path):
    HNSWIndex(7).save(tmp_path / "empty")
    loaded = HNSWIndex.load(str(tmp_path / "empty"))
    assert len(loaded) == 0
    loaded.add(np.eye(7))
    assert loaded.search(np.eye(7)[:2], 1).ids.tolist() == [[0], [1]]


def test_damaged_files(tmp_path, built):
    path = tmp_path / "index"
    built.save(path)
    content = path.read_bytes()
    for length in (0, 5, 15, 16, 100, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:length])
        with pytest.raises(ValueError, match=r"cut off|is not an HNSW index"):
            HNSWIndex.load(path)
    path.write_bytes(content + b"x")
    with pytest.raises(ValueError, match="cut off or altered"):
        HNSWIndex.load(path)
    path.write_bytes(content.replace(b'"version": 2', b'"version": 9'))
    with pytest.raises(ValueError, match="format version 9"):
        HNSWIndex.load(path)
    with pytest.raises(FileNotFoundError):
        HNSWIndex.load(tmp_path / "nothing")


def test_a_file_with_any_bits_changed_is_refused_or_answers(tmp_path):
    path, rng = tmp_path / "index", np.random.default_rng(0)
    vectors = rng.standard_normal((300, 3)).astype(np.float32)[rng.integers(0, 300, 400)]
    index = HNSWIndex(3, M=4)
    index.add(vectors)
    index.save(path)
    content = path.read_bytes()
    refused = 0
    for n in range(400):
        data = bytearray(content)
        for at in rng.integers(16 if n % 4 == 0 else 1024, 1500 if n % 4 == 0 else len(data), 1 + n % 6):
            data[at] ^= 1 << int(rng.integers(8))
        path.write_bytes(data)
        try:
            with np.errstate(all="ignore"):
                HNSWIndex.load(path).search(vectors[:20], 5)
        except FileFormatError:
            refused += 1
    assert refused > 150


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("links", 10**6), ("links", -2), ("upper", 10**6), ("upper", -2), ("levels", 40), ("levels", -2), ("upper_start", 2**40),
        ("upper_start", -1), ("copies", 10**6), ("copies", 1), ("deleted", 2),
    ],
)  # fmt: skip
def test_a_file_whose_links_lead_nowhere(tmp_path, built, name, value):
    path = tmp_path / "index"
    built.save(path)
    content = bytearray(path.read_bytes())
    first = 16 + int.from_bytes(content[8:16], "little")
    place = json.loads(content[16:first])["arrays"][name]
    array = np.frombuffer(
        content, np.dtype(place["dtype"]).str.replace("b1", "u1"), int(np.prod(place["shape"])), first + place["offset"]
    )
    highest = int(np.argmax(built.graph.levels))
    array.reshape(place["shape"])[highest if name == "upper_start" else 0] = value
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match="its links lead nowhere"):
        HNSWIndex.load(path)


@pytest.mark.parametrize("metric", ["l2", "ip", "cosine"])
@pytest.mark.parametrize("step", [100, 1, 2000])
def test_copies_do_not_cut_the_graph_apart(metric, step):
    distinct = np.random.default_rng(0).standard_normal((20, 8)).astype(np.float32)
    vectors = np.repeat(distinct, 100, axis=0)
    index, exact = HNSWIndex(8, metric), ExactIndex(8, metric)
    exact.add(vectors)
    for start in range(0, len(vectors), step):
        index.add(vectors[start : start + step])
    for k in (1, 7, 150):
        found, right = index.search(distinct, k), exact.search(distinct, k)
        np.testing.assert_allclose(found.scores, right.scores, rtol=1e-6)
        np.testing.assert_array_equal(found.ids, right.ids)


def test_all_copies_are_found_whatever_order_they_come_in_and_whatever_is_deleted(tmp_path):
    rng = np.random.default_rng(1)
    distinct = rng.integers(-1, 2, (60, 6)).astype(np.float32)
    distinct[distinct == 0] *= rng.choice([-1, 1], int((distinct == 0).sum()))  # 0.0 and -0.0 are one
    vectors = distinct[rng.integers(0, 60, 1500)]
    index, exact = HNSWIndex(6, M=4), ExactIndex(6)
    index.add(vectors[:700], n_threads=2)
    index.save(tmp_path / "index")
    index = HNSWIndex.load(tmp_path / "index")
    index.add(vectors[700:])
    gone = rng.choice(1500, 900, replace=False)
    index.delete(gone)
    kept = np.setdiff1d(np.arange(1500), gone)
    exact.add(vectors[kept])
    found, right = index.search(distinct, 20), exact.search(distinct, 20)
    np.testing.assert_array_equal(found.ids, kept[right.ids])
    graph = index.graph
    linked = graph.links[graph.links >= 0]
    assert (graph.levels[linked] >= 0).all()  # no link leads to a copy


def test_a_refused_add_changes_nothing():
    index = HNSWIndex(2)
    index.add([[0, 1]])
    with pytest.raises(ValueError, match="n_threads"):
        index.add([[1, 0]], n_threads=0)
    index.add([[1, 0]])
    assert index.search([[1, 0]], 2).ids.tolist() == [[1, 0]]


def test_failed_save_keeps_the_old_file(tmp_path, built, monkeypatch):
    path = tmp_path / "index"
    path.write_bytes(b"old")

    def full_disk(*args):
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", full_disk)
    with pytest.raises(OSError, match="no space"):
        built.save(path)
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["index"]
