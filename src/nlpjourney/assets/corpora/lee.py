"""The Lee news texts with human judgements of their similarity (Lee, Pincombe & Welsh, 2005)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nlpjourney.assets.store import path


def lee_news() -> tuple[list[str], list[str], NDArray[np.float64]]:
    """The Lee news texts: (300 background texts, 50 judged texts, 50 × 50 human similarities in 0..1)."""
    folder = path("lee-news")
    background = (folder / "lee_background.cor").read_text(encoding="utf-8").splitlines()
    judged = (folder / "lee.cor").read_text(encoding="latin-1").splitlines()
    upper = np.loadtxt(path("lee-similarities"), dtype=np.float64)  # the file holds the half above the diagonal
    return background, judged, np.maximum(upper, upper.T)
