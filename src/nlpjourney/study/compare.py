"""Where two plain values first differ, said in words."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def difference(got: Any, expected: Any, tolerance: float = 1e-9, where: str = "") -> str | None:
    """None when equal, else one sentence about the first difference.

    int and float compare by value within `tolerance` (relative and absolute); list and tuple count as the same; bool
    does not count as a number; NaN equals NaN; arrays compare shape and kind of dtype before values.
    """
    at = f"at {where}: " if where else ""
    if isinstance(got, np.ndarray) or isinstance(expected, np.ndarray):
        return _array_difference(got, expected, tolerance, at, where)
    if _is_number(got) and _is_number(expected):
        return None if _close(got, expected, tolerance) else f"{at}got {got!r}, expected {expected!r}"
    if isinstance(got, list | tuple) and isinstance(expected, list | tuple):
        for i, (g, e) in enumerate(zip(got, expected)):
            if (found := difference(g, e, tolerance, f"{where}[{i}]")) is not None:
                return found
        if len(got) != len(expected):
            return f"{at}got {len(got)} items, expected {len(expected)}"
        return None
    if type(got) is not type(expected):
        return f"{at}got {_short(got)} ({type(got).__name__}), expected {_short(expected)} ({type(expected).__name__})"
    if isinstance(got, dict):
        for key, value in expected.items():
            if key not in got:
                return f"{at}the key {key!r} is missing (its value should be {_short(value)})"
            if (found := difference(got[key], value, tolerance, f"{where}[{key!r}]")) is not None:
                return found
        extra = [key for key in got if key not in expected]
        return f"{at}the key {extra[0]!r} should not be there" if extra else None
    if isinstance(got, set) and got != expected:
        missing, extra = sorted(map(repr, expected - got)), sorted(map(repr, got - expected))
        return f"{at}{missing[0]} is missing" if missing else f"{at}{extra[0]} should not be there"
    if isinstance(got, str | bytes) and got != expected:
        i = next((i for i, (g, e) in enumerate(zip(got, expected)) if g != e), min(len(got), len(expected)))
        return f"{at}got {_short(got)}, expected {_short(expected)} (they differ from position {i} on)"
    return None if got == expected else f"{at}got {_short(got)}, expected {_short(expected)}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _close(got: float, expected: float, tolerance: float) -> bool:
    if isinstance(got, int) and isinstance(expected, int):
        return got == expected
    if math.isnan(got) or math.isnan(expected):
        return math.isnan(got) and math.isnan(expected)
    return math.isclose(got, expected, rel_tol=tolerance, abs_tol=tolerance)


def _array_difference(got: Any, expected: Any, tolerance: float, at: str, where: str) -> str | None:
    if not isinstance(got, np.ndarray) or not isinstance(expected, np.ndarray):
        return f"{at}got a {type(got).__name__}, expected a {type(expected).__name__}"
    if got.shape != expected.shape:
        return f"{at}got shape {got.shape}, expected {expected.shape}"
    if (got.dtype.kind == "f") != (expected.dtype.kind == "f") or (got.dtype.kind == "b") != (
        expected.dtype.kind == "b"
    ):
        return f"{at}got dtype {got.dtype}, expected {expected.dtype}"
    if expected.dtype.kind in "fiu":
        # Single precision cannot hold more than seven digits.
        single = np.float32 in (expected.dtype, got.dtype)
        slack = max(tolerance, 1e-5) if single else tolerance
        same = np.isclose(got, expected, rtol=slack, atol=slack, equal_nan=True)
    else:
        same = got == expected
    if same.all():
        return None
    index = tuple(int(i) for i in np.argwhere(~same)[0])
    place = f"{where}[{', '.join(map(str, index))}]"
    return (
        f"at {place}: got {got[index]}, expected {expected[index]} ({int((~same).sum())} of {same.size} values differ)"
    )


def _short(value: Any, width: int = 120) -> str:
    text = repr(value)
    return text if len(text) <= width else text[: width - 1] + "…"


def show(value: Any, width: int = 400) -> str:
    """`repr` of a value for a reader, cut when long."""
    return _short(value, width)
