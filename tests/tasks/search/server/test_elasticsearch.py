"""The local compatible server through Elasticsearch's client: it answers what the library gives and refuses all else by name."""

from pathlib import Path

import pytest
from elasticsearch import BadRequestError, ConflictError, Elasticsearch, NotFoundError, helpers

from nlpjourney.tasks.search import BM25Index
from nlpjourney.tasks.search.server import SearchServer
from nlpjourney.tasks.search.server.collection import K1, B

TEXTS = ["the cat sat on the mat", "the dog and the cat", "a <b>bird</b> & a cat sat", "fish"]


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


class TestWrites:
    def test_create_keeps_the_old_document(self, es: Elasticsearch) -> None:
        for create in (
            lambda: es.index(index="t", id="d0", op_type="create", document={"text": "new"}),
            lambda: es.create(index="t", id="d0", document={"text": "new"}),
        ):
            with pytest.raises(ConflictError, match="version_conflict_engine_exception"):
                create()
        found = es.bulk(operations=[{"create": {"_index": "t", "_id": "d0"}}, {"text": "new"}])
        assert found["errors"] and found["items"][0]["create"]["status"] == 409
        with pytest.raises(helpers.BulkIndexError):
            helpers.bulk(es, [{"_op_type": "create", "_index": "t", "_id": "d0", "text": "new"}])
        es.indices.refresh(index="t")
        assert es.get(index="t", id="d0")["_source"]["text"] == TEXTS[0] and es.count(index="t")["count"] == 4
        assert es.create(index="t", id="new", document={})["result"] == "created"

    def test_writes_are_conditional(self, es: Elasticsearch) -> None:
        first = es.get(index="t", id="d1")
        condition = {"if_seq_no": first["_seq_no"], "if_primary_term": first["_primary_term"]}
        second = es.index(index="t", id="d1", document={"n": 2}, **condition)
        assert (second["_version"], first["_version"]) == (2, 1) and second["_seq_no"] > first["_seq_no"]
        for write in (
            lambda: es.index(index="t", id="d1", document={"n": 3}, **condition),
            lambda: es.update(index="t", id="d1", doc={"n": 3}, **condition),
            lambda: es.delete(index="t", id="d1", **condition),
            lambda: es.index(index="t", id="absent", document={"n": 3}, **condition),
        ):
            with pytest.raises(ConflictError):
                write()
        assert es.get(index="t", id="d1")["_source"] == {"n": 2} and not es.exists(index="t", id="absent")
        with pytest.raises(BadRequestError, match="given together"):
            es.index(index="t", id="d1", document={}, if_seq_no=99)
        es.delete(index="t", id="d1", if_seq_no=second["_seq_no"], if_primary_term=1)
        assert not es.exists(index="t", id="d1")

    def test_get_is_realtime_and_search_is_not(self, es: Elasticsearch) -> None:
        es.index(index="t", id="new", document={"text": "zebra"})
        assert es.get(index="t", id="new")["_source"] == {"text": "zebra"} and es.exists(index="t", id="new")
        assert ids(es, {"match": {"text": "zebra"}}) == []
        es.delete(index="t", id="d0")
        assert not es.exists(index="t", id="d0") and "d0" in ids(es, {"match_all": {}})
        assert [doc["found"] for doc in es.mget(index="t", ids=["new", "d0", "d1"])["docs"]] == [True, False, True]
        es.indices.refresh(index="t")
        assert ids(es, {"match": {"text": "zebra"}}) == ["new"] and "d0" not in ids(es, {"match_all": {}})

    @pytest.mark.parametrize("lines", [
        b'{"index":{"_index":"t","_id":"x"}}\n{"n":1}\n{"replace":{"_index":"t","_id":"y"}}\n{}\n',
        b'{"index":{"_index":"t","_id":"x"}}\n{"n":1}\n{"index":{"_index":"t","_id":"y"}}\n',
        b'{"index":{"_index":"t","_id":"x"}}\n{"n":1}\n{"delete":{"_index":"t"}}\n',
        b'{"index":{"_index":"t","_id":"x"}}\n{"n":1}\n{"index":{"_id":"y"}}\n{}\n',
        b'{"index":{"_index":"t","_id":"x"}}\n{"n":1}\n{"index":{"_index":"t","_id":"y","routing":"a"}}\n{}\n',
        b'{"index":{"_index":"t","_id":"x"}}\n{"n":1}\n{"update":{"_index":"t","_id":"d0"}}\n{"script":"x"}\n',
        b'{"index":{"_index":"t","_id":"x"}}\n{"n":1}\nnull\n',
        b'{"index":{"_index":"t","_id":"x"}}\n{"n":NaN}\n',
    ])  # fmt: skip
    def test_a_malformed_bulk_request_changes_nothing(self, es: Elasticsearch, ask, lines: bytes) -> None:
        status, content = ask("POST", "/_bulk?refresh=true", lines)
        assert status == 400 and content["error"]["reason"]
        assert not es.exists(index="t", id="x") and es.count(index="t")["count"] == 4

    def test_each_bulk_action_has_its_answer(self, es: Elasticsearch) -> None:
        found = es.bulk(refresh=True, operations=[
            {"index": {"_index": "t", "_id": "x1"}}, {"n": 1},
            {"index": {"_index": "t", "_id": "x2"}}, {"n": "no number"},
            {"update": {"_index": "t", "_id": "d1"}}, {"doc": {"n": 7}},
            {"update": {"_index": "t", "_id": "absent"}}, {"doc": {"n": 7}},
            {"delete": {"_index": "t", "_id": "d2"}},
            {"index": {"_index": "t"}}, {"n": 3},
        ])  # fmt: skip
        answers = [next(iter(item.values())) for item in found["items"]]
        assert [answer["status"] for answer in answers] == [201, 400, 200, 404, 200, 201] and found["errors"]
        assert [answer.get("error", {}).get("type") for answer in answers] == [
            None, "document_parsing_exception", None, "document_missing_exception", None, None,
        ]  # fmt: skip
        assert es.get(index="t", id="d1")["_source"] == {"text": TEXTS[1], "n": 7}
        assert es.get(index="t", id=answers[-1]["_id"])["_source"] == {"n": 3} and es.count(index="t")["count"] == 5

    def test_deleting_what_is_not_there(self, es: Elasticsearch) -> None:
        found = es.bulk(operations=[{"delete": {"_index": "t", "_id": "nope"}}])
        assert not found["errors"] and found["items"][0]["delete"]["result"] == "not_found"
        found = es.bulk(operations=[{"delete": {"_index": "absent", "_id": "nope"}}])
        assert found["items"][0]["delete"]["error"]["type"] == "index_not_found_exception"
        with pytest.raises(NotFoundError, match="no such index"):
            es.delete(index="absent", id="nope")
        assert not es.indices.exists(index="absent")

    def test_updates(self, es: Elasticsearch) -> None:
        es.index(index="u", id="1", document={"a": {"x": 1, "y": [1]}, "b": "old"})
        assert es.update(index="u", id="1", doc={"a": {"y": [2]}, "c": None})["result"] == "updated"
        assert es.get(index="u", id="1")["_source"] == {"a": {"x": 1, "y": [2]}, "b": "old", "c": None}
        assert es.update(index="u", id="1", doc={"b": "old"})["result"] == "noop"
        with pytest.raises(NotFoundError, match="document_missing"):
            es.update(index="u", id="2", doc={"b": 1})
        assert es.update(index="u", id="2", doc={"b": "x"}, doc_as_upsert=True)["result"] == "created"
        es.update(index="u", id="3", doc={"b": "x"}, upsert={"b": "first"})
        assert es.get(index="u", id="3")["_source"] == {"b": "first"}
        with pytest.raises(BadRequestError, match="'script'"):
            es.update(index="u", id="1", script={"source": "x"})

    def test_ids_are_unquoted_once(self, es: Elasticsearch) -> None:
        odd = ["a b", "a%20b", "a%2520b", "a/b", "a%2Fb", "a+b", "ü?&#", "_x", "..", "😀", "100%"]
        for number, doc_id in enumerate(odd):
            assert es.index(index="ids", id=doc_id, document={"n": number})["_id"] == doc_id
        helpers.bulk(es, [{"_index": "ids", "_id": f"bulk {doc_id}", "n": 1} for doc_id in odd], refresh=True)
        assert es.count(index="ids")["count"] == 2 * len(odd)
        for number, doc_id in enumerate(odd):
            assert es.get(index="ids", id=doc_id)["_source"] == {"n": number}
            assert es.get(index="ids", id=f"bulk {doc_id}")["_id"] == f"bulk {doc_id}"
            assert es.delete(index="ids", id=doc_id)["result"] == "deleted"
        es.index(index="a%20b", id="1", document={})
        assert es.indices.exists(index="a%20b") and not es.indices.exists(index="a b")

    def test_a_document_gets_an_id(self, es: Elasticsearch) -> None:
        first, second = (es.index(index="t", document={"n": 9}, refresh=True)["_id"] for _ in range(2))
        assert first != second and set(ids(es, {"term": {"n": 9}})) == {first, second}


