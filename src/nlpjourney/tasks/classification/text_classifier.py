"""A classifier of texts: a vectorizer, then a linear classifier, and what each word added to the decision.

The two are fitted together, so that what the vectorizer learns (vocabulary, document frequencies) comes from the training texts
alone. A linear model's score is a sum, one product for each feature of the text, so the decision explains itself: a word's
contribution is its value in the vector times its weight.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from nlpjourney import ml
from nlpjourney.errors import FileFormatError, InvalidInput
from nlpjourney.ml.classifier import Floats
from nlpjourney.ml.estimator import Saved, kept_on_failure
from nlpjourney.text import vectorize


class Contribution(NamedTuple):
    """A feature of a text, and what it adds to the score of one class over the other (or over the mean of the others)."""

    feature: str
    adds: float


class TextClassifier(Saved):
    """vectorizer: `fit_transform`, `transform` and `get_feature_names_out`; classifier: one of `nlpjourney.ml`.

    Saved are those of `nlpjourney.text.vectorize` and `nlpjourney.ml`.
    """

    def __init__(self, vectorizer: Any, classifier: Any) -> None:
        self.vectorizer, self.classifier = vectorizer, classifier

    def fit(self, texts: Sequence[str], labels: Sequence[Any]) -> Self:
        """Learn from texts and one label for each. Returns self. When it fails, what was learned before stays."""
        with kept_on_failure(self.vectorizer, self.classifier):
            self.classifier.fit(self.vectorizer.fit_transform(texts), labels)
        return self

    def to_state(self) -> dict[str, Any]:
        return {"vectorizer": _packed(self.vectorizer, vectorize), "classifier": _packed(self.classifier, ml)}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        return cls(_unpacked(state["vectorizer"], vectorize), _unpacked(state["classifier"], ml))

    @property
    def classes_(self) -> NDArray[Any]:
        """The labels, in the order of scores and probabilities."""
        return np.asarray(self.classifier.classes_)

    def predict(self, texts: Sequence[str]) -> NDArray[Any]:
        """The label of each text (n,)."""
        return np.asarray(self.classifier.predict(self.vectorizer.transform(texts)))

    def predict_proba(self, texts: Sequence[str]) -> Floats:
        """The probability of each class (n, K). AttributeError where the classifier has none."""
        return np.asarray(self.classifier.predict_proba(self.vectorizer.transform(texts)))

    def decision_function(self, texts: Sequence[str]) -> Floats:
        """The classifier's scores, (n,) for two classes. AttributeError where it has none."""
        return np.asarray(self.classifier.decision_function(self.vectorizer.transform(texts)))

    def score(self, texts: Sequence[str], labels: Sequence[Any]) -> float:
        """The share of texts whose predicted label is the given one."""
        return float((self.predict(texts) == np.asarray(labels)).mean())

    def weights(self, label: Any) -> Floats:
        """For each feature, how much it speaks for `label`: against the other class, or the mean of the other classes.

        Raises ValueError for an unknown label, and for a classifier that is not linear.
        """
        classes = self.classes_.tolist()
        if label not in classes:
            raise ValueError(f"there is no class {label!r}: the classes are {classes}")
        rows = getattr(self.classifier, "coef_", None)
        if rows is None:
            learned = getattr(self.classifier, "weights_", None)
            if learned is None:
                raise ValueError(f"{type(self.classifier).__name__} has no weights to read")
            rows = learned.T
        k = classes.index(label)
        if len(rows) == 1:
            return np.asarray(rows[0] if k == 1 else -rows[0])
        return np.asarray((rows[k] - rows.mean(axis=0)) * len(classes) / (len(classes) - 1))

    def contributions(self, text: str, label: Any, n: int | None = None) -> list[Contribution]:
        """What each feature of the text adds for `label`, the largest in absolute value first; `n` of them at most."""
        row = self.vectorizer.transform([text])
        adds = row.data * self.weights(label)[row.indices]
        names = self.vectorizer.get_feature_names_out()
        order = np.lexsort((row.indices, -np.abs(adds)))[:n]
        return [Contribution(str(names[row.indices[i]]), float(adds[i])) for i in order]


def _packed(part: Any, home: ModuleType) -> dict[str, Any]:
    """A part's class by its name, and its state. Raises InvalidInput for a class that is not of the package `home`."""
    kind = type(part).__name__
    if getattr(home, kind, None) is not type(part) or not isinstance(part, Saved):
        raise InvalidInput(f"a {type(part).__module__}.{kind} cannot be saved, only what has `save` in {home.__name__}")
    return {"kind": kind, "state": part.to_state()}


def _unpacked(packed: dict[str, Any], home: ModuleType) -> Any:
    found = getattr(home, packed["kind"], None)
    if not (isinstance(found, type) and issubclass(found, Saved)):
        raise FileFormatError(f"the file holds a {packed['kind']}, which {home.__name__} does not have")
    return found.from_state(packed["state"])
