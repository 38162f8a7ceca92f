"""What was learned, in one file: settings and arrays, without code that could run when it is read (no pickle).

The file is NumPy's `.npz`, a zip archive whose checksums tell a damaged one; what is no array lies in it as JSON. Dictionaries,
tuples and sets come back as what they were, whatever their keys.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpjourney.errors import FileFormatError, MissingFile
from nlpjourney.files import write_bytes

VERSION = 1


def write_state(path: str | Path, kind: str, state: dict[str, Any]) -> None:
    """Write the state of a `kind` of object to `path`: None, numbers, strings, arrays, and containers of them.

    The file is written aside and renamed. Raises TypeError for anything else in `state`.
    """
    arrays: dict[str, NDArray[Any]] = {}
    packed = {"kind": kind, "version": VERSION, "state": _pack(state, arrays)}
    buffer = io.BytesIO()
    text = np.frombuffer(json.dumps(packed).encode(), np.uint8)
    np.savez(buffer, allow_pickle=False, **{"json": text}, **arrays)
    write_bytes(Path(path), buffer.getvalue())


def read_state(path: str | Path, kind: str) -> dict[str, Any]:
    """What `write_state` wrote. Raises MissingFile, and FileFormatError for another kind or version and for a damaged file."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        packed = json.loads(arrays["json"].tobytes())
        found, version = packed["kind"], packed["version"]
    except FileNotFoundError:
        raise MissingFile(f"there is no file {path}") from None
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise FileFormatError(f"{path} is no saved {kind}, or damaged ({error}): save it again") from None
    if found != kind:
        raise FileFormatError(f"{path} holds a {found}, not a {kind}: use {found}.load")
    if version != VERSION:
        raise FileFormatError(f"{path} has format version {version}, this program reads version {VERSION}")
    state: dict[str, Any] = _unpack(packed["state"], arrays)
    return state


def _pack(value: Any, arrays: dict[str, NDArray[Any]]) -> Any:
    if isinstance(value, np.ndarray) and value.dtype != object:
        name = f"array{len(arrays)}"
        arrays[name] = value
        return {"array": name}
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, dict):
        return {"dict": [[_pack(k, arrays), _pack(v, arrays)] for k, v in value.items()]}
    for kind in (list, tuple, set, frozenset):
        if isinstance(value, kind):
            items = [_pack(item, arrays) for item in value]
            return items if kind is list else {kind.__name__: items}
    raise TypeError(f"a {type(value).__name__} cannot be saved")


def _unpack(packed: Any, arrays: dict[str, NDArray[Any]]) -> Any:
    if isinstance(packed, list):
        return [_unpack(item, arrays) for item in packed]
    if not isinstance(packed, dict):
        return packed
    ((kind, content),) = packed.items()
    if kind == "array":
        return arrays[content]
    if kind == "dict":
        return {_unpack(k, arrays): _unpack(v, arrays) for k, v in content}
    items = (_unpack(item, arrays) for item in content)
    return {"tuple": tuple, "set": set, "frozenset": frozenset}[kind](items)
