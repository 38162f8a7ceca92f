"""Reading a GGUF file: what is known about the model, and its tensors, without copying them.

The file (GGUF specification, ggml project, 2023) starts with `GGUF`, a version and two counts; then come the metadata (a
key, a type, a value), then for each tensor its name, shape, type and offset, and last, aligned, the tensors' bytes. The
file is mapped into memory: a tensor is read from disk when it is first touched, and never copied. Notable choice: the
file is taken for hostile. Every count, length and offset is checked against what is left of the file before anything is
allocated or sliced, so that a broken or malicious file ends in a GGUFError that says where. A large model comes in several files,
`NAME-00001-of-00003.gguf` and so on, of which only the first has the metadata that counts.
"""

from __future__ import annotations

import math
import mmap
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpjourney.errors import FileFormatError
from nlpjourney.llm.gguf.dequantize import dequantize
from nlpjourney.llm.gguf.ggml_types import BY_NUMBER, GGMLType

MAGIC = b"GGUF"
STRING, ARRAY, BOOL = 8, 9, 7
SCALARS = {
    0: "<u1", 1: "<i1", 2: "<u2", 3: "<i2", 4: "<u4", 5: "<i4", 6: "<f4",
    BOOL: "<u1", 10: "<u8", 11: "<i8", 12: "<f8",
}  # fmt: skip
MAX_DIMENSIONS = 4
MAX_NAME = 1 << 16  # bytes of a key or of a tensor's name
DEFAULT_ALIGNMENT = 32


class GGUFError(FileFormatError):
    """The file is no GGUF file, is cut short, contradicts itself, or holds what is not supported."""


@dataclass(frozen=True)
class TensorInfo:
    """A tensor of the file. `shape` is in the order of NumPy: (rows, columns); the file has it the other way round."""

    name: str
    shape: tuple[int, ...]
    type: GGMLType
    start: int  # byte of the file
    nbytes: int


class GGUFFile:
    """An open model: `metadata` by key, `tensors` by name. Of a model in several files it is given the first, and opens all.

    Numeric arrays in the metadata are NumPy arrays, arrays of strings are lists. Raises GGUFError, or OSError when there
    is no such file.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        first = _Part(self.path)
        self.version, self.metadata, self._types = first.version, first.metadata, first.types
        self.tensors: dict[str, TensorInfo] = {}
        self._bytes: dict[str, NDArray[np.uint8]] = {}  # of the file that a tensor lies in
        for part in (first, *(_Part(other, i) for i, other in enumerate(_other_parts(self.path, self.metadata), 1))):
            for name, info in part.tensors.items():
                if name in self.tensors:
                    raise GGUFError(f"{part.path}: the tensor {name!r} stands in an earlier part, too")
                self.tensors[name], self._bytes[name] = info, part.bytes
        n_said = self.metadata.get("split.tensors.count")
        if n_said is not None and n_said != len(self.tensors):
            raise GGUFError(f"{self.path}: the parts hold {len(self.tensors)} tensors, the first speaks of {n_said!r}")

    @property
    def typed_metadata(self) -> dict[str, Any]:
        """The metadata with each number as a NumPy scalar of the type that it has in the file, as `write_gguf` keeps it.

        What says how the model is split into files is left out.
        """
        return {
            key: np.dtype(self._types[key]).type(value) if key in self._types else value
            for key, value in self.metadata.items()
            if not key.startswith("split.")
        }

    def raw(self, name: str) -> NDArray[np.uint8]:
        """The tensor's bytes as they lie in the file, (nbytes,), not copied. KeyError names what there is."""
        info = self._info(name)
        return self._bytes[name][info.start : info.start + info.nbytes]

    def tensor(self, name: str) -> NDArray[np.float32]:
        """The tensor's numbers in `float32`, in its shape."""
        info = self._info(name)
        return dequantize(self.raw(name), info.type).reshape(info.shape)

    def _info(self, name: str) -> TensorInfo:
        if name not in self.tensors:
            raise KeyError(f"{self.path.name} has no tensor {name!r}; it has {', '.join(list(self.tensors)[:6])} …")
        return self.tensors[name]


def _other_parts(path: Path, metadata: Mapping[str, Any]) -> list[Path]:
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


