"""Where two plain values first differ, said in words."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

SINGLE = 1e-5  # single precision holds seven digits, of which a few steps of arithmetic leave five


def difference(got: Any, expected: Any, tolerance: float = 1e-9, where: str = "") -> str | None:
    """None when equal, else one sentence about the first difference.

    int and float compare by value within `tolerance` (relative and absolute), or, when what came back is exactly a number of
    single precision, to its five sure digits; list and tuple count as the same, and as an array that holds the same; bool does
    not count as a number; NaN equals NaN; arrays compare shape and kind of dtype before values.
    """
    at = f"at {where}: " if where else ""
    got, expected = _alike(got, expected)
    if isinstance(got, np.ndarray) and isinstance(expected, np.ndarray):
        return _array_difference(got, expected, tolerance, at, where)
    if _is_number(got) and _is_number(expected):
        return None if _close(got, expected, tolerance) else f"{at}got {_short(got)}, expected {_short(expected)}"
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
                return f"{at}the key {_short(key)} is missing (its value should be {_short(value)})"
            if (found := difference(got[key], value, tolerance, f"{where}[{_short(key)}]")) is not None:
                return found
        extra = [key for key in got if key not in expected]
        return f"{at}the key {_short(extra[0])} should not be there" if extra else None
    if isinstance(got, set) and got != expected:
        missing, extra = sorted(map(_short, expected - got)), sorted(map(_short, got - expected))
        return f"{at}{missing[0]} is missing" if missing else f"{at}{extra[0]} should not be there"
    if isinstance(got, str | bytes) and got != expected:
        i = next((i for i, (g, e) in enumerate(zip(got, expected)) if g != e), min(len(got), len(expected)))
        return f"{at}got {_short(got)}, expected {_short(expected)} (they differ from position {i} on)"
    return None if got == expected else f"{at}got {_short(got)}, expected {_short(expected)}"


def _alike(got: Any, expected: Any) -> tuple[Any, Any]:
    """Both as arrays, or both as plain data, when one is an array and the other holds the like."""
    if isinstance(got, np.ndarray) and not isinstance(expected, np.ndarray):
        return (got.tolist() if got.ndim == 0 or isinstance(expected, list | tuple) else got), expected
    if isinstance(expected, np.ndarray) and not isinstance(got, np.ndarray):
        if expected.ndim == 0:
            return got, expected.tolist()
        if isinstance(got, list | tuple) and _holds_numbers(got) == (expected.dtype.kind in "iuf"):
            try:
                array = np.array(got)
            except ValueError:  # rows of different lengths
                return got, expected
            numbers = (array.dtype.kind in "iuf" and expected.dtype.kind in "iuf") or array.size == 0
            return array.astype(expected.dtype) if numbers and _fits(array, expected.dtype) else array, expected
    return got, expected


def _fits(array: Any, dtype: Any) -> bool:
    """Whether nothing is lost in the other kind: 1 may stand for 1.0 and 1.0 for 1, but 1.5 for no whole number."""
    return bool(dtype.kind == "f" or array.dtype.kind != "f" or (array == np.floor(array)).all())


def _holds_numbers(value: Any) -> bool:
    """Whether all that nested lists hold are numbers (True is none)."""
    return all(map(_holds_numbers, value)) if isinstance(value, list | tuple) else _is_number(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _close(got: float, expected: float, tolerance: float) -> bool:
    if isinstance(got, int) and isinstance(expected, int):
        return got == expected
    try:
        if math.isnan(got) or math.isnan(expected):
            return math.isnan(got) and math.isnan(expected)
        if math.isclose(got, expected, rel_tol=tolerance, abs_tol=tolerance):
            return True
        return bool(_is_single(got)) and math.isclose(got, expected, rel_tol=SINGLE)
    except OverflowError:  # a whole number that no float can hold
        return False


def _is_single(value: Any) -> bool:
    """Whether single precision holds it exactly, as it does every result of `np.float32` and of PyTorch's usual dtype."""
    value = np.asarray(value)
    with np.errstate(over="ignore", invalid="ignore"):
        return value.dtype.kind == "f" and bool(np.array_equal(value.astype(np.float32), value, equal_nan=True))


def _array_difference(got: Any, expected: Any, tolerance: float, at: str, where: str) -> str | None:
    if got.shape != expected.shape:
        return f"{at}got shape {got.shape}, expected {expected.shape}"
    if (got.dtype.kind == "f") != (expected.dtype.kind == "f") or (got.dtype.kind == "b") != (
        expected.dtype.kind == "b"
    ):
        return f"{at}got dtype {got.dtype}, expected {expected.dtype}"
    if expected.dtype.kind in "fiu":
        single = np.float32 in (expected.dtype, got.dtype)
        slack = max(tolerance, SINGLE) if single or _is_single(got) else tolerance
        same = np.isclose(got, expected, rtol=slack, atol=slack if single else tolerance, equal_nan=True)
    else:
        same = got == expected
    if same.all():
        return None
    index = tuple(int(i) for i in np.argwhere(~same)[0])
    place = f"{where}[{', '.join(map(str, index))}]"
    return (
        f"at {place}: got {got[index]}, expected {expected[index]} ({int((~same).sum())} of {same.size} values differ)"
    )


def readable(text: str) -> str:
    """The text with half characters (lone surrogates) written out: no page and no terminal can show them."""
    return text.encode("utf-8", "backslashreplace").decode()


def _short(value: Any, width: int = 120) -> str:
    text = repr(value)
    return text if len(text) <= width else text[: width - 1] + "…"


def show(value: Any, width: int = 400) -> str:
    """`repr` of a value for a reader, cut when long."""
    return _short(value, width)
