"""What all clusterings share: points are looked at, `fit` learns `labels_`, and the interface is scikit-learn's."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from nlpjourney.errors import InvalidInput
from nlpjourney.ml.estimator import Estimator, Saved

Points = NDArray[Any]  # float32 or float64, (n, d)
Labels = NDArray[np.int64]


def check_points(X: Any, estimator: str, n_features: int | None = None) -> Points:
    """X as a C-contiguous matrix (n, d) of finite numbers: float32 as it is, anything else as float64.

    Raises InvalidInput for a sparse matrix, another shape, nothing in it, NaN, infinity, complex numbers, or another number of
    features than `n_features`.
    """
    if scipy.sparse.issparse(X):
        raise InvalidInput(
            f"{estimator} needs dense points, and this is a sparse matrix: reduce it first (SVD, embeddings), or use toarray()"
        )
    X = np.asarray(X)
    if X.dtype.kind == "c":
        raise InvalidInput("Complex data not supported")
    if X.ndim != 2:
        raise InvalidInput(
            f"Expected a 2D array, got {X.ndim} dimension(s). Reshape your data: one row for each point."
        )
    if 0 in X.shape:
        what = "sample(s)" if X.shape[0] == 0 else "feature(s)"
        raise InvalidInput(f"Found array with 0 {what} (shape={X.shape}) while a minimum of 1 is required.")
    if n_features is not None and X.shape[1] != n_features:
        raise InvalidInput(f"X has {X.shape[1]} features, but {estimator} is expecting {n_features} features as input.")
    points = np.ascontiguousarray(X, dtype=np.float32 if X.dtype == np.float32 else np.float64)
    if not np.isfinite(points).all():
        row = int(np.flatnonzero(~np.isfinite(points).all(axis=1))[0])
        raise InvalidInput(f"Input X contains NaN or infinity (row {row}), which {estimator} cannot use.")
    return points


class Clusterer(Estimator, Saved):
    """Base of the clusterings. After `fit`: `labels_` (n,), the number of each point's cluster; and `n_features_in_`."""

    labels_: Labels
    n_features_in_: int

    def fit(self, X: Any, y: Any = None) -> Self:
        """Find the clusters of points X (n, d); y is ignored. Returns self.

        Raises InvalidInput for what is no such thing; then what was learned before stays.
        """
        points = check_points(X, type(self).__name__)
        with self._kept_on_failure():
            self.n_features_in_ = points.shape[1]
            self._learn(points)
        return self

    def fit_predict(self, X: Any, y: Any = None) -> Labels:
        """`fit`, then `labels_`."""
        return self.fit(X).labels_

    def _learn(self, points: Points) -> None:
        raise NotImplementedError

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.estimator_type, tags.transformer_tags = "clusterer", None
        tags.input_tags.string, tags.input_tags.two_d_array = False, True
        return tags
