"""Checks of arguments that the tokenizers share; each refuses with a sentence that says what was given."""

import operator
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np


def whole_number(value: Any, argument: str) -> int:
    """`value` as an int. Raises TypeError for what is none: text, fractions (also 300.0), True and False."""
    if isinstance(value, (bool, np.bool)) or not hasattr(value, "__index__"):
        raise TypeError(f"{argument} must be a whole number, not {value!r}")
    return operator.index(value)


def check_text(text: object) -> None:
    """Raise TypeError unless `text` is a string."""
    if not isinstance(text, str):
        raise TypeError(f"a text must be a string, not {type(text).__name__}")


def check_batch(texts: object) -> None:
    """Raise TypeError for one string: its letters are no texts."""
    if isinstance(texts, (str, bytes)):
        raise TypeError(f"a batch must be a list of strings, not one {type(texts).__name__}: put it in a list")


def texts_of(texts: str | Iterable[str]) -> Iterator[str]:
    """The texts that a trainer was given, one or many. Raises TypeError for one that is no string."""
    for text in [texts] if isinstance(texts, (str, bytes)) else texts:
        if not isinstance(text, str):
            raise TypeError(f"texts must be strings, not {type(text).__name__}")
        yield text
