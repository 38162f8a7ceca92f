"""The fields of documents: which there are, of which type each is, and what of a document each of them holds.

A document is JSON. What is inside an object has the path `object.name`; a list is as many values of the same field; null is no
value. A field's type is declared, or follows from its first value: text for a string, long and double for numbers, boolean.
Text goes through the analyzer and is found by its words, every other type by its value. As in Elasticsearch, a string also
becomes `field.keyword`, its exact value, unless the field was declared without that; and a type that a field has stays.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from nlpjourney.errors import InvalidInput

Source = dict[str, Any]
Scalar = str | int | float | bool
Values = dict[str, list[Scalar]]

MAX_DEPTH, MAX_FIELDS = 20, 1000  # as in Elasticsearch
WHOLE = {"long": 63, "integer": 31, "short": 15, "byte": 7}  # bits of the largest number
NUMBERS = {*WHOLE, "double", "float"}
TYPES = {*NUMBERS, "text", "keyword", "boolean"}

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")


def leaves(source: Mapping[str, Any], prefix: str = "", depth: int = 1) -> Iterator[tuple[str, Scalar]]:
    """The values of a document with their paths. Raises InvalidInput for one that is nested too deeply."""
    if depth > MAX_DEPTH:
        raise InvalidInput(f"the document has more than {MAX_DEPTH} levels of objects and lists")
    for name, value in source.items():
        path = prefix + name
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, Mapping):
                yield from leaves(part, f"{path}.", depth + 1)
            elif isinstance(part, list):
                yield from leaves({name: part}, prefix, depth + 1)
            elif part is not None:
                yield path, part


def number(value: Scalar, name: str) -> int | float:
    """A number, or the number that a string spells. Raises InvalidInput for anything else."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = int(value) if len(value) < 20 and value.lstrip("+-").isdigit() else float(value)
    if isinstance(value, str | bool) or not math.isfinite(value):
        raise InvalidInput(f"failed to parse field [{name}]: it holds numbers, and {value!r} is none")
    return value


def typed(kind: str, value: Scalar, name: str) -> Scalar:
    """A value as a field of that type compares it. Raises InvalidInput where it cannot be."""
    if kind in NUMBERS:
        return number(value, name)
    if kind == "boolean":
        if isinstance(value, bool) or value in ("true", "false"):
            return value is True or value == "true"
        raise InvalidInput(f"failed to parse field [{name}]: it holds true and false, not {value!r}")
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass
class Fields:
    """The types by path; `copies`: of a path, those under which its values are kept once more.

    dynamic: what happens to a field that is not declared: True: it is added, False: it is not searched, "strict": the
    document is refused.
    """

    types: dict[str, str] = field(default_factory=dict)
    copies: dict[str, list[str]] = field(default_factory=dict)
    dynamic: bool | str = True

    def declare(self, path: str, kind: str) -> None:
        """Add a field. Raises InvalidInput where it has another type, or is an object elsewhere."""
        if (old := self.types.setdefault(path, kind)) != kind:
            raise InvalidInput(f"the field [{path}] cannot be changed from type [{old}] to [{kind}]")
        self._check_no_object(path)

    def indexed(self, source: Mapping[str, Any]) -> Values:
        """What is searched of a document; its new fields are added. Raises InvalidInput, and then adds none of them."""
        found = list(leaves(source))
        fields = self if all(path in self.types for path, _ in found) else deepcopy(self)
        values: Values = {}
        for path, value in found:
            if path not in fields.types and not fields._add(path, value):
                continue
            for target in [path, *fields.copies.get(path, ())]:
                kind = fields.types[target]
                one = typed(kind, value, target)
                if kind in WHOLE:
                    one = int(one)  # as Elasticsearch does: 2.5 is kept in the document and found as 2
                    if not -(1 << WHOLE[kind]) <= one < 1 << WHOLE[kind]:
                        raise InvalidInput(f"failed to parse field [{path}]: {value!r} is too large for type [{kind}]")
                values.setdefault(target, []).append(one)
        self.types, self.copies = fields.types, fields.copies
        return values

    def _add(self, path: str, value: Scalar) -> bool:
        if self.dynamic == "strict":
            raise InvalidInput(f"mapping set to strict, dynamic introduction of [{path}] is not allowed")
        if self.dynamic is False:
            return False
        if len(self.types) >= MAX_FIELDS:
            raise InvalidInput(
                f"the field [{path}] is one too many: limit of total fields [{MAX_FIELDS}] has been exceeded"
            )
        kinds = {str: "text", bool: "boolean", int: "long", float: "double"}
        self.declare(path, kinds[type(value)])
        if isinstance(value, str) and f"{path}.keyword" not in self.types:
            self.types[f"{path}.keyword"] = "keyword"
            self.copies[path] = [f"{path}.keyword"]
        return True

    def _check_no_object(self, path: str) -> None:
        parts = path.split(".")
        above = [".".join(parts[:i]) for i in range(1, len(parts))]
        inside = next((p for p in self.types if p.startswith(f"{path}.") and p not in self.copies.get(path, ())), None)
        parent = next((p for p in above if p in self.types), None)
        if parent is not None or inside is not None:
            raise InvalidInput(f"the field [{parent or path}] holds values in one place and an object in another")
