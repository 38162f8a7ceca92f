"""L-BFGS: find the lowest point of a smooth function of a million variables from its slopes alone.

Newton's method goes in the direction -H⁻¹g, where H, the matrix of second derivatives, is far too large to write down. BFGS
learns H⁻¹ from how the gradient g changed over past steps; the limited-memory form (Nocedal, 1980; Liu & Nocedal, 1989)
keeps only the last few pairs of a step s and its change of gradient y, and computes H⁻¹g from them in two loops. Each step
then goes so far along the direction that the strong Wolfe conditions hold: the value falls enough, and the slope flattens
(Nocedal & Wright, *Numerical Optimization*, 2006, algorithms 3.5 and 3.6, 7.4 and 7.5).

Notable choices: the stopping rule is SciPy's, the largest entry of the gradient; steps between two points are taken at the lowest
point of the cubic through both.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Function = Callable[[Floats, Floats], float]  # (x, gradient to be filled) → value

MEMORY = 10  # pairs that are kept
ENOUGH, FLAT = 1e-4, 0.9  # of the strong Wolfe conditions: c1 and c2


class Minimum(NamedTuple):
    """Where a search ended: the point, the value there, its largest slope, the steps, and whether that slope is small enough."""

    x: Floats
    value: float
    slope: float
    n_iter: int
    converged: bool


def plain_direction(gradient: Sequence[float], pairs: Sequence[tuple[Sequence[float], Sequence[float]]]) -> list[float]:
    """-H⁻¹ · gradient, H⁻¹ as learned from `pairs` (s, y), the oldest first: the two-loop recursion."""

    def dot(a: Sequence[float], b: Sequence[float]) -> float:
        return sum(x * y for x, y in zip(a, b, strict=True))

    q, alphas = list(gradient), []
    for s, y in reversed(pairs):
        alpha = dot(s, q) / dot(y, s)
        alphas.append(alpha)
        q = [a - alpha * b for a, b in zip(q, y)]
    if pairs:
        s, y = pairs[-1]
        q = [a * dot(s, y) / dot(y, y) for a in q]  # the first guess of H⁻¹: a multiple of the identity
    for (s, y), alpha in zip(pairs, reversed(alphas)):
        beta = dot(y, q) / dot(y, s)
        q = [a + (alpha - beta) * b for a, b in zip(q, s)]
    return [-a for a in q]


@njit(cache=True, fastmath={"reassoc", "contract"})
def dot(a: Floats, b: Floats) -> float:
    """The sum of products; unlike `np.dot` always on one thread."""
    total = 0.0
    for i in range(len(a)):
        total += a[i] * b[i]
    return total


@njit(cache=True, fastmath={"reassoc", "contract"})
def direction(gradient: Floats, steps: Floats, changes: Floats, n: int, newest: int, out: Floats) -> None:
    """Write -H⁻¹ · gradient to `out`. Row `newest` of `steps` and `changes` (MEMORY, d) is the last of n pairs, a ring.

    Each loop over the variables updates q and computes the next product with it, so that q is read once a pair.
    """
    size, memory = len(gradient), len(steps)
    alphas, products = np.empty(n), np.empty(n)
    out[:] = gradient
    if n == 0:
        for j in range(size):
            out[j] = -out[j]
        return
    product = dot(steps[newest], out)
    for i in range(n):
        s, y = steps[(newest - i) % memory], changes[(newest - i) % memory]
        products[i] = dot(y, s)
        alphas[i] = product / products[i]
        following = steps[(newest - i - 1) % memory] if i + 1 < n else y
        product = 0.0
        for j in range(size):
            out[j] -= alphas[i] * y[j]
            product += out[j] * following[j]
    y = changes[newest]
    scale = products[0] / dot(y, y)
    y = changes[(newest - n + 1) % memory]
    product = 0.0
    for j in range(size):
        out[j] *= scale
        product += out[j] * y[j]
    for i in range(n - 1, -1, -1):
        s = steps[(newest - i) % memory]
        factor = alphas[i] - product / products[i]
        following = changes[(newest - i + 1) % memory] if i else s
        product = 0.0
        for j in range(size):
            out[j] += factor * s[j]
            product += out[j] * following[j]
    for j in range(size):
        out[j] = -out[j]


@njit(cache=True)
def move(x: Floats, by: float, along: Floats, out: Floats) -> None:
    """out = x + by · along."""
    for j in range(len(x)):
        out[j] = x[j] + by * along[j]


@njit(cache=True)
def keep_pair(x: Floats, new_x: Floats, g: Floats, new_g: Floats, step: Floats, change: Floats) -> float:
    """Write the step and the change of gradient; returns their product, which has to be positive."""
    total = 0.0
    for j in range(len(x)):
        step[j] = new_x[j] - x[j]
        change[j] = new_g[j] - g[j]
        total += step[j] * change[j]
    return total


@njit(cache=True)
def largest(g: Floats) -> float:
    """The largest absolute entry; NaN counts as infinite."""
    most = 0.0
    for value in g:
        if not abs(value) <= most:
            most = np.inf if np.isnan(value) else abs(value)
    return most


def minimise(function: Function, start: Floats, tol: float, max_iter: int) -> Minimum:
    """Walk from `start` (d,) until no entry of the gradient is above `tol`, or for `max_iter` steps.

    function(x, gradient): the value at x; it writes the gradient there. Ends early where no step lowers the value any more.
    """
    x, g = start.copy(), np.empty_like(start)
    value = function(x, g)
    steps, changes = np.empty((MEMORY, len(x))), np.empty((MEMORY, len(x)))
    n, newest = 0, -1
    along, new_x, new_g = np.empty_like(x), np.empty_like(x), np.empty_like(x)
    for iteration in range(max_iter):
        if (slope := largest(g)) <= tol:
            return Minimum(x, value, slope, iteration, True)
        direction(g, steps, changes, n, newest, along)
        first = 1.0 if n else 1 / math.sqrt(dot(g, g))  # nothing is known of the curvature: a step of length 1
        found = _search(function, x, value, dot(g, along), along, first, new_x, new_g)
        if found is None:
            if n == 0:
                break
            n, newest = 0, -1  # what was learned of the curvature misleads: start from the gradient again
            continue
        row = (newest + 1) % MEMORY
        if keep_pair(x, new_x, g, new_g, steps[row], changes[row]) > 0:
            n, newest = min(n + 1, MEMORY), row
        x, new_x, g, new_g, value = new_x, x, new_g, g, found
    slope = largest(g)
    return Minimum(x, value, slope, max_iter, slope <= tol)


def _search(
    function: Function, x: Floats, value: float, slope: float, along: Floats, first: float, new_x: Floats, new_g: Floats
) -> float | None:
    """A step along a direction that meets the strong Wolfe conditions; leaves the point and its gradient in the last two.

    Returns the value there, or None where rounding leaves no lower one. (low, its value and slope) is the best point so far,
    `high` the other end of the interval that holds a right one.
    """
    low, low_value, low_slope = 0.0, value, slope
    high = high_value = high_slope = math.inf
    t = first
    for _ in range(40):
        move(x, t, along, new_x)
        new = function(new_x, new_g)
        new_slope = dot(new_g, along)
        if not new <= value + ENOUGH * t * slope or (new >= low_value and low > 0):
            high, high_value, high_slope = t, new, new_slope
        elif abs(new_slope) <= -FLAT * slope:
            return new
        else:
            if new_slope * ((high if high < math.inf else math.inf) - low) >= 0:
                high, high_value, high_slope = low, low_value, low_slope
            low, low_value, low_slope = t, new, new_slope
        if high == math.inf:
            t *= 2
            continue
        if abs(high - low) <= 1e-12 * max(1.0, abs(low)):
            break
        t = _cubic(low, low_value, low_slope, high, high_value, high_slope)
    return new if new < value else None


def _cubic(a: float, value_a: float, slope_a: float, b: float, value_b: float, slope_b: float) -> float:
    """Where the cubic through two points is lowest; kept inside, or the middle where there is none."""
    if math.isfinite(value_b) and math.isfinite(slope_b):
        d1 = slope_a + slope_b - 3 * (value_a - value_b) / (a - b)
        square = d1 * d1 - slope_a * slope_b
        if square >= 0:
            d2 = math.copysign(math.sqrt(square), b - a)
            bottom = slope_b - slope_a + 2 * d2
            if bottom:
                t = b - (b - a) * (slope_b + d2 - d1) / bottom
                margin = 0.1 * abs(b - a)
                if min(a, b) + margin <= t <= max(a, b) - margin:
                    return t
    return (a + b) / 2
