"""The part of Solr's protocol that its Python client uses, over our index: update, select, ping.

Documents come as JSON, deletions and commits as XML, which is what pysolr sends. The query language is the core of Lucene's:
`field:word`, `field:(several words)`, `field:"a phrase"`, `*:*`; clauses are alternatives whose scores add up; `fq` filters.
"""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

from nlpjourney.http import Handler, Problem, Route
from nlpjourney.tasks.search.highlight import mark_up, snippet
from nlpjourney.tasks.search.server.collection import Collection, Scores
from nlpjourney.tasks.search.server.collections import Collections
from nlpjourney.tasks.search.server.request import whole_number

_CLAUSE = re.compile(r'(?:([\w.*-]+):)?("[^"]*"|\([^)]*\)|[^\s"()]+)')


def clauses(query: str, default_field: str) -> list[tuple[str, str, bool]]:
    """A query's clauses as (field, text, whether it is a phrase)."""
    rest = _CLAUSE.sub("", query).strip()
    if rest:
        raise Problem(f"cannot parse {query!r}: what does {rest!r} mean?")
    found = []
    for field, text in _CLAUSE.findall(query):
        found.append((field or default_field, text.strip('"()'), text.startswith('"')))
    return found


def evaluate(collection: Collection, query: str, default_field: str) -> Scores:
    """The documents that match any clause; the scores of a document's clauses add up."""
    scores: Scores = {}
    for field, text, phrase in clauses(query, default_field):
        if (field, text) == ("*", "*"):
            part = collection.every()
        elif field == "id":
            part = collection.equal("id", [text])
        else:
            part = collection.match_phrase(field, text) if phrase else collection.match(field, text)
        for doc_id, score in part.items():
            scores[doc_id] = scores.get(doc_id, 0.0) + score
    return scores


class Base(Handler):
    state: Collections

    def write_problem(self, status: int, kind: str, message: str) -> None:
        self.reply({"responseHeader": {"status": status}, "error": {"msg": message, "code": status}}, status)


class Ping(Base):
    def get(self, core: str) -> None:
        self.reply({"responseHeader": {"status": 0}, "status": "OK"})


class Update(Base):
    def post(self, core: str) -> None:
        collection = self.state.text(core)
        if self.request.headers.get("Content-Type", "").startswith("application/json"):
            documents = self.body()
            if not isinstance(documents, list):
                raise Problem("the local compatible server takes a list of documents")
            for document in documents:
                if not isinstance(document, dict) or "id" not in document:
                    raise Problem("Document is missing mandatory uniqueKey field: id")
                collection.put(str(document["id"]), document)
        else:
            self._xml(collection)
        if self.get_query_argument("commit", "false") == "true":
            collection.refresh()
        self.reply({"responseHeader": {"status": 0, "QTime": 0}})

    def _xml(self, collection: Collection) -> None:
        try:
            command = ElementTree.fromstring(self.request.body)
        except ElementTree.ParseError as error:
            raise Problem(f"the body is neither JSON nor XML: {error}") from None
        if command.tag == "commit":
            collection.refresh()
            return
        if command.tag != "delete":
            raise Problem(f"the local compatible server does not know the command {command.tag!r}")
        for part in command:
            text = part.text or ""
            for doc_id in [text] if part.tag == "id" else list(evaluate(collection, text, "text")):
                collection.delete(doc_id)


class Select(Base):
    def get(self, core: str) -> None:
        collection = self.state.text(core)
        field = self.get_argument("df", "text")
        query = self.get_argument("q", "*:*")
        scores = evaluate(collection, query, field)
        for condition in self.get_arguments("fq"):
            kept = _filter(collection, condition, field)
            scores = {doc_id: score for doc_id, score in scores.items() if doc_id in kept}
        ranked = collection.ranked(scores)
        start = whole_number(self.get_argument("start", "0"), "start")
        rows = whole_number(self.get_argument("rows", "10"), "rows")
        docs, marked = [], {}
        for doc_id, score in ranked[start : start + rows]:
            source = collection.get(doc_id) or {}
            docs.append({**source, "score": score})
            marked[doc_id] = self._highlighted(collection, query, source, field)
        reply: dict[str, Any] = {
            "responseHeader": {"status": 0, "QTime": 0},
            "response": {"numFound": len(ranked), "start": start, "numFoundExact": True, "docs": docs},
        }
        if self.get_argument("hl", "false") == "true":
            reply["highlighting"] = marked
        self.reply(reply)

    post = get

    def _highlighted(
        self, collection: Collection, query: str, source: dict[str, Any], field: str
    ) -> dict[str, list[str]]:
        found = {}
        tags = self.get_argument("hl.simple.pre", "<em>"), self.get_argument("hl.simple.post", "</em>")
        for name in self.get_argument("hl.fl", field).split(","):
            words = " ".join(text for of, text, _ in clauses(query, field) if of == name)
            part = snippet(str(source.get(name, "")), words, collection.analyzer, 100)
            if part.spans:
                found[name] = [mark_up(part, *tags)]
        return found


def _filter(collection: Collection, condition: str, field: str) -> Scores:
    """`field:value` on a field of numbers or of single words compares values; on text it searches."""
    name, _, value = condition.partition(":")
    values: list[Any] = [value.strip('"')]
    if re.fullmatch(r"-?\d+(\.\d+)?", value):
        values.append(float(value))  # 3 == 3.0, so whole numbers are found as well
    return collection.equal(name, values) or evaluate(collection, condition, field)


ROUTES: list[Route] = [
    (r"/solr/([^/]+)/admin/ping/?", Ping),
    (r"/solr/([^/]+)/update/?", Update),
    (r"/solr/([^/]+)/select/?", Select),
]
