"""Mixed bits, in the manner of EXL2 (ExLlamaV2, turboderp, 2023): bits go where they prevent the most error.

Matrices differ in how much they suffer. EXL2 quantizes each in several ways, measures the error of its output on a text, and
then looks for the combination with the smallest error that fits an average of, say, 3.2 bits. Choosing one way for each
matrix under a sum of bits is a knapsack problem. Notable choice: EXL2 searches by simulated annealing; here dynamic
programming finds the best combination. EXL2 also mixes bits within a matrix, here a matrix has one width.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from nlpjourney.deploy.quantization.calibration import Inputs, matrices
from nlpjourney.llm.rounding import Quantized, Scheme

Method = Callable[[Tensor, Inputs, Scheme], Quantized]
MOST_UNITS = 1 << 16  # the budget is counted in at most so many units


def relative_errors(
    model: nn.Module, inputs: Mapping[str, Inputs], schemes: Sequence[Scheme], method: Method
) -> dict[str, list[float]]:
    """For each matrix and each of `schemes`: the squared change of its output, as a share of the squared output."""
    errors = {}
    for name, module in matrices(model):
        weight, seen = module.weight.detach(), inputs[name]
        whole = max(seen.error(weight), 1e-30)
        errors[name] = [seen.error(method(weight, seen, s).numbers() - weight) / whole for s in schemes]
    return errors


def choose(errors: Sequence[Sequence[float]], costs: Sequence[Sequence[int]], budget: int) -> list[int]:
    """For each item one of its choices, so that the costs sum to at most `budget` and the errors to the least.

    `errors[i][c]` and `costs[i][c]` (positive) belong to choice c of item i. The best choice exactly, as long as the
    budget is at most 65,536 times the greatest common divisor of the costs; beyond that costs are rounded up to larger
    units, and it is nearly the best. ValueError when even the cheapest choices cost too much.
    """
    cheapest = sum(min(row) for row in costs)
    if cheapest > budget:
        raise ValueError(f"the cheapest choices cost {cheapest:,} together, more than the budget of {budget:,}")
    unit = math.gcd(*(cost for row in costs for cost in row))
    unit *= -(-budget // (MOST_UNITS * unit))
    units = [[-(-cost // unit) for cost in row] for row in costs]
    room = budget // unit
    if sum(min(row) for row in units) > room:  # rounding up would have no room left
        return [min(range(len(row)), key=row.__getitem__) for row in costs]
    best = np.zeros(room + 1)  # best[b]: the least error of the items so far with b units to spend
    picks: list[NDArray[np.int16]] = []
    for row, needs in zip(errors, units):
        totals = np.full((len(row), room + 1), np.inf)
        for c, (error, need) in enumerate(zip(row, needs)):
            if need <= room:
                totals[c, need:] = best[: room + 1 - need] + error
        picks.append(totals.argmin(axis=0).astype(np.int16))
        best = totals.min(axis=0)
    chosen, left = [], room
    for pick, needs in zip(reversed(picks), reversed(units)):
        chosen.append(int(pick[left]))
        left -= needs[chosen[-1]]
    return chosen[::-1]


def choose_schemes(
    model: nn.Module, errors: Mapping[str, Sequence[float]], schemes: Sequence[Scheme], bits_per_weight: float
) -> dict[str, Scheme]:
    """A scheme for each matrix of a model: on average at most `bits_per_weight`, scales and zero points included.

    The sum of `errors` is made least, each weighed by the matrix's size: else the many small matrices would take all bits from
    the few large ones, which do most of the work.
    ValueError when the average cannot be reached with `schemes`.
    """
    names, costs, weighed, total = [], [], [], 0
    for name, module in matrices(model):
        rows, columns = module.weight.shape
        names.append(name)
        weighed.append([error * rows * columns for error in errors[name]])
        costs.append([round(s.bits_per_weight((rows, columns)) * rows * columns) for s in schemes])
        total += rows * columns
    picked = choose(weighed, costs, math.floor(bits_per_weight * total))
    return {name: schemes[c] for name, c in zip(names, picked)}
