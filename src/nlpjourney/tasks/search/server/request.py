"""Reading what a request asks for: what is missing, of the wrong kind or not understood is refused by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

from nlpjourney.http import Handler, Problem

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")


def known(given: Iterable[str], names: Iterable[str], where: str) -> None:
    """Nothing is ignored. Raises Problem for the first of `given` that is not one of `names`."""
    understood = sorted(names)
    for name in given:
        if name not in understood:
            has = f"has {', '.join(understood)}" if understood else "has none"
            raise Problem(f"the local compatible server does not know {name!r} in {where}, which {has}")


def required(fields: Any, name: str, where: str = "the request") -> Any:
    """The field of that name. Raises Problem when there is none."""
    if not isinstance(fields, Mapping) or name not in fields:
        raise Problem(f"{where} needs {name!r}")
    return fields[name]


def table(value: Any, where: str, names: Iterable[str] | None = None) -> dict[str, Any]:
    """`value` as an object, all of whose keys are among `names` if these are given. Raises Problem for anything else."""
    if not isinstance(value, dict):
        raise Problem(f"{where} has to be an object, not {shown(value)}")
    if names is not None:
        known(value, names, where)
    return value


def row(value: Any, where: str) -> list[Any]:
    """`value` as a list. Raises Problem for anything else."""
    if not isinstance(value, list):
        raise Problem(f"{where} has to be a list, not {shown(value)}")
    return value


def string(value: Any, where: str) -> str:
    """`value` as a string of at least one character. Raises Problem for anything else."""
    if not isinstance(value, str) or not value:
        raise Problem(f"{where} has to be a string with at least one character, not {shown(value)}")
    return value


def strings(value: Any, where: str) -> list[str]:
    """`value` as a list of strings; one alone counts as a list. Raises Problem for anything else."""
    return [string(part, where) for part in row([value] if isinstance(value, str) else value, where)]


def whole_number(value: Any, name: str, least: int = 0) -> int:
    """`value`, a number or (in a URL) its digits, as an int of `least` or more. Raises Problem for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | str) or not _WHOLE.fullmatch(str(value)):
        raise Problem(f"{name!r} has to be a whole number, not {shown(value)}")
    if int(value) < least:
        raise Problem(f"{name!r} has to be {least} or more, not {value}")
    return int(value)


def one_of(value: Any, name: str, choices: Sequence[str]) -> str:
    """`value` if it is one of the choices. Raises Problem for anything else."""
    if not isinstance(value, str) or value not in choices:
        raise Problem(f"{name!r} has to be one of {', '.join(map(repr, choices))}, not {shown(value)}")
    return value


def flag(value: Any, name: str) -> bool:
    """`value` as a bool; in a URL it is "true" or "false". Raises Problem for anything else."""
    if isinstance(value, bool):
        return value
    return one_of(value, name, ("true", "false")) == "true"


def shown(value: Any) -> str:
    """A value for a sentence, cut where it is long."""
    text = repr(value)
    return text if len(text) <= 80 else text[:80] + "…"


def methods(**parameters: str) -> Mapping[str, str]:
    """What a handler takes: `methods(GET="", PUT="refresh timeout")`."""
    return MappingProxyType(parameters)


class Strict(Handler):
    """A handler whose requests are understood as a whole: what its class does not name is refused.

    takes: of each method, the parameters that it understands. bodies: the methods that may have a body. repeated: the
    parameters that may be given more than once.
    """

    takes: ClassVar[Mapping[str, str]] = methods()
    bodies: ClassVar[str] = "POST PUT"
    repeated: ClassVar[frozenset[str]] = frozenset()

    def prepare(self) -> None:
        method = str(self.request.method)
        if method not in self.takes:
            raise Problem(f"{self.request.path} does not take {method}, but {', '.join(self.takes)}", 405)
        known(self.request.arguments, self.takes[method].split(), f"the parameters of {method} {self.request.path}")
        for name, values in self.request.arguments.items():
            if len(values) > 1 and name not in self.repeated:
                raise Problem(f"the parameter {name!r} is given {len(values)} times, and may be given once")
        if self.request.body and method not in self.bodies.split():
            raise Problem(f"{method} {self.request.path} takes no body")
