"""From counts to probabilities: add-k, Katz, and interpolated Kneser–Ney with one discount or three.

All of them give the same kind of model: a probability for each n-gram that was seen, and for each history a backoff weight b with
P(word | history) = b(history) · P(word | history without its first word) for what was not seen. This is what an ARPA file holds.

- **add_k** (Lidstone, 1920; k = 1 is Laplace's rule): (c + k) / (c(history) + k·V). It backs off to 1/V.
- **katz** (Katz, 1987): counts of 1 to 5 are discounted as Good and Turing estimate it, and what they lose goes to unseen words.
- **kneser_ney** (Kneser & Ney, 1995, interpolated as Chen & Goodman, 1999, have it): one discount D for each order is taken
  from every count, D = n1/(n1 + 2·n2), where nr is the number of n-grams with count r; below the highest order an n-gram counts
  as often as there are different words before it.
- **modified_kneser_ney** (Chen & Goodman, 1999): three discounts, for counts of 1, 2, and 3 or more. As in KenLM (Heafield et
  al., 2013) n-grams that begin with <s> keep their counts, unigrams are interpolated with 1/V, and V counts <unk>, not <s>.

Where counts are so few that a discount cannot be estimated, Kneser–Ney takes 0.5, 1 and 1.5 (KenLM's way out), and Katz none.
Where nothing is left for unseen words, Katz counts the history once more, as SRILM does (Stolcke, 2002).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlpjourney.tasks.language_models.counts import BEGIN, NGrams

Smoothing = Literal["modified_kneser_ney", "kneser_ney", "katz", "add_k"]
Array = NDArray[np.float64]
NEVER = -99.0  # log10 of the probability 0, as ARPA files have it: <s> is never predicted
_KATZ = 5  # the highest count that Katz discounts


class Estimate(NamedTuple):
    """log10, float32 (n,): of each n-gram's probability, and of the backoff weight of each as a history.

    discounts: for each order from 1 on, what was taken from counts of 1, 2 and 3 or more (Katz: what they are multiplied by, for
    1 … 5).
    """

    log_prob: NDArray[np.float32]
    backoff: NDArray[np.float32]
    discounts: list[list[float]]


def estimate(
    ngrams: NGrams, counts: NDArray[np.int32], smoothing: Smoothing, *, k: float = 1.0, discount: float | None = None
) -> Estimate:
    """Probabilities and backoff weights of all n-grams. k is for add_k.

    discount: a fixed one for Kneser–Ney in place of estimated ones; unigrams are then not discounted, as NLTK has it. Raises
    ValueError for another smoothing, a k of 0 or less, a discount outside 0 … 1.
    """
    if smoothing not in ("modified_kneser_ney", "kneser_ney", "katz", "add_k"):
        raise ValueError(f"smoothing must be modified_kneser_ney, kneser_ney, katz or add_k, not {smoothing!r}")
    if not 0 < k < float("inf"):
        raise ValueError(f"k must be above 0, not {k}: with 0 an unseen n-gram has no probability")
    if discount is not None and not 0 < discount < 1:
        raise ValueError(f"discount must lie between 0 and 1, not {discount}")
    counts = counts.copy()
    counts[1 + BEGIN] = 0  # <s> opens sentences, and is never predicted
    if smoothing == "add_k":
        return _add_k(ngrams, counts, k)
    if smoothing == "katz":
        return _katz(ngrams, counts)
    return _kneser_ney(ngrams, counts, discount, three=smoothing == "modified_kneser_ney")


def _sums(ngrams: NGrams, values: NDArray[np.float64] | NDArray[np.int32] | NDArray[np.bool_], n: int) -> Array:
    """For each history of n − 1 words the sum over its continuations. Shape (number of histories,)."""
    ids, histories = ngrams.of(n), ngrams.of(n - 1)
    parents = ngrams.parent[ids] - histories.start
    return np.bincount(parents, weights=values, minlength=histories.stop - histories.start).astype(np.float64)


def _log10(values: Array) -> NDArray[np.float32]:
    with np.errstate(divide="ignore"):
        return np.maximum(np.log10(values), NEVER).astype(np.float32)


def _finish(p: Array, weight: Array, discounts: list[list[float]]) -> Estimate:
    log_prob = _log10(p)
    log_prob[1 + BEGIN] = NEVER
    return Estimate(log_prob, _log10(weight), discounts)


def _n_words(ngrams: NGrams) -> int:
    """V: all words that can come next."""
    ids = ngrams.of(1)
    return int(ids.stop - ids.start) - 1


def _add_k(ngrams: NGrams, counts: NDArray[np.int32], k: float) -> Estimate:
    V, n = _n_words(ngrams), ngrams.order
    p, weight = np.full(len(counts), 1 / V), np.ones(len(counts))
    ids, histories = ngrams.of(n), ngrams.of(n - 1)
    total = _sums(ngrams, counts[ids], n)  # c(history)
    p[ids] = (counts[ids] + k) / (total + k * V)[ngrams.parent[ids] - histories.start]
    weight[histories] = k * V / (total + k * V)  # times 1/V
    return _finish(p, weight, [])


def _kneser_ney(ngrams: NGrams, counts: NDArray[np.int32], fixed: float | None, three: bool) -> Estimate:
    V = _n_words(ngrams)
    log_prob, backoff = np.zeros(len(counts), np.float32), np.zeros(len(counts), np.float32)
    log_prob[0] = -np.log10(V)
    lower = np.array(
        [1 / V]
    )  # the probabilities of the order below: no more than one order is kept in double precision
    discounts = []
    for n in range(1, ngrams.order + 1):
        ids, histories = ngrams.of(n), ngrams.of(n - 1)
        c = counts[ids]
        if n < ngrams.order:
            longer = ngrams.suffix[ngrams.of(n + 1)] - ids.start
            before = np.bincount(longer, minlength=len(c)).astype(np.int32)
            c = np.where(before > 0, before, c)  # only behind <s> nothing stands
            del longer, before
            if n == 1:
                c[BEGIN] = 0
        if fixed is not None:
            d = np.array([0.0] + [fixed if n > 1 else 0.0] * 3)
        else:
            d = np.array([0.0, *_three_discounts(c)] if three else [0.0] + [_one_discount(c)] * 3)
        discounts.append(d[1:].tolist())
        total = _sums(ngrams, c, n)
        free = _sums(ngrams, d[np.minimum(c, 3)], n)
        # a history without continuations leaves all to the lower order
        b = np.divide(free, total, out=np.ones_like(free), where=total > 0)
        backoff[histories] = _log10(b)
        total[total == 0] = 1
        at = ngrams.parent[ids] - histories.start
        p = (c - d[np.minimum(c, 3)]) / total[at]
        p += b[at] * lower[ngrams.suffix[ids] - histories.start]
        log_prob[ids] = _log10(p)
        lower = p
    log_prob[1 + BEGIN], backoff[0] = NEVER, 0
    return Estimate(log_prob, backoff, discounts)


def _one_discount(c: NDArray[np.int32]) -> float:
    n1, n2 = (int((c == r).sum()) for r in (1, 2))
    return n1 / (n1 + 2 * n2) if n1 and n2 else 0.5


def _three_discounts(c: NDArray[np.int32]) -> list[float]:
    """Chen and Goodman's estimates: r − (r + 1) · Y · n(r+1) / n(r), Y = n1 / (n1 + 2·n2)."""
    n1, n2, n3, n4 = (int((c == r).sum()) for r in (1, 2, 3, 4))
    if not (n1 and n2 and n3 and n4):
        return [0.5, 1.0, 1.5]
    y = n1 / (n1 + 2 * n2)
    found = [1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3]
    return found if all(0 <= d <= r for r, d in enumerate(found, 1)) else [0.5, 1.0, 1.5]


