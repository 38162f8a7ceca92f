"""Bag of words: a document as the counts of its words, in a sparse matrix with one column a word.

The oldest representation of text that still works (Harris, 1954, gave it the name; Salton built a search engine on it).
Parameters, results and corner cases are those of scikit-learn's `CountVectorizer`; what differs is how it counts, see
`counters`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from numbers import Integral
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from nlpjourney.ml.estimator import NotFittedError, Saved
from nlpjourney.text.vectorize.analyzing import WORD_PATTERN, TextAnalyzer
from nlpjourney.text.vectorize.counters import AnalyzerCounter, Matrix, WordNGramCounter

# The parameters that a counter is made with.
ANALYZING = (
    "input", "encoding", "decode_error", "strip_accents", "lowercase", "preprocessor", "tokenizer", "stop_words", "token_pattern",
    "ngram_range", "analyzer",
)  # fmt: skip


class CountVectorizer(TextAnalyzer, Saved):
    """Counts of words or n-grams, sparse, int64 (n_documents, n_features), columns in the order of their names.

    input: documents are texts ("content"), open files or file names; encoding, decode_error: for bytes; strip_accents: "ascii",
    "unicode" or a function; lowercase; preprocessor, tokenizer: functions instead of ours; stop_words: a list, or "english";
    token_pattern: what a word is; ngram_range: (least, most) words or characters; analyzer: "word", "char", "char_wb" (inside
    words) or a function; max_df, min_df: leave out what occurs in more or fewer documents (a share if float, a number if int);
    max_features: only the most frequent; vocabulary: a mapping to columns, or names, instead of learning it; binary: 1 for any
    count.

    Functions cannot be saved: a vectorizer that was given one raises TypeError.
    """

    def __init__(
        self,
        *,
        input: Literal["content", "file", "filename"] = "content",
        encoding: str = "utf-8",
        decode_error: str = "strict",
        strip_accents: Any = None,
        lowercase: bool = True,
        preprocessor: Callable[[str], str] | None = None,
        tokenizer: Callable[[str], list[str]] | None = None,
        stop_words: Any = None,
        token_pattern: str | None = WORD_PATTERN,
        ngram_range: tuple[int, int] = (1, 1),
        analyzer: Any = "word",
        max_df: float = 1.0,
        min_df: float = 1,
        max_features: int | None = None,
        vocabulary: Any = None,
        binary: bool = False,
        dtype: Any = np.int64,
    ) -> None:
        self.input = input
        self.encoding = encoding
        self.decode_error = decode_error
        self.strip_accents = strip_accents
        self.lowercase = lowercase
        self.preprocessor = preprocessor
        self.tokenizer = tokenizer
        self.stop_words = stop_words
        self.token_pattern = token_pattern
        self.ngram_range = ngram_range
        self.analyzer = analyzer
        self.max_df = max_df
        self.min_df = min_df
        self.max_features = max_features
        self.vocabulary = vocabulary
        self.binary = binary
        self.dtype = dtype

    def fit(self, raw_documents: Iterable[Any], y: Any = None) -> Self:
        """Learn the columns. Returns self."""
        self.fit_transform(raw_documents)
        return self

    def fit_transform(self, raw_documents: Iterable[Any], y: Any = None) -> Matrix:
        """Learn the columns and count.

        Raises ValueError when nothing is left to count, or the parameters contradict each other.
        """
        self._check_documents(raw_documents)
        self._check_limits()
        with self._kept_on_failure():
            self._start(self.vocabulary)
            if self.fixed_vocabulary_:
                return self._count(raw_documents)
            counts = self._counter.count(self._texts(raw_documents), True)
            if counts.shape[1] == 0 or counts.nnz == 0:
                raise ValueError("empty vocabulary; perhaps the documents only contain stop words")
            if self.binary:
                counts.data.fill(1)
            self._set_columns(self._chosen(counts))
            return self._in_columns(counts)

    def transform(self, raw_documents: Iterable[Any]) -> Matrix:
        """Count the learned features in other documents; what was not learned is left out."""
        self._check_documents(raw_documents)
        self._need_columns()
        if any(getattr(self, name) is not value for name, value in self._analyzed_with.items()):
            self._start(self._columns())  # a parameter was set since then
        return self._count(raw_documents)

    def inverse_transform(self, X: Any) -> list[NDArray[Any]]:
        """For each row the names of its columns that are not 0."""
        names = self.get_feature_names_out()
        rows = Matrix(X)
        return [names[np.sort(rows.indices[a:b][rows.data[a:b] != 0])] for a, b in zip(rows.indptr, rows.indptr[1:])]

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[Any]:
        """The names of the columns, in their order."""
        self._need_columns()
        return np.array([*self._columns(), None], dtype=object)[:-1]  # one dimension, even if the features are tuples

    @property
    def vocabulary_(self) -> dict[str, int]:
        """From name to column; can be set, as to bring back a vectorizer. Made when asked for: a million names take a second."""
        self._need_columns()
        return {name: column for column, name in enumerate(self._columns())}

    @vocabulary_.setter
    def vocabulary_(self, vocabulary: Any) -> None:
        with self._kept_on_failure():
            self._start(vocabulary)

    def _parameters(self) -> dict[str, Any]:
        return {**super()._parameters(), "dtype": np.dtype(self.dtype).name}

    def _state(self) -> dict[str, Any]:
        self._need_columns()
        return {"columns": self._columns()}

    def _restore(self, state: dict[str, Any]) -> None:
        self.dtype = np.dtype(self.dtype).type
        self._start(state["columns"])

    def _need_columns(self) -> None:
        """Raise NotFittedError where there are no columns; those of a given vocabulary need no `fit`."""
        if not hasattr(self, "_features"):
            if self.vocabulary is None:
                raise NotFittedError(f"this {type(self).__name__} has learned no columns yet: call fit first")
            with self._kept_on_failure():
                self._start(self.vocabulary)

    def _columns(self) -> list[str]:
        return self._counter.names(self._features) if self._given is None else self._given

    def _start(self, vocabulary: Any) -> None:
        """A new counter, and the columns of a given vocabulary."""
        self._check_analyzer()
        given = None if vocabulary is None else given_names(vocabulary)
        self._analyzed_with = {name: getattr(self, name) for name in ANALYZING}
        self._counter: WordNGramCounter | AnalyzerCounter
        if self._is_plain():
            # Accents are stripped after lower-casing, and before this counter sees the text.
            lowercase = self.lowercase and self._accent_stripper() is None
            self._counter = WordNGramCounter(self.ngram_range, sorted(self.get_stop_words()), lowercase)
        else:
            self._counter = AnalyzerCounter(self.build_analyzer())
        self._given, self.fixed_vocabulary_ = given, self.vocabulary is not None
        if given is not None:
            self._set_columns(self._counter.add_names(given))

    def _texts(self, documents: Iterable[Any]) -> Iterable[Any]:
        return self._plain_texts(documents) if self._is_plain() else documents

    def _count(self, documents: Iterable[Any]) -> Matrix:
        counts = self._counter.count(self._texts(documents), False)
        if self.binary:
            counts.data.fill(1)
        return self._in_columns(counts)

    def _set_columns(self, features: NDArray[np.int64]) -> None:
        """features: the counter's number of each column, -1 for a column that stays empty."""
        self._features = features

    def _in_columns(self, counts: Matrix) -> Matrix:
        """The counter's matrix with our columns in the place of its features."""
        column = np.full(counts.shape[1] + 1, -1, dtype=np.int32)
        column[self._features] = np.arange(len(self._features), dtype=np.int32)
        column[-1] = -1
        indices = column[counts.indices]
        kept = indices >= 0
        places = np.concatenate([[0], np.cumsum(kept)])
        X = Matrix(
            (counts.data[kept].astype(self.dtype), indices[kept], places[counts.indptr].astype(np.int32)),
            shape=(counts.shape[0], len(self._features)),
        )
        X.sort_indices()
        return X

    def _chosen(self, counts: Matrix) -> NDArray[np.int64]:
        """The features that max_df, min_df and max_features leave, in the order of their names."""
        n_documents, n_features = counts.shape
        df = np.bincount(counts.indices, minlength=n_features)
        high = self.max_df if isinstance(self.max_df, Integral) else self.max_df * n_documents
        low = self.min_df if isinstance(self.min_df, Integral) else self.min_df * n_documents
        if high < low:
            raise ValueError("max_df corresponds to < documents than min_df")
        order = self._counter.alphabetical()
        kept = (df <= high) & (df >= low) & (df > 0)
        if self.max_features is not None and kept.sum() > self.max_features:
            # Of equally frequent features those count that the sort happens to put first: NumPy's, as in scikit-learn.
            tf = np.bincount(counts.indices, weights=counts.data, minlength=n_features).astype(np.int64)
            order = order[kept[order]]
            kept = np.zeros(n_features, dtype=np.bool_)
            kept[order[(-tf[order]).argsort()[: self.max_features]]] = True
        if not kept.any():
            raise ValueError("no feature is left: lower min_df or raise max_df")
        chosen: NDArray[np.int64] = order[kept[order]]
        return chosen

    def _check_limits(self) -> None:
        if self.max_features is not None and self.max_features <= 0:
            raise ValueError(f"max_features must be at least 1, not {self.max_features}")
        for name in ("max_df", "min_df"):
            value = getattr(self, name)
            if value < 0 or (not isinstance(value, Integral) and value > 1):
                raise ValueError(
                    f"{name} must be a share from 0 to 1 (a float) or a number of documents (an int), not {value!r}"
                )


def given_names(vocabulary: Any) -> list[str]:
    """The names of the columns, in their order, of a mapping from name to column, or of an iterable of names (a set is sorted).

    Raises ValueError for a name that comes twice, or columns that are not 0, 1, 2, …
    """
    if isinstance(vocabulary, Mapping):
        if sorted(vocabulary.values()) != list(range(len(vocabulary))):
            raise ValueError("the columns of a given vocabulary must be 0, 1, 2, … without a gap and each once")
        names = sorted(vocabulary, key=vocabulary.__getitem__)
    else:
        names = sorted(vocabulary) if isinstance(vocabulary, set) else list(vocabulary)
        if len(set(names)) < len(names):
            raise ValueError("a name comes twice in the given vocabulary")
    if not names:
        raise ValueError("the given vocabulary is empty")
    return names
