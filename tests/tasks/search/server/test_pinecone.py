"""The local compatible server through Pinecone's client: vectors, namespaces, metadata filters, and what is refused."""

import math

import numpy as np
import pytest
from pinecone import Pinecone, ServerlessSpec
from pinecone.exceptions import PineconeException

from nlpjourney.tasks.search.server import SearchServer
from nlpjourney.tasks.search.server.pinecone_filter import read_filter
from nlpjourney.tasks.search.server.vector_collection import VectorCollection


class TestPinecone:
    def test_vectors(self, server: SearchServer) -> None:
        pc = Pinecone(api_key="local", host=server.url)
        pc.create_index("v", dimension=2, metric="cosine", spec=ServerlessSpec(cloud="aws", region="x"))
        index = pc.Index(host=pc.describe_index("v").host)
        rows = [{"id": f"r{i}", "values": [math.cos(i), math.sin(i)], "metadata": {"n": i}} for i in range(6)]
        index.upsert(vectors=rows)
        found = index.query(vector=[1, 0], top_k=2, include_values=True).matches
        assert [match.id for match in found] == ["r0", "r1"]
        assert found[1].score == pytest.approx(math.cos(1), abs=1e-6)
        assert [m.id for m in index.query(vector=[1, 0], top_k=9, filter={"n": {"$gte": 4}}).matches] == ["r5", "r4"]
        assert [m.id for m in index.query(id="r3", top_k=1).matches] == ["r3"]
        index.upsert(vectors=[{"id": "r0", "values": [-1, 0]}], namespace="")
        assert index.query(vector=[1, 0], top_k=1).matches[0].id == "r1"
        index.upsert(vectors=[{"id": "r0", "values": [1, 0]}], namespace="other")
        assert index.query(vector=[-1, 0], top_k=1, namespace="other").matches[0].id == "r0"
        stats = index.describe_index_stats()
        assert stats.total_vector_count == 7
        index.delete(ids=["r1"])
        assert set(index.fetch(ids=["r0", "r1"]).vectors) == {"r0"}
        with pytest.raises(Exception, match="2 dimensions"):
            index.upsert(vectors=[{"id": "x", "values": [1, 2, 3]}])
        with pytest.raises(Exception, match="already exists"):
            pc.create_index("v", dimension=2, metric="cosine", spec=ServerlessSpec(cloud="aws", region="x"))
        pc.delete_index("v")
        assert not pc.has_index("v")

    def test_filters(self) -> None:
        data = {"n": 3, "tags": ["a", "b"], "city": "Rome"}
        for condition, expected in [
            ({}, True), ({"n": 3}, True), ({"n": {"$gt": 3}}, False), ({"n": {"$gte": 3, "$lt": 4}}, True),
            ({"tags": {"$in": ["b", "x"]}}, True), ({"tags": {"$nin": ["b"]}}, False),
            ({"city": {"$in": ["Oslo"]}}, False),
            ({"absent": 1}, False), ({"absent": {"$ne": 1}}, True), ({"city": {"$gt": 3}}, False),
            ({"$or": [{"n": 1}, {"city": "Rome"}]}, True), ({"$and": [{"n": 3}, {"city": "Oslo"}]}, False),
        ]:  # fmt: skip
            assert read_filter(condition)(data) is expected, condition
        with pytest.raises(ValueError, match="unknown operator '\\$regex'"):
            read_filter({"city": {"$regex": "R"}})

    def test_a_filter_does_not_lose_results(self) -> None:
        rng = np.random.default_rng(0)
        vectors = rng.standard_normal((400, 8)).astype(np.float32)
        index = VectorCollection(8, "l2")
        index.upsert("", [(str(i), v.tolist(), {"rare": i % 50 == 0}) for i, v in enumerate(vectors)])
        index.delete("", ["0", "absent"])
        found = index.query("", vectors[1].tolist(), 20, read_filter({"rare": True}))
        apart = ((vectors - vectors[1]) ** 2).sum(axis=1)
        expected = sorted(range(50, 400, 50), key=lambda i: apart[i])
        assert [int(vector_id) for vector_id, _ in found] == expected
        assert index.query("", vectors[3].tolist(), 1)[0][0] == "3"


FILMS = [
    {"id": "both", "values": [1, 0], "metadata": {"g": ["comedy", "drama"], "y": 1990, "seen": True}},
    {"id": "drama", "values": [0, 1], "metadata": {"g": "drama", "y": 2000.5, "seen": False}},
    {"id": "bare", "values": [1, 1], "metadata": {"y": 1}},
    {"id": "none", "values": [2, 1]},
]


