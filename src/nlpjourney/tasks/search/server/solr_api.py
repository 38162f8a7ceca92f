"""The part of Solr's protocol that its Python client uses, over our index: update, select, ping. This is all of it:

- update: documents, a list of JSON objects with an `id` (a core is made by its first one), atomic updates (`solr_update`); delete
  by id and by query; `commit`;
- select: `q` and `fq` in the syntax of `solr_query`, `df`, `q.op`, `sort` (documents without a value last), `fl`, `start`,
  `rows`; `hl`, `hl.fl`, `hl.fragsize`, `hl.simple.pre`, `hl.simple.post`; other parsers than `lucene`, other writers than
  `json`, facets, grouping and all else are answered with 400 and their name.

There is no schema: a field's type follows from its first value, and strings can be sorted by.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Any

from nlpjourney.http import Problem, Route
from nlpjourney.tasks.search.server.collection import Collection
from nlpjourney.tasks.search.server.collections import Collections
from nlpjourney.tasks.search.server.fragments import fragments
from nlpjourney.tasks.search.server.request import Strict, flag, methods, one_of, string, whole_number
from nlpjourney.tasks.search.server.solr_query import Query
from nlpjourney.tasks.search.server.solr_update import read_documents, run_command

_FIELD = re.compile(r"[\w.*?-]+")


class Base(Strict):
    state: Collections

    def write_problem(self, status: int, kind: str, message: str) -> None:
        self.reply({"responseHeader": {"status": status}, "error": {"msg": message, "code": status}}, status)

    def existing(self, core: str) -> Collection:
        found = self.state.texts.get(core)
        if found is None:
            raise Problem(f"there is no core {core!r}: adding a document makes it", 404)
        return found

    def asked_flag(self, name: str) -> bool:
        return flag(self.get_argument(name, "false").lower(), name)


class Ping(Base):
    takes = methods(GET="wt", HEAD="")

    def get(self, core: str) -> None:
        self.existing(core)
        self.reply({"responseHeader": {"status": 0}, "status": "OK"})

    head = get


class Update(Base):
    takes = methods(POST="commit softCommit wt")

    def post(self, core: str) -> None:
        commit = self.asked_flag("commit") | self.asked_flag("softCommit")
        one_of(self.get_argument("wt", "json"), "wt", ["json"])
        if self.request.headers.get("Content-Type", "").startswith("application/json"):
            documents = read_documents(self.body(), self.state.texts.get(core))
            collection = self.state.text(core)
            collection.fields.declare("id", "keyword")
            for doc_id, document in documents.items():
                collection.put(doc_id, document)
        else:
            collection = self.existing(core)
            run_command(self.request.body, collection)
        if commit:
            collection.refresh()
        self.reply({"responseHeader": {"status": 0, "QTime": 0}})


PARAMETERS = "q fq df q.op sort fl start rows wt defType hl hl.fl hl.fragsize hl.simple.pre hl.simple.post"


class Select(Base):
    takes = methods(GET=PARAMETERS, POST=PARAMETERS)
    repeated = frozenset({"fq"})

    def get(self, core: str) -> None:
        collection = self.existing(core)
        form = self.request.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded")
        if self.request.body and not form:
            raise Problem("the local compatible server takes the parameters of a select as a form, not as JSON")
        one_of(self.get_argument("wt", "json"), "wt", ["json"])
        one_of(self.get_argument("defType", "lucene"), "defType", ["lucene"])
        field = self.get_argument("df", "text")
        all_words = one_of(self.get_argument("q.op", "OR").upper(), "q.op", ("OR", "AND")) == "AND"
        query = Query(self.get_argument("q", ""), field, all_words)
        scores = query.evaluate(collection)
        for condition in self.get_arguments("fq"):
            kept = Query(condition, field, all_words).evaluate(collection)
            scores = {doc_id: score for doc_id, score in scores.items() if doc_id in kept}
        ranked = _sorted(collection, collection.ranked(scores), self.get_argument("sort", "score desc"))
        start, rows = (
            whole_number(self.get_argument("start", "0"), "start"),
            whole_number(self.get_argument("rows", "10"), "rows"),
        )
        page = ranked[start : start + rows]
        fields = _names(self.get_argument("fl", "*"), "fl")
        docs = [_document(collection.seen[doc_id].source, fields, score) for doc_id, score in page]
        found: dict[str, Any] = {"numFound": len(ranked), "start": start, "numFoundExact": True, "docs": docs}
        if "score" in fields:
            found["maxScore"] = max(scores.values(), default=None)
        reply: dict[str, Any] = {"responseHeader": {"status": 0, "QTime": 0}, "response": found}
        if self.asked_flag("hl"):
            reply["highlighting"] = self._highlighted(collection, query, [doc_id for doc_id, _ in page])
        self.reply(reply)

    post = get

    def _highlighted(self, collection: Collection, query: Query, page: list[str]) -> dict[str, dict[str, list[str]]]:
        tags = (
            self.get_argument("hl.simple.pre", "<em>", strip=False),
            self.get_argument("hl.simple.post", "</em>", strip=False),
        )
        width = whole_number(self.get_argument("hl.fragsize", "100"), "hl.fragsize", 1)
        marked: dict[str, dict[str, list[str]]] = {doc_id: {} for doc_id in page}
        for field in _names(self.get_argument("hl.fl", query.default_field), "hl.fl"):
            wanted = query.wanted(collection, field)
            for doc_id in page:
                values = [v for v in collection.values[doc_id].get(field, []) if isinstance(v, str)]
                if parts := fragments([*values], wanted, collection.analyzer, width, *tags):
                    marked[doc_id][field] = parts[:1]
        return marked


def _names(text: str, where: str) -> list[str]:
    """The names of a list with commas or spaces. Raises Problem for renamed fields, functions and transformers."""
    names = re.split(r"[,\s]+", text.strip(", \t\n"))
    for name in names:
        if not _FIELD.fullmatch(name):
            raise Problem(f"{where!r} has names of fields, * and ? in them, and score, but not {name!r}")
    return names


def _document(source: dict[str, Any], fields: list[str], score: float) -> dict[str, Any]:
    """What `fl` asks for of a document. `score` alone asks for nothing else of it."""
    document = {n: value for n, value in source.items() if any(fnmatchcase(n, p) for p in fields)}
    return document | ({"score": score} if "score" in fields else {})


def _sorted(collection: Collection, ranked: list[tuple[str, float]], sort: str) -> list[tuple[str, float]]:
    """By the first of the keys `field asc` or `field desc`, then by the next; equal ones stay as they are."""
    keys = []
    for part in sort.split(","):
        words = part.split()
        if len(words) != 2:
            raise Problem(
                f"cannot parse {sort!r}: 'sort' is a list of a field and 'asc' or 'desc', with commas between them"
            )
        name, descending = words[0], one_of(words[1].lower(), "sort", ("asc", "desc")) == "desc"
        if name != "score" and name not in collection.fields.types:
            raise Problem(f"sort param field can't be found: {name}")
        keys.append((string(name, "sort"), descending))
    for name, descending in reversed(keys):
        if name == "score":
            ranked = sorted(ranked, key=lambda hit: hit[1], reverse=descending)
            continue
        best = max if descending else min
        value = {i: best(held) for i, _ in ranked if (held := collection.values[i].get(name))}
        having = sorted((hit for hit in ranked if hit[0] in value), key=lambda hit: value[hit[0]], reverse=descending)
        ranked = having + [hit for hit in ranked if hit[0] not in value]
    return ranked


class Unknown(Base):
    """What none of the routes takes."""

    def prepare(self) -> None:
        raise Problem(f"the local compatible server does not have {self.request.method} {self.request.path}")


ROUTES: list[Route] = [
    (r"/solr/([^/]+)/admin/ping/?", Ping),
    (r"/solr/([^/]+)/update/?", Update),
    (r"/solr/([^/]+)/select/?", Select),
    (r"/solr/.*", Unknown),
]
