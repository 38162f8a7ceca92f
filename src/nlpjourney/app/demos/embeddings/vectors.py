"""The vectors of the map: learned the first time, in a quarter of a minute, by a thread, while the page says so; then kept."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

from nlpjourney import assets
from nlpjourney.assets import corpora
from nlpjourney.text.embeddings import Corpus, Word2Vec, WordVectors, load_binary, save_binary

OPTIONS = {"vector_size": 100, "window": 5, "epochs": 6, "alpha": 0.05, "sample": 1e-4, "workers": 2}
MIN_COUNT = 10
ASSETS = ("wikipedia-sample", "newsgroups", "reuters")


class LearnedVectors:
    """The vectors: from the cache, else learned by a thread."""

    def __init__(self) -> None:
        self.vectors: WordVectors | None = None
        self.problem = ""
        self._doing, self._since = "Reading the text", time.monotonic()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> str:
        """What is going on, and for how long."""
        return f"{self._doing} for the first time, {time.monotonic() - self._since:.0f} seconds so far."

    def join(self) -> None:
        """Wait until the vectors are there, or a problem is."""
        self._thread.join()

    def _work(self) -> None:
        try:
            inputs = [assets.find(name) for name in ASSETS]
            self.vectors = load_binary(assets.derived("word2vec", inputs, self._learn))
            _ = self.vectors.unit
        except assets.AssetError:
            self.problem = "The texts to learn from are not on this machine and could not be fetched."
        except Exception as error:
            self.problem = f"The vectors could not be made: {error}"
            raise

    def _learn(self, file: Path) -> None:
        corpus = Corpus.from_texts(_texts(), MIN_COUNT)
        self._doing = f"Learning {len(corpus.words):,} vectors from {len(corpus.tokens) / 1e6:.1f} million words"
        save_binary(Word2Vec(**OPTIONS).fit(corpus).vectors, file)  # type: ignore[arg-type]


def _texts() -> Iterator[str]:
    for article in corpora.wikipedia().values():
        yield from article.split("\n")
    for document in (*corpora.newsgroups(), *corpora.reuters()):
        yield document.text
