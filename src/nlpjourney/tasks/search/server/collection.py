"""Documents with fields over the index on disk: what a search server keeps under one index name.

Each text field has an inverted index of its own, so that "cat in the title" and "cat in the body" are different questions with
different statistics. One more index keeps each document's source as JSON; it is committed last, and only documents that it
holds are ever returned.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from nlpjourney.tasks.search.analyzer import Analyzer
from nlpjourney.tasks.search.disk import IndexWriter
from nlpjourney.tasks.search.disk_search import IndexReader

Source = dict[str, Any]
Scores = dict[str, float]

K1, B = 1.2, 0.75  # the defaults of Lucene, and so of the servers built on it


class Collection:
    """Documents by id in a folder. Changes count after `refresh`. One process at a time may hold it open."""

    def __init__(self, folder: Path, analyzer: Analyzer | None = None) -> None:
        self.folder, self.analyzer = folder, analyzer or Analyzer()
        self._source = IndexWriter(folder / "source")
        self._fields = {unquote(f.name[6:]): self._field(f.name[6:]) for f in sorted(folder.glob("field-*"))}
        self._readers: dict[str, IndexReader] = {}
        self._sources: dict[str, Source] = {}
        self.refresh()

    def _field(self, quoted: str) -> IndexWriter:
        return IndexWriter(self.folder / f"field-{quoted}", self.analyzer)

    def __contains__(self, doc_id: str) -> bool:
        return doc_id in self._source

    def __len__(self) -> int:
        """How many documents a search sees."""
        return len(self._sources)

    def put(self, doc_id: str, source: Source) -> None:
        """Add a document, or replace the one with this id. Its strings become searchable text, one index a field."""
        texts = {field: value for field, value in source.items() if isinstance(value, str)}
        for field in texts:
            if field not in self._fields:
                self._fields[field] = self._field(quote(field, safe=""))
        for field, writer in self._fields.items():
            if field in texts:
                writer.add(doc_id, texts[field])
            else:
                writer.delete(doc_id)
        self._source.add(doc_id, "", stored=json.dumps(source))

    def delete(self, doc_id: str) -> bool:
        """Delete a document; False when there was none."""
        found = doc_id in self._source
        for writer in [*self._fields.values(), self._source]:
            writer.delete(doc_id)
        return found

    def refresh(self) -> None:
        """Commit all changes, so that searches see them."""
        for writer in [*self._fields.values(), self._source]:
            writer.commit()
        self._readers = {field: IndexReader(w.folder, self.analyzer, k1=K1, b=B) for field, w in self._fields.items()}
        reader = IndexReader(self._source.folder)
        self._sources = {}
        for doc_id in reader.ids():
            document = reader.get(doc_id)
            assert document is not None
            self._sources[doc_id] = json.loads(document.stored)

    def get(self, doc_id: str) -> Source | None:
        """A document's source, None if there is none."""
        return self._sources.get(doc_id)

    def every(self) -> Scores:
        """All documents, with the score 1."""
        return dict.fromkeys(self._sources, 1.0)

    def match(self, field: str, text: str, every_word: bool = False) -> Scores:
        """Documents whose field has any word of the text (or every one), by BM25."""
        reader = self._readers.get(field)
        if reader is None:
            return {}
        scores = reader.scores(text)
        if every_word:
            for term in self.analyzer(text):
                having = reader.scores({term: 1.0})
                scores = {doc_id: score for doc_id, score in scores.items() if doc_id in having}
        return scores

    def match_phrase(self, field: str, phrase: str) -> Scores:
        """Documents whose field holds the exact phrase."""
        reader = self._readers.get(field)
        return reader.phrase_scores(phrase) if reader else {}

    def equal(self, field: str, values: list[Any]) -> Scores:
        """Documents whose field is exactly one of the values, with the score 1."""
        return {doc_id: 1.0 for doc_id, source in self._sources.items() if source.get(field) in values}

    def ranked(self, scores: Mapping[str, float]) -> list[tuple[str, float]]:
        """Best first, equal scores in the order of the documents."""
        place = {doc_id: i for i, doc_id in enumerate(self._sources)}
        found = [(doc_id, score) for doc_id, score in scores.items() if doc_id in place]
        return sorted(found, key=lambda item: (-item[1], place[item[0]]))

    def close(self) -> None:
        """Commit and let others open the folder."""
        self.refresh()
        for writer in [*self._fields.values(), self._source]:
            writer.close()
        self._readers = {}
