"""What goes into an algorithm, looked at before anything is changed: shapes, kinds of number, NaN and infinity."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike, NDArray

from nlpjourney.errors import InvalidInput

Floats = NDArray[np.float32]


def check_vectors(vectors: ArrayLike, dim: int | None = None) -> Floats:
    """`vectors` as a float32 matrix (n, dim); one vector becomes one row. Raises InvalidInput if that is impossible."""
    matrix = np.ascontiguousarray(vectors, dtype=np.float32)
    if matrix.ndim == 1 and matrix.size:
        matrix = matrix[None]
    if matrix.size == 0 and dim is not None:
        matrix = matrix.reshape(0, dim)
    if matrix.ndim != 2:
        raise InvalidInput(f"expected vectors of shape (n, {dim or 'dim'}), got shape {matrix.shape}")
    if dim is not None and matrix.shape[1] != dim:
        raise InvalidInput(f"expected vectors of {dim} dimensions, these have {matrix.shape[1]}")
    if not np.isfinite(matrix).all():
        row = int(np.flatnonzero(~np.isfinite(matrix).all(axis=1))[0])
        raise InvalidInput(f"vector {row} holds NaN or infinity: it has no distance to anything")
    return matrix


def check_matrix(X: Any, estimator: str, n_features: int | None = None, copy: bool = True) -> Any:
    """X as a CSR matrix of finite numbers, float32 or float64, (n_samples, n_features).

    copy: whether the caller is going to change it; else a CSR matrix of such numbers comes back as it is, except where entries
    of it stand at the same place, which are then summed in a copy.

    Raises InvalidInput for another shape than two dimensions, nothing in it, NaN, infinity, complex numbers, or another number
    of features than `n_features`; TypeError for what is no number.
    """
    if not scipy.sparse.issparse(X):
        X = np.asarray(X)
        if X.ndim != 2:
            raise InvalidInput(
                f"Expected a 2D array, got {X.ndim} dimension(s). Reshape your data: one row for each sample."
            )
        if X.dtype.kind not in "biufc":
            X = X.astype(np.float64)
    if X.dtype.kind == "c":
        raise InvalidInput("Complex data not supported")
    if 0 in X.shape:
        what = "sample(s)" if X.shape[0] == 0 else "feature(s)"
        raise InvalidInput(f"Found array with 0 {what} (shape={X.shape}) while a minimum of 1 is required.")
    if n_features is not None and X.shape[1] != n_features:
        raise InvalidInput(f"X has {X.shape[1]} features, but {estimator} is expecting {n_features} features as input.")
    matrix = scipy.sparse.csr_matrix(X, dtype=X.dtype if X.dtype in (np.float32, np.float64) else np.float64, copy=copy)
    # A sum is finite where all its terms are, but for overflow: one pass, and the second only in doubt.
    if not np.isfinite(matrix.data.sum(dtype=np.float64)) and not np.isfinite(matrix.data).all():
        raise InvalidInput(f"Input X contains NaN or inf, which {estimator} cannot use.")
    if not copy and not matrix.has_canonical_format:
        matrix = matrix.copy()
        matrix.sum_duplicates()
    return matrix
