"""Rational Speech Acts: listeners who reason about speakers who reason about listeners.

Frank & Goodman (2012). A literal listener believes what an utterance says; a speaker chooses the utterance that best tells
such a listener what she means; a pragmatic listener asks what a speaker must mean who chose this one. "Some students
passed" says nothing against "all"; but who means "all" says so, and that is the implicature.

    L0(world | utterance) ∝ prior(world) · true(utterance, world)
    S1(utterance | world) ∝ exp(α (log L0(world | utterance) − cost(utterance)))
    L1(world | utterance) ∝ prior(world) · S1(utterance | world)

Notable choices: α, how rational the speaker is, is 1 as in the paper; `depth` goes on, to speakers of pragmatic listeners. A
world in which nothing true can be said has speakers of probability 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

U = TypeVar("U")
W = TypeVar("W")


class SpeechAct:
    """A lexicon, what is believed before, and what it costs to speak.

    truth: (n_utterances, n_worlds) how true each utterance is of each world, from 0 to 1; prior: (n_worlds,) how likely
    each world is (all alike), any positive scale; cost: (n_utterances,) in nats (all 0); alpha: how rational the speaker is.

    >>> some_all = SpeechAct([[1, 1], [0, 1]])  # worlds: some but not all, all
    >>> some_all.listener().round(2).tolist()
    [[0.75, 0.25], [0.0, 1.0]]
    """

    def __init__(
        self, truth: ArrayLike, prior: ArrayLike | None = None, cost: ArrayLike | None = None, alpha: float = 1.0
    ) -> None:
        """Raises ValueError for shapes that do not fit, values out of range, and an utterance that is true of nothing."""
        self.truth: NDArray[np.float64] = np.asarray(truth, dtype=np.float64)
        if self.truth.ndim != 2 or self.truth.size == 0:
            raise ValueError(f"truth is a table of utterances by worlds, not of shape {self.truth.shape}")
        n_utterances, n_worlds = self.truth.shape
        self.prior = np.full(n_worlds, 1.0) if prior is None else np.asarray(prior, dtype=np.float64)
        self.cost = np.zeros(n_utterances) if cost is None else np.asarray(cost, dtype=np.float64)
        if self.prior.shape != (n_worlds,) or self.cost.shape != (n_utterances,):
            raise ValueError(
                f"{n_worlds} worlds need as many priors and {n_utterances} utterances as many costs, "
                f"not {self.prior.shape} and {self.cost.shape}"
            )
        if ((self.truth < 0) | (self.truth > 1)).any() or (self.prior < 0).any() or alpha <= 0:
            raise ValueError("truth lies between 0 and 1, priors are not negative, and alpha is above 0")
        if not (self.truth @ self.prior > 0).all():
            raise ValueError("an utterance is true of no possible world: nobody can believe it, so leave it out")
        self.prior = self.prior / self.prior.sum()
        self.alpha = alpha

    def literal_listener(self) -> NDArray[np.float64]:
        """L0: (n_utterances, n_worlds), each row sums to 1."""
        return _normalised(self.truth * self.prior, axis=1)

    def speaker(self, depth: int = 1) -> NDArray[np.float64]:
        """S1, S2, …: (n_utterances, n_worlds), each column sums to 1 (to 0 where nothing true can be said)."""
        if depth < 1:
            raise ValueError(f"the first speaker is 1, not {depth}")
        believed = self.literal_listener() if depth == 1 else self.listener(depth - 1)
        with np.errstate(divide="ignore"):
            utility = self.alpha * (np.log(believed) - self.cost[:, None])
        best = utility.max(axis=0)
        return _normalised(np.exp(utility - np.where(np.isfinite(best), best, 0.0)), axis=0)

    def listener(self, depth: int = 1) -> NDArray[np.float64]:
        """L1, L2, …: (n_utterances, n_worlds), each row sums to 1 (to 0 for what no speaker says)."""
        return _normalised(self.speaker(depth) * self.prior, axis=1)


def lexicon(utterances: Sequence[U], worlds: Sequence[W], is_true: Callable[[U, W], bool]) -> NDArray[np.float64]:
    """The table of truth values from a rule."""
    return np.array([[float(is_true(utterance, world)) for world in worlds] for utterance in utterances])


def _normalised(table: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    totals = table.sum(axis=axis, keepdims=True)
    result: NDArray[np.float64] = np.divide(table, totals, out=np.zeros_like(table), where=totals > 0)
    return result
