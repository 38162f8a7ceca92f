"""How the engine's loops are compiled: two sets of options for Numba.

Both release Python's lock, so that threads run side by side, and neither looks for divisions by zero, since an exception
in one thread would leave the others waiting. They differ in what the compiler may do to sums.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])


def in_order(function: F) -> F:
    """Arithmetic as it is written, but for fused multiply-adds.

    What converts half-precision numbers relies on it: reordered, a factor of 2^112 would meet a large number before the
    tiny one that it is meant for, and overflow.
    """
    return cast(F, njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})(function))


def any_order(function: F) -> F:
    """Terms of a sum may change places, which vector instructions need where the loop runs along the sum."""
    return cast(F, njit(cache=True, nogil=True, error_model="numpy", fastmath=True)(function))
