"""Indexes in memory that go to a file and come back: settings, vocabulary, postings, and how texts became terms."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Any, Self

from nlpjourney.ml.estimator import Learned
from nlpjourney.ml.saving import read_state, write_state
from nlpjourney.tasks.search.analyzer import Analyzer, check_same, describe
from nlpjourney.tasks.search.postings import Postings
from nlpjourney.text.vocabulary import Vocabulary


class SavedIndex(Learned):
    """An index with a `vocabulary` and `postings`, from which `_weigh` computes all else that it knows."""

    analyzer: Analyzer
    vocabulary: Vocabulary
    postings: Postings

    def save(self, path: str | Path) -> None:
        """Write the index to one file, aside first and then renamed. Raises NotFittedError before `fit`."""
        state = {
            "settings": self._settings(),
            "analyzer": describe(self.analyzer),
            "vocabulary": self.vocabulary.arrays(),
            "postings": vars(self.postings),
            "more": self._more(),
        }
        write_state(path, type(self).__name__, state)

    @classmethod
    def load(cls, path: str | Path, analyzer: Analyzer | None = None) -> Self:
        """What `save` wrote. `analyzer`: the one it was made with; needed only if that has a stemmer, which is code.

        Raises MissingFile, FileFormatError, and InvalidInput for another analyzer.
        """
        state = read_state(path, cls.__name__)
        described = state["analyzer"]
        if analyzer is None and described["stem"] is None:
            analyzer = Analyzer(described["stop_words"], min_length=described["min_length"])
        analyzer = analyzer or Analyzer()
        check_same(analyzer, described)
        index = cls._with(analyzer, state["settings"])
        index.vocabulary = Vocabulary.from_arrays(**state["vocabulary"])
        index.postings = Postings(**state["postings"])
        for name, value in state["more"].items():
            setattr(index, name, value)
        index._weigh()
        return index

    @classmethod
    def _with(cls, analyzer: Analyzer, settings: dict[str, Any]) -> Self:
        """A new index with these settings."""
        return cls(analyzer=analyzer, **settings)  # type: ignore[call-arg]

    @abstractmethod
    def _settings(self) -> dict[str, Any]:
        """The arguments of the constructor, without the analyzer."""

    def _more(self) -> dict[str, Any]:
        """What else is kept, by the names of its attributes."""
        return {}

    @abstractmethod
    def _weigh(self) -> None:
        """Compute from vocabulary and postings what a search needs."""
