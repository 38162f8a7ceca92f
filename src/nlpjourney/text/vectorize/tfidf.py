"""TF-IDF: a word counts more the more often it stands here, and less the more documents have it.

Spärck Jones (1972) for the inverse document frequency, Salton & Buckley (1988) for the weights in all their variants. As in
scikit-learn, with n documents of which df have the word,

    idf = ln((1 + n) / (1 + df)) + 1,      weight = tf * idf,      rows scaled to length 1

where the added ones ("smoothing") stand for a document that has every word, and the last one keeps words that all
documents have.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from nlpjourney.ml.checks import check_matrix
from nlpjourney.ml.estimator import Estimator, NotFittedError
from nlpjourney.text.vectorize.count import CountVectorizer
from nlpjourney.text.vectorize.counters import Matrix


def normalise_rows(X: Matrix, norm: str | None) -> Matrix:
    """Scale the rows in place to length 1: "l2" Euclidean, "l1" sum of absolute values; None leaves them. Rows of zeros stay."""
    if norm is None:
        return X
    if norm not in ("l1", "l2"):
        raise ValueError(f"norm must be 'l1', 'l2' or None, not {norm!r}")
    rows = np.repeat(np.arange(X.shape[0]), np.diff(X.indptr))
    size = np.abs(X.data) if norm == "l1" else X.data.astype(np.float64) ** 2
    length = np.bincount(rows, weights=size, minlength=X.shape[0])
    if norm == "l2":
        length = np.sqrt(length)
    length[length == 0] = 1
    X.data /= length[rows].astype(X.dtype)
    return X


class TfidfTransformer(Estimator):
    """From counts to TF-IDF weights.

    norm: "l2", "l1" or None; use_idf: weigh by idf; smooth_idf: add one document with every word; sublinear_tf: 1 + ln(tf)
    for tf.
    """

    def __init__(
        self,
        *,
        norm: Literal["l1", "l2"] | None = "l2",
        use_idf: bool = True,
        smooth_idf: bool = True,
        sublinear_tf: bool = False,
    ) -> None:
        self.norm = norm
        self.use_idf = use_idf
        self.smooth_idf = smooth_idf
        self.sublinear_tf = sublinear_tf

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the idf from a count matrix (n_documents, n_features). Returns self."""
        X = check_matrix(X, "TfidfTransformer")
        n = X.shape[0] + int(self.smooth_idf)
        df = np.bincount(X.indices, minlength=X.shape[1]) + int(self.smooth_idf)
        with np.errstate(divide="ignore"):
            self.idf_: NDArray[Any] = (np.log(n / df) + 1).astype(X.dtype)
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X: Any) -> Matrix:
        """The weights, sparse (n_documents, n_features); float32 stays float32, everything else becomes float64."""
        if not hasattr(self, "idf_"):
            raise NotFittedError("this TfidfTransformer has learned no idf yet: call fit first")
        X = check_matrix(X, "TfidfTransformer", len(self.idf_))
        if self.sublinear_tf:
            X.data = np.log(X.data) + 1
        if self.use_idf:
            X.data *= self.idf_[X.indices].astype(X.dtype)
        return normalise_rows(X, self.norm)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[Any]:
        """The names of the columns: those that came in, or x0, x1, … where they have none."""
        if not hasattr(self, "idf_"):
            raise NotFittedError("this TfidfTransformer has learned no idf yet: call fit first")
        if input_features is None:
            return np.array([f"x{i}" for i in range(len(self.idf_))], dtype=object)
        if len(input_features) != len(self.idf_):
            raise ValueError(
                f"input_features must have as many names as there are columns, {len(self.idf_)}, not {len(input_features)}"
            )
        return np.asarray(input_features, dtype=object)

    def fit_transform(self, X: Any, y: Any = None) -> Matrix:
        """`fit`, then `transform`."""
        return self.fit(X).transform(X)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.two_d_array, tags.input_tags.sparse = False, True, True
        return tags


