"""`tokenizer.json`: one file with everything a Hugging Face tokenizer does, as a pipeline of named steps.

normalizer → pre_tokenizer → model → post_processor, and a decoder for the way back. Here is what the tokenizers share
in reading and writing it; each knows its own part. Notable choice: a step that a tokenizer does not implement is
refused with its name, because a file that is read but obeyed only in part gives wrong ids without a word.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nlpjourney import files
from nlpjourney.errors import FileFormatError, MissingFile

HEADER: dict[str, Any] = {"version": "1.0", "truncation": None, "padding": None}


def find(path: str | Path, *names: str) -> Path:
    """`path` itself when it is a file, else the first of `names` in that folder."""
    path = Path(path)
    if path.is_file():
        return path
    for name in names:
        if (path / name).is_file():
            return path / name
    raise MissingFile(f"{path} is neither a file nor a folder with {' or '.join(names)}")


def read(file: Path) -> dict[str, Any]:
    """The parsed file. Raises ValueError when it is not a tokenizer.json."""
    try:
        spec = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise FileFormatError(f"{file} is not JSON: {error}") from error
    if not isinstance(spec, dict) or not isinstance(spec.get("model"), dict):
        raise FileFormatError(f'{file} is JSON, but not a tokenizer.json: it has no "model"')
    return spec


def expect(file: Path, what: str, got: object, *supported: object) -> None:
    """Raise ValueError unless `got` is one of `supported`."""
    if got not in supported:
        raise FileFormatError(f"{file}: {what} is {got!r}; this tokenizer reads {' or '.join(map(repr, supported))}")


def steps(part: dict[str, Any] | None, plural: str) -> list[dict[str, Any]]:
    """The steps of a pipeline part: none, one, or those of a `Sequence` (listed under `plural`)."""
    if part is None:
        return []
    if part["type"] == "Sequence":
        return [step for inner in part[plural] for step in steps(inner, plural)]
    return [part]


def added_tokens(ids: Mapping[str, int]) -> list[dict[str, Any]]:
    """The `added_tokens` entries of special tokens, in the order of their ids."""
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return [{"id": ids[token], "content": token, **flags} for token in sorted(ids, key=ids.__getitem__)]


def write(file: Path, spec: dict[str, Any]) -> None:
    """Write `spec` as JSON, one item a line; there is never half a file."""
    # Not with `indent`: for that Python leaves its encoder in C, and 200,000 merges take ten times as long.
    files.write_text(file, json.dumps(spec, ensure_ascii=False, separators=(",\n", ": ")))
