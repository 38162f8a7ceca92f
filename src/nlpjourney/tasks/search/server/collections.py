"""What the search servers keep: text collections on disk, vector collections in memory, both by name."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import quote, unquote

from nlpjourney.tasks.search.analyzer import Analyzer
from nlpjourney.tasks.search.server.collection import Collection
from nlpjourney.tasks.search.server.vector_collection import VectorCollection


class Collections:
    """Text collections lie in `folder` and are there again the next time. `url` is where the server listens."""

    def __init__(self, folder: Path, analyzer: Analyzer) -> None:
        self.folder, self.analyzer = folder, analyzer
        self.vectors: dict[str, VectorCollection] = {}
        self.texts: dict[str, Collection] = {}
        self.url = ""
        for path in sorted(folder.glob("collection-*")):
            self.texts[unquote(path.name.removeprefix("collection-"))] = Collection(path, analyzer)

    def text(self, name: str) -> Collection:
        """The text collection of this name, made when missing."""
        if name not in self.texts:
            self.texts[name] = Collection(self.folder / f"collection-{quote(name, safe='')}", self.analyzer)
        return self.texts[name]

    def drop(self, name: str) -> bool:
        """Delete a text collection with its files; False when there is none."""
        found = self.texts.pop(name, None)
        if found is not None:
            found.close()
            shutil.rmtree(found.folder)
        return found is not None

    def close(self) -> None:
        """Commit, and let others open the folders."""
        for collection in self.texts.values():
            collection.close()
