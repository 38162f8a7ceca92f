"""Commits: which files make up an index at this moment, said by one small file that is replaced in one step.

Idea (shadow paging: Lorie, 1977): never change a file that is in use. A commit writes new files, flushes them to the disk, and
then renames a new manifest over the old one: the rename happens wholly or not at all. Whoever dies before it leaves the old
index and some files that nobody refers to, which the next writer removes. Readers keep the files of their manifest mapped, so
they go on seeing the same documents whatever is committed meanwhile.
"""

from __future__ import annotations

import json
import operator
import os
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpjourney.ann.array_file import CorruptIndexError, open_arrays
from nlpjourney.errors import MissingFile
from nlpjourney.tasks.search.analyzer import Analyzer, describe
from nlpjourney.tasks.search.segment import Segment

MANIFEST = "manifest.json"
FORMAT = 1


@dataclass(frozen=True)
class SegmentEntry:
    """A segment in a manifest: its file, and the file of its deletions, if there are any."""

    file: str
    deletions: str | None = None


@dataclass(frozen=True)
class Manifest:
    """One commit. `generation` counts the commits; `analyzer` describes how texts became terms."""

    generation: int
    analyzer: dict[str, Any]
    segments: Sequence[SegmentEntry]

    @property
    def files(self) -> set[str]:
        """Every file that the commit needs."""
        return {name for s in self.segments for name in (s.file, s.deletions) if name is not None}


@dataclass(frozen=True)
class OpenSegment:
    """A segment with its deletions, bool (n_docs,), and where they come from."""

    entry: SegmentEntry
    segment: Segment
    deleted: NDArray[np.bool_]

    @property
    def n_live(self) -> int:
        return len(self.segment) - int(self.deleted.sum())


def read_manifest(folder: Path) -> Manifest:
    """The newest commit. Raises FileNotFoundError when there is no index, CorruptIndexError when it cannot be read."""
    file = folder / MANIFEST
    try:
        text = file.read_bytes()
    except FileNotFoundError:
        raise MissingFile(f"there is no index in {folder}: make one with IndexWriter") from None
    try:
        crc, _, body = text.partition(b"\n")
        if int(crc, 16) != zlib.crc32(body):
            raise ValueError
        content = json.loads(body)
        found = content["format"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise CorruptIndexError(f"{file} is damaged: copy the index again, or build it again") from None
    if found != FORMAT:
        raise CorruptIndexError(f"{file} has format {found}, this program reads format {FORMAT}")
    try:
        segments = [SegmentEntry(**entry) for entry in content["segments"]]
        manifest = Manifest(operator.index(content["generation"]), content["analyzer"], segments)
        if set(manifest.analyzer) != set(describe(Analyzer())):
            raise ValueError
        for name in manifest.files:
            if Path(name).name != name or Path(name).suffix not in (".segment", ".deletions"):
                raise ValueError  # not a file beside this one
        return manifest
    except (ValueError, TypeError, KeyError):
        raise CorruptIndexError(f"{file} makes no sense: copy the index again, or build it again") from None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Make `manifest` the newest commit: when this returns, it survives a crash."""
    body = json.dumps({"format": FORMAT, **asdict(manifest)}).encode()
    aside = folder / f"{MANIFEST}.new"
    with open(aside, "wb") as file:
        file.write(f"{zlib.crc32(body):08x}\n".encode() + body)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(folder)  # the names of the new segments, before the manifest that refers to them
    os.replace(aside, folder / MANIFEST)
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Flush the names in a folder to the disk (Windows does it by itself and does not offer it)."""
    if os.name != "nt":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def remove_unused(folder: Path, manifest: Manifest) -> None:
    """Delete files of interrupted or outdated commits. Only the writer may do it."""
    for file in [*folder.glob("*.segment"), *folder.glob("*.deletions"), folder / f"{MANIFEST}.new"]:
        if file.name not in manifest.files:
            try:
                file.unlink(missing_ok=True)
            except PermissionError:  # Windows: a reader has it mapped; a later commit will remove it
                continue


def open_segment(folder: Path, entry: SegmentEntry, verify: bool = False) -> OpenSegment:
    segment = Segment.open(folder / entry.file, verify)
    deleted = np.zeros(len(segment), dtype=np.bool_)
    if entry.deletions is not None:
        deleted = open_arrays(folder / entry.deletions, verify=True).get("deleted", deleted[:0])
        if deleted.dtype != np.bool_ or deleted.shape != (len(segment),):
            raise CorruptIndexError(f"{folder / entry.deletions} belongs to another segment than {entry.file}")
    return OpenSegment(entry, segment, deleted)


def open_commit(folder: Path, verify: bool = False) -> tuple[Manifest, list[OpenSegment]]:
    """The newest commit with all its files mapped."""
    while True:
        manifest = read_manifest(folder)
        try:
            return manifest, [open_segment(folder, entry, verify) for entry in manifest.segments]
        except FileNotFoundError as error:
            # A writer may have committed and cleaned up since we read the manifest: then there is a newer one.
            if read_manifest(folder).generation == manifest.generation:
                raise CorruptIndexError(f"a file of the index is missing: {error.filename}") from None
