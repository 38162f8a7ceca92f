"""The part of Elasticsearch's protocol that the first tutorial needs, over our index. This is all of it:

- indices: create (mappings of text, keyword, numbers and boolean, objects, `fields`, `dynamic`), exists, delete, refresh;
- documents: index (with or without an id), create, get, exists, mget, update by `doc`, delete, bulk; `op_type`, `if_seq_no` and
  `if_primary_term`, `refresh`; get sees a write at once, a search after a refresh;
- search and count of one index: the queries of `elasticsearch_query`, `from`, `size`, `_source`, `track_total_hits`, highlighting
  (always HTML-escaped, as with its `"encoder": "html"`).

All else, dates and other types, aggregations, sorting, analyzers, scripts, scrolling, is answered with 400 and its name.
"""

from __future__ import annotations

from typing import Any

from nlpjourney.http import Problem, Route
from nlpjourney.tasks.search.server.collections import Collections
from nlpjourney.tasks.search.server.elasticsearch_mapping import fields_of
from nlpjourney.tasks.search.server.elasticsearch_query import evaluate
from nlpjourney.tasks.search.server.elasticsearch_search import search, source_part
from nlpjourney.tasks.search.server.elasticsearch_write import (
    Write,
    apply,
    bulk,
    conditions,
    existing,
    index_name,
    read_bulk,
)
from nlpjourney.tasks.search.server.request import Strict, flag, methods, one_of, required, row, string, strings, table

SOURCE = "_source _source_includes _source_excludes"


class Base(Strict):
    state: Collections

    def set_default_headers(self) -> None:
        # The client checks this header before it believes an answer; it names the protocol, not what we are.
        self.set_header("X-Elastic-Product", "Elasticsearch")

    def write_problem(self, status: int, kind: str, message: str) -> None:
        fallback = "illegal_argument_exception" if status < 500 else "exception"
        cause = {"type": kind or fallback, "reason": message}
        self.reply({"error": {"root_cause": [cause], **cause}, "status": status}, status)

    def parameters(self, *names: str) -> dict[str, str]:
        """Those of the parameters that are given."""
        return {name: self.get_query_argument(name) for name in names if name in self.request.arguments}

    def refresh_if_asked(self, *indices: str) -> None:
        for index in indices if self.wants_refresh() else ():
            if index in self.state.texts:
                self.state.texts[index].refresh()

    def wants_refresh(self) -> bool:
        choices = ("true", "", "wait_for", "false")
        return one_of(self.get_query_argument("refresh", "false"), "refresh", choices) != "false"

    def shown_source(self, source: dict[str, Any], wanted: Any = None) -> dict[str, Any]:
        """What the answer has of a document, by the parameters or by `_source` of the body."""
        given = self.parameters(*SOURCE.split())
        if "_source" in given and given["_source"] not in ("true", "false"):
            given["_source_includes"] = given.pop("_source")
        elif "_source" in given:
            wanted = given["_source"] == "true"
        patterns = {
            name: given[f"_source_{name}"].split(",") for name in ("includes", "excludes") if f"_source_{name}" in given
        }
        return source_part(source, patterns or wanted)


class Info(Base):
    takes = methods(GET="", HEAD="")

    def get(self) -> None:
        self.reply({"name": "local compatible server", "version": {"number": "9.0.0"}, "tagline": "NLP Journey"})

    def head(self) -> None:
        self.finish()


class Index(Base):
    takes = methods(PUT="", HEAD="", DELETE="")

    def put(self, name: str) -> None:
        if index_name(name) in self.state.texts:
            raise Problem(f"index [{name}] already exists", 400, "resource_already_exists_exception")
        body = table(self.body(), "the request", ("mappings", "settings"))
        # One node holds everything: into how many parts it is split, and how often it is copied, changes no answer.
        table(body.get("settings", {}), "'settings'", ("number_of_shards", "number_of_replicas"))
        fields = fields_of(body.get("mappings", {}))
        self.state.text(name).fields = fields
        self.reply({"acknowledged": True, "shards_acknowledged": True, "index": name})

    def head(self, name: str) -> None:
        self.set_status(200 if index_name(name) in self.state.texts else 404)
        self.finish()

    def delete(self, name: str) -> None:
        existing(self.state, name)
        self.state.drop(name)
        self.reply({"acknowledged": True})


class Document(Base):
    takes = methods(
        PUT="op_type refresh if_seq_no if_primary_term",
        POST="op_type refresh if_seq_no if_primary_term",
        GET=SOURCE,
        HEAD="",
        DELETE="refresh if_seq_no if_primary_term",
    )
    kind = "index"

    def put(self, name: str, doc_id: str | None = None) -> None:
        kind = one_of(self.get_query_argument("op_type", self.kind), "op_type", ("index", "create"))
        self.write_one(Write(kind, name, doc_id, self.fields(), *conditions(self.given_conditions())))

    post = put

    def get(self, name: str, doc_id: str) -> None:
        answer = self.found(name, doc_id)
        self.reply(answer, 200 if answer["found"] else 404)

    def head(self, name: str, doc_id: str) -> None:
        self.set_status(200 if existing(self.state, name).get(doc_id) else 404)
        self.finish()

    def delete(self, name: str, doc_id: str) -> None:
        self.write_one(Write("delete", name, doc_id, None, *conditions(self.given_conditions())))

    def found(self, name: str, doc_id: str, wanted: Any = None) -> dict[str, Any]:
        stored = existing(self.state, name).get(doc_id)
        answer: dict[str, Any] = {"_index": name, "_id": doc_id, "found": stored is not None}
        if stored is not None:
            answer |= {"_version": stored.version, "_seq_no": stored.seq_no, "_primary_term": 1}
            answer |= self.shown_source(stored.source, wanted)
        return answer

    def given_conditions(self) -> dict[str, str]:
        return self.parameters("if_seq_no", "if_primary_term")

    def write_one(self, write: Write) -> None:
        self.wants_refresh()  # refused before anything is written
        answer, status = apply(self.state, write)
        self.refresh_if_asked(write.index)
        self.reply(answer, status)


