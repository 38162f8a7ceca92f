"""Matrix times many vectors at once, in 8-bit integers: prefill on processors that multiply bytes four to a lane.

The arithmetic is that of `matvec`, so a token gets the same products whether it is read with others or written alone. What
changes is the order: a weight that has been unpacked serves all tokens. A panel's weights are laid out as `dot.tile_product`
wants them, a few groups at a time so that they stay in the L1 cache, and meet TOKENS tokens after TOKENS tokens there.

Weights become unsigned bytes, which the instruction asks for, and what that adds is taken off again with the sum of the
token's integers: a weight is scale·byte + offset.

In plain Python: `plain_matvec` (`llm.engine.plain`), once for each token.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nlpjourney.llm.engine.compiled import in_order
from nlpjourney.llm.engine.dot import tile_product
from nlpjourney.llm.engine.half import to_float
from nlpjourney.llm.engine.matvec import GROUP, ROWS, VECTOR_BYTES, Floats, Scales, quantize_vector

# What `quantize_rows` fills: integers, scales, sums, and sums of half groups.
RoundedRows = tuple[NDArray[np.int8], Floats, Floats, Floats]
TOKENS = 4  # that share a load of weights
AT_ONCE = 8  # groups of a panel, 16 KB as bytes

if VECTOR_BYTES:
    _add_32, _add_16 = (tile_product(VECTOR_BYTES, ROWS, TOKENS, n_fours) for n_fours in (8, 4))
else:  # `prefill` multiplies with PyTorch where there are no such vectors, and calls nothing of this module
    _add_32 = _add_16 = None


@in_order
def quantize_rows(
    x: Floats, q: NDArray[np.int8], scales: Floats, sums: Floats, halves: Floats, first: int, last: int
) -> None:
    """`quantize_vector` for the rows first … last − 1 of x (n, width): q (n, width), scales and sums (n, n_groups).

    halves (n, 2 · n_groups): the scaled sum of each half of a group.
    """
    n_groups = scales.shape[1]
    wide = np.empty((n_groups, GROUP), np.int16)
    for i in range(first, last):
        quantize_vector(x[i], wide, scales[i], sums[i])
        for g in range(n_groups):
            for half in range(2):
                total = 0
                for j in range(GROUP // 2):
                    number = wide[g, half * (GROUP // 2) + j]
                    q[i, g * GROUP + half * (GROUP // 2) + j] = number
                    total += number
                halves[i, 2 * g + half] = scales[i, g] * np.float32(total)


@in_order
def tile4(packed: NDArray[np.uint8], panel: int, first: int, n: int, tile: NDArray[np.uint8]) -> None:
    """Groups first … first + n − 1 of a panel of 4-bit weights as bytes of 0 to 15, (n, 8, ROWS, 4)."""
    for g in range(n):
        for four in range(4):
            for r in range(ROWS):
                a, b = packed[panel, first + g, 4 * four, r], packed[panel, first + g, 4 * four + 1, r]
                c, d = packed[panel, first + g, 4 * four + 2, r], packed[panel, first + g, 4 * four + 3, r]
                tile[g, four, r, 0] = a & np.uint8(15)
                tile[g, four, r, 1] = b & np.uint8(15)
                tile[g, four, r, 2] = c & np.uint8(15)
                tile[g, four, r, 3] = d & np.uint8(15)
                tile[g, four + 4, r, 0] = a >> np.uint8(4)
                tile[g, four + 4, r, 1] = b >> np.uint8(4)
                tile[g, four + 4, r, 2] = c >> np.uint8(4)
                tile[g, four + 4, r, 3] = d >> np.uint8(4)


@in_order
def tile8(packed: NDArray[np.int8], panel: int, first: int, n: int, tile: NDArray[np.uint8]) -> None:
    """Groups first … first + n − 1 of a panel of 8-bit weights, more by 128, (n, 8, ROWS, 4)."""
    for g in range(n):
        for four in range(8):
            for r in range(ROWS):
                for j in range(4):
                    tile[g, four, r, j] = np.uint8(packed[panel, first + g, 4 * four + j, r]) ^ np.uint8(128)


@in_order
def widen(scales: Scales, minima: Scales, panel: int, added: float, factors: Floats, offsets: Floats) -> None:
    """factors, offsets (n_small, ROWS): what a panel's bytes, which are more by `added`, are times and plus in numbers."""
    for small in range(len(factors)):
        for r in range(ROWS):
            factors[small, r] = to_float(scales[panel, small, r])
            offsets[small, r] = -np.float32(added) * factors[small, r]
            if minima.size:
                offsets[small, r] += to_float(minima[panel, small, r])


@in_order
def add_products(
    tile: NDArray[np.uint8],
    factors: Floats,
    offsets: Floats,
    rounded: RoundedRows,
    group: int,
    n: int,
    totals: Floats,
) -> None:
    """Add to totals (n_tokens, ROWS) what `n` groups of a panel, from `group` on, make with all tokens.

    tile: the groups as `tile4` leaves them; factors, offsets (n_small, ROWS): of all of the panel's blocks; rounded: what
    `quantize_rows` fills; the number of tokens is a multiple of TOKENS.
    """
    q, scales, sums, halves = rounded
    weights = tile.reshape(-1)
    if len(factors) == scales.shape[1]:
        for first in range(0, len(q), TOKENS):
            for g in range(n):
                at = group + g
                _add_32(weights, g * GROUP * ROWS, factors, offsets, at, q, at * GROUP, scales, at, sums, first, totals)
    else:  # two scales a group
        width = GROUP // 2
        for first in range(0, len(q), TOKENS):
            for b in range(2 * n):
                at = 2 * group + b
                start, column, token_group = b * width * ROWS, at * width, at // 2
                _add_16(weights, start, factors, offsets, at, q, column, scales, token_group, halves, first, totals)
