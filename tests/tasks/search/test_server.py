"""The local compatible server through the real clients: it answers what the library gives, and refuses what it does not know."""

import math
from pathlib import Path

import numpy as np
import pysolr
import pytest
from elasticsearch import BadRequestError, Elasticsearch, NotFoundError, helpers
from pinecone import Pinecone, ServerlessSpec

from nlpjourney.tasks.search import BM25Index
from nlpjourney.tasks.search.server import SearchServer
from nlpjourney.tasks.search.server.collection import K1, B
from nlpjourney.tasks.search.server.solr_api import clauses
from nlpjourney.tasks.search.server.vector_collection import VectorCollection, matches

TEXTS = ["the cat sat on the mat", "the dog and the cat", "a <b>bird</b> & a cat sat", "fish"]


@pytest.fixture
def server(tmp_path: Path):
    with SearchServer(tmp_path) as running:
        yield running


@pytest.fixture
def es(server: SearchServer):
    client = Elasticsearch(server.url)
    actions = [{"_index": "t", "_id": f"d{i}", "_source": {"text": t, "n": i}} for i, t in enumerate(TEXTS)]
    assert helpers.bulk(client, actions, refresh=True)[0] == 4
    yield client
    client.close()


def ids(client: Elasticsearch, query: dict, **more) -> list[str]:
    return [hit["_id"] for hit in client.search(index="t", query=query, **more)["hits"]["hits"]]


class TestElasticsearchClient:
    def test_match_is_bm25(self, es: Elasticsearch) -> None:
        ours = BM25Index(k1=K1, b=B).fit(TEXTS)
        for query in ("cat", "cat sat mat", "bird the", "absent"):
            hits = es.search(index="t", query={"match": {"text": query}})["hits"]
            expected = ours.search(query)
            assert [hit["_id"] for hit in hits["hits"]] == [f"d{hit.doc}" for hit in expected]
            assert [hit["_score"] for hit in hits["hits"]] == pytest.approx([hit.score for hit in expected])
            assert hits["total"]["value"] == len(expected)

    def test_queries(self, es: Elasticsearch) -> None:
        assert ids(es, {"match": {"text": {"query": "cat sat", "operator": "and"}}}) == ["d0", "d2"]
        assert ids(es, {"match_phrase": {"text": "the cat"}}) == ["d1", "d0"] or ids(
            es, {"match_phrase": {"text": "the cat"}}
        ) == ["d0", "d1"]
        assert ids(es, {"match_phrase": {"text": "cat the"}}) == []
        assert ids(es, {"match_all": {}}, size=2, from_=1) == ["d1", "d2"]
        assert ids(es, {"term": {"n": 2}}) == ["d2"] and ids(es, {"terms": {"n": [0, 3]}}) == ["d0", "d3"]
        assert ids(es, {"match": {"nothing": "cat"}}) == []
        query = {"bool": {"must": {"match": {"text": "cat"}}, "must_not": [{"match": {"text": "dog"}}]}}
        assert set(ids(es, query)) == {"d0", "d2"}
        either = {"bool": {"should": [{"match": {"text": "dog"}}, {"match": {"text": "fish"}}]}}
        assert set(ids(es, either)) == {"d1", "d3"} and es.count(index="t", query=either)["count"] == 2

    def test_highlight_is_safe(self, es: Elasticsearch) -> None:
        found = es.search(index="t", query={"match": {"text": "bird"}}, highlight={"fields": {"text": {}}})
        assert found["hits"]["hits"][0]["highlight"]["text"] == ["a &lt;b&gt;<em>bird</em>&lt;/b&gt; &amp; a cat sat"]
        phrase = {"match_phrase": {"text": "the cat"}}
        found = es.search(
            index="t", query=phrase, highlight={"fields": {"text": {"pre_tags": ["["], "post_tags": ["]"]}}}
        )
        marked = {hit["_id"]: hit["highlight"]["text"][0] for hit in found["hits"]["hits"]}
        assert marked == {"d0": "[the] [cat] sat on the mat", "d1": "the dog and [the] [cat]"}

    def test_documents(self, es: Elasticsearch) -> None:
        assert es.get(index="t", id="d1")["_source"] == {"text": TEXTS[1], "n": 1}
        assert es.index(index="t", id="d1", document={"text": "horse"})["result"] == "updated"
        assert ids(es, {"match": {"text": "horse"}}) == []  # not before a refresh
        es.indices.refresh(index="t")
        assert ids(es, {"match": {"text": "horse"}}) == ["d1"]
        assert es.index(index="t", id="ä/ 1", document={"text": "odd"}, refresh=True)["result"] == "created"
        assert es.get(index="t", id="ä/ 1")["_source"] == {"text": "odd"}
        assert es.delete(index="t", id="d1", refresh=True)["result"] == "deleted"
        with pytest.raises(NotFoundError):
            es.delete(index="t", id="d1")
        with pytest.raises(NotFoundError):
            es.get(index="t", id="d1")
        assert es.count(index="t")["count"] == 4

    def test_what_it_does_not_know_is_refused(self, es: Elasticsearch) -> None:
        with pytest.raises(BadRequestError, match="does not know the query 'fuzzy'"):
            es.search(index="t", query={"fuzzy": {"text": "cat"}})
        with pytest.raises(BadRequestError, match="does not know 'aggs'"):
            es.search(index="t", aggs={"a": {"terms": {"field": "n"}}})
        with pytest.raises(NotFoundError, match="index_not_found"):
            es.search(index="absent")
        es.indices.create(index="new")
        with pytest.raises(BadRequestError, match="resource_already_exists"):
            es.indices.create(index="new")
        assert es.indices.exists(index="new")
        es.indices.delete(index="new")
        assert not es.indices.exists(index="new")


