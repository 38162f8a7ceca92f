"""How well chains of mentions agree with the true ones: MUC, B³, CEAF, and their mean, the CoNLL score.

Each asks another question: MUC how many links between mentions are right (Vilain et al., 1995); B³ for each mention how much
of its chain is right (Bagga & Baldwin, 1998); CEAF how much chains overlap when each is matched with one true chain at most
(Luo, 2005, with the φ4 similarity). Pradhan et al. (2011) average the three F1 values. Notable choice: for MUC, chains of
one mention have no link and do not count.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from nlpjourney.ml.metrics import PrecisionRecall

Chains = Sequence[Sequence[Hashable]]


def muc(gold: Chains, found: Chains) -> PrecisionRecall:
    """Links: a chain of n mentions that the other side has in p pieces has n - p of its n - 1 links right."""
    return PrecisionRecall(_links(found, gold), _links(gold, found))


def b_cubed(gold: Chains, found: Chains) -> PrecisionRecall:
    """For each mention the share of its chain that it should be with, averaged over mentions."""
    return PrecisionRecall(_shares(found, gold), _shares(gold, found))


def ceaf(gold: Chains, found: Chains) -> PrecisionRecall:
    """CEAF-φ4: the best one-to-one matching of chains, where a pair is worth 2·|both| / (|one| + |other|)."""
    if not gold or not found:
        return PrecisionRecall(0.0, 0.0)
    worth = np.array([[2 * len({*g} & {*f}) / (len(g) + len(f)) for f in found] for g in gold])
    total = float(worth[linear_sum_assignment(-worth)].sum())
    return PrecisionRecall(total / len(found), total / len(gold))


def conll_score(gold: Chains, found: Chains) -> float:
    """The mean of the three F1 values."""
    return (muc(gold, found).f1 + b_cubed(gold, found).f1 + ceaf(gold, found).f1) / 3


def _links(chains: Chains, other: Chains) -> float:
    where = {mention: i for i, chain in enumerate(other) for mention in chain}
    right = links = 0
    for chain in chains:
        pieces = {where.get(mention, ("alone", mention)) for mention in chain}
        right += len(chain) - len(pieces)
        links += len(chain) - 1
    return right / links if links else 0.0


def _shares(chains: Chains, other: Chains) -> float:
    where = {mention: set(chain) for chain in other for mention in chain}
    shares = [len({*chain} & where.get(mention, set())) / len(chain) for chain in chains for mention in chain]
    return sum(shares) / len(shares) if shares else 0.0