class _Part:
    """One file: its metadata, with the types of its numbers, and its tensors. `number`: which part of a model it must be."""

    def __init__(self, path: Path, number: int | None = None) -> None:
        self.path = path
        if path.stat().st_size < 24:
            raise GGUFError(f"{path} is no GGUF file: it has {path.stat().st_size} bytes, fewer than its header")
        with path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.bytes: NDArray[np.uint8] = np.frombuffer(mapped, np.uint8)
        cursor = _Cursor(path, memoryview(mapped))
        if cursor.take(4) != MAGIC:
            raise GGUFError(f"{path} is no GGUF file: it starts with {bytes(self.bytes[:4])!r}, not with {MAGIC!r}")
        self.version = cursor.number("<u4", "the version")
        if self.version not in (2, 3):
            hint = "; perhaps it was written on a big-endian machine" if self.version > 1 << 16 else ""
            raise GGUFError(f"{path}: version {self.version} is not supported, only 2 and 3{hint}")
        n_tensors = cursor.count("<u8", "tensors", at_least=24)
        n_keys = cursor.count("<u8", "metadata entries", at_least=13)
        self.metadata: dict[str, Any] = {}
        self.types: dict[str, str] = {}
        for _ in range(n_keys):
            key = cursor.string("a key", MAX_NAME)
            if key in self.metadata:
                raise cursor.error(f"the key {key!r} stands twice")
            kind = cursor.number("<u4", f"the type of {key!r}")
            self.metadata[key] = cursor.value(kind, key)
            if kind in SCALARS and kind != BOOL:
                self.types[key] = SCALARS[kind]
        if number is not None and self.metadata.get("split.no") != number:
            raise cursor.error(f"split.no is {self.metadata.get('split.no')!r}, expected {number}")
        self.tensors = self._read_tensors(cursor, n_tensors)

    def _read_tensors(self, cursor: _Cursor, n_tensors: int) -> dict[str, TensorInfo]:
        alignment = self.metadata.get("general.alignment", DEFAULT_ALIGNMENT)
        if not isinstance(alignment, int) or alignment < 1 or alignment & (alignment - 1) or alignment > 1 << 20:
            raise cursor.error(f"general.alignment must be a power of two, it is {alignment!r}")
        headers = []
        for _ in range(n_tensors):
            name = cursor.string("a tensor's name", MAX_NAME)
            n_dims = cursor.number("<u4", f"the dimensions of {name!r}")
            if not 1 <= n_dims <= MAX_DIMENSIONS:
                raise cursor.error(f"{name!r} has {n_dims} dimensions, not 1 to {MAX_DIMENSIONS}")
            shape = tuple(cursor.number("<u8", f"the shape of {name!r}") for _ in range(n_dims))[::-1]
            number = cursor.number("<u4", f"the type of {name!r}")
            headers.append((name, shape, number, cursor.number("<u8", f"the offset of {name!r}")))
        start = -(-cursor.at // alignment) * alignment
        tensors: dict[str, TensorInfo] = {}
        for name, shape, number, offset in headers:
            if number not in BY_NUMBER:
                known = ", ".join(type_.name for type_ in GGMLType)
                raise cursor.error(f"{name!r} has the tensor type {number}, which is not supported; supported: {known}")
            type_ = BY_NUMBER[number]
            if shape[-1] % type_.block:
                raise cursor.error(
                    f"the rows of {name!r} have {shape[-1]} weights, no multiple of {type_.name}'s {type_.block}"
                )
            nbytes = math.prod(shape) // type_.block * type_.nbytes
            if name in tensors:
                raise cursor.error(f"the tensor {name!r} stands twice")
            if offset % alignment:
                raise cursor.error(f"{name!r} starts at {offset}, no multiple of the alignment {alignment}")
            if start + offset + nbytes > len(self.bytes):
                raise cursor.error(
                    f"{name!r} ends at byte {start + offset + nbytes:,}, but the file has {len(self.bytes):,}: "
                    "it is cut short or damaged"
                )
            tensors[name] = TensorInfo(name, shape, type_, start + offset, nbytes)
        return tensors


class _Cursor:
    """A place in the file that moves on with what is read, and never past the end."""

    def __init__(self, path: Path, data: memoryview) -> None:
        self.path = path
        self.data = data
        self.at = 0

    def error(self, message: str) -> GGUFError:
        return GGUFError(f"{self.path}, before byte {self.at:,}: {message}")

    def take(self, nbytes: int, what: str = "the header") -> bytes:
        if nbytes > len(self.data) - self.at:
            raise self.error(f"{what} needs {nbytes:,} bytes, but {len(self.data) - self.at:,} are left")
        self.at += nbytes
        return self.data[self.at - nbytes : self.at].tobytes()

    def number(self, dtype: str, what: str) -> int:
        value: int = np.frombuffer(self.take(int(dtype[2]), what), dtype)[0].item()
        return value

    def count(self, dtype: str, what: str, at_least: int) -> int:
        """How many things follow, each of which takes at least so many bytes."""
        n = self.number(dtype, f"the number of {what}")
        if n * at_least > len(self.data) - self.at:
            raise self.error(f"{n:,} {what} cannot be in the {len(self.data) - self.at:,} bytes that are left")
        return n

    def string(self, what: str, longest: int | None = None) -> str:
        length = self.number("<u8", f"the length of {what}")
        if longest is not None and length > longest:
            raise self.error(f"{what} is {length:,} bytes long, more than {longest:,}")
        # Tokens of some vocabularies are no valid UTF-8; their bytes come back from the same escape.
        return self.take(length, what).decode("utf-8", "surrogateescape")

    def value(self, kind: int, key: str, nested: bool = False) -> Any:
        if kind == STRING:
            return self.string(f"the text of {key!r}")
        if kind == ARRAY and not nested:
            of = self.number("<u4", f"the element type of {key!r}")
            if of == STRING:
                return self.strings(self.count("<u8", f"strings of {key!r}", at_least=8), key)
            if of not in SCALARS:
                raise self.error(f"{key!r} is an array of type {of}, which is not supported")
            n = self.count("<u8", f"numbers of {key!r}", at_least=int(SCALARS[of][2]))
            numbers = np.frombuffer(self.take(n * int(SCALARS[of][2]), f"the array {key!r}"), SCALARS[of])
            return numbers.astype(bool) if of == BOOL else numbers
        if kind not in SCALARS:
            raise self.error(f"{key!r} has the value type {kind}, which does not exist")
        number = np.frombuffer(self.take(int(SCALARS[kind][2]), f"the number {key!r}"), SCALARS[kind])[0].item()
        return bool(number) if kind == BOOL else number

    def strings(self, n: int, key: str) -> list[str]:
        out = []
        for _ in range(n):
            length = int.from_bytes(self.take(8, f"the array {key!r}"), "little")
            out.append(self.take(length, f"a string of {key!r}").decode("utf-8", "surrogateescape"))
        return out
