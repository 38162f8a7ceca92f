"""Pinecone's metadata filters, and what metadata there is: strings, numbers, booleans and lists of strings.

A filter has fields with $eq, $ne, $gt, $gte, $lt, $lte, $in, $nin and $exists, and $and and $or over filters; a value alone means
$eq. On a list, $eq and $in ask whether any of its strings is meant, $ne and $nin whether none is. A vector without the field
meets $ne and $nin only. true is not 1. Everything else is refused by name, before any vector is looked at.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from operator import ge, gt, le, lt
from typing import Any

from nlpjourney.errors import InvalidInput

Meets = Callable[[Mapping[str, Any]], bool]

MAX_DEPTH = 50

_ORDER: dict[str, Callable[[Any, Any], bool]] = {"$gt": gt, "$gte": ge, "$lt": lt, "$lte": le}
_OPERATORS = ("$eq", "$ne", *_ORDER, "$in", "$nin", "$exists")


def read_filter(condition: Any) -> Meets:
    """Whether metadata meets the condition. Raises InvalidInput for one that is not understood."""
    return _read(condition, 1)


def check_metadata(metadata: Any) -> dict[str, Any]:
    """`metadata` if it is such. Raises InvalidInput for anything else."""
    if not isinstance(metadata, dict):
        raise InvalidInput(f"metadata has to be an object, not {metadata!r}")
    for name, value in metadata.items():
        strings = isinstance(value, list) and all(isinstance(one, str) for one in value)
        if name.startswith("$") or not (strings or _is_scalar(value)):
            raise InvalidInput(
                f"metadata {name!r} has to be a string, a number, true, false or a list of strings, not {value!r}, "
                "under a name that does not begin with $"
            )
    return metadata


def _read(condition: Any, depth: int) -> Meets:
    if depth > MAX_DEPTH:
        raise InvalidInput(f"the filter is nested too deeply: {MAX_DEPTH} levels of $and and $or are read")
    if not isinstance(condition, dict):
        raise InvalidInput(f"a filter has to be an object, not {condition!r}")
    parts: list[Meets] = []
    for name, wanted in condition.items():
        if name in ("$and", "$or"):
            if not isinstance(wanted, list) or not wanted:
                raise InvalidInput(f"{name} takes a list of filters, not {wanted!r}")
            parts.append(_joined(all if name == "$and" else any, [_read(part, depth + 1) for part in wanted]))
        elif name.startswith("$"):
            raise InvalidInput(f"unknown operator {name!r}: around fields there are $and and $or")
        else:
            operators = wanted if isinstance(wanted, dict) else {"$eq": wanted}
            if not operators:
                raise InvalidInput(f"the filter says nothing of {name!r}")
            parts += [_condition(name, operator, value) for operator, value in operators.items()]
    return _joined(all, parts)


def _joined(join: Callable[[Any], bool], parts: list[Meets]) -> Meets:
    return lambda metadata: join(part(metadata) for part in parts)


def _condition(name: str, operator: str, value: Any) -> Meets:
    if operator not in _OPERATORS:
        raise InvalidInput(f"unknown operator {operator!r}: there are {', '.join(_OPERATORS)}, $and, $or")
    if operator == "$exists":
        if not isinstance(value, bool):
            raise InvalidInput(f"{operator} takes true or false, not {value!r}")
        return lambda metadata: (name in metadata) is value
    if operator in _ORDER:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InvalidInput(f"{operator} takes a number, not {value!r}")
        compare = _ORDER[operator]
        return lambda metadata: _typed(metadata.get(name))[0] == "number" and compare(metadata[name], value)
    values = value if operator in ("$in", "$nin") else [value]
    if not isinstance(values, list) or not all(map(_is_scalar, values)):
        what = (
            "a list of strings, numbers and booleans" if operator in ("$in", "$nin") else "a string, number or boolean"
        )
        raise InvalidInput(f"{operator} takes {what}, not {value!r}")
    meant = {_typed(one) for one in values}
    negative = operator in ("$ne", "$nin")

    def meets(metadata: Mapping[str, Any]) -> bool:
        if name not in metadata:
            return negative
        held = metadata[name] if isinstance(metadata[name], list) else [metadata[name]]
        return any(_typed(one) in meant for one in held) is not negative

    return meets


def _typed(value: Any) -> tuple[str, Any]:
    """The value with its type, since in Python True == 1."""
    if isinstance(value, bool):
        return "boolean", value
    return ("number", value) if isinstance(value, int | float) else ("other", value if isinstance(value, str) else None)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | bool | int) or (isinstance(value, float) and math.isfinite(value))
