"""Half-precision numbers in loops that a compiler turns into vector instructions.

Numba has no arithmetic on float16. Its 16 bits are a sign, 5 bits of exponent and 10 of fraction; moved to where a float32 has
them they are the same number but for the exponent's offset, which one multiplication by 2^112 puts right (also for
numbers below the normal range; infinities have no place among scales).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import types
from numba.extending import overload


def to_float(x: Any) -> np.float32:
    """For use in compiled code: the bits of a half-precision number (`uint16`) as `float32`; a `float32` as it is."""
    raise NotImplementedError("to_float is for compiled code; elsewhere take x.view(np.float16)")


@overload(to_float, inline="always")
def _to_float(x: Any) -> Callable[[Any], Any]:
    if x == types.uint16:

        def from_bits(x: Any) -> Any:
            sign = np.uint32(x & np.uint16(0x8000)) << np.uint32(16)
            bits = np.uint32(np.uint32(x & np.uint16(0x7FFF)) << np.uint32(13)) | sign
            return np.uint32(bits).view(np.float32) * np.float32(2.0**112)

        return from_bits

    def as_it_is(x: Any) -> Any:
        return x

    return as_it_is
