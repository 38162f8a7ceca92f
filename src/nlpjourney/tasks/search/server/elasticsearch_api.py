"""The part of Elasticsearch's protocol that the first tutorial needs, over our index.

Index, bulk, get, delete, refresh, count; search with match, match_phrase, term, terms, match_all and bool; highlighting (always
HTML-escaped, as with its `"encoder": "html"`). Whatever else is asked is refused by name instead of being ignored.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from nlpjourney.tasks.search.highlight import highlight_phrase, mark_up, snippet
from nlpjourney.tasks.search.server.app import Handler, RequestError
from nlpjourney.tasks.search.server.collection import Collection, Scores


def evaluate(collection: Collection, query: dict[str, Any]) -> Scores:
    """The documents that a query of the Query DSL matches, with scores."""
    if len(query) != 1:
        raise RequestError(f"a query has exactly one kind, this one has {sorted(query)}")
    kind, body = next(iter(query.items()))
    if kind == "match_all":
        return collection.every()
    if kind == "bool":
        return _bool(collection, body)
    if kind not in ("match", "match_phrase", "term", "terms"):
        raise RequestError(f"the local compatible server does not know the query {kind!r}")
    field, value = _only(kind, body)
    if kind == "match":
        options = value if isinstance(value, dict) else {"query": value}
        return collection.match(field, str(options["query"]), str(options.get("operator", "or")).lower() == "and")
    if kind == "match_phrase":
        return collection.match_phrase(field, str(value["query"] if isinstance(value, dict) else value))
    if kind == "term":
        return collection.equal(field, [value["value"] if isinstance(value, dict) else value])
    return collection.equal(field, list(value))


def _only(kind: str, body: dict[str, Any]) -> tuple[str, Any]:
    if not isinstance(body, dict) or len(body) != 1:
        raise RequestError(f"[{kind}] names exactly one field")
    return next(iter(body.items()))


def _clauses(body: dict[str, Any], name: str) -> list[dict[str, Any]]:
    clauses = body.get(name, [])
    return clauses if isinstance(clauses, list) else [clauses]


def _bool(collection: Collection, body: dict[str, Any]) -> Scores:
    """must and filter: all of them; should: adds to the score, and one is needed if nothing is required; must_not: none."""
    if unknown := set(body) - {"must", "filter", "should", "must_not", "minimum_should_match"}:
        raise RequestError(f"the local compatible server does not know bool's {min(unknown)!r}")
    must, filters, should, must_not = (
        [evaluate(collection, clause) for clause in _clauses(body, name)]
        for name in ("must", "filter", "should", "must_not")
    )
    needed = int(body.get("minimum_should_match", 0 if must or filters or not should else 1))
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
    def set_default_headers(self) -> None:
        # The client checks this header before it believes an answer; it names the protocol, not what we are.
        self.set_header("X-Elastic-Product", "Elasticsearch")

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        status = 400 if isinstance(error, RequestError | KeyError) else status_code
        self.problem(status, "parsing_exception", str(error))

    def log_exception(self, *_: Any) -> None:
        """Errors go to the client."""

    def problem(self, status: int, kind: str, reason: str) -> None:
        cause = {"type": kind, "reason": reason}
        self.reply({"error": {"root_cause": [cause], **cause}, "status": status}, status)

    def existing(self, name: str) -> Collection | None:
        """The collection, or a reply that there is none."""
        found = self.state.collections.get(name)
        if found is None:
            self.problem(404, "index_not_found_exception", f"no such index [{name}]")
        return found

    def wants_refresh(self) -> bool:
        return self.get_query_argument("refresh", "false") in ("true", "", "wait_for")


class Info(Base):
    def get(self) -> None:
        self.reply({"name": "local compatible server", "version": {"number": "9.0.0"}, "tagline": "NLP Journey"})


class Index(Base):
    def put(self, name: str) -> None:
        if name in self.state.collections:
            self.problem(400, "resource_already_exists_exception", f"index [{name}] already exists")
            return
        self.state.collection(name)
        self.reply({"acknowledged": True, "shards_acknowledged": True, "index": name})

    def head(self, name: str) -> None:
        self.set_status(200 if name in self.state.collections else 404)
        self.finish()

    def delete(self, name: str) -> None:
        if self.existing(name) is not None:
            self.state.drop(name)
            self.reply({"acknowledged": True})


class Document(Base):
    def put(self, name: str, doc_id: str) -> None:
        result = store(self.state.collection(name), unquote(doc_id), self.body())
        self._done(name, doc_id, result, 201 if result == "created" else 200)

    post = put

    def get(self, name: str, doc_id: str) -> None:
        if (collection := self.existing(name)) is not None:
            source = collection.get(unquote(doc_id))
            found = {"_index": name, "_id": unquote(doc_id), "found": source is not None}
            self.reply(found | ({"_source": source} if source is not None else {}), 200 if source is not None else 404)

    def delete(self, name: str, doc_id: str) -> None:
        if (collection := self.existing(name)) is not None:
            found = collection.delete(unquote(doc_id))
            self._done(name, doc_id, "deleted" if found else "not_found", 200 if found else 404)

    def _done(self, name: str, doc_id: str, result: str, status: int) -> None:
        if self.wants_refresh():
            self.state.collection(name).refresh()
        self.reply({"_index": name, "_id": unquote(doc_id), "result": result}, status)


def store(collection: Collection, doc_id: str, source: dict[str, Any]) -> str:
    result = "updated" if doc_id in collection else "created"
    collection.put(doc_id, source)
    return result


class Bulk(Base):
    def post(self, name: str | None = None) -> None:
        """Lines of JSON: an action, then (except for delete) the document."""
        lines = iter([json.loads(line) for line in self.request.body.splitlines() if line.strip()])
        items, touched = [], set()
        for action in lines:
            kind, where = next(iter(action.items()))
            index, doc_id = where.get("_index", name), str(where["_id"])
            collection = self.state.collection(index)
            touched.add(index)
            if kind in ("index", "create"):
                result = store(collection, doc_id, next(lines))
                status = 201 if result == "created" else 200
            elif kind == "delete":
                result, status = ("deleted", 200) if collection.delete(doc_id) else ("not_found", 404)
            else:
                raise RequestError(f"the local compatible server does not know the bulk action {kind!r}")
            items.append({kind: {"_index": index, "_id": doc_id, "result": result, "status": status}})
        if self.wants_refresh():
            for index in touched:
                self.state.collection(index).refresh()
        self.reply({"took": 0, "errors": any(next(iter(i.values()))["status"] == 404 for i in items), "items": items})

    put = post


class Refresh(Base):
    def post(self, name: str) -> None:
        if (collection := self.existing(name)) is not None:
            collection.refresh()
            self.reply({"_shards": {"total": 1, "successful": 1, "failed": 0}})

    get = post


class Count(Base):
    def post(self, name: str) -> None:
        if (collection := self.existing(name)) is not None:
            query = self.body().get("query", {"match_all": {}})
            self.reply({"count": len(evaluate(collection, query))})

    get = post


class Search(Base):
    def post(self, name: str) -> None:
        if (collection := self.existing(name)) is None:
            return
        body = self.body()
        if unknown := set(body) - {"query", "size", "from", "highlight", "_source", "track_total_hits"}:
            raise RequestError(f"the local compatible server does not know {min(unknown)!r} in a search")
        query = body.get("query", {"match_all": {}})
        ranked = collection.ranked(evaluate(collection, query))
        first, size = int(body.get("from", 0)), int(body.get("size", 10))
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
                part = fragment(collection, text, query, int(settings.get("fragment_size", 100)), *tags)
                if part is not None:
                    found[field] = [part]
        return found


ROUTES: list[tuple[str, type[Handler]]] = [
    (r"/", Info),
    (r"/_bulk", Bulk),
    (r"/([^/_][^/]*)/_bulk", Bulk),
    (r"/([^/_][^/]*)/_doc/([^/]+)", Document),
    (r"/([^/_][^/]*)/_refresh", Refresh),
    (r"/([^/_][^/]*)/_count", Count),
    (r"/([^/_][^/]*)/_search", Search),
    (r"/([^/_][^/]*)", Index),
]