def _katz(ngrams: NGrams, counts: NDArray[np.int32]) -> Estimate:
    size = len(counts)
    p, weight = np.zeros(size), np.ones(size)
    discounts = []
    for n in range(1, ngrams.order + 1):
        ids, histories = ngrams.of(n), ngrams.of(n - 1)
        c = counts[ids]
        d = _good_turing(c)
        discounts.append(d[1:-1].tolist())
        kept = c * d[np.minimum(c, _KATZ + 1)]
        total = _sums(ngrams, c, n)
        left = total - _sums(ngrams, kept, n)
        total += left <= 1e-9 * np.maximum(total, 1)  # nothing was taken: the history counts once more
        at = ngrams.parent[ids] - histories.start
        p[ids] = kept / total[at]
        if n == 1:
            unseen = np.flatnonzero(c == 0)
            unseen = unseen[unseen != BEGIN]
            p[ids.start + unseen] = (1 - p[ids].sum()) / max(len(unseen), 1)
            if not len(unseen):
                p[ids] /= p[ids].sum()
            continue
        free = 1 - _sums(ngrams, p[ids], n)
        lower = 1 - _sums(ngrams, p[ngrams.suffix[ids]], n)
        # A history without continuations gives all to the lower order; one that has seen all words has nothing to give.
        weight[histories] = np.where(
            np.bincount(at, minlength=len(total)) == 0, 1.0, np.where(lower > 1e-9, free / np.maximum(lower, 1e-9), 0.0)
        )
    return _finish(p, weight, discounts)


def _good_turing(c: NDArray[np.int32]) -> Array:
    """What a count r is multiplied by: (r*/r − a) / (1 − a), r* = (r + 1)·n(r+1)/n(r), a = 6·n6/n1; 1 for r = 0 and 6.

    Where it cannot be estimated, or is not between 0 and 1, the count stays.
    """
    n = [int((c == r).sum()) for r in range(_KATZ + 2)]
    a = (_KATZ + 1) * n[_KATZ + 1] / n[1] if n[1] else 1.0
    d = np.ones(_KATZ + 2)
    for r in range(1, _KATZ + 1):
        if n[r] and a < 1:
            found = ((r + 1) * n[r + 1] / n[r] / r - a) / (1 - a)
            if 0 < found <= 1:
                d[r] = found
    return d
