"""The best choice of bits against trying all of them."""

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpjourney.deploy.quantization import (
    Scheme,
    choose,
    choose_schemes,
    collect,
    matrices,
    mixed,
    nearest,
    relative_errors,
)
from tests.deploy.quantization.small import llama


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_all_combinations(data):
    n_choices = data.draw(st.integers(1, 4))
    rows = st.lists(st.integers(1, 12), min_size=n_choices, max_size=n_choices)
    costs = data.draw(st.lists(rows, min_size=1, max_size=5))
    unit = data.draw(st.sampled_from([1, 3, 110_592]))
    costs = [[unit * cost for cost in row] for row in costs]
    errors = [data.draw(st.lists(st.integers(0, 50), min_size=n_choices, max_size=n_choices)) for _ in costs]
    budget = data.draw(st.integers(unit, 70 * unit))
    every = itertools.product(range(n_choices), repeat=len(costs))

    def total(table, picks):
        return sum(row[c] for row, c in zip(table, picks))

    possible = [total(errors, picks) for picks in every if total(costs, picks) <= budget]
    if not possible:
        with pytest.raises(ValueError, match="more than the budget"):
            choose(errors, costs, budget)
        return
    picks = choose(errors, costs, budget)
    assert total(costs, picks) <= budget and total(errors, picks) == min(possible)


def test_a_coarse_budget_is_never_overspent(monkeypatch):
    monkeypatch.setattr(mixed, "MOST_UNITS", 50)
    g = torch.Generator().manual_seed(0)
    costs = torch.randint(100, 1000, (12, 3), generator=g).tolist()
    errors = torch.rand(12, 3, generator=g).tolist()
    cheapest = sum(min(row) for row in costs)
    for budget in (cheapest, cheapest + 1, 2 * cheapest, 10 * cheapest):
        assert sum(row[c] for row, c in zip(costs, choose(errors, costs, budget))) <= budget


def test_bits_go_where_they_prevent_most_error():
    model, ids = llama()
    schemes = [Scheme(bits, 16) for bits in (2, 3, 4, 6)]
    errors = relative_errors(model, collect(model, ids), schemes, nearest)
    assert all(a > b for row in errors.values() for a, b in itertools.pairwise(row))
    sizes = {name: module.weight.numel() for name, module in matrices(model)}
    sums = []
    for bits in (3.4, 4.0, 5.0):
        chosen = choose_schemes(model, errors, schemes, bits)
        spent = sum(s.bits_per_weight((1, 16)) * sizes[name] for name, s in chosen.items())
        assert spent <= bits * sum(sizes.values())
        sums.append(sum(sizes[name] * errors[name][schemes.index(s)] for name, s in chosen.items()))
    uniform = [sum(sizes[name] * row[i] for name, row in errors.items()) for i in (0, 1, 2)]
    assert sums == sorted(sums, reverse=True)
    assert sums[0] < uniform[0] and sums[1] < uniform[0]
    everywhere_3 = schemes[1].bits_per_weight((1, 16))
    best = choose_schemes(model, errors, schemes, everywhere_3)
    assert sum(sizes[name] * errors[name][schemes.index(s)] for name, s in best.items()) <= uniform[1]
    with pytest.raises(ValueError, match="more than the budget"):
        choose_schemes(model, errors, schemes, 2.5)