DOCUMENT = {
    "n": 3, "f": 2.5, "ok": True, "tags": ["x", "New York"], "o": {"k": "deep cat", "l": [{"m": 1}, {"m": 2}]},
}  # fmt: skip


class TestFields:
    @pytest.fixture(scope="class")
    def one(self, tmp_path_factory: pytest.TempPathFactory):
        """For tests that only read."""
        with SearchServer(tmp_path_factory.mktemp("one")) as server, Elasticsearch(server.url) as client:
            client.index(index="t", id="1", document=DOCUMENT, refresh=True)
            client.index(index="t", id="2", document={"n": 4, "tags": "york new", "none": None}, refresh=True)
            yield client

    @pytest.mark.parametrize("query", [
        {"match": {"n": 3}}, {"match": {"n": "3"}}, {"term": {"n": 3}}, {"term": {"n": 3.0}}, {"term": {"f": 2.5}},
        {"match": {"tags": "x"}}, {"term": {"tags": "x"}}, {"term": {"tags.keyword": "New York"}},
        {"match_phrase": {"tags": "new york"}}, {"match": {"o.k": "cat"}}, {"term": {"o.l.m": 2}},
        {"terms": {"n": [3, 5]}},
        {"term": {"ok": True}}, {"term": {"ok": "true"}}, {"exists": {"field": "o"}}, {"exists": {"field": "ok"}},
        {"range": {"n": {"lt": 4}}}, {"range": {"f": {"gte": 2.5, "lte": 2.5}}}, {"ids": {"values": ["1", "9"]}},
        {"range": {"tags.keyword": {"gte": "New", "lt": "Newz"}}},
    ])  # fmt: skip
    def test_numbers_lists_and_objects_are_found(self, one: Elasticsearch, query: dict) -> None:
        assert ids(one, query) == ["1"]

    @pytest.mark.parametrize("query", [
        {"term": {"n": 3.5}}, {"term": {"ok": False}}, {"term": {"tags.keyword": "new york"}},
        {"match_phrase": {"tags": "x new"}},
        {"term": {"tags": "New"}}, {"exists": {"field": "none"}}, {"exists": {"field": "no"}},
        {"range": {"n": {"gt": 4}}},
        {"term": {"nothing": 1}}, {"terms": {"n": []}},
        {"bool": {"must": {"match": {"n": 3}}, "filter": {"term": {"n": 4}}}},
    ])  # fmt: skip
    def test_others_are_not(self, one: Elasticsearch, query: dict) -> None:
        assert ids(one, query) == []

    def test_a_field_keeps_its_type(self, es: Elasticsearch) -> None:
        es.indices.delete(index="t")
        es.index(index="t", id="1", document=DOCUMENT, refresh=True)
        for document in (
            {f"field {i}": 1 for i in range(1001)},
            {"n": "many"},
            {"n": True},
            {"ok": 1},
            {"o": "flat"},
            {"n": {"x": 1}},
            {"n": 10**30},
            {"f": "1e999"},
        ):
            with pytest.raises(BadRequestError, match="document_parsing_exception"):
                es.index(index="t", id="1", document={"new": 1} | document)
        assert es.get(index="t", id="1")["_source"] == DOCUMENT
        es.index(index="t", id="3", document={"n": "5", "new": "text", "tags": 7}, refresh=True)
        assert (
            ids(es, {"term": {"n": 5}})
            == ids(es, {"match": {"tags": 7}})
            == ids(es, {"match": {"new": "text"}})
            == ["3"]
        )
        with pytest.raises(BadRequestError, match="holds numbers"):
            ids(es, {"match": {"n": "three"}})

    def test_mappings_have_their_effect(self, es: Elasticsearch) -> None:
        properties = {
            "city": {"type": "keyword"},
            "title": {"type": "text", "analyzer": "standard", "fields": {"raw": {"type": "keyword"}}},
            "n": {"type": "integer"}, "price": {"type": "float"}, "o": {"properties": {"k": {"type": "keyword"}}},
        }  # fmt: skip
        es.indices.create(
            index="m", mappings={"properties": properties, "dynamic": "strict"}, settings={"number_of_shards": 1}
        )
        document = {"city": "New York", "title": "Big City", "n": 2.7, "price": 3, "o": {"k": "A b"}}
        es.index(index="m", id="1", document=document, refresh=True)

        def found(query: dict) -> int:
            return es.count(index="m", query=query)["count"]

        assert found({"match": {"city": "york"}}) == 0 and found({"match": {"city": "New York"}}) == 1
        assert found({"match": {"title": "city"}}) == 1 and found({"term": {"title.raw": "Big City"}}) == 1
        assert found({"term": {"title.keyword": "Big City"}}) == 0 and found({"term": {"o.k": "A b"}}) == 1
        assert found({"term": {"n": 2}}) == 1 and found({"term": {"price": 3.0}}) == 1
        with pytest.raises(BadRequestError, match=r"dynamic introduction of \[other\]"):
            es.index(index="m", id="2", document={"other": 1})
        with pytest.raises(BadRequestError, match="too large"):
            es.index(index="m", id="2", document={"n": 2**31})
        es.indices.create(index="quiet", mappings={"dynamic": False})
        es.index(index="quiet", id="1", document={"t": "cat"}, refresh=True)
        assert es.count(index="quiet", query={"match": {"t": "cat"}})["count"] == 0

    @pytest.mark.parametrize(("mappings", "name"), [
        ({"properties": {"t": {"type": "text", "analyzer": "english"}}}, "english"),
        ({"properties": {"t": {"type": "date"}}}, "date"),
        ({"properties": {"t": {"type": "dense_vector", "dims": 3}}}, "dims"),
        ({"properties": {"t": {"type": "text", "index": False}}}, "index"),
        ({"dynamic": "runtime"}, "runtime"), ({"_source": {"enabled": False}}, "_source"),
        ({"properties": {"t": {}}}, "type"),
        ({"properties": {"t": {"type": "keyword", "analyzer": "standard"}}}, "analyzer"),
        ({"properties": {"t": {"type": "keyword"}, "t.x": {"type": "keyword"}}}, "t"),
    ])  # fmt: skip
    def test_mappings_that_are_not_served_are_refused(self, es: Elasticsearch, mappings: dict, name: str) -> None:
        with pytest.raises(BadRequestError, match=name):
            es.indices.create(index="m", mappings=mappings)
        assert not es.indices.exists(index="m")

    def test_fields_are_there_again(self, tmp_path: Path) -> None:
        for run in range(2):
            with SearchServer(tmp_path / "kept") as server, Elasticsearch(server.url) as client:
                if run == 0:
                    client.indices.create(index="m", mappings={"properties": {"c": {"type": "keyword"}}})
                    client.index(index="m", id="1", document={"c": "New York", "n": 1})
                    client.index(index="m", id="1", document={"c": "New York", "n": 2})
                assert client.get(index="m", id="1")["_version"] == 2
                client.indices.refresh(index="m")
                assert client.count(index="m", query={"match": {"c": "york"}})["count"] == 0
                assert client.count(index="m", query={"term": {"n": 2}})["count"] == 1
                with pytest.raises(BadRequestError, match="holds numbers"):
                    client.index(index="m", id="2", document={"n": "x"})


