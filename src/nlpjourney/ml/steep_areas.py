"""Clusters read off a reachability plot by its steep sides: valleys within valleys.

The ξ method of Ankerst and others (1999, section 4.3). A place is steep downward if the next reachability is lower by the share
ξ at least, steep upward if higher. A steep area is a run of such places, with no more than `min_samples` others in a row that do
not go the other way. A cluster begins in a steep area downward and ends in one upward; between them nothing is higher than
its rim, and of its two ends the higher one is moved inward to the height of the lower.

Notable choices: the plot ends with infinity, so that the last valley has a right side. Schubert & Gertz, "Improving the cluster
structure extracted from OPTICS plots" (2018) noticed that the last places of such a valley often belong to the next cluster: they
are dropped while the point that each was reached from lies outside.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nlpjourney.ml.dbscan import NOISE

Numbers = NDArray[np.int64]
Marks = NDArray[np.bool_]


def xi_clusters(
    plot: NDArray[np.float64], predecessors: Numbers, order: Numbers | None, xi: float, min_samples: int, min_size: int
) -> Numbers:
    """First and last place of each cluster, (n_clusters, 2): smaller ones before those that hold them.

    plot, predecessors (n,): reachability and predecessor of the points as they stand in `order`; None for no correction by
    predecessors.
    """
    heights = np.append(plot, np.inf)
    place = None
    if order is not None:
        place = np.full(len(order) + 1, -1)  # of each point; that of "no predecessor", -1, is the last
        place[order] = np.arange(len(order))
        place = place[predecessors]
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = heights[:-1] / heights[1:]
    steep_down, steep_up, down, up = ratio >= 1 / (1 - xi), ratio <= 1 - xi, ratio > 1, ratio < 1
    found: list[tuple[int, int]] = []
    open_areas: list[_Descent] = []
    i, highest = 0, 0.0  # what is before i has been looked at; the highest since the end of the last area
    for start in np.flatnonzero(steep_down | steep_up).tolist():
        if start < i:
            continue
        highest = max(highest, float(heights[i : start + 1].max()))
        open_areas = [area for area in open_areas if area.survives(highest, 1 - xi)]
        if steep_down[start]:
            end = _area_end(steep_down, up, start, min_samples)
            open_areas.append(_Descent(start, end, float(heights[start])))
        else:
            end = _area_end(steep_up, down, start, min_samples)
            rim = float(heights[end + 1])
            for area in reversed(open_areas):
                if area.highest > rim * (1 - xi):
                    continue  # something between the two sides is higher
                first, last = area.cluster(heights, start, end, 1 - xi)
                if place is not None:
                    first, last = _corrected(heights, place, first, last)
                if last - first + 1 >= min_size and first <= area.end and last >= start:
                    found.append((first, last))
        i = end + 1
        highest = float(heights[i])
    return np.array(found, np.int64).reshape(-1, 2)


class _Descent:
    """A steep area downward, from `start` to `end`, and the highest place since."""

    def __init__(self, start: int, end: int, top: float) -> None:
        self.start, self.end, self.top, self.highest = start, end, top, 0.0

    def survives(self, height: float, share: float) -> bool:
        """Whether a cluster that begins here may still go on after a place of that height, which is noted."""
        self.highest = max(self.highest, height)
        return height < np.inf and height <= self.top * share

    def cluster(self, heights: NDArray[np.float64], up_start: int, up_end: int, share: float) -> tuple[int, int]:
        """First and last place of the cluster from here to the upward area: the higher side is followed inward."""
        first, last, rim = self.start, up_end, heights[up_end + 1]
        if self.top * share >= rim:
            while first < self.end and heights[first + 1] > rim:
                first += 1
        elif rim * share >= self.top:
            while last > up_start and heights[last - 1] > self.top:
                last -= 1
        return first, last


def _area_end(steep: Marks, other_way: Marks, start: int, min_samples: int) -> int:
    """The last steep place of the area that begins at `start`."""
    end, flat = start, 0
    for i in range(start, len(steep)):
        if steep[i]:
            end, flat = i, 0
        elif other_way[i]:
            break
        else:
            flat += 1
            if flat > min_samples:
                break
    return end


def _corrected(heights: NDArray[np.float64], place: Numbers, first: int, last: int) -> tuple[int, int]:
    """The cluster without the last places that were reached from outside; an empty one if none is left."""
    while first < last:
        if heights[first] > heights[last] or first <= place[last] < last:
            return first, last
        last -= 1
    return first, first - 1


def xi_labels(order: Numbers, clusters: Numbers) -> Numbers:
    """The label of each point, (n,): the smallest cluster that it lies in and that holds no other; else noise."""
    labels = np.full(len(order), NOISE, np.int64)
    label = 0
    for first, last in clusters.tolist():
        span = order[first : last + 1]
        if (labels[span] == NOISE).all():
            labels[span] = label
            label += 1
    return labels