class TfidfVectorizer(CountVectorizer):
    """`CountVectorizer`, then `TfidfTransformer`: texts to TF-IDF vectors, float64 (n_documents, n_features)."""

    def __init__(
        self,
        *,
        input: Literal["content", "file", "filename"] = "content",
        encoding: str = "utf-8",
        decode_error: str = "strict",
        strip_accents: Any = None,
        lowercase: bool = True,
        preprocessor: Any = None,
        tokenizer: Any = None,
        analyzer: Any = "word",
        stop_words: Any = None,
        token_pattern: str | None = r"(?u)\b\w\w+\b",
        ngram_range: tuple[int, int] = (1, 1),
        max_df: float = 1.0,
        min_df: float = 1,
        max_features: int | None = None,
        vocabulary: Any = None,
        binary: bool = False,
        dtype: Any = np.float64,
        norm: Literal["l1", "l2"] | None = "l2",
        use_idf: bool = True,
        smooth_idf: bool = True,
        sublinear_tf: bool = False,
    ) -> None:
        super().__init__(
            input=input, encoding=encoding, decode_error=decode_error, strip_accents=strip_accents, lowercase=lowercase,
            preprocessor=preprocessor, tokenizer=tokenizer, analyzer=analyzer, stop_words=stop_words,
            token_pattern=token_pattern, ngram_range=ngram_range, max_df=max_df, min_df=min_df, max_features=max_features,
            vocabulary=vocabulary, binary=binary, dtype=dtype,
        )  # fmt: skip
        self.norm = norm
        self.use_idf = use_idf
        self.smooth_idf = smooth_idf
        self.sublinear_tf = sublinear_tf

    @property
    def idf_(self) -> NDArray[Any]:
        """The learned idf of each column."""
        if not hasattr(self, "_tfidf"):
            raise NotFittedError("this TfidfVectorizer has learned no idf yet: call fit first")
        return self._tfidf.idf_

    @idf_.setter
    def idf_(self, value: Any) -> None:
        """Bring back a learned idf: finite numbers, one a column."""
        if not self.use_idf:
            raise ValueError("idf_ cannot be set where use_idf is False: it would have no effect")
        idf = np.asarray(value, dtype=np.float64)
        if hasattr(self, "_features") or self.vocabulary is not None:
            self._need_columns()
            fits = idf.shape == self._features.shape
        else:
            fits = idf.ndim == 1
        if not fits or not np.isfinite(idf).all():
            raise ValueError(
                f"idf_ must be one finite number for each of the columns, not an array of shape {idf.shape}"
            )
        transformer = self._transformer()
        transformer.idf_ = idf
        self._tfidf = transformer

    def _state(self) -> dict[str, Any]:
        return {**super()._state(), "idf": self.idf_}

    def _restore(self, state: dict[str, Any]) -> None:
        super()._restore(state)
        self._tfidf = self._transformer()
        self._tfidf.idf_, self._tfidf.n_features_in_ = state["idf"], len(state["idf"])

    def _transformer(self) -> TfidfTransformer:
        return TfidfTransformer(
            norm=self.norm, use_idf=self.use_idf, smooth_idf=self.smooth_idf, sublinear_tf=self.sublinear_tf
        )

    def fit(self, raw_documents: Iterable[Any], y: Any = None) -> Self:
        self.fit_transform(raw_documents)
        return self

    def fit_transform(self, raw_documents: Iterable[Any], y: Any = None) -> Matrix:
        """Learn columns and idf; the weights of these documents."""
        with self._kept_on_failure():
            counts = super().fit_transform(raw_documents)
            self._tfidf = self._transformer().fit(counts)
            return self._tfidf.transform(counts)

    def transform(self, raw_documents: Iterable[Any]) -> Matrix:
        """The weights of other documents, by the learned columns and idf."""
        if not hasattr(self, "_tfidf"):
            raise NotFittedError("this TfidfVectorizer has learned no idf yet: call fit first")
        return self._tfidf.transform(super().transform(raw_documents))
