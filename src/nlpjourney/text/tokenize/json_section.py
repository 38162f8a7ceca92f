"""A JSON object of a file that knows where it stands, so that every complaint names the file and the place.

Notable choice: what nobody has asked for is refused by name at the end (`finish`). A key that is passed over would change what
the file means without a word.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn, TypeVar

from nlpjourney.errors import FileFormatError

T = TypeVar("T", str, bool, int, float, list[Any], dict[str, Any])
_KINDS = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "an object",
}


class Section:
    """The object `value` at `place` of `file`. Raises FileFormatError when it is none."""

    def __init__(self, file: Path, place: str, value: object) -> None:
        self.file, self.place = file, place
        if not isinstance(value, dict):
            self.fail(f"must be an object, not {_short(value)}")
        self.value: dict[str, Any] = value
        self._unread = set(value)

    def fail(self, why: str) -> NoReturn:
        """Raise FileFormatError with the file and the place."""
        raise FileFormatError(f"{self.file}: {self.place} {why}")

    def get(self, key: str, kind: type[T], default: T | None = None) -> T:
        """The value of `key`; one that is missing or null counts as `default`, and is refused if that is None."""
        value = self.any(key)
        if value is None and default is not None:
            return default
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind:
            what = "is missing" if key not in self.value else f"is {_short(value)}"
            self.fail(f"must have {key!r}, {_KINDS[kind]}; it {what}")
        return value

    def any(self, key: str) -> Any:
        """The value of `key` whatever it is, None when it is missing."""
        self._unread.discard(key)
        return self.value.get(key)

    def optional(self, key: str, kind: type[T]) -> T | None:
        """As `get`, but None when it is missing or null."""
        return None if self.any(key) is None else self.get(key, kind)

    def section(self, key: str) -> Section | None:
        """The object of `key`, None when it is missing or null."""
        value = self.any(key)
        return None if value is None else Section(self.file, self._inside(key), value)

    def sections(self, key: str) -> list[Section]:
        """The objects in the list of `key`."""
        return [Section(self.file, f"{self._inside(key)}[{i}]", v) for i, v in enumerate(self.get(key, list, []))]

    def expect(self, key: str, *supported: object) -> None:
        """Refuse any value of `key` but these; None among them stands for null and a missing one."""
        value = self.any(key)
        if not any(type(value) is type(known) and value == known for known in supported):
            self.fail(f"has {key} {_short(value)}; read here is {' or '.join(map(_short, supported))}")

    def finish(self) -> None:
        """Refuse the keys that nobody has asked for."""
        if left := sorted(map(str, self._unread)):
            self.fail(f"has {', '.join(left)}, which is not known here, so that the file would be misunderstood")

    def _inside(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place != "the file" else key


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 100 else f"{text[:97]}…"
