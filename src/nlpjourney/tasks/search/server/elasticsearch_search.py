"""Elasticsearch's search body around the query: which page of the hits, what of each document, which fields highlighted."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

from nlpjourney.tasks.search.server.collection import Collection
from nlpjourney.tasks.search.server.elasticsearch_query import evaluate, wanted_in
from nlpjourney.tasks.search.server.fragments import fragments
from nlpjourney.tasks.search.server.request import known, one_of, required, string, strings, table, whole_number

Ranked = list[tuple[str, float]]
OPTIONS = ("pre_tags", "post_tags", "fragment_size", "number_of_fragments", "encoder")


def search(
    collection: Collection, body: dict[str, Any]
) -> tuple[Ranked, Ranked, Callable[[str], dict[str, list[str]]]]:
    """(all that was found, those of the page, the highlighting of one of them). Raises Problem for what is not served."""
    known(body, ("query", "size", "from", "highlight", "_source", "track_total_hits"), "a search")
    query = body.get("query", {"match_all": {}})
    first, size = whole_number(body.get("from", 0), "from"), whole_number(body.get("size", 10), "size")
    source_part({}, body.get("_source"))
    ranked = collection.ranked(evaluate(collection, query))
    return ranked, ranked[first : first + size], _highlighting(collection, query, body.get("highlight", {}))


def _highlighting(collection: Collection, query: Any, body: Any) -> Callable[[str], dict[str, list[str]]]:
    table(body, "'highlight'", ("fields", *OPTIONS))
    fields = table(required(body, "fields", "'highlight'") if body else {}, "'fields' of 'highlight'")
    settings = {}
    for field, options in fields.items():
        both = {name: body[name] for name in OPTIONS if name in body} | table(
            options, f"highlight's {field!r}", OPTIONS
        )
        one_of(both.get("encoder", "html"), "encoder", ["html"])
        whole_number(both.get("number_of_fragments", 5), "number_of_fragments", 1)
        tags = [
            next(iter(strings(both.get(name, default), f"{name!r}")), "")
            for name, default in (("pre_tags", "<em>"), ("post_tags", "</em>"))
        ]
        width = whole_number(both.get("fragment_size", 100), "fragment_size", 1)
        settings[field] = (wanted_in(query, field), width, tags, both.get("number_of_fragments", 5))

    def highlighted(doc_id: str) -> dict[str, list[str]]:
        found = {}
        for field, (wanted, width, (before, after), most) in settings.items():
            values = [v for v in collection.values[doc_id].get(field, []) if isinstance(v, str)]
            if parts := fragments([*values], wanted, collection.analyzer, width, before, after):
                found[field] = parts[: int(most)]
        return found

    return highlighted


def source_part(source: dict[str, Any], wanted: Any) -> dict[str, Any]:
    """{"_source": what is wanted of it}: all, nothing (then the answer has none), or paths by pattern. Raises Problem."""
    if wanted is None or isinstance(wanted, bool):
        return {"_source": source} if wanted is not False else {}
    if not isinstance(wanted, dict):
        wanted = {"includes": wanted}
    table(wanted, "'_source'", ("includes", "excludes"))
    patterns = {name: strings(wanted.get(name, []), f"'_source' {name!r}") for name in ("includes", "excludes")}
    return {"_source": _picked(source, patterns["includes"] or ["*"], patterns["excludes"])}


def _picked(source: dict[str, Any], includes: list[str], excludes: list[str], prefix: str = "") -> dict[str, Any]:
    picked: dict[str, Any] = {}
    for name, value in source.items():
        path = prefix + name
        if any(fnmatchcase(path, string(pattern, "'_source'")) for pattern in excludes):
            continue
        whole = any(fnmatchcase(path, pattern) for pattern in includes)
        inner = ["*"] if whole else includes
        if isinstance(value, dict):
            part: Any = _picked(value, inner, excludes, f"{path}.")
            kept = bool(part) or whole
        elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
            part = [_picked(one, inner, excludes, f"{path}.") if isinstance(one, dict) else one for one in value]
            part = [one for one in part if one or whole]
            kept = bool(part) or whole
        else:
            part, kept = value, whole
        if kept:
            picked[name] = part
    return picked
