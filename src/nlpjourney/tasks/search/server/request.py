"""Reading what a request asks for: what is missing or of the wrong kind is refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlpjourney.http import Problem


def required(fields: Any, name: str, where: str = "the request") -> Any:
    """The field of that name. Raises Problem when there is none."""
    if not isinstance(fields, Mapping) or name not in fields:
        raise Problem(f"{where} needs {name!r}")
    return fields[name]


def whole_number(value: Any, name: str, least: int = 0) -> int:
    """`value` as an int of `least` or more. Raises Problem for anything else."""
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise Problem(f"{name!r} has to be a whole number, not {value!r}") from None
    if number < least:
        raise Problem(f"{name!r} has to be {least} or more, not {number}")
    return number
