"""What all classifiers share: labels become numbers and come back, input is looked at, and the interface is scikit-learn's.

A classifier learns scores: one number a class and example, `decision_function`; the largest wins. With two classes one number
says it all: above 0 it is the second class.
"""

from __future__ import annotations

import warnings
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nlpjourney.errors import InvalidInput
from nlpjourney.ml.checks import check_matrix
from nlpjourney.ml.estimator import Estimator, Saved, as_sklearns
from nlpjourney.ml.sparse import Rows, scores

Floats = NDArray[np.float64]


class DataConversionWarning(UserWarning):
    """Input had to be brought into another form; scikit-learn's name."""


def encode_labels(y: Any, n: int, estimator: str) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The distinct labels in their order, and for each of n examples the place of its label among them.

    Raises InvalidInput for labels that are missing, too many or too few, numbers with a fraction, NaN, or of two kinds.
    """
    if y is None:
        raise InvalidInput(f"{estimator} requires y to be passed, but the target y is None")
    labels = np.asarray(y)
    if labels.ndim == 2 and labels.shape[1] == 1:
        message = "A column-vector y was passed when a 1d array was expected: give y.ravel()"
        warnings.warn(message, as_sklearns(DataConversionWarning), stacklevel=4)
        labels = labels.ravel()
    if labels.ndim != 1:
        raise InvalidInput(f"y should be a 1d array with one label for each sample, got shape {labels.shape}")
    if len(labels) != n:
        raise InvalidInput(f"there are {n} samples and {len(labels)} labels: each sample needs one")
    if labels.dtype == object:
        kinds = {str if isinstance(label, str) else type(label) for label in labels}
        if len(kinds) > 1 or kinds & {type(None), list, dict}:
            raise InvalidInput(f"Unknown label type: labels are of one kind, not {sorted(k.__name__ for k in kinds)}")
        labels = np.array(labels.tolist())
    if labels.dtype.kind == "c":
        raise InvalidInput("Complex data not supported")
    if labels.dtype.kind == "f":
        if not np.isfinite(labels).all():
            raise InvalidInput("Input y contains NaN or infinity: every sample needs a label")
        if (labels != np.trunc(labels)).any():
            raise InvalidInput("Unknown label type: continuous. A label is a name or a whole number; bin the values")
    classes, codes = np.unique(labels, return_inverse=True)
    return classes, codes.astype(np.int64)


class Classifier(Estimator, Saved):
    """Base of the classifiers over features. After `fit`: `classes_` (K,) and `n_features_in_`."""

    classes_: NDArray[Any]
    n_features_in_: int

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from features X (n, n_features), dense or sparse, and labels y (n,). Returns self.

        Raises InvalidInput for what is no such thing; then what was learned before stays.
        """
        X = check_matrix(X, type(self).__name__, copy=False)
        classes, codes = encode_labels(y, X.shape[0], type(self).__name__)
        with self._kept_on_failure():
            self.classes_, self.n_features_in_ = classes, X.shape[1]
            self._learn(X, codes)
        return self

    def _learn(self, X: Any, codes: NDArray[np.int64]) -> None:
        raise NotImplementedError

    def _scores(self, X: Any) -> Floats:
        """Scores (n, K), or (n, 1) where a model of two classes has one column."""
        raise NotImplementedError

    def _linear(self, X: Any, weights: Floats, bias: Floats, values: Any = None) -> Floats:
        """X · weights (n_features, K) + bias; `values` makes other entries out of those of X."""
        X = check_matrix(X, type(self).__name__, self.n_features_in_, copy=False)
        out = np.empty((X.shape[0], len(bias)))
        scores(Rows.of(X, None if values is None else values(X)), np.ascontiguousarray(weights), bias, out)
        return out

    def predict(self, X: Any) -> NDArray[Any]:
        """The label of each row (n,). Of equal scores the first class wins."""
        found = self._scores(X)
        best = (found[:, 0] > 0).astype(np.int64) if found.shape[1] == 1 else found.argmax(axis=1)
        return np.asarray(self.classes_[best if len(self.classes_) > 1 else np.zeros_like(best)])

    def score(self, X: Any, y: Any) -> float:
        """The accuracy: the share of rows whose predicted label is the one in y."""
        return float((self.predict(X) == np.asarray(y)).mean())

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags

        tags = super().__sklearn_tags__()
        tags.estimator_type, tags.classifier_tags, tags.transformer_tags = "classifier", ClassifierTags(), None
        tags.target_tags.required = True
        tags.input_tags.string, tags.input_tags.two_d_array, tags.input_tags.sparse = False, True, True
        return tags


class DecidingClassifier(Classifier):
    """A classifier whose scores are its decision: their sign, or which is the largest."""

    def decision_function(self, X: Any) -> Floats:
        """Scores (n, K); with two classes (n,), above 0 for the second."""
        found = self._scores(X)
        if found.shape[1] == 1:
            return np.asarray(found[:, 0])
        return found


class ProbabilisticClassifier(Classifier):
    """A classifier whose scores are log probabilities but for a constant, or log-odds where there is one column."""

    def predict_log_proba(self, X: Any) -> Floats:
        """The logarithms of `predict_proba`, computed without leaving logarithms."""
        found = self._scores(X)
        if found.shape[1] == 1 and len(self.classes_) == 2:
            found = np.hstack([np.zeros_like(found), found])
        most = found.max(axis=1, keepdims=True)
        return np.asarray(found - most - np.log(np.exp(found - most).sum(axis=1, keepdims=True)))

    def predict_proba(self, X: Any) -> Floats:
        """The probability of each class (n, K), in the order of `classes_`; rows sum to 1."""
        return np.asarray(np.exp(self.predict_log_proba(X)))
