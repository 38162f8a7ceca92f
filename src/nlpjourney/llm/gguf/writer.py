"""Writing a GGUF file: metadata and tensors in, a file that llama.cpp opens out.

The file is written aside and renamed when whole, so that a cut leaves the old one. Tensors come from an iterator: only one has to
be in memory at a time.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from nlpjourney.llm.gguf.ggml_types import GGMLType
from nlpjourney.llm.gguf.reader import ARRAY, BOOL, DEFAULT_ALIGNMENT, MAGIC, SCALARS, STRING

VERSION = 3
FLOAT32, UINT32, INT32 = 6, 4, 5
NUMBERS = {dtype: number for number, dtype in SCALARS.items() if number != BOOL}


@dataclass(frozen=True)
class TensorToWrite:
    """A tensor's name, its shape in the order of NumPy, its type, and how to get its bytes when their turn comes."""

    name: str
    shape: tuple[int, ...]
    type: GGMLType
    data: Callable[[], NDArray[np.uint8]]

    @property
    def nbytes(self) -> int:
        return int(np.prod(self.shape)) // self.type.block * self.type.nbytes


def write_gguf(path: str | Path, metadata: Mapping[str, Any], tensors: Sequence[TensorToWrite]) -> None:
    """Write the file.

    Metadata values are strings, booleans, integers (written as 32 bits, unsigned where they are not negative), floats
    (32 bits), lists of strings, or NumPy arrays and scalars, whose dtype is kept. Raises TypeError for others,
    ValueError when a tensor's bytes are not as many as its shape and type need.
    """
    path = Path(path)
    aside = path.with_name(path.name + f".{os.getpid()}.part")
    try:
        with aside.open("wb") as out:
            out.write(MAGIC + struct.pack("<IQQ", VERSION, len(tensors), len(metadata)))
            for key, value in metadata.items():
                out.write(_string(key) + _value(key, value))
            alignment = int(metadata.get("general.alignment", DEFAULT_ALIGNMENT))
            offset = 0
            for tensor in tensors:
                shape = tensor.shape[::-1]
                out.write(
                    _string(tensor.name)
                    + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, tensor.type.number, offset)
                )
                offset += -(-tensor.nbytes // alignment) * alignment
            for tensor in tensors:
                _pad(out, alignment)
                data = _bytes_of(tensor)
                if data.nbytes != tensor.nbytes:
                    raise ValueError(
                        f"{tensor.name!r} came with {data.nbytes} bytes, its shape and type need {tensor.nbytes}"
                    )
                out.write(data.tobytes())
            _pad(out, alignment)
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def _bytes_of(tensor: TensorToWrite) -> NDArray[np.uint8]:
    try:
        return tensor.data()
    except ValueError as error:
        raise ValueError(f"the tensor {tensor.name!r}: {error}") from None


def _pad(out: BinaryIO, alignment: int) -> None:
    out.write(bytes(-out.tell() % alignment))


def _string(text: str) -> bytes:
    data = text.encode("utf-8", "surrogateescape")
    return struct.pack("<Q", len(data)) + data


def _value(key: str, value: Any) -> bytes:
    """The value's type and the value."""
    if isinstance(value, str):
        return struct.pack("<I", STRING) + _string(value)
    if isinstance(value, bool | np.bool_):
        return struct.pack("<IB", BOOL, value)
    if isinstance(value, np.ndarray) and value.dtype == bool:
        return struct.pack("<IIQ", ARRAY, BOOL, value.size) + value.astype(np.uint8).tobytes()
    if isinstance(value, np.ndarray | np.generic) and value.dtype.newbyteorder("<").str.replace("|", "<") in NUMBERS:
        dtype = value.dtype.newbyteorder("<").str.replace("|", "<")
        kind, data = NUMBERS[dtype], value.astype(dtype).tobytes()
        if isinstance(value, np.generic):
            return struct.pack("<I", kind) + data
        return struct.pack("<IIQ", ARRAY, kind, value.size) + data
    if isinstance(value, int) and -(1 << 31) <= value < 1 << 32:
        return struct.pack("<II", UINT32, value) if value >= 0 else struct.pack("<Ii", INT32, value)
    if isinstance(value, float):
        return struct.pack("<If", FLOAT32, value)
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return struct.pack("<IIQ", ARRAY, STRING, len(value)) + b"".join(map(_string, value))
    raise TypeError(
        f"{key!r}: a {type(value).__name__} cannot be written as metadata; give a NumPy array or scalar, or text"
    )
