"""Elasticsearch's Python client against the local compatible server: 300 news texts, searched, filtered, highlighted.

The hosted or self-run product is not called. With one at hand: `Elasticsearch("https://…", api_key="…")` instead of `server.url`.
"""

import json
import tempfile
from importlib.metadata import version

from elasticsearch import BadRequestError, Elasticsearch, NotFoundError, helpers

from nlpjourney.assets import corpora
from nlpjourney.tasks.search import BM25Index, PhraseIndex
from nlpjourney.tasks.search.server import SearchServer

QUERIES = ["sydney bush fire", "prime minister howard", "al qaeda afghanistan", "world cup cricket"]


def main() -> None:
    news = corpora.lee_news()[0]
    ours = BM25Index(k1=1.2, b=0.75).fit(news)
    positional = PhraseIndex(k1=1.2, b=0.75).fit(news)
    with tempfile.TemporaryDirectory() as folder, SearchServer(folder) as server:
        client = Elasticsearch(server.url)
        client.indices.create(
            index="news", mappings={"properties": {"text": {"type": "text"}, "n": {"type": "integer"}}}
        )
        actions = ({"_index": "news", "_id": str(i), "_source": {"text": t, "n": i}} for i, t in enumerate(news))
        indexed, _ = helpers.bulk(client, actions, refresh=True)
        assert indexed == client.count(index="news")["count"] == len(news)

        for query in QUERIES:
            found = client.search(index="news", query={"match": {"text": query}}, size=10)["hits"]["hits"]
            expected = ours.search(query, 10)
            assert [hit["_id"] for hit in found] == [str(hit.doc) for hit in expected], query
            assert all(abs(a["_score"] - b.score) < 1e-4 for a, b in zip(found, expected))
        phrase = client.search(index="news", query={"match_phrase": {"text": "prime minister"}}, size=300)["hits"][
            "hits"
        ]
        assert {int(hit["_id"]) for hit in phrase} == set(positional.phrase("prime minister").docs.tolist())

        both = client.search(
            index="news",
            query={"bool": {
                "must": [{"match": {"text": {"query": "fire sydney", "operator": "and"}}}],
                "filter": [{"terms": {"n": list(range(150))}}],
                "must_not": [{"match_phrase": {"text": "prime minister"}}],
            }},
            highlight={"fields": {"text": {"fragment_size": 120}}},
        )["hits"]["hits"]  # fmt: skip
        for hit in both:
            words = ours.analyzer(hit["_source"]["text"])
            assert {"fire", "sydney"} <= set(words) and hit["_source"]["n"] < 150
            assert "prime minister" not in " ".join(words) and "<em>" in hit["highlight"]["text"][0]
        assert both

        best = client.search(index="news", query={"match": {"text": QUERIES[0]}}, size=1)["hits"]["hits"][0]["_id"]
        assert client.delete(index="news", id=best, refresh=True)["result"] == "deleted"
        left = client.search(index="news", query={"match": {"text": QUERIES[0]}}, size=300)["hits"]["hits"]
        assert best not in {hit["_id"] for hit in left} and client.count(index="news")["count"] == len(news) - 1
        for call, error in (
            (lambda: client.get(index="news", id=best), NotFoundError),
            (lambda: client.search(index="news", query={"fuzzy": {"text": "fire"}}), BadRequestError),
        ):
            try:
                call()
            except error:
                continue
            raise AssertionError(f"expected {error.__name__}")
    result = (
        f"bulk-indexed {indexed} news texts; {len(QUERIES)} match queries with the same documents and scores as BM25Index, "
        f"{len(phrase)} texts with the phrase, a bool query with highlighting, a delete; the client spoke to the local "
        f"compatible server, the product itself was not called"
    )
    print(json.dumps({"version": version("elasticsearch"), "result": result}))


if __name__ == "__main__":
    main()
