"""Points in square cells, so that those near a point are found in a few of them: the index behind DBSCAN.

A cell is as wide as the radius, so that all points within it of a point lie in its own cell and those around it. Cells are laid
over the two dimensions in which the points spread most: with more, a search would visit 3^d cells, and in many dimensions none
of them would exclude anything. Points are sorted by cell, row by row of the grid, so three neighbouring cells of a row are one
stretch of memory. In many dimensions, where all points fall into a few cells, this is the search of all pairs.

In plain Python: `plain_within`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

MOST = 2**31 - 2  # cells side by side: so a cell's number fits 64 bits


def plain_within(points: Sequence[Sequence[float]], i: int, radius: float) -> list[int]:
    """The points within `radius` of point i, itself included."""
    return [j for j, q in enumerate(points) if sum((a - b) ** 2 for a, b in zip(points[i], q)) <= radius * radius]


class Cells(NamedTuple):
    """The index, as compiled loops take it. Points are numbered as they stand here: `order` has their numbers in the input."""

    points: NDArray[Any]  # (n, d), sorted by cell
    order: NDArray[np.int64]  # (n,)
    starts: NDArray[
        np.int64
    ]  # (n, 3): where the points of three neighbouring cells of the rows above, at and below begin
    stops: NDArray[np.int64]  # (n, 3)
    squared: float  # the radius, squared

    @classmethod
    def of(cls, points: NDArray[Any], radius: float) -> Cells:
        """Index points (n, d) for a search within `radius`, above 0; infinity puts all into one cell."""
        radius = float(radius)
        spread = np.ptp(points, axis=0)
        column, row = np.argsort(-spread, kind="stable")[[0, -1 if points.shape[1] == 1 else 1]]
        x, y = (_cell(points[:, axis], radius) for axis in (column, row))
        if points.shape[1] == 1:
            y = np.zeros_like(x)
        width = MOST + 2
        order = np.lexsort((x, y))
        keys = (y * width + x)[order]
        starts, stops = np.empty((2, len(points), 3), np.int64)
        for i, step in enumerate((-1, 0, 1)):
            middle = keys + step * width
            starts[:, i] = np.searchsorted(keys, middle - 1, "left")
            stops[:, i] = np.searchsorted(keys, middle + 1, "right")
        return cls(np.ascontiguousarray(points[order]), order, starts, stops, radius * radius)


def _cell(x: NDArray[Any], radius: float) -> NDArray[np.int64]:
    """In which cell, from 1 on, each number lies. Where cells of the radius would be too many, they are wider."""
    x = x.astype(np.float64) - np.float64(x.min())
    wide = max(
        radius * (1 + 1e-9), float(x.max()) / (MOST - 2)
    )  # a little more: rounding must not push a neighbour two cells on
    return np.zeros(len(x), np.int64) + 1 if not np.isfinite(wide) else (x / wide).astype(np.int64) + 1


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def apart(points, i, j):  # type: ignore[no-untyped-def]
    """The squared distance of points i and j, float64."""
    total = 0.0
    for k in range(points.shape[1]):
        difference = np.float64(points[i, k]) - np.float64(points[j, k])
        total += difference * difference
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def have_within(cells: Cells, least: int, out: NDArray[np.bool_]) -> None:
    """out[i]: whether at least that many points lie within the radius of point i, itself included."""
    points, starts, stops, squared = cells.points, cells.starts, cells.stops, cells.squared
    for i in range(len(points)):
        n = 0
        for r in (1, 0, 2):  # its own row first: it is the likeliest to have enough
            j = starts[i, r]
            while j < stops[i, r] and n < least:
                n += apart(points, i, j) <= squared
                j += 1
        out[i] = n >= least
