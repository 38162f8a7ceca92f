"""How good are answers? Precision, recall, and their harmonic mean F1 (van Rijsbergen, 1979)."""

from __future__ import annotations

from typing import NamedTuple


class PrecisionRecall(NamedTuple):
    """Of what was found, the share that is right; of what is right, the share that was found. Each from 0 to 1."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean: low when either of the two is. 0 when both are 0."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0
