"""What makes a class an estimator that scikit-learn's pipelines, searches and `clone` accept, without inheriting from it.

The conventions are scikit-learn's (Buitinck et al., 2013): every parameter of `__init__` is kept under its own name, unchanged;
`get_params` and `set_params` read and write them; what is learned gets a trailing underscore.
"""

from __future__ import annotations

import inspect
from typing import Any, Self

from nlpjourney.errors import JourneyError


class NotFittedError(ValueError, AttributeError, JourneyError):
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
