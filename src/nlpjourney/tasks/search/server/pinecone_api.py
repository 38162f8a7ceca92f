"""The part of Pinecone's protocol that its Python client uses, over our HNSW graph. This is all of it:

- control: create (a dense index with `dimension` and `metric`), describe, list and delete an index;
- data: upsert; query by vector or id with `topK`, `filter` (`pinecone_filter`), `includeValues`, `includeMetadata`; fetch; delete
  by ids, by filter or `deleteAll`; statistics; namespaces, each made by its first vector.

Sparse vectors, update, list, imports and all else are answered with 400 and their name. The data requests carry no index name,
since each index has a host of its own; here that is a path: `/vector-index/NAME`.
"""

from __future__ import annotations

from typing import Any

from nlpjourney.ann.vectors import Metric
from nlpjourney.http import Problem, Route
from nlpjourney.tasks.search.server.collections import Collections
from nlpjourney.tasks.search.server.pinecone_filter import check_metadata, read_filter
from nlpjourney.tasks.search.server.request import (
    Strict,
    flag,
    known,
    methods,
    one_of,
    required,
    row,
    shown,
    string,
    strings,
    table,
    whole_number,
)
from nlpjourney.tasks.search.server.vector_collection import VectorCollection

METRICS: dict[str, Metric] = {"cosine": "cosine", "dotproduct": "ip", "euclidean": "l2"}


class Base(Strict):
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
    takes = methods(GET="", POST="")

    def get(self) -> None:
        self.reply({"indexes": [self.describe(name) for name in self.state.vectors]})

    def post(self) -> None:
        # `deployment` and `spec` say where the index is to run: here.
        body = table(
            self.body(),
            "the request",
            ("name", "schema", "dimension", "metric", "deployment", "spec", "vector_type", "deletion_protection"),
        )
        name = string(required(body, "name"), "'name'")
        if "/" in name:
            raise Problem(f"'name' has to be without a slash, not {name!r}")
        if name in self.state.vectors:
            raise Problem(f"index {name} already exists", 409, "ALREADY_EXISTS")
        one_of(body.get("vector_type", "dense"), "vector_type", ["dense"])
        one_of(body.get("deletion_protection", "disabled"), "deletion_protection", ["disabled"])
        vector = _vector_field(body["schema"]) if "schema" in body else body
        metric = METRICS[one_of(vector.get("metric", "cosine"), "metric", list(METRICS))]
        dimension = whole_number(required(vector, "dimension"), "dimension", 1)
        if dimension > 20_000:
            raise Problem(f"'dimension' has to be at most 20000, not {dimension}")
        self.state.vectors[name] = VectorCollection(dimension, metric)
        self.reply(self.describe(name), 201)


def _vector_field(schema: Any) -> dict[str, Any]:
    fields = required(table(schema, "'schema'", ["fields"]), "fields", "'schema'")
    vector = required(table(fields, "'fields' of 'schema'", ["_values"]), "_values", "'fields' of 'schema'")
    one_of(
        table(vector, "'_values'", ("type", "dimension", "metric")).get("type", "dense_vector"),
        "type",
        ["dense_vector"],
    )
    return dict(vector)


class Index(Base):
    takes = methods(GET="", DELETE="")

    def get(self, name: str) -> None:
        self.reply(self.describe(name))

    def delete(self, name: str) -> None:
        self.existing(name)
        del self.state.vectors[name]
        self.set_status(202)
        self.finish()


class Upsert(Base):
    takes = methods(POST="")

    def post(self, name: str) -> None:
        index = self.existing(name)
        body = table(self.body(), "an upsert", ("vectors", "namespace"))
        rows = [_vector(one) for one in row(required(body, "vectors"), "'vectors'")]
        index.upsert(_namespace(body), rows)
        self.reply({"upsertedCount": len(rows)})


def _vector(one: Any) -> tuple[str, list[float], dict[str, Any]]:
    table(one, "a vector", ("id", "values", "metadata"))
    vector_id = string(required(one, "id", "a vector"), "the 'id' of a vector")
    metadata = one.get("metadata")
    return vector_id, required(one, "values", "a vector"), check_metadata({} if metadata is None else metadata)


def _namespace(body: dict[str, Any]) -> str:
    """ "" is the default one; its other name is "__default__"."""
    space = body.get("namespace", "")
    if not isinstance(space, str):
        raise Problem(f"'namespace' has to be a string, not {shown(space)}")
    return "" if space == "__default__" else space