class TestSearch:
    @pytest.mark.parametrize(("needed", "found"), [
        (1, {"d0", "d1", "d2"}), (2, {"d0", "d2"}), ("2", {"d0", "d2"}), ("75%", {"d0", "d2"}), (-1, {"d0", "d2"}),
        ("-34%", {"d0", "d2"}),
        ("100%", {"d0"}), (3, {"d0"}), (4, set()), (0, {"d0", "d1", "d2"}),
    ])  # fmt: skip
    def test_minimum_should_match(self, es: Elasticsearch, needed: int | str, found: set) -> None:
        match = {"match": {"text": {"query": "cat sat mat", "minimum_should_match": needed}}}
        assert set(ids(es, match)) == found
        should = [{"match": {"text": word}} for word in ("cat", "sat", "mat")]
        either = {"bool": {"should": should, "minimum_should_match": needed}}
        assert set(ids(es, either)) == (found if needed != 0 else {"d0", "d1", "d2", "d3"})

    def test_parts_of_the_source(self, es: Elasticsearch) -> None:
        es.index(index="s", id="1", document={"a": {"b": 1, "c": 2}, "d": [{"e": 3, "f": 4}], "g": 5}, refresh=True)

        def source(**asked) -> dict | None:
            hit = es.search(index="s", **asked)["hits"]["hits"][0]
            return hit.get("_source")

        assert source(source=False) is None and source(source=["g"]) == {"g": 5} == source(source="g")
        assert source(source_includes=["a.b", "d.e"]) == {"a": {"b": 1}, "d": [{"e": 3}]}
        assert source(source={"excludes": ["a.*", "d"]}) == {"a": {}, "g": 5}
        assert source(source={"includes": ["a*"], "excludes": ["*.c"]}) == {"a": {"b": 1}}
        assert source(source_excludes=["a", "d"]) == {"g": 5} == es.get(index="s", id="1", source="g")["_source"]
        assert "_source" not in es.get(index="s", id="1", source=False)

    def test_what_stands_in_the_url_counts(self, es: Elasticsearch, ask) -> None:
        assert [hit["_id"] for hit in ask("GET", "/t/_search?size=1&from=2")[1]["hits"]["hits"]] == ["d2"]
        assert "total" not in es.search(index="t", track_total_hits=False)["hits"]

    def test_highlighting_is_of_the_field(self, es: Elasticsearch) -> None:
        es.index(index="h", id="1", document={"a": ["a cat", "a dog", "the cats cat"], "b": "cat"}, refresh=True)
        found = es.search(index="h", query={"match": {"a": "cat"}}, highlight={"fields": {"a": {}, "b": {}}})["hits"][
            "hits"
        ]
        assert found[0]["highlight"] == {"a": ["a <em>cat</em>", "the cats <em>cat</em>"]}

    @pytest.mark.parametrize(
        "path", ["version=3&version_type=external", "pipeline=x", "refresh=maybe", "op_type=update", "timeout=1s"]
    )
    def test_writes_that_are_not_served_change_nothing(self, es: Elasticsearch, ask, path: str) -> None:
        status, content = ask("PUT", f"/t/_doc/d0?{path}", {"text": "new"})
        assert status == 400 and path.split("=", maxsplit=1)[0] in content["error"]["reason"]
        assert es.get(index="t", id="d0")["_source"]["text"] == TEXTS[0]


