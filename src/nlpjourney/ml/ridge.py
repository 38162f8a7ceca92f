"""Ridge regression: a number from features, by least squares that keeps the weights small.

Hoerl & Kennard (1970): minimise ‖y - Xw - b‖² + alpha·‖w‖². The penalty makes the answer unique even with more features than
examples, as texts have. Notable choices: the intercept b is not penalised, so the columns are centred, but without filling the
sparse matrix; LSQR (Paige & Saunders, 1982, SciPy's) finds the weights by products with the matrix alone.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator, lsqr

from nlpjourney.errors import InvalidInput
from nlpjourney.ml.checks import check_matrix
from nlpjourney.ml.estimator import Estimator, Saved

Floats = NDArray[np.float64]


class Ridge(Estimator, Saved):
    """alpha: the strength of the penalty; tol: how exactly the weights are found.

    After `fit`: `coef_` (n_features,), `intercept_` and `n_features_in_`.
    """

    learned = ("coef_", "intercept_", "n_features_in_")
    coef_: Floats
    intercept_: float
    n_features_in_: int

    def __init__(self, alpha: float = 1.0, *, tol: float = 1e-6) -> None:
        self.alpha, self.tol = alpha, tol

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from features X (n, n_features), dense or sparse, and numbers y (n,). Returns self. Raises InvalidInput."""
        X = check_matrix(X, type(self).__name__, copy=False)
        target = np.asarray(y, dtype=np.float64)
        if target.shape != (X.shape[0],) or not np.isfinite(target).all():
            raise InvalidInput(f"each of the {X.shape[0]} rows needs one finite number: y has the shape {target.shape}")
        if not self.alpha > 0:
            raise InvalidInput(f"alpha must be above 0, not {self.alpha}: without it there may be no single answer")
        means, mean = np.asarray(X.mean(axis=0)).ravel(), float(target.mean())
        centred = LinearOperator(
            X.shape, matvec=lambda w: X @ w.ravel() - means @ w.ravel(), rmatvec=lambda r: X.T @ r.ravel() - means * r.sum(),
            dtype=np.float64,
        )  # fmt: skip
        weights = lsqr(centred, target - mean, damp=float(np.sqrt(self.alpha)), atol=self.tol, btol=self.tol)[0]
        self.coef_, self.intercept_, self.n_features_in_ = weights, mean - float(means @ weights), X.shape[1]
        return self

    def predict(self, X: Any) -> Floats:
        """The number of each row (n,)."""
        X = check_matrix(X, type(self).__name__, self.n_features_in_, copy=False)
        return np.asarray(X @ self.coef_ + self.intercept_)

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import RegressorTags

        tags = super().__sklearn_tags__()
        tags.estimator_type, tags.regressor_tags, tags.transformer_tags = "regressor", RegressorTags(), None
        tags.target_tags.required = True
        tags.input_tags.string, tags.input_tags.two_d_array, tags.input_tags.sparse = False, True, True
        return tags
