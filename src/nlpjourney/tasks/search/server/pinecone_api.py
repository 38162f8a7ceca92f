"""The part of Pinecone's protocol that its Python client uses, over our HNSW graph.

Control: create, describe, list and delete an index. Data: upsert, query (with metadata filter), fetch, delete, statistics. The
data requests carry no index name, since each index has a host of its own; here that is a path: `/vector-index/NAME`.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from nlpjourney.ann.vectors import Metric
from nlpjourney.http import Handler, Problem, Route
from nlpjourney.tasks.search.server.collections import Collections
from nlpjourney.tasks.search.server.request import required, whole_number
from nlpjourney.tasks.search.server.vector_collection import Namespace, VectorCollection

METRICS: dict[str, Metric] = {"cosine": "cosine", "dotproduct": "ip", "euclidean": "l2"}


class Base(Handler):
    state: Collections

    def write_problem(self, status: int, kind: str, message: str) -> None:
        code = kind or ("INVALID_ARGUMENT" if status < 500 else "UNKNOWN")
        self.reply({"status": status, "error": {"code": code, "message": message}}, status)

    def existing(self, name: str) -> VectorCollection:
        """The index. Raises Problem when there is none."""
        found = self.state.vectors.get(name)
        if found is None:
            raise Problem(f"index {name} not found", 404, "NOT_FOUND")
        return found

    def describe(self, name: str) -> dict[str, Any]:
        index = self.existing(name)
        metric = next(theirs for theirs, ours in METRICS.items() if ours == index.metric)
        # The client wants a schema, and a deployment with these fields, since its version 10.
        return {
            "name": name,
            "host": f"{self.state.url}/vector-index/{name}",
            "status": {"ready": True, "state": "Ready"},
            "schema": {"fields": {"_values": {"type": "dense_vector", "dimension": index.dim, "metric": metric}}},
            "deployment": {
                "deployment_type": "managed", "cloud": "local", "region": "local", "environment": "local",
            },
            "dimension": index.dim,
            "metric": metric,
            "vector_type": "dense",
            "deletion_protection": "disabled",
            "spec": {"serverless": {"cloud": "local", "region": "local"}},
        }  # fmt: skip


class Indexes(Base):
    def get(self) -> None:
        self.reply({"indexes": [self.describe(name) for name in self.state.vectors]})

    def post(self) -> None:
        body = self.fields()
        name = str(required(body, "name"))
        if name in self.state.vectors:
            raise Problem(f"index {name} already exists", 409, "ALREADY_EXISTS")
        field = body
        for part in ("schema", "fields", "_values") if "schema" in body else ():
            field = required(field, part)
        metric = field.get("metric", "cosine")
        if metric not in METRICS:
            raise Problem(f"metric must be one of {', '.join(METRICS)}, not {metric!r}")
        dimension = whole_number(required(field, "dimension"), "dimension", 1)
        self.state.vectors[name] = VectorCollection(dimension, METRICS[metric])
        self.reply(self.describe(name), 201)


class Index(Base):
    def get(self, name: str) -> None:
        self.reply(self.describe(name))

    def delete(self, name: str) -> None:
        self.existing(name)
        del self.state.vectors[name]
        self.set_status(202)
        self.finish()


class Data(Base):
    """Requests to one index."""

    def post(self, name: str, action: str) -> None:
        index = self.existing(name)
        body = self.fields()
        space = body.get("namespace", "")
        if action == "vectors/upsert":
            rows = [
                (required(row, "id", "a vector"), required(row, "values", "a vector"), row.get("metadata") or {})
                for row in required(body, "vectors")
            ]
            index.upsert(space, rows)
            self.reply({"upsertedCount": len(rows)})
        elif action == "query":
            self.reply(self._query(index, space, body))
        elif action == "vectors/delete":
            everything = list(index.namespace(space).node) if body.get("deleteAll") else []
            index.delete(space, everything or body.get("ids", []))
            self.reply({})
        elif action == "describe_index_stats":
            counts = {n: {"vectorCount": len(s.node)} for n, s in index.namespaces.items()}
            total = sum(c["vectorCount"] for c in counts.values())
            self.reply({"namespaces": counts, "dimension": index.dim, "totalVectorCount": total, "indexFullness": 0})
        else:
            raise Problem(f"the local compatible server does not know {action}", 404, "NOT_FOUND")

    def get(self, name: str, action: str) -> None:
        index = self.existing(name)
        if action != "vectors/fetch":
            raise Problem(f"the local compatible server does not know {action}", 404, "NOT_FOUND")
        space = index.namespace(self.get_query_argument("namespace", ""))
        ids = [unquote(vector_id) for vector_id in self.get_query_arguments("ids")]
        found = {i: {"id": i, "values": space.values[i], "metadata": space.metadata[i]} for i in ids if i in space.node}
        self.reply({"vectors": found, "namespace": self.get_query_argument("namespace", "")})

    def _query(self, index: VectorCollection, space: str, body: dict[str, Any]) -> dict[str, Any]:
        kept = index.namespace(space)
        k = whole_number(required(body, "topK"), "topK", 1)
        matches = []
        for vector_id, score in index.query(space, self._vector(kept, body), k, body.get("filter")):
            match: dict[str, Any] = {"id": vector_id, "score": score}
            if body.get("includeValues"):
                match["values"] = kept.values[vector_id]
            if body.get("includeMetadata"):
                match["metadata"] = kept.metadata[vector_id]
            matches.append(match)
        return {"matches": matches, "namespace": space, "usage": {"readUnits": 1}}

    def _vector(self, kept: Namespace, body: dict[str, Any]) -> list[float]:
        """The query's vector: given, or that of a vector with the given id."""
        if body.get("vector"):
            vector: list[float] = body["vector"]
            return vector
        vector_id = required(body, "id", "a query without 'vector'")
        if vector_id not in kept.values:
            raise Problem(f"vector {vector_id} not found", 404, "NOT_FOUND")
        return kept.values[vector_id]


ROUTES: list[Route] = [
    (r"/indexes", Indexes),
    (r"/indexes/([^/]+)", Index),
    (r"/vector-index/([^/]+)/(.+)", Data),
]
