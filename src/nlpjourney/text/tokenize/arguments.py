"""Checks that the tokenizers share: what is not a number of tokens is refused with a sentence that names the argument."""

import operator
from typing import Any

import numpy as np


def whole_number(value: Any, argument: str) -> int:
    """`value` as an int. Raises TypeError for what is none: text, fractions (also 300.0), True and False."""
    if isinstance(value, (bool, np.bool)) or not hasattr(value, "__index__"):
        raise TypeError(f"{argument} must be a whole number, not {value!r}")
    return operator.index(value)
