"""OPTICS: an order of all points in which clusters of any density are valleys.

Ankerst, Breunig, Kriegel & Sander, "OPTICS: ordering points to identify the clustering structure" (1999). The core distance of a
point is how far away its `min_samples`-th point is, itself included. Seen from a processed point p, the reachability of q is
their distance, but at least p's core distance; q keeps the least that any processed point offers. The point with the
least goes next, as in Prim's algorithm for spanning trees. Drawn in that order, the reachabilities are the plot.

Notable choices: ties go to the lower number, and distances are rounded to 15 decimals, so that order and reachabilities are
scikit-learn's. Distances are computed when they are needed and never stored: n² steps, but memory for the points only. Clusters
are read off by steepness (`steep_areas`) or by one height, which gives DBSCAN's, but for border points.

In plain Python: `plain_optics`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpjourney.errors import InvalidInput
from nlpjourney.ml.cells import apart
from nlpjourney.ml.clusterer import Clusterer, Labels, Points
from nlpjourney.ml.dbscan import NOISE
from nlpjourney.ml.steep_areas import xi_clusters, xi_labels

Floats = NDArray[np.float64]
DECIMALS = 1e15


def plain_optics(points: Sequence[Sequence[float]], min_samples: int) -> tuple[list[int], list[float]]:
    """The order of the points, and the reachability of each."""
    n = len(points)
    apart = [[math.dist(a, b) for b in points] for a in points]
    core = [sorted(row)[min_samples - 1] for row in apart]
    reachability = [math.inf] * n
    order: list[int] = []
    while len(order) < n:
        p = min((i for i in range(n) if i not in order), key=lambda i: reachability[i])
        order.append(p)
        for q in range(n):
            if q not in order:
                reachability[q] = min(reachability[q], max(core[p], apart[p][q]))
    return order, reachability


class OPTICS(Clusterer):
    """After `fit`: `ordering_` (n,), and by point `reachability_`, `core_distances_`, `predecessor_` (-1: none), `labels_`.

    min_samples, min_cluster_size: numbers of points, or shares of all (floats up to 1). max_eps: farther away nothing is reached,
    and `reachability_` is infinite. cluster_method "xi": valleys whose sides are steeper than `xi`, of at least
    `min_cluster_size` points (None: `min_samples`), see `cluster_hierarchy_`; "dbscan": what lies below `eps` (None: `max_eps`).
    """

    learned = (
        "labels_", "ordering_", "reachability_", "core_distances_", "predecessor_", "cluster_hierarchy_", "n_features_in_",
    )  # fmt: skip
    ordering_: Labels
    reachability_: Floats
    core_distances_: Floats
    predecessor_: Labels
    cluster_hierarchy_: (
        NDArray[np.int64] | None
    )  # (n_clusters, 2): first and last place in the order; None for "dbscan"

    def __init__(
        self,
        *,
        min_samples: float = 5,
        max_eps: float = math.inf,
        cluster_method: str = "xi",
        eps: float | None = None,
        xi: float = 0.05,
        predecessor_correction: bool = True,
        min_cluster_size: float | None = None,
    ) -> None:
        self.min_samples = min_samples
        self.max_eps = max_eps
        self.cluster_method = cluster_method
        self.eps = eps
        self.xi = xi
        self.predecessor_correction = predecessor_correction
        self.min_cluster_size = min_cluster_size

    def _learn(self, points: Points) -> None:
        self._check()
        min_samples = number_of_points("min_samples", self.min_samples, len(points))
        size = min_samples
        if self.min_cluster_size is not None:
            size = number_of_points("min_cluster_size", self.min_cluster_size, len(points))
        points = points.astype(np.float64, copy=False)
        core = np.empty(len(points))
        core_distances(points, min_samples, float(self.max_eps), core)
        order, predecessor = np.empty((2, len(points)), np.int64)
        reachability = np.full(len(points), np.inf)
        order_points(points, core, float(self.max_eps), order, reachability, predecessor)
        self.ordering_, self.reachability_, self.core_distances_, self.predecessor_ = (
            order,
            reachability,
            core,
            predecessor,
        )
        self.cluster_hierarchy_ = None
        if self.cluster_method == "dbscan":
            self.labels_ = cut_at(self.max_eps if self.eps is None else self.eps, order, reachability, core)
        else:
            plot = reachability[order], predecessor[order]
            corrected = order if self.predecessor_correction else None
            self.cluster_hierarchy_ = xi_clusters(*plot, corrected, self.xi, min_samples, size)
            self.labels_ = xi_labels(order, self.cluster_hierarchy_)

    def _check(self) -> None:
        if not self.max_eps > 0:
            raise InvalidInput(f"max_eps is a distance above 0, not {self.max_eps!r}")
        if self.cluster_method not in ("xi", "dbscan"):
            raise InvalidInput(f"cluster_method must be 'xi' or 'dbscan', not {self.cluster_method!r}")
        if not 0 < self.xi < 1:
            raise InvalidInput(f"xi is a steepness between 0 and 1, not {self.xi!r}")
        if self.eps is not None and not 0 < self.eps <= self.max_eps:
            raise InvalidInput(f"eps must be above 0 and no more than max_eps ({self.max_eps}), not {self.eps!r}")


def number_of_points(name: str, value: float, n: int) -> int:
    """A parameter that is a number of points, from 2 on, or a share of all n, up to 1. Raises InvalidInput for anything else."""
    if isinstance(value, int | np.integer) and value > 1:
        number = int(value)
    elif isinstance(value, float | np.floating) and 0 < value <= 1:
        number = max(2, int(value * n))
    else:
        raise InvalidInput(f"{name} is a number of points, at least 2, or a share of them, at most 1.0, not {value!r}")
    if number > n:
        raise InvalidInput(f"{name} asks for {number} points, and n_samples = {n}")
    return number


def cut_at(eps: float, order: Labels, reachability: Floats, core: Floats) -> Labels:
    """The labels below one height of the plot: those of DBSCAN with that `eps`, but that border points may be noise."""
    far, is_core = reachability[order] > eps, core[order] <= eps
    labels = np.empty(len(order), np.int64)
    labels[order] = np.where(far & ~is_core, NOISE, np.cumsum(far & is_core) - 1)
    return labels


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _rounded(x):  # type: ignore[no-untyped-def]
    return np.rint(x * DECIMALS) / DECIMALS


@njit(cache=True, nogil=True, error_model="numpy")
def core_distances(points: Floats, min_samples: int, max_eps: float, out: Floats) -> None:
    """out[i]: the distance of point i from its `min_samples`-th nearest point, infinite above max_eps; the nearest is itself."""
    nearest = np.empty(min_samples)
    for i in range(len(points)):
        nearest[:] = np.inf
        for j in range(len(points)):
            d = np.sqrt(apart(points, i, j))
            if d < nearest[-1]:
                at = min_samples - 1
                while at > 0 and nearest[at - 1] > d:
                    nearest[at] = nearest[at - 1]
                    at -= 1
                nearest[at] = d
        out[i] = np.inf if nearest[-1] > max_eps else _rounded(nearest[-1])


@njit(cache=True, nogil=True, error_model="numpy")
def order_points(
    points: Floats, core: Floats, max_eps: float, order: Labels, reachability: Floats, predecessor: Labels
) -> None:
    """Fill order, reachability (infinite at the start) and predecessor (n,) from points (n, d) and their core distances."""
    n = len(points)
    predecessor[:] = -1
    left = np.arange(n)  # what is not processed, in ascending order
    n_left, p = n, 0
    for step in range(n):
        order[step] = p
        kept, following, least = 0, -1, np.inf
        for c in range(n_left):
            q = left[c]
            if q == p:
                continue
            left[kept] = q
            kept += 1
            if core[p] < np.inf:
                squared = apart(points, p, q)
                offered = _rounded(max(np.sqrt(squared), core[p]))
                if squared <= max_eps * max_eps and offered < reachability[q]:
                    reachability[q], predecessor[q] = offered, p
            if reachability[q] < least:
                following, least = q, reachability[q]
        n_left = kept
        p = left[0] if following < 0 else following
