"""The part of Elasticsearch's protocol that the first tutorial needs, over our index.

Index, bulk, get, delete, refresh, count; search with match, match_phrase, term, terms, match_all and bool; highlighting (always
HTML-escaped, as with its `"encoder": "html"`). Whatever else is asked is refused by name instead of being ignored.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from nlpjourney.http import Handler, Problem, Route
from nlpjourney.tasks.search.highlight import highlight_phrase, mark_up, snippet
from nlpjourney.tasks.search.server.collection import Collection, Scores
from nlpjourney.tasks.search.server.collections import Collections
from nlpjourney.tasks.search.server.request import required, whole_number


def evaluate(collection: Collection, query: dict[str, Any]) -> Scores:
    """The documents that a query of the Query DSL matches, with scores."""
    if not isinstance(query, dict) or len(query) != 1:
        raise Problem(f"a query is an object with exactly one kind, not {json.dumps(query)[:200]}")
    kind, body = next(iter(query.items()))
    if kind == "match_all":
        return collection.every()
    if kind == "bool":
        return _bool(collection, body)
    if kind not in ("match", "match_phrase", "term", "terms"):
        raise Problem(f"the local compatible server does not know the query {kind!r}")
    field, value = _only(kind, body)
    if kind == "match":
        options = value if isinstance(value, dict) else {"query": value}
        every_word = str(options.get("operator", "or")).lower() == "and"
        return collection.match(field, str(required(options, "query", "[match]")), every_word)
    if kind == "match_phrase":
        phrase = required(value, "query", "[match_phrase]") if isinstance(value, dict) else value
        return collection.match_phrase(field, str(phrase))
    if kind == "term":
        return collection.equal(field, [required(value, "value", "[term]") if isinstance(value, dict) else value])
    if not isinstance(value, list):
        raise Problem("[terms] takes a list of values")
    return collection.equal(field, value)


def _only(kind: str, body: dict[str, Any]) -> tuple[str, Any]:
    if not isinstance(body, dict) or len(body) != 1:
        raise Problem(f"[{kind}] has exactly one name in it")
    return next(iter(body.items()))


def _clauses(body: dict[str, Any], name: str) -> list[dict[str, Any]]:
    clauses = body.get(name, [])
    return clauses if isinstance(clauses, list) else [clauses]


def _bool(collection: Collection, body: dict[str, Any]) -> Scores:
    """must and filter: all of them; should: adds to the score, and one is needed if nothing is required; must_not: none."""
    if not isinstance(body, dict):
        raise Problem("[bool] is an object with must, filter, should or must_not")
    if unknown := set(body) - {"must", "filter", "should", "must_not", "minimum_should_match"}:
        raise Problem(f"the local compatible server does not know bool's {min(unknown)!r}")
    must, filters, should, must_not = (
        [evaluate(collection, clause) for clause in _clauses(body, name)]
        for name in ("must", "filter", "should", "must_not")
    )
    needed = whole_number(
        body.get("minimum_should_match", 0 if must or filters or not should else 1), "minimum_should_match"
    )
    scores = {}
    for doc_id in collection.every():
        wanted = sum(doc_id in part for part in should) >= needed
        if wanted and all(doc_id in p for p in [*must, *filters]) and not any(doc_id in p for p in must_not):
            scores[doc_id] = sum(part.get(doc_id, 0.0) for part in [*must, *should])
    return scores


def words_of(query: dict[str, Any]) -> tuple[list[str], list[str]]:
    """(texts, phrases) that a query looks for: what is to be highlighted."""
    texts: list[str] = []
    phrases: list[str] = []
    for kind, body in query.items():
        if kind in ("match", "match_phrase"):
            value = _only(kind, body)[1]
            (texts if kind == "match" else phrases).append(str(value["query"] if isinstance(value, dict) else value))
        elif kind == "bool":
            for clause in [*_clauses(body, "must"), *_clauses(body, "should")]:
                more = words_of(clause)
                texts += more[0]
                phrases += more[1]
    return texts, phrases


def fragment(
    collection: Collection, text: str, query: dict[str, Any], width: int, before: str, after: str
) -> str | None:
    """The best part of a text with its matches marked, None if nothing matches."""
    texts, phrases = words_of(query)
    part = snippet(text, " ".join([*texts, *phrases]), collection.analyzer, width)
    if not texts:  # words of a phrase count only where the whole phrase stands
        marked = {span for p in phrases for span in highlight_phrase(part.text, p, collection.analyzer)}
        part = type(part)(part.text, part.start, sorted(marked), part.before, part.after)
    return mark_up(part, before, after, ellipsis="…") if part.spans else None


class Base(Handler):
    state: Collections

    def set_default_headers(self) -> None:
        # The client checks this header before it believes an answer; it names the protocol, not what we are.
        self.set_header("X-Elastic-Product", "Elasticsearch")

    def write_problem(self, status: int, kind: str, message: str) -> None:
        fallback = "parsing_exception" if status < 500 else "exception"
        cause = {"type": kind or fallback, "reason": message}
        self.reply({"error": {"root_cause": [cause], **cause}, "status": status}, status)

    def existing(self, name: str) -> Collection:
        """The collection. Raises Problem when there is none."""
        found = self.state.texts.get(name)
        if found is None:
            raise Problem(f"no such index [{name}]", 404, "index_not_found_exception")
        return found

    def wants_refresh(self) -> bool:
        return self.get_query_argument("refresh", "false") in ("true", "", "wait_for")


class Info(Base):
    def get(self) -> None:
        self.reply({"name": "local compatible server", "version": {"number": "9.0.0"}, "tagline": "NLP Journey"})


class Index(Base):
    def put(self, name: str) -> None:
        if name in self.state.texts:
            raise Problem(f"index [{name}] already exists", 400, "resource_already_exists_exception")
        self.state.text(name)
        self.reply({"acknowledged": True, "shards_acknowledged": True, "index": name})

    def head(self, name: str) -> None:
        self.set_status(200 if name in self.state.texts else 404)
        self.finish()

    def delete(self, name: str) -> None:
        self.existing(name)
        self.state.drop(name)
        self.reply({"acknowledged": True})


class Document(Base):
    def put(self, name: str, doc_id: str) -> None:
        result = store(self.state.text(name), unquote(doc_id), self.fields())
        self._done(name, doc_id, result, 201 if result == "created" else 200)

    post = put

    def get(self, name: str, doc_id: str) -> None:
        source = self.existing(name).get(unquote(doc_id))
        found = {"_index": name, "_id": unquote(doc_id), "found": source is not None}
        self.reply(found | ({"_source": source} if source is not None else {}), 200 if source is not None else 404)

    def delete(self, name: str, doc_id: str) -> None:
        found = self.existing(name).delete(unquote(doc_id))
        self._done(name, doc_id, "deleted" if found else "not_found", 200 if found else 404)

    def _done(self, name: str, doc_id: str, result: str, status: int) -> None:
        if self.wants_refresh():
            self.state.text(name).refresh()
        self.reply({"_index": name, "_id": unquote(doc_id), "result": result}, status)


def store(collection: Collection, doc_id: str, source: dict[str, Any]) -> str:
    result = "updated" if doc_id in collection else "created"
    collection.put(doc_id, source)
    return result


def _line(line: bytes) -> dict[str, Any]:
    """One line of a bulk request."""
    try:
        content = json.loads(line)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise Problem(f"a line of a bulk request is no JSON object: {line[:80].decode(errors='replace')!r}")
    return content


class Bulk(Base):
    def post(self, name: str | None = None) -> None:
        """Lines of JSON: an action, then (except for delete) the document."""
        lines = iter([_line(line) for line in self.request.body.splitlines() if line.strip()])
        items, touched = [], set()
        for action in lines:
            kind, where = _only("bulk", action)
            index, doc_id = where.get("_index", name), str(required(where, "_id", f"the bulk action {kind!r}"))
            collection = self.state.text(index)
            touched.add(index)
            if kind in ("index", "create"):
                source = next(lines, None)
                if source is None:
                    raise Problem(f"the bulk action {kind!r} of {doc_id!r} is followed by no document")
                result = store(collection, doc_id, source)
                status = 201 if result == "created" else 200
            elif kind == "delete":
                result, status = ("deleted", 200) if collection.delete(doc_id) else ("not_found", 404)
            else:
                raise Problem(f"the local compatible server does not know the bulk action {kind!r}")
            items.append({kind: {"_index": index, "_id": doc_id, "result": result, "status": status}})
        if self.wants_refresh():
            for index in touched:
                self.state.text(index).refresh()
        self.reply({"took": 0, "errors": any(next(iter(i.values()))["status"] == 404 for i in items), "items": items})

    put = post


class Refresh(Base):
    def post(self, name: str) -> None:
        self.existing(name).refresh()
        self.reply({"_shards": {"total": 1, "successful": 1, "failed": 0}})

    get = post


class Count(Base):
    def post(self, name: str) -> None:
        query = self.fields().get("query", {"match_all": {}})
        self.reply({"count": len(evaluate(self.existing(name), query))})

    get = post


class Search(Base):
    def post(self, name: str) -> None:
        collection = self.existing(name)
        body = self.fields()
        if unknown := set(body) - {"query", "size", "from", "highlight", "_source", "track_total_hits"}:
            raise Problem(f"the local compatible server does not know {min(unknown)!r} in a search")
        query = body.get("query", {"match_all": {}})
        ranked = collection.ranked(evaluate(collection, query))
        first, size = whole_number(body.get("from", 0), "from"), whole_number(body.get("size", 10), "size")
        hits = []
        for doc_id, score in ranked[first : first + size]:
            source = collection.get(doc_id) or {}
            hit: dict[str, Any] = {"_index": name, "_id": doc_id, "_score": score}
            if body.get("_source", True):
                hit["_source"] = source
            if marked := self._highlighted(collection, body.get("highlight"), query, source):
                hit["highlight"] = marked
            hits.append(hit)
        total = {"value": len(ranked), "relation": "eq"}
        best = ranked[0][1] if ranked else None
        self.reply({"took": 0, "timed_out": False, "hits": {"total": total, "max_score": best, "hits": hits}})

    get = post

    def _highlighted(
        self, collection: Collection, wanted: dict[str, Any] | None, query: dict[str, Any], source: dict[str, Any]
    ) -> dict[str, list[str]]:
        found = {}
        for field, options in (wanted or {}).get("fields", {}).items():
            settings = {**(wanted or {}), **options}
            tags = settings.get("pre_tags", ["<em>"])[0], settings.get("post_tags", ["</em>"])[0]
            text = source.get(field)
            if isinstance(text, str):
                width = whole_number(settings.get("fragment_size", 100), "fragment_size", 1)
                part = fragment(collection, text, query, width, *tags)
                if part is not None:
                    found[field] = [part]
        return found


ROUTES: list[Route] = [
    (r"/", Info),
    (r"/_bulk", Bulk),
    (r"/([^/_][^/]*)/_bulk", Bulk),
    (r"/([^/_][^/]*)/_doc/([^/]+)", Document),
    (r"/([^/_][^/]*)/_refresh", Refresh),
    (r"/([^/_][^/]*)/_count", Count),
    (r"/([^/_][^/]*)/_search", Search),
    (r"/([^/_][^/]*)", Index),
]
