"""Arrays in a file that is mapped into memory instead of read: opening takes no time, and only what is touched is loaded.

Layout: 8 bytes that name the format, the header's length and its CRC-32 (8 bytes each, little-endian), the header (JSON: name,
dtype, shape and place of each array, size and CRC-32 of them all), then the arrays, each at the beginning of a cache line.
Notable choices: a file is written once, flushed to the disk (fsync) and never changed; size and header are checked when it is
opened, the arrays' CRC-32 only on request, since that reads every byte.
"""

from __future__ import annotations

import json
import math
import operator
import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpjourney.ann.vectors import LINE
from nlpjourney.errors import FileFormatError

MAGIC = b"NLPJARR1"


class CorruptIndexError(FileFormatError):
    """A file of an index is damaged, incomplete or missing."""


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> int:
    """Write a new file, and return its size once it is on the disk. Raises FileExistsError rather than overwrite one."""
    places, end, crc = {}, 0, 0
    whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    for name, array in whole.items():
        places[name] = {"dtype": array.dtype.str, "shape": array.shape, "offset": end}
        padding = bytes(-array.nbytes % LINE)
        crc = zlib.crc32(padding, zlib.crc32(array.reshape(-1).view(np.uint8).data, crc))
        end += array.nbytes + len(padding)
    header = json.dumps({"arrays": places, "size": end, "crc32": crc}).encode()
    header += b" " * (-(len(MAGIC) + 16 + len(header)) % LINE)
    with open(path, "xb") as file:
        file.write(MAGIC + len(header).to_bytes(8, "little") + zlib.crc32(header).to_bytes(8, "little") + header)
        for array in whole.values():
            file.write(array.reshape(-1).view(np.uint8).data)
            file.write(bytes(-array.nbytes % LINE))
        file.flush()
        os.fsync(file.fileno())
        return file.tell()


def open_arrays(path: Path, verify: bool = False) -> dict[str, NDArray[Any]]:
    """Map the arrays of a file, by name. Changing them does not change the file.

    verify: read everything and compare the checksum. Raises CorruptIndexError, or FileNotFoundError.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(len(MAGIC) + 16)
        if len(start) < len(MAGIC) + 16 or not start.startswith(MAGIC):
            raise CorruptIndexError(f"{path} is not a file of an index of NLP Journey, or its beginning is lost")
        length, crc = (int.from_bytes(start[at : at + 8], "little") for at in (len(MAGIC), len(MAGIC) + 8))
        text = file.read(min(length, size))
    if len(text) != length or zlib.crc32(text) != crc:
        raise CorruptIndexError(f"{path} has a damaged header: copy the index again, or build it again")
    try:
        header = json.loads(text)
        places, body = header["arrays"], int(header["size"])
        first = len(start) + length
        if size != first + body:
            raise CorruptIndexError(
                f"{path} has {size:,} bytes instead of {first + body:,}: it was cut off or altered; copy or build the index again"
            )
        data = np.memmap(path, np.uint8, mode="c").view(np.ndarray)
        arrays = arrays_at(places, data[first:])
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        if isinstance(error, CorruptIndexError):
            raise
        raise CorruptIndexError(f"{path} has a header without sense ({error}): copy or build the index again") from None
    if verify and zlib.crc32(data[first:].data) != header["crc32"]:
        raise CorruptIndexError(f"{path} has changed since it was written (checksum): copy or build the index again")
    return arrays


def arrays_at(places: Mapping[str, Any], data: NDArray[np.uint8]) -> dict[str, NDArray[Any]]:
    """Views of `data` as the arrays that a header describes: dtype, shape and offset of each.

    Raises ValueError, TypeError or KeyError for a description that makes no sense or reaches beyond the data.
    """
    arrays = {}
    for name, place in places.items():
        dtype, shape, begin = (
            np.dtype(place["dtype"]),
            tuple(map(operator.index, place["shape"])),
            operator.index(place["offset"]),
        )
        if dtype.kind not in "biuf":
            raise ValueError(f"{name!r} has the dtype {dtype}")
        end = begin + math.prod(shape) * dtype.itemsize
        if begin < 0 or min(shape, default=0) < 0 or end > len(data):
            raise ValueError(f"{name!r} lies outside the file")
        arrays[name] = data[begin:end].view(dtype).reshape(shape)
    return arrays
