"""The rated sentences as a task: which part teaches, which chooses settings, which judges; and what counts as clear.

Notable choices: whole documents are dealt out, and films and tweets, whose neighbours in the file are often about the same
thing, in blocks of 50, so that no part holds the other half of a review that it is judged on. A sentence is *clear* if its
mean rating is at least 0.5 away from 0: nearer to 0 the raters themselves disagree about the sign.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from nlpjourney.assets.corpora import RatedSentence

CLEAR = 0.5
BLOCK = 50
PARTS = (0.6, 0.1)  # training and validation; the rest is the test set


class Split(NamedTuple):
    train: list[RatedSentence]
    validation: list[RatedSentence]
    test: list[RatedSentence]


def split(sentences: Sequence[RatedSentence], seed: int = 0) -> Split:
    """Deal documents into training (60 %), validation (10 %) and test set (30 %), each genre by itself; order is kept."""
    parts = Split([], [], [])
    for genre in dict.fromkeys(s.genre for s in sentences):
        own = [s for s in sentences if s.genre == genre]
        size = 1 if genre in ("products", "editorials") else BLOCK
        groups = sorted({s.document // size for s in own})
        order = np.random.default_rng(seed).permutation(len(groups))
        ends = [round(PARTS[0] * len(groups)), round(sum(PARTS) * len(groups))]
        part_of = {groups[g]: int(np.searchsorted(ends, rank, side="right")) for rank, g in enumerate(order)}
        for s in own:
            parts[part_of[s.document // size]].append(s)
    return parts


def clear(sentences: Sequence[RatedSentence]) -> list[RatedSentence]:
    """Those that the raters found positive or negative: a mean of at least 0.5, or at most -0.5."""
    return [s for s in sentences if abs(s.mean) >= CLEAR]