@pytest.fixture
def films(server: SearchServer):
    pc = Pinecone(api_key="local", host=server.url)
    pc.create_index("films", dimension=2, metric="cosine", spec=ServerlessSpec(cloud="aws", region="x"))
    index = pc.Index(host=pc.describe_index("films").host)
    index.upsert(vectors=FILMS)
    return index


class TestFiltersThroughTheClient:
    @pytest.mark.parametrize(("condition", "ids"), [
        ({"g": "comedy"}, {"both"}), ({"g": {"$eq": "drama"}}, {"both", "drama"}),
        ({"g": {"$ne": "drama"}}, {"bare", "none"}),
        ({"g": {"$ne": "comedy"}}, {"drama", "bare", "none"}), ({"$and": [{"g": "comedy"}, {"g": "drama"}]}, {"both"}),
        ({"g": {"$in": ["comedy", "x"]}}, {"both"}), ({"g": {"$nin": ["comedy"]}}, {"drama", "bare", "none"}),
        ({"g": {"$in": []}}, set()),
        ({"seen": True}, {"both"}), ({"seen": 1}, set()), ({"y": 1}, {"bare"}), ({"y": 1.0}, {"bare"}),
        ({"y": True}, set()), ({"y": {"$in": [True]}}, set()),
        ({"y": {"$gt": 1990}}, {"drama"}), ({"y": {"$gte": 1990, "$lt": 2000.5}}, {"both"}),
        ({"g": {"$gt": 1}}, set()), ({"seen": {"$gte": 0}}, set()),
        ({"g": {"$exists": True}}, {"both", "drama"}), ({"y": {"$exists": False}}, {"none"}),
        ({"$or": [{"y": 1}, {"seen": True}]}, {"both", "bare"}),
        ({"$or": [{"$and": [{"y": 1}, {"g": "x"}]}, {"seen": False}]}, {"drama"}), ({"y": 1, "seen": True}, set()),
    ])  # fmt: skip
    def test_filters(self, films, condition: dict, ids: set) -> None:
        assert {match.id for match in films.query(vector=[1, 0], top_k=9, filter=condition).matches} == ids
        films.delete(filter=condition)
        assert set(films.fetch(ids=[film["id"] for film in FILMS]).vectors) == {film["id"] for film in FILMS} - ids

    @pytest.mark.parametrize("condition", [
        {"g": {"$in": "comedy-drama"}}, {"g": {"$nin": "x"}}, {"g": {"$in": [None]}}, {"g": {"$eq": ["a"]}},
        {"g": ["a"]}, {"g": None}, {"g": {}},
        {"y": {"$gt": "1990"}}, {"y": {"$lt": True}}, {"g": {"$exists": 1}}, {"g": {"$regex": "c"}},
        {"$not": {"g": "x"}}, {"$and": {"g": "x"}},
        {"$or": []}, {"$and": ["g"]}, {"$eq": "x"}, {"g": {"$eq": "comedy", "$like": "c"}}, {"g": {"$and": []}},
    ])  # fmt: skip
    @pytest.mark.parametrize("namespace", ["", "absent"])
    def test_what_is_not_understood_is_refused(self, films, ask, condition: dict, namespace: str) -> None:
        for path, body in (("query", {"vector": [1, 0], "topK": 1}), ("vectors/delete", {})):
            status, content = ask(
                "POST", f"/vector-index/films/{path}", body | {"filter": condition, "namespace": namespace}
            )
            assert status == 400 and content["error"]["code"] == "INVALID_ARGUMENT" and content["error"]["message"]
        assert films.describe_index_stats().total_vector_count == 4


