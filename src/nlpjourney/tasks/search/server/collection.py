"""Documents with fields over the index on disk: what a search server keeps under one index name.

Each text field has an inverted index of its own, so that "cat in the title" and "cat in the body" are different questions with
different statistics. One more index keeps each document's source as JSON; it is committed last, and only documents that it
holds are ever returned. `get` sees a change at once, a search after `refresh`, as in the products.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from nlpjourney.tasks.search.analyzer import Analyzer
from nlpjourney.tasks.search.disk import IndexWriter
from nlpjourney.tasks.search.disk_search import IndexReader
from nlpjourney.tasks.search.server.fields import Fields, Source, Values

K1, B = 1.2, 0.75  # the defaults of Lucene, and so of the servers built on it


@dataclass(frozen=True)
class Stored:
    """A document. version: how often its id has been written; seq_no: the number of this write among all of the collection."""

    source: Source
    version: int
    seq_no: int


class Collection:
    """Documents by id in a folder. One process at a time may hold it open.

    seq_no: the number that the next write gets. seen: the documents that searches see, in their order. values: of each, what
    its fields hold. readers: by text field.
    """

    def __init__(self, folder: Path, analyzer: Analyzer | None = None) -> None:
        self.folder, self.analyzer = folder, analyzer or Analyzer()
        self._source = IndexWriter(folder / "source")
        self._writers = {unquote(f.name[6:]): self._writer(f.name[6:]) for f in sorted(folder.glob("field-*"))}
        self._about = folder / "collection.json"
        self.seq_no, self.fields = 0, Fields()
        if self._about.exists():
            about = json.loads(self._about.read_text("utf-8"))
            self.seq_no, self.fields = about["seq_no"], Fields(**about["fields"])
        reader = IndexReader(self._source.folder)
        self._now: dict[str, Stored] = {}
        for doc_id in reader.ids():
            document = reader.get(doc_id)
            assert document is not None
            self._now[doc_id] = Stored(*json.loads(document.stored))
        self.seen = dict(self._now)
        self.values: dict[str, Values] = {i: self.fields.indexed(stored.source) for i, stored in self.seen.items()}
        self._changed: dict[str, Values] = {}  # in the order of the changes; nothing for a deleted document
        self.readers: dict[str, IndexReader] = {}
        self.refresh()

    def _writer(self, quoted: str) -> IndexWriter:
        return IndexWriter(self.folder / f"field-{quoted}", self.analyzer)

    def __len__(self) -> int:
        """How many documents a search sees."""
        return len(self.seen)

    def get(self, doc_id: str) -> Stored | None:
        """A document as it was last written, None if there is none."""
        return self._now.get(doc_id)

    def put(self, doc_id: str, source: Source) -> Stored:
        """Add a document, or replace the one with this id. Raises InvalidInput, and changes nothing, for what no field takes."""
        values = self.fields.indexed(source)
        texts = {path: "\n".join(map(str, held)) for path, held in values.items() if self.fields.types[path] == "text"}
        for path in texts:
            if path not in self._writers:
                self._writers[path] = self._writer(quote(path, safe=""))
        for path, writer in self._writers.items():
            if path in texts:
                writer.add(doc_id, texts[path])
            else:
                writer.delete(doc_id)
        old = self._now.get(doc_id)
        stored = Stored(source, old.version + 1 if old else 1, self.seq_no)
        self._source.add(doc_id, "", stored=json.dumps([stored.source, stored.version, stored.seq_no]))
        self._change(doc_id, values)
        self._now[doc_id] = stored
        return stored

    def delete(self, doc_id: str) -> bool:
        """Delete a document; False when there was none."""
        if doc_id not in self._now:
            return False
        for writer in [*self._writers.values(), self._source]:
            writer.delete(doc_id)
        self._change(doc_id, {})
        del self._now[doc_id]
        return True

    def _change(self, doc_id: str, values: Values) -> None:
        self.seq_no += 1
        self._changed.pop(doc_id, None)
        self._changed[doc_id] = values

    def refresh(self) -> None:
        """Commit all changes, so that searches see them."""
        aside = self.folder / "collection.json.new"
        with open(aside, "w", encoding="utf-8") as file:
            json.dump({"seq_no": self.seq_no, "fields": asdict(self.fields)}, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, self._about)
        for writer in [*self._writers.values(), self._source]:
            writer.commit()
        self.readers = {path: IndexReader(w.folder, self.analyzer, k1=K1, b=B) for path, w in self._writers.items()}
        for doc_id, values in self._changed.items():
            self.seen.pop(doc_id, None)
            self.values.pop(doc_id, None)
            if doc_id in self._now:
                self.seen[doc_id], self.values[doc_id] = self._now[doc_id], values
        self._changed = {}

    def ranked(self, scores: Mapping[str, float]) -> list[tuple[str, float]]:
        """Best first, equal scores in the order of the documents."""
        place = {doc_id: i for i, doc_id in enumerate(self.seen)}
        found = [(doc_id, score) for doc_id, score in scores.items() if doc_id in place]
        return sorted(found, key=lambda item: (-item[1], place[item[0]]))

    def close(self) -> None:
        """Commit and let others open the folder."""
        self.refresh()
        for writer in [*self._writers.values(), self._source]:
            writer.close()
        self.readers = {}
