"""Elasticsearch's mappings: the declared fields of an index. What would not have its effect here is refused by name."""

from __future__ import annotations

from typing import Any

from nlpjourney.tasks.search.server.fields import TYPES, Fields
from nlpjourney.tasks.search.server.request import one_of, required, table

OPTIONS = ("type", "fields", "analyzer")


def fields_of(mappings: Any) -> Fields:
    """The fields that `mappings` declares. Raises Problem for a type or an option that is not served."""
    table(mappings, "'mappings'", ("properties", "dynamic"))
    dynamic = mappings.get("dynamic", True)
    choice = one_of(
        str(dynamic).lower() if isinstance(dynamic, bool) else dynamic, "dynamic", ("true", "false", "strict")
    )
    fields = Fields(dynamic={"true": True, "false": False}.get(choice, choice))
    _properties(fields, mappings.get("properties", {}), "")
    return fields


def _properties(fields: Fields, properties: Any, prefix: str) -> None:
    for name, options in table(properties, "'properties'").items():
        path = prefix + name
        where = f"the mapping of [{path}]"
        if "properties" in table(options, where):
            table(options, where, ("properties", "type"))
            one_of(options.get("type", "object"), f"type of [{path}]", ["object"])
            _properties(fields, options["properties"], f"{path}.")
            continue
        fields.declare(path, _kind(options, where, OPTIONS))
        for extra, more in table(options.get("fields", {}), f"'fields' of [{path}]").items():
            target = f"{path}.{extra}"
            fields.types[target] = _kind(more, f"the mapping of [{target}]", ("type", "analyzer"))
            fields.copies.setdefault(path, []).append(target)


def _kind(options: Any, where: str, names: tuple[str, ...]) -> str:
    kind = one_of(required(table(options, where, names), "type", where), f"type in {where}", sorted(TYPES))
    if "analyzer" in options:
        one_of(options["analyzer"], f"analyzer in {where}", ["standard"] if kind == "text" else [])
    return kind
