"""Solr's Python client (pysolr) against the local compatible server: Wikipedia paragraphs, searched, filtered, highlighted.

Solr itself is not called. With one at hand: `pysolr.Solr("http://…:8983/solr/CORE")`, whose schema has the text fields.
"""

import json
import tempfile
from importlib.metadata import version

import pysolr

from nlpjourney.assets import corpora
from nlpjourney.tasks.search import BM25Index, PhraseIndex
from nlpjourney.tasks.search.server import SearchServer

QUERIES = ["greek philosophy", "chemical elements and atoms", "president of the united states"]


def main() -> None:
    documents = [
        {"id": f"{title}-{i}", "title": title, "text": paragraph}
        for title, text in corpora.wikipedia().items()
        for i, paragraph in enumerate(text.split("\n\n")[:12])
        if len(paragraph) > 200
    ]
    texts = [document["text"] for document in documents]
    ours, positional = BM25Index(k1=1.2, b=0.75).fit(texts), PhraseIndex(k1=1.2, b=0.75).fit(texts)
    with tempfile.TemporaryDirectory() as folder, SearchServer(folder) as server:
        solr = pysolr.Solr(f"{server.url}/solr/wikipedia", always_commit=True, timeout=60)
        solr.add(documents)
        assert json.loads(solr.ping())["status"] == "OK"
        assert solr.search("*:*", rows=0).hits == len(documents)

        for query in QUERIES:
            found = solr.search(f"text:({query})", fl="*,score", rows=10)
            expected = ours.search(query, 10)
            assert found.hits == int((ours.scores(query) > 0).sum())
            assert [doc["id"] for doc in found] == [documents[hit.doc]["id"] for hit in expected], query
            assert all(abs(doc["score"] - hit.score) < 1e-4 for doc, hit in zip(found, expected))

        phrase = solr.search('text:"united states"', rows=1000, **{"hl": "true", "hl.fl": "text"})
        expected_ids = {documents[d]["id"] for d in positional.phrase("united states").docs.tolist()}
        assert {doc["id"] for doc in phrase} == expected_ids
        assert all("<em>" in phrase.highlighting[doc["id"]]["text"][0] for doc in phrase)

        in_title = solr.search("text:states", fq="title:Alabama", rows=1000)
        assert in_title.hits and all(doc["title"] == "Alabama" for doc in in_title)

        gone = next(iter(phrase))["id"]
        solr.delete(id=gone)
        assert solr.search("*:*", rows=0).hits == len(documents) - 1 and solr.search(f'id:"{gone}"').hits == 0
        solr.delete(q="title:Alabama")
        assert solr.search("title:Alabama").hits == 0
        try:
            solr.search('text:"open')
        except pysolr.SolrError:
            pass
        else:
            raise AssertionError("a query that cannot be parsed was accepted")
    result = (
        f"indexed {len(documents)} Wikipedia paragraphs; {len(QUERIES)} queries with the same documents and scores as "
        f"BM25Index, a phrase with {len(expected_ids)} hits and highlighting, a filter, deletes by id and by query; the client "
        f"spoke to the local compatible server, Solr itself was not called"
    )
    print(json.dumps({"version": f"pysolr {version('pysolr')}", "result": result}))


if __name__ == "__main__":
    main()
