"""Pinecone's Python client against the local compatible server: sentence vectors of news texts, with metadata filters.

The hosted service is not called. With a key: `Pinecone(api_key="…")` without `host`, and `pc.Index(name)`.
"""

import json
import tempfile
from importlib.metadata import version

import numpy as np
from pinecone import Pinecone, ServerlessSpec

from nlpjourney.assets import corpora
from nlpjourney.llm.sentence_encoder import SentenceEncoder
from nlpjourney.tasks.search import ExactIndex
from nlpjourney.tasks.search.server import SearchServer

QUERIES = ["a fire destroyed houses", "wages and trade unions", "war in the Middle East"]


def main() -> None:
    texts = [text[:200] for text in corpora.lee_news()[0][:120]]
    encoder = SentenceEncoder.minilm()
    vectors, asked = encoder.encode(texts), encoder.encode(QUERIES)
    exact = ExactIndex(encoder.dim, "cosine")
    exact.add(vectors)
    even = ExactIndex(encoder.dim, "cosine")
    even.add(vectors[::2])
    with tempfile.TemporaryDirectory() as folder, SearchServer(folder) as server:
        pc = Pinecone(api_key="local", host=server.url)
        pc.create_index(
            "news", dimension=encoder.dim, metric="cosine", spec=ServerlessSpec(cloud="aws", region="us-east-1")
        )
        assert pc.has_index("news") and [index.name for index in pc.list_indexes()] == ["news"]
        index = pc.Index(host=pc.describe_index("news").host)
        rows = [
            {"id": str(i), "values": vector.tolist(), "metadata": {"even": i % 2 == 0, "n": i, "text": texts[i]}}
            for i, vector in enumerate(vectors)
        ]
        assert sum(index.upsert(vectors=rows[i : i + 50]).upserted_count for i in range(0, len(rows), 50)) == len(rows)
        assert index.describe_index_stats().total_vector_count == len(rows)

        for vector, query in zip(asked, QUERIES):
            found = index.query(vector=vector.tolist(), top_k=5, include_metadata=True).matches
            scores, ids = exact.search(vector, 5)
            assert [int(match.id) for match in found] == ids[0].tolist(), query
            assert np.allclose([match.score for match in found], scores[0], atol=1e-5)
            assert all(match.metadata["text"] == texts[int(match.id)] for match in found)
            half = index.query(vector=vector.tolist(), top_k=5, filter={"even": {"$eq": True}}).matches
            assert [int(match.id) for match in half] == (2 * even.search(vector, 5).ids[0]).tolist(), query

        fetched = index.fetch(ids=["3", "absent"]).vectors
        assert list(fetched) == ["3"] and np.allclose(fetched["3"].values, vectors[3], atol=1e-6)
        nearest = index.query(vector=asked[0].tolist(), top_k=1).matches[0].id
        index.delete(ids=[nearest])
        assert nearest not in {match.id for match in index.query(vector=asked[0].tolist(), top_k=20).matches}
        index.upsert(vectors=[{"id": "new", "values": asked[0].tolist()}])
        assert index.query(vector=asked[0].tolist(), top_k=1).matches[0].id == "new"
        assert index.describe_index_stats().total_vector_count == len(rows)
        pc.delete_index("news")
        assert not pc.has_index("news")
    result = (
        f"{len(rows)} sentence vectors upserted; {len(QUERIES)} queries, with and without metadata filter, equal to exact "
        f"search; fetch, delete, replace; the client spoke to the local compatible server, the hosted service was not called"
    )
    print(json.dumps({"version": version("pinecone"), "result": result}))


if __name__ == "__main__":
    main()