class NewDocument(Document):
    """A document without an id."""

    takes = methods(POST=Document.takes["POST"])


class Create(Document):
    takes = methods(PUT="refresh", POST="refresh")
    kind = "create"


class Update(Document):
    takes = methods(POST="refresh if_seq_no if_primary_term")

    def post(self, name: str, doc_id: str) -> None:  # type: ignore[override]
        self.write_one(Write("update", name, doc_id, self.fields(), *conditions(self.given_conditions())))


class MultiGet(Document):
    takes = methods(POST=SOURCE, GET=SOURCE)
    bodies = "POST GET"

    def post(self, name: str | None = None) -> None:  # type: ignore[override]
        body = table(self.body(), "the request", ("ids", "docs"))
        if len(body) != 1:
            raise Problem("a multi get needs either 'ids' or 'docs'")
        rows = row(body["docs"], "'docs'") if "docs" in body else [{"_id": i} for i in strings(body["ids"], "'ids'")]
        docs = []
        for one in rows:
            table(one, "one of 'docs'", ("_id", "_index", "_source"))
            doc_id = string(required(one, "_id", "one of 'docs'"), "'_id'")
            docs.append(self.found(index_name(one.get("_index", name)), doc_id, one.get("_source")))
        self.reply({"docs": docs})

    get = post  # type: ignore[assignment]


class Bulk(Base):
    takes = methods(POST="refresh", PUT="refresh")

    def post(self, name: str | None = None) -> None:
        self.wants_refresh()
        writes = read_bulk(self.request.body, name)
        if not writes:
            raise Problem("a bulk request needs at least one action")
        items = bulk(self.state, writes)
        self.refresh_if_asked(*{write.index for write in writes})
        self.reply({"took": 0, "errors": any("error" in next(iter(i.values())) for i in items), "items": items})

    put = post


class Refresh(Base):
    takes = methods(POST="", GET="")

    def post(self, name: str) -> None:
        existing(self.state, name).refresh()
        self.reply({"_shards": {"total": 1, "successful": 1, "failed": 0}})

    get = post


class Count(Base):
    takes = methods(POST="", GET="")
    bodies = "POST GET"

    def post(self, name: str) -> None:
        collection = existing(self.state, name)
        body = table(self.body(), "the request", ["query"])
        found = evaluate(collection, body.get("query", {"match_all": {}}))
        self.reply({"count": len(found), "_shards": {"total": 1, "successful": 1, "skipped": 0, "failed": 0}})

    get = post


class Search(Base):
    takes = methods(POST=f"from size track_total_hits {SOURCE}", GET=f"from size track_total_hits {SOURCE}")
    bodies = "POST GET"

    def post(self, name: str) -> None:
        collection = existing(self.state, name)
        body = self.fields() | self.parameters("from", "size", "track_total_hits")
        total, ranked, highlighted = search(collection, body)
        hits = []
        for doc_id, score in ranked:
            hit: dict[str, Any] = {"_index": name, "_id": doc_id, "_score": score}
            hit |= self.shown_source(collection.seen[doc_id].source, body.get("_source"))
            if marked := highlighted(doc_id):
                hit["highlight"] = marked
            hits.append(hit)
        found: dict[str, Any] = {"max_score": max((score for _, score in total), default=None), "hits": hits}
        if flag(body.get("track_total_hits", True), "track_total_hits"):
            found["total"] = {"value": len(total), "relation": "eq"}
        shards = {"total": 1, "successful": 1, "skipped": 0, "failed": 0}
        self.reply({"took": 0, "timed_out": False, "_shards": shards, "hits": found})

    get = post


class Unknown(Base):
    """What none of the routes above takes."""

    def prepare(self) -> None:
        where = f"uri [{self.request.path}] and method [{self.request.method}]"
        raise Problem(f"no handler found for {where}: the local compatible server does not have it")


NAME, ID = r"/([^/_][^/]*)", r"/([^/]+)"
ROUTES: list[Route] = [
    (r"/", Info),
    (r"/_bulk", Bulk),
    (r"/_mget", MultiGet),
    (NAME + r"/_bulk", Bulk),
    (NAME + r"/_mget", MultiGet),
    (NAME + r"/_doc", NewDocument),
    (NAME + r"/_doc" + ID, Document),
    (NAME + r"/_create" + ID, Create),
    (NAME + r"/_update" + ID, Update),
    (NAME + r"/_refresh", Refresh),
    (NAME + r"/_count", Count),
    (NAME + r"/_search", Search),
    (NAME, Index),
    (r"/.*", Unknown),
]
