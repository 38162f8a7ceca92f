"""The part of Elasticsearch's Query DSL that is served: match, match_phrase, match_all, term, terms, range, exists, ids and bool.

Every other query, and every option that is not named here, is refused by name.
"""

from __future__ import annotations

import re
from typing import Any

from nlpjourney.http import Problem
from nlpjourney.tasks.search.server import matching
from nlpjourney.tasks.search.server.boolean import combined
from nlpjourney.tasks.search.server.collection import Collection
from nlpjourney.tasks.search.server.fields import Scalar
from nlpjourney.tasks.search.server.fragments import Wanted
from nlpjourney.tasks.search.server.matching import Scores
from nlpjourney.tasks.search.server.request import known, one_of, required, row, shown, string, strings, table

KINDS = ("match", "match_phrase", "match_all", "term", "terms", "range", "exists", "ids", "bool")
MAX_DEPTH = 30  # as in Elasticsearch
CLAUSES = ("must", "filter", "should", "must_not")


def evaluate(collection: Collection, query: Any) -> Scores:
    """The documents that a query matches, with scores. Raises Problem for one that is not served."""
    return _evaluate(collection, query, 1)


def _evaluate(collection: Collection, query: Any, depth: int) -> Scores:
    if depth > MAX_DEPTH:
        raise Problem(f"the query is nested too deeply: {MAX_DEPTH} levels are read")
    kind, body = only(query, "a query")
    if kind not in KINDS:
        raise Problem(f"the local compatible server does not know the query {kind!r}, it has {', '.join(KINDS)}")
    if kind == "match_all":
        table(body, "[match_all]", ())
        return matching.every(collection)
    if kind == "bool":
        return _bool(collection, body, depth)
    if kind == "exists":
        return matching.exists(collection, string(required(table(body, "[exists]", ["field"]), "field"), "'field'"))
    if kind == "ids":
        values = strings(required(table(body, "[ids]", ["values"]), "values", "[ids]"), "[ids] 'values'")
        return {doc_id: 1.0 for doc_id in values if doc_id in collection.seen}
    field, value = only(body, f"[{kind}]")
    if kind == "match":
        options = _options(kind, value, "query", "operator", "minimum_should_match")
        all_words = one_of(str(options.get("operator", "or")).lower(), "operator", ("or", "and")) == "and"
        wanted = options.get("minimum_should_match", 1)
        enough(wanted, 1)  # checked for other types as well
        text = scalar(options["query"], "[match] 'query'")
        return matching.words(collection, field, text, lambda n: n if all_words else max(1, enough(wanted, n)))
    if kind == "match_phrase":
        return matching.phrase(collection, field, scalar(_options(kind, value, "query")["query"], "[match_phrase]"))
    if kind == "term":
        return matching.equal(collection, field, scalar(_options(kind, value, "value")["value"], "[term]"))
    if kind == "terms":
        found = [matching.equal(collection, field, scalar(one, "[terms]")) for one in row(value, "[terms]")]
        return {doc_id: 1.0 for doc_id in collection.seen if any(doc_id in part for part in found)}
    return _range(collection, field, table(value, "[range]", ("gt", "gte", "lt", "lte")))


def only(value: Any, where: str) -> tuple[str, Any]:
    """The one name of an object, and what stands there. Raises Problem for anything else."""
    items = list(table(value, where).items())
    if len(items) != 1:
        raise Problem(f"{where} has exactly one name in it, not {shown(value)}")
    return items[0]


def scalar(value: Any, where: str) -> Scalar:
    """A string, number or bool. Raises Problem for anything else."""
    if not isinstance(value, Scalar):
        raise Problem(f"{where} has to be a string, a number, true or false, not {shown(value)}")
    return value


def _options(kind: str, value: Any, main: str, *more: str) -> dict[str, Any]:
    options = value if isinstance(value, dict) else {main: value}
    known(options, (main, *more), f"[{kind}]")
    required(options, main, f"[{kind}]")
    return options


def enough(wanted: Any, n: int) -> int:
    """minimum_should_match: so many of n clauses: "2", "-1" (all but one), "75%", "-25%", rounded as in Elasticsearch."""
    match = re.fullmatch(r"([+-]?)(\d{1,6})(%?)", str(wanted)) if not isinstance(wanted, bool | float) else None
    if match is None:
        raise Problem(
            f"'minimum_should_match' has to be a number such as 2 or -1, or a share such as '75%', not {shown(wanted)}"
        )
    size = n * int(match[2]) // 100 if match[3] else int(match[2])
    return max(0, n - size if match[1] == "-" else size)


def _range(collection: Collection, field: str, ends: dict[str, Any]) -> Scores:
    if not ends or {"gt", "gte"} <= ends.keys() or {"lt", "lte"} <= ends.keys():
        raise Problem(
            "[range] needs at most one of 'gt' and 'gte' and at most one of 'lt' and 'lte', and at least one of all"
        )
    low, high = (
        next((scalar(ends[name], f"[range] {name!r}") for name in names if ends.get(name) is not None), None)
        for names in (("gt", "gte"), ("lt", "lte"))
    )
    return matching.between(collection, field, low, high, "gt" not in ends, "lt" not in ends)


def _clauses(body: dict[str, Any], name: str) -> list[Any]:
    clauses = body.get(name, [])
    return clauses if isinstance(clauses, list) else [clauses]


def _bool(collection: Collection, body: Any, depth: int) -> Scores:
    table(body, "[bool]", (*CLAUSES, "minimum_should_match"))
    must, filters, should, must_not = (
        [_evaluate(collection, clause, depth + 1) for clause in _clauses(body, name)] for name in CLAUSES
    )
    if "minimum_should_match" in body:
        least = enough(body["minimum_should_match"], len(should))
    else:
        least = 0 if must or filters or not should else 1
    return combined(matching.every(collection), must, filters, should, must_not, least)


def wanted_in(query: Any, field: str) -> Wanted:
    """What a query, which has been evaluated, looks for in a field: what is to be highlighted."""
    wanted = Wanted()
    kind, body = next(iter(query.items()))
    if kind == "bool":
        for clause in [clause for name in ("must", "filter", "should") for clause in _clauses(body, name)]:
            more = wanted_in(clause, field)
            wanted.texts += more.texts
            wanted.phrases += more.phrases
    elif kind in ("match", "match_phrase", "term", "terms") and field in body:
        value = body[field]
        if isinstance(value, dict):
            value = value["value" if kind == "term" else "query"]
        found = [str(part) for part in value] if isinstance(value, list) else [str(value)]
        (wanted.phrases if kind == "match_phrase" else wanted.texts).extend(found)
    return wanted
