"""Every id is predicted once an epoch; a stopped run goes on with the rows it would have seen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpjourney.llm.data import Batches, join


def test_documents_are_joined_with_an_end_each():
    assert join([[1, 2], [], np.array([3])], end=9).tolist() == [1, 2, 9, 9, 3, 9]
    assert join([], end=9).tolist() == []


@given(st.integers(2, 200), st.integers(1, 9), st.integers(1, 4), st.integers(0, 5))
def test_an_epoch_predicts_each_id_at_most_once_and_misses_less_than_a_batch(n, length, batch_size, seed):
    if n - 1 < length * batch_size:
        with pytest.raises(ValueError, match="too few"):
            Batches(np.arange(n), batch_size, length, seed=seed)
        return
    batches = Batches(np.arange(n), batch_size, length, seed=seed)
    rows = np.concatenate([next(batches) for _ in range(batches.n_batches)])
    assert (np.diff(rows, axis=1) == 1).all()  # neighbours, targets one on
    targets = rows[:, 1:].ravel()
    assert len(set(targets.tolist())) == len(targets)
    assert n - 1 - len(targets) < length * (batch_size + 1)


def test_epochs_differ_in_order_only():
    batches = Batches(np.arange(101), 5, 5)
    epochs = [np.concatenate([next(batches) for _ in range(4)]) for _ in range(2)]
    assert epochs[0].tolist() != epochs[1].tolist()
    assert sorted(epochs[0].tolist()) == sorted(epochs[1].tolist())


@pytest.mark.parametrize("stop", [0, 3, 4, 9])
def test_it_goes_on_where_it_was(stop):
    first, second = Batches(np.arange(101), 5, 5, seed=3), Batches(np.arange(101), 5, 5, seed=3)
    for _ in range(stop):
        next(first)
    second.restore(first.state())
    for _ in range(10):
        assert next(first).tolist() == next(second).tolist()


def test_another_text_is_not_taken_for_the_same():
    state = Batches(np.arange(101), 5, 5).state()
    backwards = Batches(np.arange(101)[::-1], 5, 5)
    for other in (
        backwards,
        Batches(np.arange(102), 5, 5),
        Batches(np.arange(101), 4, 5),
        Batches(np.arange(101), 5, 5, seed=1),
    ):
        with pytest.raises(ValueError, match="cannot go on"):
            other.restore(state)


def test_a_long_text_is_known_by_pieces_of_it():
    tokens = np.arange(1_000_000)
    state, changed = Batches(tokens, 5, 5).state(), tokens.copy()
    Batches(tokens.copy(), 5, 5).restore(state)
    changed[:300] = 0
    with pytest.raises(ValueError, match="other tokens"):
        Batches(changed, 5, 5).restore(state)


def test_processes_share_the_batch():
    whole = Batches(np.arange(101), 4, 5)
    parts = [Batches(np.arange(101), 4, 5, rank=r, world=2) for r in range(2)]
    for _ in range(7):
        assert next(whole).tolist() == [row for part in parts for row in next(part).tolist()]
    with pytest.raises(ValueError, match="cannot be shared"):
        Batches(np.arange(101), 5, 5, world=2)
