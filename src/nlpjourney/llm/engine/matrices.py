"""The weight matrices of the engine: laid out for `matvec` from the blocks of a GGUF file, quantized as they are there.

Three forms serve all types. Those of 4 bits keep their nibbles; those of 5, 6 and 8 bits become bytes; those that are not
quantized stay numbers. Compiled code finds a matrix by its record, which says the form and where in memory the parts lie:
so all matrices of a model fit one table, whatever their types.

In plain Python: `plain_matvec` (`llm.engine.plain`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import carray  # type: ignore[attr-defined]
from numpy.typing import NDArray

from nlpjourney.llm.engine import matmat, matvec
from nlpjourney.llm.engine.compiled import in_order
from nlpjourney.llm.engine.matvec import GROUP, ROWS, Scales
from nlpjourney.llm.engine.threads import partition, pointer
from nlpjourney.llm.gguf import GGMLType, GGUFFile
from nlpjourney.llm.gguf.unpack import integers

Floats = NDArray[np.float32]
Rounded = tuple[NDArray[np.int16], Floats, Floats]  # what `quantize_vector` fills: integers, scales, sums
FOUR_BITS = (GGMLType.Q4_0, GGMLType.Q4_1, GGMLType.Q4_K)

RECORD = np.dtype(
    [
        ("bits", np.int64),  # 4, 8, or 0: not quantized
        ("halves", np.int64),  # whether scales and minima, or the weights themselves, are half-precision numbers
        ("n_rows", np.int64),
        ("n_panels", np.int64),
        ("width", np.int64),
        ("n_small", np.int64),  # scales of a row
        ("n_minima", np.int64),  # minima of a row: as many, or none
        ("packed", np.int64),  # addresses
        ("scales", np.int64),
        ("minima", np.int64),
    ]
)


def _are_halves(numbers: Floats) -> bool:
    with np.errstate(over="ignore"):
        halves = numbers.astype(np.float16)
    return bool(np.isfinite(halves).all() and (halves == numbers).all())


def _interleave(rows: NDArray[Any]) -> NDArray[Any]:
    """(n_rows, n) to (n_panels, n, ROWS), with rows of zeros at the end if need be."""
    n_panels = -(-len(rows) // ROWS)
    padded = np.zeros((n_panels * ROWS, rows.shape[1]), rows.dtype)
    padded[: len(rows)] = rows
    return np.ascontiguousarray(padded.reshape(n_panels, ROWS, -1).transpose(0, 2, 1))


@dataclass
class Matrix:
    """(n_rows, width) weights in panels of ROWS rows; `bits` is 4, 8, or 0 for numbers, which have no scales."""

    n_rows: int
    width: int
    bits: int
    packed: NDArray[Any]
    scales: Scales
    minima: Scales

    @classmethod
    def pack(cls, rows: NDArray[Any], scales: Floats, minima: Floats | None, bits: int) -> Matrix:
        """From integers (n_rows, width), scales and minima (n_rows, n_small), of which there may be none.

        Without minima 4-bit integers count from −8. Scales that are half-precision numbers are kept as such: a fifth of
        what is read for a weight of 4 bits.
        """
        n_rows, width = rows.shape
        if bits == 4:
            groups = rows.reshape(n_rows, -1, GROUP)
            rows = (groups[:, :, :16] | groups[:, :, 16:] << 4).reshape(n_rows, -1).view(np.uint8)
        pair: list[Scales] = [scales, np.zeros((n_rows, 0), np.float32) if minima is None else minima]
        if all(map(_are_halves, pair)):
            pair = [numbers.astype(np.float16).view(np.uint16) for numbers in pair]
        return cls(n_rows, width, bits, _interleave(rows), *map(_interleave, pair))

    @classmethod
    def plain(cls, weights: Floats) -> Matrix:
        """Of numbers (n_rows, width); in half precision where that loses nothing."""
        kept: Scales = weights.astype(np.float16).view(np.uint16) if _are_halves(weights) else weights
        none = np.zeros((0, 0, ROWS), kept.dtype)
        return cls(len(weights), weights.shape[1], 0, _interleave(kept), none, none)

    @classmethod
    def load(cls, file: GGUFFile, name: str, order: NDArray[np.intp] | None = None) -> Matrix:
        """The tensor of that name; `order`: in which order its rows are wanted."""
        info = file.tensors[name]
        rows: Any = slice(None) if order is None else order
        if not info.type.is_quantized:
            return cls.plain(file.tensor(name)[rows])
        q, scales, minima = integers(file.raw(name), info.type, info.shape)
        return cls.pack(
            q[rows], scales[rows], None if minima is None else minima[rows], 4 if info.type in FOUR_BITS else 8
        )

    @property
    def nbytes(self) -> int:
        return self.packed.nbytes + self.scales.nbytes + self.minima.nbytes

    @property
    def record(self) -> NDArray[Any]:
        """What compiled code has to know, (1,) of RECORD. It holds addresses: keep the matrix as long as the record."""
        halves = (self.scales if self.bits else self.packed).dtype == np.uint16
        sizes = (self.n_rows, len(self.packed), self.width, self.scales.shape[1], self.minima.shape[1])
        addresses = (self.packed.ctypes.data, self.scales.ctypes.data, self.minima.ctypes.data)
        return np.array([(self.bits, halves, *sizes, *addresses)], RECORD)


@in_order
def _halves(matrix: Any, address: int, n: int) -> Any:
    return carray(pointer(address), (matrix.n_panels, n, ROWS), np.uint16)


@in_order
def _floats(matrix: Any, address: int, n: int) -> Any:
    return carray(pointer(address), (matrix.n_panels, n, ROWS), np.float32)


@in_order
def _nibbles(matrix: Any) -> Any:
    return carray(pointer(matrix.packed), (matrix.n_panels, matrix.width // GROUP, GROUP // 2, ROWS), np.uint8)


@in_order
def _bytes(matrix: Any) -> Any:
    return carray(pointer(matrix.packed), (matrix.n_panels, matrix.width // GROUP, GROUP, ROWS), np.int8)


@in_order
def multiply(m: Any, x: Floats, rounded: Rounded, out: Floats, first: int, last: int) -> None:
    """out[i] = Σ_j weight[i, j] · x[j] for the rows of panels first … last − 1; `rounded`: x as `quantize_vector` gives it."""
    q, scales, sums = rounded
    if m.bits == 4 and m.halves:
        pair = _halves(m, m.scales, m.n_small), _halves(m, m.minima, m.n_minima)
        matvec.matvec4(_nibbles(m), *pair, q, scales, sums, out, first, last)
    elif m.bits == 4:
        wide = _floats(m, m.scales, m.n_small), _floats(m, m.minima, m.n_minima)
        matvec.matvec4(_nibbles(m), *wide, q, scales, sums, out, first, last)
    elif m.bits == 8 and m.halves:
        pair = _halves(m, m.scales, m.n_small), _halves(m, m.minima, m.n_minima)
        matvec.matvec8(_bytes(m), *pair, q, scales, sums, out, first, last)
    elif m.bits == 8:
        wide = _floats(m, m.scales, m.n_small), _floats(m, m.minima, m.n_minima)
        matvec.matvec8(_bytes(m), *wide, q, scales, sums, out, first, last)
    elif m.halves:
        matvec.matvec_plain(_halves(m, m.packed, m.width), x, out, first, last)
    else:
        matvec.matvec_plain(_floats(m, m.packed, m.width), x, out, first, last)


@in_order
def _tile(m: Any, panel: int, group: int, n: int, tile: NDArray[np.uint8]) -> None:
    if m.bits == 4:
        matmat.tile4(_nibbles(m), panel, group, n, tile)
    else:
        matmat.tile8(_bytes(m), panel, group, n, tile)


@in_order
def multiply_many(
    record: NDArray[Any], rounded: matmat.RoundedRows, out: Floats, column: int, first: int, last: int
) -> None:
    """out[t, column + i] = Σ_j weight[i, j] · x[t, j] for the rows of panels first … last − 1 and all tokens t.

    For a quantized matrix and a processor that has `matvec.VECTOR_BYTES`; `rounded`: x as `matmat.quantize_rows` gives it,
    filled up to a multiple of `matmat.TOKENS`.
    """
    m = record[0]
    n_groups = m.width // GROUP
    tile = np.empty((matmat.AT_ONCE, 8, ROWS, 4), np.uint8)
    factors, offsets = np.empty((m.n_small, ROWS), np.float32), np.empty((m.n_small, ROWS), np.float32)
    totals = np.empty((len(rounded[0]), ROWS), np.float32)
    for panel in range(first, last):
        added = 8 * (m.n_minima == 0) if m.bits == 4 else 128
        if m.halves:
            pair = _halves(m, m.scales, m.n_small), _halves(m, m.minima, m.n_minima)
            matmat.widen(*pair, panel, added, factors, offsets)
        else:
            wide = _floats(m, m.scales, m.n_small), _floats(m, m.minima, m.n_minima)
            matmat.widen(*wide, panel, added, factors, offsets)
        totals[:] = 0
        for group in range(0, n_groups, matmat.AT_ONCE):
            n = min(matmat.AT_ONCE, n_groups - group)
            _tile(m, panel, group, n, tile)
            matmat.add_products(tile, factors, offsets, rounded, group, n, totals)
        n_rows = min(ROWS, m.n_rows - panel * ROWS)
        for t in range(len(out)):
            for r in range(n_rows):
                out[t, column + panel * ROWS + r] = totals[t, r]


@in_order
def unpack(record: NDArray[Any], out: Floats, first: int, last: int) -> None:
    """The rows of panels first … last − 1 as numbers, transposed: out (width, (last − first) · ROWS)."""
    m = record[0]
    if m.bits == 4 and m.halves:
        pair = _halves(m, m.scales, m.n_small), _halves(m, m.minima, m.n_minima)
        matvec.unpack4(_nibbles(m), *pair, out, first, last)
    elif m.bits == 4:
        wide = _floats(m, m.scales, m.n_small), _floats(m, m.minima, m.n_minima)
        matvec.unpack4(_nibbles(m), *wide, out, first, last)
    elif m.bits == 8 and m.halves:
        pair = _halves(m, m.scales, m.n_small), _halves(m, m.minima, m.n_minima)
        matvec.unpack8(_bytes(m), *pair, out, first, last)
    elif m.bits == 8:
        wide = _floats(m, m.scales, m.n_small), _floats(m, m.minima, m.n_minima)
        matvec.unpack8(_bytes(m), *wide, out, first, last)
    elif m.halves:
        matvec.unpack_plain(_halves(m, m.packed, m.width), out, first, last)
    else:
        matvec.unpack_plain(_floats(m, m.packed, m.width), out, first, last)


@in_order
def multiply_all(matrices: Any, x: Floats, rounded: Rounded, out: Floats, n_threads: int, me: int) -> None:
    """The products of several matrices with one vector, one after the other in `out`; this thread's share of them."""
    n_panels = 0
    for m in range(len(matrices)):
        n_panels += matrices[m].n_panels
    first, last = partition(n_panels, n_threads, me)
    row = 0
    for m in range(len(matrices)):
        matrix = matrices[m]
        multiply(matrix, x, rounded, out[row : row + matrix.n_rows], max(first, 0), min(last, matrix.n_panels))
        first -= matrix.n_panels
        last -= matrix.n_panels
        row += matrix.n_rows