def test_documents_are_there_again(tmp_path: Path) -> None:
    for expected in (0, 1):
        with SearchServer(tmp_path) as server, Elasticsearch(server.url) as client:
            if expected == 0:
                client.index(index="a b", id="1", document={"my field/..": "cat"}, refresh=True)
            found = client.search(index="a b", query={"match": {"my field/..": "cat"}})
            assert found["hits"]["total"]["value"] == 1


class TestPysolr:
    @pytest.fixture
    def solr(self, server: SearchServer):
        solr = pysolr.Solr(f"{server.url}/solr/t", always_commit=True)
        solr.add([{"id": f"d{i}", "text": t, "kind": "even" if i % 2 == 0 else "odd"} for i, t in enumerate(TEXTS)])
        return solr

    def test_search(self, solr: pysolr.Solr) -> None:
        ours = BM25Index(k1=K1, b=B).fit(TEXTS)
        found = solr.search("text:(cat sat)", fl="*,score")
        assert [doc["id"] for doc in found] == [f"d{hit.doc}" for hit in ours.search("cat sat")]
        assert [doc["score"] for doc in found] == pytest.approx([hit.score for hit in ours.search("cat sat")])
        assert {doc["id"] for doc in solr.search('text:"the cat"')} == {"d0", "d1"}
        assert {doc["id"] for doc in solr.search("cat", fq="kind:even")} == {"d0", "d2"}
        assert solr.search("text:dog fish").hits == 2 and solr.search("*:*").hits == 4
        marked = solr.search("bird", hl="true", **{"hl.fl": "text", "hl.simple.pre": "[", "hl.simple.post": "]"})
        assert marked.highlighting["d2"]["text"] == ["a &lt;b&gt;[bird]&lt;/b&gt; &amp; a cat sat"]

    def test_delete_and_errors(self, solr: pysolr.Solr) -> None:
        solr.delete(id="d0")
        assert solr.search("*:*").hits == 3
        solr.delete(q="text:fish")
        assert {doc["id"] for doc in solr.search("*:*")} == {"d1", "d2"}
        with pytest.raises(pysolr.SolrError, match="cannot parse"):
            solr.search('text:"open')
        with pytest.raises(pysolr.SolrError, match="uniqueKey"):
            solr.add([{"text": "no id"}])

    def test_clauses(self) -> None:
        assert clauses('a:b "c d" e:(f g) *:*', "text") == [
            ("a", "b", False), ("text", "c d", True), ("e", "f g", False), ("*", "*", False),
        ]  # fmt: skip


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
            ({"tags": {"$in": ["b", "x"]}}, True), ({"tags": {"$nin": ["b"]}}, False), ({"city": {"$in": ["Oslo"]}}, False),
            ({"absent": 1}, False), ({"absent": {"$ne": 1}}, True), ({"city": {"$gt": 3}}, False),
            ({"$or": [{"n": 1}, {"city": "Rome"}]}, True), ({"$and": [{"n": 3}, {"city": "Oslo"}]}, False),
        ]:  # fmt: skip
            assert matches(data, condition) is expected, condition
        with pytest.raises(ValueError, match="unknown operator '\\$regex'"):
            matches(data, {"city": {"$regex": "R"}})

    def test_a_filter_does_not_lose_results(self) -> None:
        rng = np.random.default_rng(0)
        vectors = rng.standard_normal((400, 8)).astype(np.float32)
        index = VectorCollection(8, "l2")
        index.upsert("", [(str(i), v.tolist(), {"rare": i % 50 == 0}) for i, v in enumerate(vectors)])
        index.delete("", ["0", "absent"])
        found = index.query("", vectors[1].tolist(), 20, {"rare": True})
        apart = ((vectors - vectors[1]) ** 2).sum(axis=1)
        expected = sorted(range(50, 400, 50), key=lambda i: apart[i])
        assert [int(vector_id) for vector_id, _ in found] == expected
        assert index.query("", vectors[3].tolist(), 1)[0][0] == "3"
