"""The sums that matrices times vectors are made of: by loops, and by the instruction that this processor may have for them."""

from functools import cache

import numpy as np
import pytest
from numba import njit
from numba.core.errors import TypingError

from nlpjourney.llm.engine import matvec
from nlpjourney.llm.engine.dot import adders, vector_bytes
from nlpjourney.llm.engine.matvec import ROWS

# Loops are there on every machine; what else is tried depends on the processor.
WAYS = {"loops": (matvec._add_nibbles, matvec._add_bytes)} | {f"{n} bytes": adders(n, ROWS) for n in vector_bytes()}
LOW, HIGH, MOST = -128, 127, 127  # the least and the largest weight, and what an activation is rounded to at most


def activations(rng, n_groups, of=None):
    return rng.choice(of or range(-MOST, MOST + 1), (n_groups, 32)).astype(np.int16)


@cache
def compiled(way):
    """Both functions, called from compiled code, as they have to be."""
    nibbles, bytes_ = WAYS[way]

    @njit
    def add_nibbles(packed, panel, g, q, products):
        nibbles(packed, panel, g, q, np.empty(ROWS, np.int16), np.empty(ROWS, np.int16), products)

    @njit
    def add_bytes(packed, panel, g, start, q, products):
        bytes_(packed, panel, g, start, q, products)

    return add_nibbles, add_bytes


@pytest.fixture(params=WAYS)
def way(request):
    return compiled(request.param)


@pytest.mark.xdist_group("dot")
@pytest.mark.parametrize("x", [None, [-MOST], [MOST], [-MOST, MOST]], ids=str)
@pytest.mark.parametrize("weights", [None, [LOW], [HIGH], [LOW, HIGH], [0]], ids=str)
def test_bytes(way, weights, x):
    rng = np.random.default_rng(0)
    packed = rng.choice(weights or range(LOW, HIGH + 1), (2, 3, 32, ROWS)).astype(np.int8)
    q = activations(rng, 3, x)
    for start in (0, 16):
        before = rng.integers(-(10**6), 10**6, ROWS).astype(np.int32)
        products = before.copy()
        way[1](packed, 1, 2, start, q, products)
        columns = slice(start, start + 16)
        expected = q[2, columns].astype(np.int64) @ packed[1, 2, columns].astype(np.int64)
        assert np.array_equal(products - before, expected)


@pytest.mark.xdist_group("dot")
@pytest.mark.parametrize("x", [None, [-MOST], [MOST], [-MOST, MOST]], ids=str)
@pytest.mark.parametrize("weights", [None, [0], [255], [15], [240]], ids=str)
def test_nibbles(way, weights, x):
    rng = np.random.default_rng(0)
    packed = rng.choice(weights or range(256), (2, 3, 16, ROWS)).astype(np.uint8)
    q = activations(rng, 3, x)
    before = rng.integers(-(10**6), 10**6, ROWS).astype(np.int32)
    products = before.copy()
    way[0](packed, 1, 2, q, products)
    expected = q[2, :16].astype(np.int64) @ (packed[1, 2] & 15) + q[2, 16:].astype(np.int64) @ (packed[1, 2] >> 4)
    assert np.array_equal(products - before, expected)


def test_activations_of_another_width_do_not_compile():
    """An instruction takes memory for what it expects there. (Types come first, whether or not this processor has it.)"""
    _, add_bytes = adders(64, ROWS)

    @njit
    def add(packed, q, products):
        add_bytes(packed, 0, 0, 0, q, products)

    with pytest.raises(TypingError):
        add(np.zeros((1, 1, 32, ROWS), np.int8), np.ones((1, 32), np.int8), np.zeros(ROWS, np.int32))
