"""The part of Pinecone's protocol that its Python client uses, over our HNSW graph.

Control: create, describe, list and delete an index. Data: upsert, query (with metadata filter), fetch, delete, statistics. The
data requests carry no index name, since each index has a host of its own; here that is a path: `/vector-index/NAME`.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from nlpjourney.ann.vectors import Metric
from nlpjourney.tasks.search.server.app import Handler, RequestError
from nlpjourney.tasks.search.server.vector_collection import VectorCollection

METRICS: dict[str, Metric] = {"cosine": "cosine", "dotproduct": "ip", "euclidean": "l2"}


class Base(Handler):
    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        status = 400 if isinstance(error, ValueError | KeyError) else status_code
        self.problem(status, "INVALID_ARGUMENT", str(error))

    def log_exception(self, *_: Any) -> None:
        """Errors go to the client."""

    def problem(self, status: int, code: str, message: str) -> None:
        self.reply({"status": status, "error": {"code": code, "message": message}}, status)

    def describe(self, name: str) -> dict[str, Any]:
        index = self.state.vectors[name]
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
        body = self.body()
        name = body["name"]
        if name in self.state.vectors:
            self.problem(409, "ALREADY_EXISTS", f"index {name} already exists")
            return
        field = body["schema"]["fields"]["_values"] if "schema" in body else body
        if field.get("metric", "cosine") not in METRICS:
            raise RequestError(f"metric must be one of {', '.join(METRICS)}")
        self.state.vectors[name] = VectorCollection(int(field["dimension"]), METRICS[field.get("metric", "cosine")])
        self.reply(self.describe(name), 201)


class Index(Base):
    def get(self, name: str) -> None:
        if name in self.state.vectors:
            self.reply(self.describe(name))
        else:
            self.problem(404, "NOT_FOUND", f"index {name} not found")

    def delete(self, name: str) -> None:
        if self.state.vectors.pop(name, None) is None:
            self.problem(404, "NOT_FOUND", f"index {name} not found")
        else:
            self.set_status(202)
            self.finish()


class Data(Base):
    """Requests to one index."""

    def post(self, name: str, action: str) -> None:
        index = self.state.vectors.get(name)
        if index is None:
            self.problem(404, "NOT_FOUND", f"index {name} not found")
            return
        body = self.body()
        space = body.get("namespace", "")
        if action == "vectors/upsert":
            rows = [(row["id"], row["values"], row.get("metadata") or {}) for row in body["vectors"]]
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
            self.problem(404, "NOT_FOUND", f"the local compatible server does not know {action}")

    def get(self, name: str, action: str) -> None:
        index = self.state.vectors.get(name)
        if index is None or action != "vectors/fetch":
            self.problem(404, "NOT_FOUND", f"{name}: {action} not found")
            return
        space = index.namespace(self.get_query_argument("namespace", ""))
        ids = [unquote(vector_id) for vector_id in self.get_query_arguments("ids")]
        found = {i: {"id": i, "values": space.values[i], "metadata": space.metadata[i]} for i in ids if i in space.node}
        self.reply({"vectors": found, "namespace": self.get_query_argument("namespace", "")})

    def _query(self, index: VectorCollection, space: str, body: dict[str, Any]) -> dict[str, Any]:
        kept = index.namespace(space)
        vector = body["vector"] if body.get("vector") else kept.values[body["id"]]
        matches = []
        for vector_id, score in index.query(space, vector, int(body["topK"]), body.get("filter")):
            match: dict[str, Any] = {"id": vector_id, "score": score}
            if body.get("includeValues"):
                match["values"] = kept.values[vector_id]
            if body.get("includeMetadata"):
                match["metadata"] = kept.metadata[vector_id]
            matches.append(match)
        return {"matches": matches, "namespace": space, "usage": {"readUnits": 1}}


ROUTES: list[tuple[str, type[Handler]]] = [
    (r"/indexes", Indexes),
    (r"/indexes/([^/]+)", Index),
    (r"/vector-index/([^/]+)/(.+)", Data),
]
