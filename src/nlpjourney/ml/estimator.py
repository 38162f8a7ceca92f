"""What makes a class an estimator that scikit-learn's pipelines, searches and `clone` accept, without inheriting from it.

The conventions are scikit-learn's (Buitinck et al., 2013): every parameter of `__init__` is kept under its own name, unchanged;
`get_params` and `set_params` read and write them; what is learned gets a trailing underscore.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, ClassVar, Self

from nlpjourney.errors import JourneyError
from nlpjourney.ml.saving import read_state, write_state


class NotFittedError(ValueError, AttributeError, JourneyError):
    """`transform` was called before `fit`; of both types, as scikit-learn's is."""


def as_sklearns(ours: type[Any]) -> type[Any]:
    """The class; where scikit-learn is loaded, one that is its class of that name as well, which its tools ask for."""
    theirs = getattr(sys.modules.get("sklearn.exceptions"), ours.__name__, None)
    return ours if theirs is None else type(ours.__name__, (ours, theirs), {})


@contextmanager
def kept_on_failure(*learners: Any) -> Iterator[None]:
    """A block in which they learn: when it fails, all are as they were before. What they learn replaces, it changes nothing."""
    before = [dict(vars(learner)) for learner in learners]
    try:
        yield
    except BaseException:
        for learner, kept in zip(learners, before):
            vars(learner).clear()
            vars(learner).update(kept)
        raise


class Learned:
    """What `fit` gives an object: asked for before that, it raises NotFittedError.

    A subclass names those attributes in `learned`; nothing else has to ask whether it is fitted.
    """

    learned: ClassVar[tuple[str, ...]] = ()

    def __getattr__(self, name: str) -> Any:  # called only where there is no such attribute
        if name in type(self).learned:
            error = as_sklearns(NotFittedError)
            raise error(f"this {type(self).__name__} has learned nothing yet: call fit first")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


class Saved(Learned):
    """Something fitted that goes to a file and comes back: its parameters, under their own names, and what is `learned`."""

    def save(self, path: str | Path) -> None:
        """Write it to one file, aside first and then renamed. Raises NotFittedError before `fit`."""
        write_state(path, type(self).__name__, self.to_state())

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """What `save` wrote. Raises MissingFile and FileFormatError."""
        return cls.from_state(read_state(path, cls.__name__))

    def to_state(self) -> dict[str, Any]:
        """What `save` writes, as `write_state` takes it, for a file that holds several. Raises NotFittedError before `fit`."""
        return {"parameters": self._parameters(), "learned": self._state()}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """What `to_state` gave."""
        found = cls(**state["parameters"])
        found._restore(state["learned"])
        return found

    def _parameters(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def _state(self) -> dict[str, Any]:
        """What is learned, as `write_state` takes it."""
        return {name: getattr(self, name) for name in self.learned}

    def _restore(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)


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

    def _kept_on_failure(self) -> AbstractContextManager[None]:
        """A block that learns: when it fails, the object is as it was before."""
        return kept_on_failure(self)

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