class TestRequests:
    def test_ids_are_unquoted_once(self, films) -> None:
        odd = ["a b", "a%20b", "a%2520b", "a+b", "a/b", "a,b", "?&#", "100%", " x "]
        films.upsert(
            vectors=[{"id": vector_id, "values": [i, 1]} for i, vector_id in enumerate(odd)], namespace="a%20b"
        )
        fetched = films.fetch(ids=odd, namespace="a%20b").vectors
        assert [list(fetched[vector_id].values) for vector_id in odd] == [[i, 1] for i in range(len(odd))]

    def test_only_an_upsert_makes_a_namespace(self, films) -> None:
        assert films.query(vector=[1, 0], top_k=1, namespace="typo").matches == []
        assert films.fetch(ids=["both"], namespace="typo").vectors == {}
        with pytest.raises(PineconeException, match="no vector 'both' in the namespace 'typo'"):
            films.query(id="both", top_k=1, namespace="typo")
        with pytest.raises(PineconeException, match="namespace 'typo' not found"):
            films.delete(delete_all=True, namespace="typo")
        with pytest.raises(PineconeException, match="2 dimensions"):
            films.upsert(vectors=[{"id": "x", "values": [1, 2, 3]}], namespace="typo")
        assert set(films.describe_index_stats().namespaces) == {""}

    def test_delete_all(self, films) -> None:
        films.upsert(vectors=[{"id": "x", "values": [1, 2]}], namespace="other")
        films.delete(delete_all=True)
        assert (
            films.describe_index_stats().total_vector_count == 1 and films.query(vector=[1, 0], top_k=3).matches == []
        )

    @pytest.mark.parametrize(("path", "body", "name"), [
        ("query", {"topK": 1}, "vector"), ("query", {"topK": 1, "vector": [1, 0], "id": "both"}, "either"),
        ("query", {"vector": [1, 0]}, "topK"),
        ("query", {"topK": 1, "vector": [1, 0], "sparseVector": {}}, "sparseVector"),
        ("query", {"topK": 0, "vector": [1, 0]}, "topK"),
        ("query", {"topK": 1, "vector": [1]}, "2 dimensions"), ("query", {"topK": 1, "vector": []}, "2 dimensions"),
        ("query", {"topK": 1, "vector": ["a", 1]}, "numbers"),
        ("query", {"topK": 1, "vector": [1, 0], "includeValues": "yes"}, "includeValues"),
        ("query", {"topK": 1, "vector": [1, 0], "namespace": 3}, "namespace"),
        ("vectors/delete", {}, "exactly one"), ("vectors/delete", {"ids": ["both"], "deleteAll": True}, "exactly one"),
        ("vectors/delete", {"filter": {}}, "deleteAll"),
        ("vectors/delete", {"ids": "both", "filter": {"y": 1}}, "exactly one"), ("vectors/delete", {"ids": [1]}, "ids"),
        ("vectors/upsert", {"vectors": [{"id": "new", "values": [1, 0]}, {"id": "x", "values": [1, None]}]}, "numbers"),
        ("vectors/upsert", {"vectors": [{"id": "new", "values": [1, 0]}, {"id": "x", "values": [1e300, 1]}]}, "float32"),
        ("vectors/upsert", {"vectors": [{"id": "new", "values": [1, 0], "sparseValues": {}}]}, "sparseValues"),
        ("vectors/upsert", {}, "vectors"),
        ("vectors/upsert", {"vectors": [{"id": "new", "values": [1, 0]}, {"id": 3, "values": [1, 0]}]}, "id"),
        ("vectors/upsert", {"vectors": [{"id": "new", "values": [1, 0], "metadata": {"a": None}}]}, "'a'"),
        ("vectors/upsert", {"vectors": [{"id": "new", "values": [1, 0], "metadata": {"a": {"b": 1}}}]}, "'a'"),
        ("vectors/upsert", {"vectors": [{"id": "new", "values": [1, 0], "metadata": {"a": [1]}}]}, "'a'"),
        ("vectors/update", {"id": "both", "setMetadata": {}}, "vectors/update"),
        ("describe_index_stats", {"filter": {}}, "filter"),
    ])  # fmt: skip
    def test_what_is_not_served_changes_nothing(self, films, ask, path: str, body: dict, name: str) -> None:
        status, content = ask("POST", f"/vector-index/films/{path}", body)
        assert status == 400 and name in content["error"]["message"]
        assert films.describe_index_stats().total_vector_count == 4

    @pytest.mark.parametrize(("method", "path", "body"), [
        ("GET", "/vector-index/films/vectors/list", b""),
        ("GET", "/vector-index/films/vectors/fetch?ids=both&limit=3", b""),
        ("GET", "/vector-index/films/vectors/fetch", b""), ("POST", "/indexes?x=1", {"name": "n", "dimension": 2}),
        ("POST", "/indexes", {"name": "n"}),
        ("POST", "/indexes", {"name": "n", "dimension": 2, "metric": "hamming"}),
        ("POST", "/indexes", {"name": "n", "dimension": 2, "tags": {}}),
        ("POST", "/indexes", {"name": "n", "dimension": 2, "deletion_protection": "enabled"}),
        ("POST", "/indexes", {"name": "n", "dimension": "two"}),
        ("POST", "/indexes", {"name": "n", "vector_type": "sparse", "dimension": 2}),
        ("POST", "/indexes", {"name": "n", "schema": {"fields": {"text": {}}}}),
        ("POST", "/indexes", {"name": "n", "dimension": 10**9}),
    ])  # fmt: skip
    def test_other_requests_are_refused(self, films, ask, method: str, path: str, body) -> None:
        status, content = ask(method, path, body)
        assert status == 400 and content["error"]["code"] == "INVALID_ARGUMENT"
        assert [index["name"] for index in ask("GET", "/indexes")[1]["indexes"]] == ["films"]
