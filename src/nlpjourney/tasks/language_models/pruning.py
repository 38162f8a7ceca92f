"""Entropy pruning: leave out the n-grams that the model hardly misses.

Without n-gram (h, w) the model backs off there: its probability becomes b(h)·P(w | h without its first word), and the backoff
weight b(h) changes for all words that back off behind h. Stolcke (1998) computes the relative entropy between the two models
for each n-gram alone, weighs it with the probability of h, and drops those that raise the perplexity by less than a threshold.
Longest n-grams go first; one that begins a longer one that stays, stays. Then the backoff weights are computed anew, so that
all distributions add up to 1 again.

Notable choice: as in the paper the changes are computed one n-gram at a time, as though all others stayed. <s> counts as often as
sentences end.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nlpjourney.tasks.language_models import query
from nlpjourney.tasks.language_models.counts import BEGIN, END, NGrams
from nlpjourney.tasks.language_models.ngram import NGramModel
from nlpjourney.tasks.language_models.smoothing import NEVER, Estimate


def prune(model: NGramModel, threshold: float) -> NGramModel:
    """A smaller model, without the n-grams of two words and more that change its perplexity by less than a share of `threshold`
    (1e-8 is little, 1e-6 much). Raises ValueError for a negative threshold."""
    if not threshold >= 0:
        raise ValueError(f"threshold must be at least 0, not {threshold}")
    g = model.ngrams
    p = 10.0 ** model.log_prob.astype(np.float64)
    weight = 10.0 ** model.backoff.astype(np.float64)
    lower = p[g.suffix]  # P(w | the shorter history); a missing suffix is looked up below
    lower = np.where(g.parent > 0, 10.0 ** _lower(g, model), lower)
    sums = np.bincount(g.parent, weights=p, minlength=len(p))
    lower_sums: NDArray[np.float64] = np.bincount(g.parent, weights=lower, minlength=len(p)).astype(np.float64)
    history = p.copy()  # P(all words of the n-gram)
    history[0], history[1 + BEGIN] = 1.0, p[1 + END]
    for n in range(2, g.order + 1):
        ids = g.of(n)
        history[ids] = history[g.parent[ids]] * p[ids]
    kept = np.ones(len(p), bool)
    for n in range(g.order, 1, -1):
        ids = g.of(n)
        h, w_p, w_lower = g.parent[ids], p[ids], lower[ids]
        free, lower_free = 1 - sums[h], 1 - lower_sums[h]  # what b(h) is the quotient of
        with np.errstate(divide="ignore", invalid="ignore"):
            new = np.log((free + w_p) / (lower_free + w_lower))
            change = w_p * (np.log(w_lower) + new - np.log(w_p)) + np.maximum(free, 0) * (new - np.log(weight[h]))
            raised = np.expm1(-history[h] * change)
        begins = np.zeros(len(p), bool)
        if n < g.order:
            longer = g.of(n + 1)
            begins[g.parent[longer][kept[longer]]] = True
        kept[ids] = begins[ids] | ~(raised < threshold)
    return _renumbered(model, kept, lower_sums)


def _lower(g: NGrams, model: NGramModel) -> NDArray[np.float64]:
    """log10 P(w | h without its first word) for each n-gram (h, w) of two words or more."""
    return query.score_after(g.suffix[g.parent], g.word, *model._tables())


def _renumbered(model: NGramModel, kept: NDArray[np.bool_], before: NDArray[np.float64]) -> NGramModel:
    """The model with some of its n-grams, and backoff weights that fit. before: what `lower_sums` was of each history."""
    g = model.ngrams
    new_id = np.cumsum(kept, dtype=np.int32) - np.int32(1)
    parent, word = new_id[g.parent[kept]], g.word[kept]
    parent[0] = 0
    starts = np.array([0, *np.cumsum([kept[g.of(n)].sum() for n in range(g.order + 1)])])
    smaller = NGramModel(model.order, model.smoothing, k=model.k, discount=model.discount, min_count=model.min_count)
    slots = query.make_slots(parent, word)
    ngrams = NGrams(parent, word, query.link_suffixes(parent, word, slots), starts)
    counts = None if model.counts is None else model.counts[kept]
    log_prob, backoff = model.log_prob[kept], model.backoff[kept].copy()
    p = 10.0 ** log_prob.astype(np.float64)
    sums = np.bincount(parent[1:], weights=p[1:], minlength=len(p))
    lost = np.bincount(parent[1:], minlength=len(p)) < np.bincount(g.parent[1:], minlength=len(g.word))[kept]
    for n in range(1, g.order):  # a history's weight needs those of shorter ones
        smaller._take(model.vocabulary, ngrams, Estimate(log_prob, backoff, model.discounts), counts)
        ids = ngrams.of(n)
        lower_sums = np.bincount(parent[1:], weights=10 ** _lower(ngrams, smaller)[1:], minlength=len(p))
        moved = np.abs(lower_sums - before[kept])[ids] > 1e-6  # a shorter history has lost something
        changed = np.flatnonzero(lost[ids] | moved) + ids.start
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.log10((1 - sums[changed]) / (1 - lower_sums[changed]))
        backoff[changed] = np.maximum(np.nan_to_num(value, nan=NEVER), NEVER)
    smaller._take(model.vocabulary, ngrams, Estimate(log_prob, backoff, model.discounts), counts)
    return smaller
