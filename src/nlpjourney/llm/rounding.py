"""Numbers as small integers and a scale: absmax and zero-point, a whole tensor, a row or a group at a time.

A uniform quantizer has a step, the *scale*, and rounds every number to a multiple of it. Absmax (symmetric) puts the
largest magnitude on the outermost integer, and zero stays in the middle. Zero-point (affine; Jacob et al., 2018) puts
smallest and largest on the two ends and moves the zero, which wastes no integer when the numbers lie to one side. One
scale for many numbers is cheap and coarse: a single large number makes the step large for all that share it. So weights
get a scale for each row, or for each group of some dozen neighbours in a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

Sharing = Literal["tensor", "row"] | int
SCALE_BITS = 16  # a scale is kept in half precision


@dataclass(frozen=True)
class Scheme:
    """How numbers become integers of `bits` (2 to 8).

    `sharing` says which numbers of a matrix share a scale: all ("tensor"), those of a row ("row"), or so many neighbours in
    a row. `symmetric` is absmax; otherwise zero-point.
    """

    bits: int = 4
    sharing: Sharing = 64
    symmetric: bool = False

    def __post_init__(self) -> None:
        if not 2 <= self.bits <= 8:
            raise ValueError(f"bits must be 2 to 8, not {self.bits}")
        if self.sharing not in ("tensor", "row") and not (isinstance(self.sharing, int) and self.sharing >= 1):
            raise ValueError(f"sharing must be 'tensor', 'row' or a positive number of weights, not {self.sharing!r}")

    @property
    def lowest(self) -> int:
        """The smallest integer. Symmetric ones leave out −2^(bits−1), which has no opposite."""
        return 1 - (1 << self.bits - 1) if self.symmetric else 0

    @property
    def highest(self) -> int:
        return (1 << self.bits - 1) - 1 if self.symmetric else (1 << self.bits) - 1

    def group(self, n_columns: int) -> int:
        """How many neighbours in a row of `n_columns` share a scale. ValueError when they do not divide the row."""
        group = self.sharing if isinstance(self.sharing, int) else n_columns
        if n_columns % group:
            raise ValueError(f"rows of {n_columns} weights are no whole groups of {group}")
        return group

    def bits_per_weight(self, shape: tuple[int, int]) -> float:
        """Bits kept for each weight of a matrix, its scales (16 bits) and zero points (`bits`) included."""
        rows, columns = shape
        n_scales = 1 if self.sharing == "tensor" else rows * (columns // self.group(columns))
        return self.bits + n_scales * (SCALE_BITS + (0 if self.symmetric else self.bits)) / (rows * columns)


@dataclass(frozen=True)
class Quantized:
    """A matrix as integers: `codes` (rows, columns) int16; `scale` (rows, groups) float32 and `zero` (rows, groups)
    int16."""

    codes: Tensor
    scale: Tensor
    zero: Tensor
    scheme: Scheme

    def numbers(self) -> Tensor:
        """What the integers stand for, scale · (code − zero), (rows, columns) float32."""
        rows, columns = self.codes.shape
        codes = self.codes.view(rows, self.scale.shape[1], -1)
        return ((codes - self.zero[..., None]) * self.scale[..., None]).view(rows, columns)


def find_scale(low: Tensor, high: Tensor, scheme: Scheme) -> tuple[Tensor, Tensor]:
    """Scale (float32) and zero point (int16) for numbers between `low` and `high`, element by element.

    The range always includes 0, so that a weight of zero stays zero; a range of nothing gets the scale 1.
    """
    low, high = low.float().clamp(max=0), high.float().clamp(min=0)
    if scheme.symmetric:
        scale = torch.maximum(-low, high) / scheme.highest
    else:
        scale = (high - low) / scheme.highest
    scale = scale.where(scale > 0, 1.0)
    if scheme.symmetric:
        return scale, torch.zeros_like(scale, dtype=torch.int16)
    return scale, (-low / scale).round().clamp(0, scheme.highest).to(torch.int16)


def scales_of(weight: Tensor, scheme: Scheme) -> tuple[Tensor, Tensor]:
    """Scales and zero points (rows, groups) for a matrix (rows, columns).

    ValueError when it holds what is not finite, or numbers so far apart that their range is not.
    """
    if weight.dim() != 2:
        raise ValueError(f"a matrix is quantized here, not a tensor of shape {tuple(weight.shape)}")
    if not weight.isfinite().all():
        raise ValueError("numbers that are infinite or not a number cannot be quantized")
    rows, columns = weight.shape
    if scheme.sharing == "tensor":
        low, high = (x.expand(rows, 1) for x in weight.aminmax())
    else:
        low, high = weight.view(rows, -1, scheme.group(columns)).aminmax(dim=-1)
    scale, zero = find_scale(low, high, scheme)
    if not scale.isfinite().all():
        raise ValueError(f"numbers from {float(low.min()):.3g} to {float(high.max()):.3g} have a range beyond float32")
    return scale, zero


def round_to_nearest(weight: Tensor, scheme: Scheme) -> Quantized:
    """Each weight of a matrix (rows, columns) becomes the nearest integer, whatever the others do: the baseline of
    all methods."""
    scale, zero = scales_of(weight, scheme)
    grouped = weight.float().view(len(weight), scale.shape[1], -1)
    codes = (grouped / scale[..., None]).round() + zero[..., None]
    return Quantized(
        codes.clamp(scheme.lowest, scheme.highest).to(torch.int16).view(weight.shape),
        scale.clone(),
        zero.clone(),
        scheme,
    )
