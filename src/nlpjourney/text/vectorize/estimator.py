"""What makes a class an estimator that scikit-learn's pipelines, searches and `clone` accept, without inheriting from it.

The conventions are scikit-learn's (Buitinck et al., 2013): every parameter of `__init__` is kept under its own name, unchanged;
`get_params` and `set_params` read and write them; what is learned gets a trailing underscore.
"""

from __future__ import annotations

import inspect
from typing import Any, Self

import numpy as np
import scipy.sparse


class NotFittedError(ValueError, AttributeError):
    """`transform` was called before `fit`; of both types, as scikit-learn's is."""


class Estimator:
    """Parameters and their printing."""

    @classmethod
    def _names(cls) -> list[str]:
        return sorted(name for name in inspect.signature(cls.__init__).parameters if name != "self")

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters by name; `deep` is there for scikit-learn, none of ours holds another estimator."""
        return {name: getattr(self, name) for name in self._names()}

    def set_params(self, **params: Any) -> Self:
        """Set parameters by name. Raises ValueError for one that does not exist."""
        for name, value in params.items():
            if name not in self._names():
                raise ValueError(f"{type(self).__name__} has no parameter {name!r}; it has {', '.join(self._names())}")
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        defaults = inspect.signature(type(self).__init__).parameters
        changed = [
            f"{name}={value!r}" for name, value in self.get_params().items() if value is not defaults[name].default
        ]
        return f"{type(self).__name__}({', '.join(changed)})"

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn asks before it tests or combines an estimator: ours take texts and need no labels."""
        from sklearn.utils import InputTags, Tags, TargetTags, TransformerTags

        return Tags(
            estimator_type="transformer",
            target_tags=TargetTags(required=False),
            transformer_tags=TransformerTags(),
            input_tags=InputTags(string=True, two_d_array=False),
            requires_fit=True,
        )


def check_matrix(X: Any, estimator: str, n_features: int | None = None) -> Any:
    """X as a CSR matrix of finite numbers, float32 or float64, (n_samples, n_features); always a copy.

    Raises ValueError for another shape than two dimensions, nothing in it, NaN, infinity, complex numbers, or another number
    of features than `n_features`; TypeError for what is no number.
    """
    if not scipy.sparse.issparse(X):
        X = np.asarray(X)
        if X.ndim != 2:
            raise ValueError(
                f"Expected a 2D array, got {X.ndim} dimension(s). Reshape your data: one row for each sample."
            )
        if X.dtype.kind not in "biufc":
            X = X.astype(np.float64)
    if X.dtype.kind == "c":
        raise ValueError("Complex data not supported")
    if 0 in X.shape:
        what = "sample(s)" if X.shape[0] == 0 else "feature(s)"
        raise ValueError(f"Found array with 0 {what} (shape={X.shape}) while a minimum of 1 is required.")
    if n_features is not None and X.shape[1] != n_features:
        raise ValueError(f"X has {X.shape[1]} features, but {estimator} is expecting {n_features} features as input.")
    matrix = scipy.sparse.csr_matrix(X, dtype=X.dtype if X.dtype in (np.float32, np.float64) else np.float64, copy=True)
    if not np.isfinite(matrix.data).all():
        raise ValueError(f"Input X contains NaN or inf, which {estimator} cannot use.")
    return matrix
