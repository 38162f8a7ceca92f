"""An inverted index on disk: it is written in commits, grows and forgets, is mapped into memory, and survives a crash.

The parts stand in `array_file.py` (a file of arrays), `segment.py` (a part of the index, merging) and `commit.py` (which files
count). This is what one uses: an IndexWriter, of which there is one at a time, and IndexReaders, each a fixed picture of one
commit. Notable choices: after each commit, segments are merged as a binary counter carries (Bentley & Saxe, 1980): while the
last one is at least half as large as the one before. So n documents lie in about log2(n) segments, and each is copied about
log2(n) times. Statistics (N, df, average length) are those of the documents that are not deleted, so that scores equal those
of a BM25Index built from them.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from nlpjourney.ann.array_file import write_arrays
from nlpjourney.errors import JourneyError
from nlpjourney.tasks.search.analyzer import Analyzer, check_same, describe
from nlpjourney.tasks.search.commit import (
    MANIFEST,
    Manifest,
    OpenSegment,
    SegmentEntry,
    open_commit,
    remove_unused,
    write_manifest,
)
from nlpjourney.tasks.search.segment import Document, Segment, merge


class IndexLockedError(RuntimeError, JourneyError):
    """Somebody else is writing to this index."""


class IndexWriter:
    """Changes to an index in a folder, which is made when missing. One writer at a time; any number of readers.

    >>> with IndexWriter("index") as writer:      # doctest: +SKIP
    ...     writer.add("a", "a cat sat")          # commits at the end, unless an exception left the block

    analyzer: from text to terms; it must be the one that the index was made with. Nothing that was added or deleted counts
    before `commit`. Raises IndexLockedError when another writer is open, CorruptIndexError for damaged files.
    """

    def __init__(self, folder: str | Path, analyzer: Analyzer | None = None) -> None:
        self.folder = Path(folder)
        self.analyzer = analyzer or Analyzer()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(self.folder / "write.lock", thread_local=False)
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise IndexLockedError(f"another writer has {self.folder} open: close it first, or wait for it") from None
        try:
            if not (self.folder / MANIFEST).exists():
                write_manifest(self.folder, Manifest(0, describe(self.analyzer), []))
            self._manifest, self._segments = open_commit(self.folder)
            check_same(self.analyzer, self._manifest.analyzer)
            remove_unused(self.folder, self._manifest)
        except BaseException:
            self._lock.release()
            raise
        self._added: dict[str, Document] = {}
        self._deleted: set[str] = set()
        self._n_files = 0

    @property
    def generation(self) -> int:
        """The number of the newest commit."""
        return self._manifest.generation

    def __contains__(self, doc_id: str) -> bool:
        """Whether the document would be there after a commit."""
        if doc_id in self._added:
            return True
        return doc_id not in self._deleted and any(len(_live_numbers(s, [doc_id])) for s in self._segments)

    def add(self, doc_id: str, text: str, stored: str = "") -> None:
        """Add a document, in place of one with the same id. `stored` is kept with it and not searched."""
        if not isinstance(doc_id, str) or not doc_id:
            raise ValueError(f"a document's id must be a string with at least one character, got {doc_id!r}")
        if not isinstance(text, str) or not isinstance(stored, str):
            raise TypeError(f"document {doc_id!r}: text and stored must be strings")
        self._added.pop(doc_id, None)  # an id that is added again moves to the end
        self._added[doc_id] = Document(text, stored)
        self._deleted.add(doc_id)

    def delete(self, doc_id: str) -> None:
        """Delete the document with this id, if there is one."""
        self._added.pop(doc_id, None)
        self._deleted.add(doc_id)

    def commit(self) -> int:
        """Make everything since the last commit count, all at once; returns the generation. Without changes nothing happens.

        If it fails (disk full, Ctrl-C), the index stays as it was, and the changes stay waiting.
        """
        self._check_open()
        if not self._added and not self._deleted:
            return self.generation
        segments = [self._with_deletions(s) for s in self._segments]
        if self._added:
            segments.append(self._written(Segment.build(self._added, self.analyzer)))
        self._publish(self._carried([s for s in segments if s.n_live]))
        self._added, self._deleted = {}, set()
        return self.generation

    def merge(self) -> None:
        """Commit, and rewrite the whole index as one segment without deleted documents."""
        self.commit()
        if len(self._segments) > 1 or any(s.deleted.any() for s in self._segments):
            self._publish([self._merged(self._segments)])

    def _carried(self, segments: list[OpenSegment]) -> list[OpenSegment]:
        """Merge from the end while a segment is at least half as large as the one before it; rewrite half-empty ones."""
        kept: list[OpenSegment] = []
        for s in segments:
            run = [s]
            while kept and 2 * sum(r.n_live for r in run) >= kept[-1].n_live:
                run.insert(0, kept.pop())
            half_empty = 2 * s.n_live < len(s.segment)
            kept.append(self._merged(run) if len(run) > 1 or half_empty else s)
        return kept

    def _merged(self, run: list[OpenSegment]) -> OpenSegment:
        return self._written(merge([s.segment for s in run], [s.deleted for s in run]))

    def _written(self, segment: Segment) -> OpenSegment:
        entry = SegmentEntry(self._new_file("segment"))
        segment.write(self.folder / entry.file)
        return OpenSegment(entry, Segment.open(self.folder / entry.file), np.zeros(len(segment), dtype=np.bool_))

    def _with_deletions(self, s: OpenSegment) -> OpenSegment:
        numbers = _live_numbers(s, list(self._deleted))
        if len(numbers) == 0:
            return s
        deleted = s.deleted.copy()
        deleted[numbers] = True
        entry = SegmentEntry(s.entry.file, self._new_file("deletions"))
        write_arrays(self.folder / str(entry.deletions), {"deleted": deleted})
        return OpenSegment(entry, s.segment, deleted)

    def _new_file(self, kind: str) -> str:
        self._n_files += 1
        return f"{self.generation + 1:08d}-{self._n_files}.{kind}"

    def _publish(self, segments: list[OpenSegment]) -> None:
        manifest = Manifest(self.generation + 1, self._manifest.analyzer, [s.entry for s in segments])
        write_manifest(self.folder, manifest)
        self._manifest, self._segments = manifest, segments
        remove_unused(self.folder, manifest)

    def _check_open(self) -> None:
        if not self._lock.is_locked:
            raise ValueError(f"this writer of {self.folder} is closed: open a new one")

    def close(self) -> None:
        """Let the next writer in. Changes that were not committed are dropped."""
        self._added, self._deleted, self._segments = {}, set(), []
        self._lock.release()

    def __enter__(self) -> IndexWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self.commit()
        finally:
            self.close()


def _live_numbers(s: OpenSegment, doc_ids: list[str]) -> NDArray[np.int32]:
    """The numbers of those documents that the segment has and that are not deleted."""
    numbers = s.segment.ids.find(doc_ids)
    numbers = numbers[numbers >= 0]
    return numbers[~s.deleted[numbers]]
