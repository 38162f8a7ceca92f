"""Cross-validation: every example is held out once, so that all of the data judge and none judges what it taught.

Stone (1974). The data are dealt into k folds; a model learns from k - 1 of them and answers for the last, in turn. Each
fold gets its share of every class (*stratified*; Kohavi, 1995). Notable choice: what is given is a function that *makes* a
model, and all that learns, the vocabulary too, is made and fitted anew inside each fold: nothing can leak out of the fold
that judges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlpjourney.errors import InvalidInput

Indices = NDArray[np.int64]


def stratified_folds(
    labels: Sequence[Any], n_folds: int = 5, seed: int | None = 0
) -> Iterator[tuple[Indices, Indices]]:
    """(training, held out) indices of each fold, in rising order; classes in all folds as nearly equally often as can be.

    seed: of the order in which each class is dealt out; None keeps their order, and gives scikit-learn's folds.
    Raises InvalidInput for fewer than two folds, and for a class with fewer members than folds.
    """
    _, first, codes = np.unique(np.asarray(labels), return_index=True, return_inverse=True)
    codes = np.argsort(np.argsort(first))[codes]  # classes in the order in which they come first
    counts = np.bincount(codes)
    if n_folds < 2 or counts.min() < n_folds:
        raise InvalidInput(f"{n_folds} folds cannot be made: there must be two at least, and {n_folds} of each class")
    ordered = np.sort(codes)
    shares = np.stack([np.bincount(ordered[fold::n_folds], minlength=len(counts)) for fold in range(n_folds)])
    rng = np.random.default_rng(seed)
    fold_of = np.empty(len(codes), np.int64)
    for code in range(len(counts)):
        dealt = np.repeat(np.arange(n_folds), shares[:, code])
        fold_of[codes == code] = dealt if seed is None else rng.permutation(dealt)
    for fold in range(n_folds):
        yield np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)


class Validated(NamedTuple):
    """What cross-validation gives: the answer for each example by a model that had not seen it, and each fold's accuracy."""

    predictions: NDArray[Any]
    accuracies: list[float]


def cross_validate(
    make: Callable[[], Any], X: Sequence[Any], labels: Sequence[Any], n_folds: int = 5, seed: int | None = 0
) -> Validated:
    """Fit a new `make()` on all folds but one, and let it answer for that one; over all folds.

    X: examples, a list or an array or a matrix with rows; `make()` has `fit(X, labels)` and `predict(X)`.
    """
    y = np.asarray(labels)
    answers = np.empty_like(y)
    accuracies = []
    for training, held_out in stratified_folds(labels, n_folds, seed):
        model = make()
        model.fit(_rows(X, training), y[training])
        answers[held_out] = model.predict(_rows(X, held_out))
        accuracies.append(float((answers[held_out] == y[held_out]).mean()))
    return Validated(answers, accuracies)


def _rows(X: Any, indices: Indices) -> Any:
    return X[indices] if hasattr(X, "shape") else [X[i] for i in indices]
