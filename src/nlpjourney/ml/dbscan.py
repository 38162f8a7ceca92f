"""DBSCAN: clusters are places where points stand close together; what stands alone is noise.

Ester, Kriegel, Sander & Xu, "A density-based algorithm for discovering clusters in large spatial databases with noise" (1996). A
point is a core point if at least `min_samples` points, itself included, lie within `eps` of it. Core points within `eps` of each
other belong together; other points within `eps` of a core point are that cluster's border; the rest is noise, label -1.

Notable choices. Two make the labels scikit-learn's: clusters are numbered by their first core point, and a border point that two
clusters could claim goes to the first. Neighbours are found in cells (`cells`) and never stored, so memory grows with the
points only; a point is left alone once it is known to be a core point, and once it has its cluster.

In plain Python: `plain_dbscan`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpjourney.errors import InvalidInput
from nlpjourney.ml.cells import Cells, apart, have_within, plain_within
from nlpjourney.ml.clusterer import Clusterer, Points
from nlpjourney.ml.union_find import find

NOISE = -1


def plain_dbscan(points: Sequence[Sequence[float]], eps: float, min_samples: int) -> list[int]:
    """The number of each point's cluster, -1 for noise."""
    near = [plain_within(points, i, eps) for i in range(len(points))]
    labels = [NOISE] * len(points)
    cluster = 0
    for first in range(len(points)):
        if labels[first] != NOISE or len(near[first]) < min_samples:
            continue
        labels[first] = cluster  # a core point of no cluster so far: a new one grows from it
        waiting = [first]
        while waiting:
            i = waiting.pop()
            if len(near[i]) < min_samples:
                continue  # a border point: the cluster ends here
            for j in near[i]:
                if labels[j] == NOISE:
                    labels[j] = cluster
                    waiting.append(j)
        cluster += 1
    return labels


class DBSCAN(Clusterer):
    """Parameters `eps` and `min_samples`; distances are Euclidean. After `fit`: `labels_` and `core_sample_indices_`.

    Cosine distance 1 − cos is half the squared Euclidean distance of rows of length 1: normalise, and take eps = √(2 · distance).
    """

    learned = ("labels_", "core_sample_indices_", "n_features_in_")
    core_sample_indices_: NDArray[np.int64]

    def __init__(self, eps: float = 0.5, *, min_samples: int = 5) -> None:
        self.eps = eps
        self.min_samples = min_samples

    def _learn(self, points: Points) -> None:
        if not self.eps > 0:
            raise InvalidInput(f"eps is a distance above 0, not {self.eps!r}")
        if not isinstance(self.min_samples, int | np.integer) or self.min_samples < 1:
            raise InvalidInput(f"min_samples is a number of points, at least 1, not {self.min_samples!r}")
        cells = Cells.of(points, self.eps)
        is_core = np.empty(len(points), np.bool_)
        have_within(cells, self.min_samples, is_core)
        place = np.empty(len(points), np.int64)
        place[cells.order] = np.arange(len(points))
        labels = np.full(len(points), NOISE, np.int64)
        grow(cells, is_core, place, labels)
        self.labels_ = labels[place]
        self.core_sample_indices_ = np.flatnonzero(is_core[place])


@njit(cache=True, nogil=True, error_model="numpy")
def grow(cells: Cells, is_core: NDArray[np.bool_], place: NDArray[np.int64], labels: NDArray[np.int64]) -> int:
    """Give every point within the radius of a core point its cluster, and return how many there are.

    is_core, labels (n,): of the points as they stand in `cells`; place (n,): where those of the input stand there.
    """
    points, starts, stops, squared = cells.points, cells.starts, cells.stops, cells.squared
    n_points = len(points)
    waiting = np.empty(n_points, np.int64)
    after = np.arange(n_points + 1)  # where to look for the next point without a cluster: at i itself while it has none
    cluster = 0
    for first in place:
        if labels[first] != NOISE or not is_core[first]:
            continue
        labels[first], after[first] = cluster, first + 1
        waiting[0], n = first, 1
        while n > 0:
            n -= 1
            i = waiting[n]
            for r in range(3):
                j = find(after, starts[i, r])
                while j < stops[i, r]:
                    if apart(points, i, j) <= squared:
                        labels[j], after[j] = cluster, j + 1
                        if is_core[j]:
                            waiting[n] = j
                            n += 1
                    j = find(after, j + 1)
        cluster += 1
    return cluster
