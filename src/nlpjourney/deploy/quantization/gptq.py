"""GPTQ (Frantar et al., 2022): round one column, and let the columns that are still free make up for it.

Rounding weight i of a row makes an error; the remaining weights can be moved so that the output hardly notices. How, is
known since Optimal Brain Surgeon (Hassibi and Stork, 1993): with F the weights still free and H = Σ x·xᵀ over a text,
the best move is

    δ_F = − (w_i − round(w_i)) / [H_F⁻¹]_ii · (H_F⁻¹)_{:,i}

The paper's three steps make this fast: all rows go through the columns in the same order; the inverses that are needed
one after the other are the rows of one Cholesky factor, U with UᵀU = H⁻¹, so that δ = −error / U_ii · U_i; and the
columns behind a block are moved once a block, by a product of matrices. A group's scale is found when its first column
is reached, from the weights as they have been moved by then. Act-order takes the columns with the largest inputs first,
while many are still free to make up for them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numba import njit
from numpy.typing import NDArray
from torch import Tensor

from nlpjourney.deploy.quantization.calibration import Inputs
from nlpjourney.llm.rounding import Quantized, Scheme, find_scale, scales_of

BLOCK = 64  # columns that are done before those behind them are moved


def plain_gptq(
    weights: Sequence[float], hessian: Sequence[Sequence[float]], scale: float, lowest: int, highest: int
) -> list[int]:
    """One row of weights as integers q, weight ≈ scale · q: Optimal Brain Surgeon step by step, as the formula above has it.

    hessian: Σ x·xᵀ over a text. After each rounding the inverse is computed anew for the weights that are still free.
    """
    w, h = np.array(weights, dtype=np.float64), np.array(hessian, dtype=np.float64)
    codes: list[int] = []
    for i in range(len(w)):
        codes.append(int(min(max(np.rint(w[i] / scale), lowest), highest)))
        inverse = np.linalg.inv(h[i:, i:])  # of weights i, i + 1, …: the free ones and the one at hand
        error = w[i] - scale * codes[-1]
        w[i:] -= error / inverse[0, 0] * inverse[:, 0]
    return codes


@njit(cache=True)
def round_columns(
    w: NDArray[np.float32],
    u: NDArray[np.float32],
    scale: NDArray[np.float32],
    zero: NDArray[np.float32],
    lowest: np.float32,
    highest: np.float32,
    codes: NDArray[np.int16],
    errors: NDArray[np.float32],
) -> None:
    """Round the columns of `w` (rows, n) from left to right, each moving those to its right by `u` (n, n); w is changed.

    `scale` and `zero` (rows, n). Out: `codes` (rows, n), and `errors` (rows, n), each divided by its U_ii.
    """
    rows, n = w.shape
    for r in range(rows):
        for i in range(n):
            code = np.rint(w[r, i] / scale[r, i]) + zero[r, i]
            code = min(max(code, lowest), highest)
            codes[r, i] = np.int16(code)
            error = (w[r, i] - (code - zero[r, i]) * scale[r, i]) / u[i, i]
            errors[r, i] = error
            for j in range(i, n):
                w[r, j] -= error * u[i, j]


def gptq(weight: Tensor, inputs: Inputs, scheme: Scheme, act_order: bool = False) -> Quantized:
    """A matrix (rows, columns) in integers whose output on `inputs` is as near as GPTQ gets it.

    With `act_order` groups keep the weights that are neighbours in the matrix, and their scales are those of the weights
    as they were.
    """
    rows, n = weight.shape
    scale, zero = scales_of(weight, scheme)
    group = n // scale.shape[1]
    moving = not act_order and isinstance(scheme.sharing, int)  # each group's scale from the weights of that moment
    order = inputs.hessian.diagonal().argsort(descending=True, stable=True) if act_order else torch.arange(n)
    w = weight.detach().float()[:, order].clone()
    u = (inputs.reordered(order) if act_order else inputs).factor
    column_scale, column_zero = (x.repeat_interleave(group, dim=1)[:, order].float() for x in (scale, zero))
    codes = torch.empty(rows, n, dtype=torch.int16)
    end = 0
    while (start := end) < n:
        end = min(start + BLOCK, n)
        if moving:
            end = min(end, (start // group + 1) * group)
            if start % group == 0:
                found = find_scale(*w[:, start : start + group].aminmax(dim=1), scheme)
                scale[:, start // group], zero[:, start // group] = found
                column_scale[:, start : start + group], column_zero[:, start : start + group] = (
                    x[:, None].float() for x in found
                )
        block, behind = slice(start, end), slice(end, n)
        rounded, errors = torch.empty(rows, end - start, dtype=torch.int16), torch.empty(rows, end - start)
        round_columns(
            w[:, block].contiguous().numpy(),
            u[block, block].contiguous().numpy(),
            column_scale[:, block].contiguous().numpy(),
            column_zero[:, block].contiguous().numpy(),
            np.float32(scheme.lowest),
            np.float32(scheme.highest),
            rounded.numpy(),
            errors.numpy(),
        )
        codes[:, block] = rounded
        w[:, behind] -= errors @ u[block, behind]
    return Quantized(codes[:, order.argsort()], scale, zero, scheme)
