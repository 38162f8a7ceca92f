"""A model in several GGUF files: `NAME-00001-of-00003.gguf` and so on. Only the first has the metadata that counts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nlpjourney.llm.gguf.errors import GGUFError


def other_parts(path: Path, metadata: Mapping[str, Any]) -> list[Path]:
    """The files that belong to the first part `path`, in order; none for a model in one file.

    Raises GGUFError when `path` is another part than the first, is not called as parts are, or when a part is not there.
    """
    count, number = metadata.get("split.count", 1), metadata.get("split.no", 0)
    for key, value in (("split.count", count), ("split.no", number)):
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 1 << 16:
            raise GGUFError(f"{path}: {key} is {value!r}, expected a whole number that 16 bits can hold")
    if count <= 1:
        return []
    if number != 0:
        raise GGUFError(
            f"{path} is part {number + 1} of {count} of a model: open the first part, -00001-of-{count:05}.gguf"
        )
    match = re.fullmatch(rf"(.*)-00001-of-{count:05}\.gguf", path.name, re.DOTALL)
    if match is None:
        raise GGUFError(
            f"{path} is part 1 of {count} of a model: to find the others, it must be named …-00001-of-{count:05}.gguf"
        )
    others = [path.with_name(f"{match[1]}-{i:05}-of-{count:05}.gguf") for i in range(2, count + 1)]
    for i, other in enumerate(others, 2):
        if not other.is_file():
            raise GGUFError(f"{path} is part 1 of {count} of a model; part {i}, {other.name}, is not beside it")
    return others
