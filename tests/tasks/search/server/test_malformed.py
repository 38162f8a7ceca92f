"""Bodies with one part replaced by something of another kind: each is answered in its protocol's form, none breaks the server."""

import json

import pytest

OTHERS = [None, True, -1, 2.5, 10**30, "", "x", "\ud800", [], [None], [[]], {}, {"x": None}, {"": 1}, {"x": {"y": []}}]

BOOL = {
    "must": [
        {"match": {"t": {"query": "cat", "operator": "and", "minimum_should_match": "50%"}}},
        {"match_phrase": {"t": "cat"}},
    ],
    "should": {"range": {"n": {"gte": 1, "lt": 3}}},
    "filter": [{"terms": {"n": [1, 2]}}, {"exists": {"field": "n"}}, {"ids": {"values": ["1"]}}],
    "must_not": [{"term": {"n": {"value": 7}}}, {"bool": {"must": [{"match_all": {}}], "should": []}}],
    "minimum_should_match": 1,
}
FRAGMENTS = {"fragment_size": 20, "number_of_fragments": 1}
SEARCH = {
    "query": {"bool": BOOL},
    "from": 0,
    "size": 5,
    "track_total_hits": True,
    "_source": {"includes": ["t*"], "excludes": ["n"]},
    "highlight": {"pre_tags": ["<"], "post_tags": [">"], "fields": {"t": FRAGMENTS}},
}
PROPERTIES = {
    "t": {"type": "text", "analyzer": "standard", "fields": {"k": {"type": "keyword"}}},
    "o": {"properties": {"n": {"type": "long"}}},
}
VECTOR = {"id": "a", "values": [1, 2], "metadata": {"g": ["x"], "n": 1}}
FIELD = {"type": "dense_vector", "dimension": 2, "metric": "cosine"}
REQUESTS = [
    ("POST", "/t/_search", SEARCH),
    ("POST", "/t/_mget", {"docs": [{"_id": "1", "_index": "t", "_source": ["t"]}]}),
    ("PUT", "/new", {"mappings": {"properties": PROPERTIES, "dynamic": "strict"}, "settings": {"number_of_shards": 1}}),
    ("PUT", "/t/_doc/1", {"t": ["cat", "dog"], "n": 1, "o": {"k": [{"x": 1}]}}),
    ("POST", "/t/_update/1", {"doc": {"n": 2}, "upsert": {"n": 1}, "doc_as_upsert": False}),
    ("POST", "/_bulk", [{"index": {"_index": "t", "_id": "9", "if_seq_no": 1, "if_primary_term": 1}}, {"n": 1}]),
    ("POST", "/_bulk", [{"update": {"_index": "t", "_id": "1"}}, {"doc": {"n": 1}}, {"delete": {"_index": "t", "_id": "8"}}]),
    ("POST", "/solr/c/update", [{"id": "1", "n": {"inc": 1}, "t": {"add": ["x"], "remove": "y"}}, {"id": 2, "t": ["a"]}]),
    ("POST", "/indexes", {"name": "new", "schema": {"fields": {"_values": FIELD}}}),
    ("POST", "/vector-index/v/vectors/upsert", {"vectors": [VECTOR], "namespace": "s"}),
    ("POST", "/vector-index/v/query", {"vector": [1, 0], "topK": 2, "includeValues": True, "includeMetadata": True,
                                       "filter": {"$and": [{"g": {"$in": ["x"]}}, {"n": {"$gt": 0}}], "h": "y"}}),
    ("POST", "/vector-index/v/vectors/delete", {"filter": {"$or": [{"n": {"$exists": True}}]}, "namespace": "s"}),
    ("POST", "/vector-index/v/vectors/delete", {"ids": ["a"], "deleteAll": False}),
]  # fmt: skip


def variants(value):
    """Every copy of a JSON value in which one part, or the whole, is another one, or one name is another one."""
    yield from OTHERS
    if isinstance(value, dict):
        for name, part in value.items():
            rest = {other: more for other, more in value.items() if other != name}
            yield rest
            yield rest | {"unheard": part}
            yield from (rest | {name: other} for other in variants(part))
    if isinstance(value, list):
        for i, part in enumerate(value):
            yield from ([*value[:i], other, *value[i + 1 :]] for other in variants(part))


def refused(path: str, content: dict) -> str:
    """What the protocol's own form of an error says."""
    if path.startswith("/solr"):
        return content["error"]["msg"]
    return content["error"]["message" if path.startswith(("/indexes", "/vector-index")) else "reason"]


@pytest.fixture
def filled(ask):
    assert ask("PUT", "/t/_doc/1?refresh=true", {"t": "cat", "n": 1})[0] == 201
    assert ask("POST", "/solr/c/update?commit=true", [{"id": 1, "t": "cat", "n": 1}])[0] == 200
    assert ask("POST", "/indexes", {"name": "v", "dimension": 2})[0] == 201
    assert ask("POST", "/vector-index/v/vectors/upsert", {"vectors": [{"id": "a", "values": [1, 2]}]})[0] == 200
    return ask


@pytest.mark.parametrize(
    ("method", "path", "body"), REQUESTS, ids=[f"{path} {i}" for i, (_, path, _) in enumerate(REQUESTS)]
)
def test_no_body_breaks_the_server(filled, method, path, body):
    as_lines = path == "/_bulk"
    for variant in [body, *variants(body)]:
        if as_lines and not isinstance(variant, list):
            continue
        sent = b"".join(json.dumps(line).encode() + b"\n" for line in variant) if as_lines else variant
        status, content = filled(method, path, sent)
        assert status < 500, variant
        if status == 400:
            assert refused(path, content), variant
    assert filled("POST", "/t/_refresh")[0] == filled("POST", "/solr/c/update", b"<commit/>", "text/xml")[0] == 200


@pytest.mark.parametrize("path", ["/t/_search", "/t/_doc/1", "/_bulk", "/solr/c/update", "/vector-index/v/query"])
@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 100_000, b"nul", b'{"query": NaN}'])
def test_what_is_no_json_is_refused(filled, path, body):
    status, content = filled("POST", path, body)
    assert status == 400 and refused(path, content)


def test_nesting_has_an_end(filled):
    deep = '{"bool":{"must":' * 400 + '{"match_all":{}}' + "}}" * 400
    status, content = filled("POST", "/t/_search", f'{{"query":{deep}}}'.encode())
    assert status == 400 and "nested too deeply" in content["error"]["reason"]
    deep = '{"$and":[' * 300 + '{"n":1}' + "]}" * 300
    status, content = filled("POST", "/vector-index/v/query", f'{{"topK":1,"vector":[1,0],"filter":{deep}}}'.encode())
    assert status == 400 and "nested too deeply" in content["error"]["message"]
    deep = '{"a":' * 400 + "1" + "}" * 400
    status, content = filled("PUT", "/t/_doc/1", deep.encode())
    assert status == 400 and "more than 20 levels" in content["error"]["reason"]
