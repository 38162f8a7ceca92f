"""Orders of sentences: pairs are a text and its shuffled self, and a ranker that knows what it wants finds it."""

from __future__ import annotations

import numpy as np

from nlpjourney.text.discourse import (
    CoherenceRanker,
    compare_orders,
    entity_grid,
    grid_features,
    pairwise_accuracy,
    shuffled_pairs,
)

# Each sentence passes its subject on to the next.
CHAIN = [{"a": "S", "b": "O"}, {"b": "S", "c": "O"}, {"c": "S", "d": "O"}, {"d": "S", "e": "O"}]
LONG = [{f"n{i}": "S", f"n{i + 1}": "O"} for i in range(7)]


def test_pairs_are_a_text_and_its_shuffled_self() -> None:
    better, worse = shuffled_pairs([CHAIN, CHAIN[:3], LONG], n_shuffles=5, seed=1)
    assert better.shape == worse.shape and 8 <= len(better) <= 10  # a text of three sentences gives none
    own = {grid_features(entity_grid(text)).tobytes() for text in (CHAIN, LONG)}
    assert {row.tobytes() for row in better} == own and not {row.tobytes() for row in worse} <= own
    again = shuffled_pairs([CHAIN, CHAIN[:3], LONG], n_shuffles=5, seed=1)
    assert np.array_equal(again[0], better) and np.array_equal(again[1], worse)
    assert len(shuffled_pairs([[{"a": "S"}] * 4])[0]) == 0  # every copy is the text itself


def test_a_ranker_puts_the_text_before_its_shuffled_copies() -> None:
    ranker = CoherenceRanker(l2=1e-4).fit(*shuffled_pairs([CHAIN, LONG]))
    assert pairwise_accuracy(ranker, *shuffled_pairs([LONG], seed=5)) == 1
    found = compare_orders(ranker, CHAIN)
    assert (found.n, found.n_better, found.best) == (24, 0, (0, 1, 2, 3))
    turned = compare_orders(ranker, CHAIN[::-1])
    assert turned.n_better > 0 and turned.best == (3, 2, 1, 0)


def test_of_many_orders_some_are_tried_the_own_among_them() -> None:
    ranker = CoherenceRanker(l2=1e-4).fit(*shuffled_pairs([CHAIN, LONG]))
    found = compare_orders(ranker, LONG, max_orders=50)
    assert 40 < found.n <= 50 and found.best == tuple(range(7)) and found.n_better == 0
    assert compare_orders(ranker, CHAIN[:1]) == (1, 0, (0,))