class Query(Base):
    takes = methods(POST="")

    def post(self, name: str) -> None:
        index = self.existing(name)
        names = ("topK", "vector", "id", "namespace", "filter", "includeValues", "includeMetadata")
        body = table(self.body(), "a query", names)
        space, k = _namespace(body), whole_number(required(body, "topK"), "topK", 1)
        meets = read_filter(body["filter"]) if body.get("filter") not in (None, {}) else None
        with_values, with_metadata = (flag(body.get(n, False), n) for n in ("includeValues", "includeMetadata"))
        matches = []
        for vector_id, score in index.query(space, self._vector(index, space, body), k, meets):
            match: dict[str, Any] = {"id": vector_id, "score": score}
            if with_values:
                match["values"] = index.namespaces[space].values[vector_id]
            if with_metadata:
                match["metadata"] = index.namespaces[space].metadata[vector_id]
            matches.append(match)
        self.reply({"matches": matches, "namespace": space, "usage": {"readUnits": 1}})

    def _vector(self, index: VectorCollection, space: str, body: dict[str, Any]) -> list[float]:
        """The query's vector: given, or that of a vector with the given id."""
        if ("vector" in body) == ("id" in body):
            raise Problem("a query needs either 'vector' or 'id'")
        if "vector" in body:
            return row(body["vector"], "'vector'")
        vector_id = string(body["id"], "'id'")
        kept = index.namespaces.get(space)
        if kept is None or vector_id not in kept.values:
            raise Problem(f"there is no vector {vector_id!r} in the namespace {space!r}", 404, "NOT_FOUND")
        return kept.values[vector_id]


class Delete(Base):
    takes = methods(POST="")

    def post(self, name: str) -> None:
        index = self.existing(name)
        body = table(self.body(), "a delete", ("ids", "deleteAll", "filter", "namespace"))
        space = _namespace(body)
        ids = strings(body.get("ids", []), "'ids'")
        everything = flag(body.get("deleteAll", False), "deleteAll")
        if (bool(ids), everything, "filter" in body).count(True) != 1:
            raise Problem("a delete needs exactly one of 'ids', 'deleteAll' and 'filter'")
        if "filter" in body and not table(body["filter"], "'filter'"):
            raise Problem("an empty 'filter' would delete everything: say deleteAll")
        meets = read_filter(body.get("filter", {}))
        if space not in index.namespaces:
            if space:
                raise Problem(f"namespace {space!r} not found", 404, "NOT_FOUND")
        else:
            index.delete(space, ids or index.meeting(space, meets))
        self.reply({})


class Fetch(Base):
    takes = methods(GET="ids namespace")
    repeated = frozenset({"ids"})

    def get(self, name: str) -> None:
        index = self.existing(name)
        space = _namespace({"namespace": self.get_query_argument("namespace", "")})
        ids = self.get_query_arguments("ids", strip=False)
        if not ids:
            raise Problem("a fetch needs 'ids'")
        kept = index.namespaces.get(space)
        found = {
            i: {"id": i, "values": kept.values[i], "metadata": kept.metadata[i]} for i in ids if kept and i in kept.node
        }
        self.reply({"vectors": found, "namespace": space})


class Statistics(Base):
    takes = methods(POST="", GET="")

    def post(self, name: str) -> None:
        index = self.existing(name)
        known(self.fields(), (), "the statistics")
        counts = {n: {"vectorCount": len(s.node)} for n, s in index.namespaces.items() if s.node}
        total = sum(c["vectorCount"] for c in counts.values())
        self.reply({"namespaces": counts, "dimension": index.dim, "totalVectorCount": total, "indexFullness": 0})

    get = post


class Unknown(Base):
    """What none of the routes takes."""

    def prepare(self) -> None:
        raise Problem(f"the local compatible server does not have {self.request.method} {self.request.path}")


NAME = r"/vector-index/([^/]+)"
ROUTES: list[Route] = [
    (r"/indexes", Indexes),
    (r"/indexes/([^/]+)", Index),
    (r"/indexes/.*", Unknown),
    (NAME + r"/vectors/upsert", Upsert),
    (NAME + r"/vectors/delete", Delete),
    (NAME + r"/vectors/fetch", Fetch),
    (NAME + r"/query", Query),
    (NAME + r"/describe_index_stats", Statistics),
    (r"/vector-index/.*", Unknown),
]