class TestRefused:
    @pytest.fixture(scope="class")
    def server(self, tmp_path_factory: pytest.TempPathFactory):
        with SearchServer(tmp_path_factory.mktemp("refused")) as running, Elasticsearch(running.url) as client:
            client.index(index="t", id="d0", document={"text": "a cat", "n": 1}, refresh=True)
            yield running

    @pytest.mark.parametrize(("path", "name"), [
        ("/t/_search?q=text:cat", "q"), ("/t/_count?q=cat", "q"), ("/t/_search?sort=n", "sort"),
        ("/t/_search?scroll=1m", "scroll"),
        ("/t/_search?filter_path=hits", "filter_path"), ("/t/_search?size=x", "size"), ("/t/_search?size=-1", "size"),
        ("/t/_search?size=1&size=2", "size"), ("/t/_doc/d0?routing=a", "routing"), ("/t/_mapping", "_mapping"),
        ("/_search", "_search"),
        ("/t,u/_search", "t,u"), ("/*/_search", "*"), ("/_cat/indices", "_cat"), ("/t/_search?_source=", "_source"),
    ])  # fmt: skip
    def test_parameters_that_are_not_served_are_refused(self, ask, path: str, name: str) -> None:
        status, content = ask("GET", path)
        assert (status, content["status"]) == (400, 400) and name in content["error"]["reason"]

    @pytest.mark.parametrize(("body", "name"), [
        ({"query": {"match": {"text": {"query": "cta", "fuzziness": 1}}}}, "fuzziness"), ({"sort": ["n"]}, "sort"),
        ({"query": {"match": {"text": {"query": "cat", "boost": 2}}}}, "boost"),
        ({"query": {"match_all": {"boost": 2}}}, "boost"),
        ({"query": {"match_phrase": {"text": {"query": "a b", "slop": 1}}}}, "slop"),
        ({"query": {"match": {"text": {}}}}, "query"),
        ({"query": {"term": {"text": {"value": "a", "case_insensitive": True}}}}, "case_insensitive"),
        ({"query": {"range": {"n": {"gt": 1, "format": "x"}}}}, "format"), ({"query": {"range": {"n": {}}}}, "range"),
        ({"query": {"bool": {"must": [], "boost": 1}}}, "boost"),
        ({"query": {"match": {"text": {"query": "a", "operator": "xor"}}}}, "operator"),
        ({"query": {"match": {"text": {"query": "a", "minimum_should_match": "2<75%"}}}}, "minimum_should_match"),
        ({"highlight": {"fields": {"text": {"type": "fvh"}}}}, "type"),
        ({"highlight": {"order": "score", "fields": {}}}, "order"),
        ({"query": {"match": {"text": "a", "n": 1}}}, "match"),
        ({"query": {"match_all": {}, "term": {"n": 1}}}, "query"),
        ({"query": {"terms": {"n": [1], "boost": 2}}}, "terms"), ({"from": 1.5}, "from"), ({"size": True}, "size"),
    ])  # fmt: skip
    def test_queries_that_are_not_served_are_refused(self, ask, body: dict, name: str) -> None:
        status, content = ask("POST", "/t/_search", body)
        assert status == 400 and name in content["error"]["reason"]
