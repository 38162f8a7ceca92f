"""Shards: token ids on disk, read through memory mapping, so that the text may be larger than the memory.

The form is that of llm.c and nanoGPT's descendants: a header, then nothing but ids. Notable choices: 16 bits an id where the
vocabulary allows it, else 32; the header says which, so a file can be checked before it is read; a shard is written aside
and renamed, so that one that exists is complete.

Header (32 bytes, little-endian): magic "NJTOKENS", version 1 (uint32), bytes an id (uint32: 2 or 4), vocabulary size
(uint64), number of ids (uint64).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlpjourney.errors import FileFormatError, MissingFile
from nlpjourney.files import write_bytes

MAGIC, VERSION = b"NJTOKENS", 1
HEADER = struct.Struct("<8sIIQQ")


def write_shard(file: str | Path, ids: NDArray[np.integer] | Sequence[int], vocab_size: int) -> None:
    """Write `ids` (n,) to `file`. Raises ValueError for an id outside 0 … vocab_size − 1."""
    ids = np.asarray(ids)
    if ids.ndim != 1:
        raise ValueError(f"ids must be one row of numbers, not of shape {ids.shape}")
    if not 1 <= vocab_size <= 2**32:
        raise ValueError(f"vocab_size must be between 1 and 2^32, not {vocab_size}")
    if len(ids) and not (int(ids.min()) >= 0 and int(ids.max()) < vocab_size):
        raise ValueError(f"ids must be from 0 to {vocab_size - 1}; these go from {ids.min()} to {ids.max()}")
    width = 2 if vocab_size <= 2**16 else 4
    header = HEADER.pack(MAGIC, VERSION, width, vocab_size, len(ids))
    write_bytes(Path(file), header + ids.astype(f"<u{width}").tobytes())


class Shards:
    """Several shards as one long row of ids. `len(shards)` ids; `shards[a:b]` copies those from a to b.

    Raises ValueError for a file that is not a shard, is cut, or has another vocabulary than the first.
    """

    def __init__(self, files: Iterable[str | Path]) -> None:
        self.files = [Path(file) for file in files]
        if not self.files:
            raise ValueError("there must be at least one shard")
        headers = [_header(file) for file in self.files]
        self.vocab_size = headers[0][1]
        for file, (_, vocab_size, _) in zip(self.files, headers):
            if vocab_size != self.vocab_size:
                raise FileFormatError(
                    f"{file} is for a vocabulary of {vocab_size} tokens, {self.files[0]} for one of {self.vocab_size}"
                )
        self._maps = [
            np.memmap(file, dtype=f"<u{width}", mode="r", offset=HEADER.size, shape=(n,))
            if n
            else np.empty(0, dtype=f"<u{width}")
            for file, (width, _, n) in zip(self.files, headers)
        ]
        self._ends = np.cumsum([len(ids) for ids in self._maps])

    @classmethod
    def folder(cls, folder: str | Path, pattern: str = "*.tokens") -> Shards:
        """All shards of a folder in the order of their names."""
        files = sorted(Path(folder).glob(pattern))
        if not files:
            raise MissingFile(f"no {pattern} in {folder}: write shards there with write_shard")
        return cls(files)

    def __len__(self) -> int:
        return int(self._ends[-1])

    def __getitem__(self, part: slice) -> NDArray[np.int64]:
        start, stop, step = part.indices(len(self))
        if step != 1:
            raise ValueError("only runs of neighbours can be read")
        pieces = []
        shard = int(np.searchsorted(self._ends, start, side="right"))
        while start < stop:
            begins = int(self._ends[shard]) - len(self._maps[shard])
            end = min(stop, int(self._ends[shard]))
            pieces.append(self._maps[shard][start - begins : end - begins])
            start, shard = end, shard + 1
        return np.concatenate(pieces).astype(np.int64) if pieces else np.empty(0, dtype=np.int64)


def _header(file: Path) -> tuple[int, int, int]:
    """(bytes an id, vocabulary size, number of ids) of a shard whose size is right."""
    with file.open("rb") as f:
        data = f.read(HEADER.size)
    if len(data) < HEADER.size or data[:8] != MAGIC:
        raise FileFormatError(f"{file} is no shard of tokens: it does not begin with {MAGIC.decode()}")
    _, version, width, vocab_size, n = HEADER.unpack(data)
    if version != VERSION or width not in (2, 4):
        raise FileFormatError(
            f"{file} is of version {version} with {width} bytes an id; known are version {VERSION}, 2 or 4"
        )
    expected, size = HEADER.size + n * width, file.stat().st_size
    if size != expected:
        raise FileFormatError(f"{file} should have {expected} bytes for its {n} ids, but has {size}: write it again")
    return width, vocab_size, n
