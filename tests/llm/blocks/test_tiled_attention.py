"""Tiled attention against the formula and PyTorch's fused kernel; memory that grows with the length, not its square."""

import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpjourney.llm.blocks.attention import Mask, plain_attention
from nlpjourney.llm.blocks.tiled_attention import exp, flash_attention, merge


def make(n_heads, n_kv_heads, n_queries, n_keys, d, seed=0, spread=1.0):
    rng = np.random.default_rng(seed)
    shapes = (n_heads, n_queries, d), (n_kv_heads, n_keys, d), (n_kv_heads, n_keys, d)
    return [(spread * rng.standard_normal(shape)).astype(np.float32) for shape in shapes]


def exact(q, k, v, causal, window):
    """The formula, with all scores written down."""
    distance = np.arange(k.shape[1] - q.shape[1], k.shape[1])[:, None] - np.arange(k.shape[1])
    allowed = np.ones_like(distance, bool)
    if causal or window:
        allowed &= distance >= 0
    if window:
        allowed &= distance < window
    mask = Mask(torch.from_numpy(allowed)[None, None])
    return plain_attention(*(torch.from_numpy(x)[None] for x in (q, k, v)), mask)[0][0].numpy()


@settings(max_examples=60, deadline=None)
@given(
    heads=st.sampled_from([(1, 1), (4, 4), (6, 2), (3, 1)]), n_queries=st.integers(1, 150), more_keys=st.integers(0, 90),
    d=st.sampled_from([1, 3, 8, 33, 64]), causal=st.booleans(), window=st.sampled_from([0, 1, 5, 64, 1000]),
    threads=st.sampled_from([1, 2]),
)  # fmt: skip
def test_equal_to_the_formula(heads, n_queries, more_keys, d, causal, window, threads):
    q, k, v = make(*heads, n_queries, n_queries + more_keys, d)
    out, sums = flash_attention(q, k, v, causal=causal, window=window, threads=threads)
    assert np.abs(out - exact(q, k, v, causal, window)).max() < 5e-6
    assert np.isfinite(sums).all()


def test_equal_to_the_fused_kernel_of_pytorch():
    q, k, v = make(8, 2, 700, 700, 64)
    theirs = torch.nn.functional.scaled_dot_product_attention(
        *(torch.from_numpy(x)[None] for x in (q, k, v)), is_causal=True, enable_gqa=True
    )[0].numpy()
    assert np.abs(flash_attention(q, k, v)[0] - theirs).max() < 2e-6


def test_large_scores_neither_overflow_nor_vanish():
    q, k, v = make(1, 1, 70, 70, 16, spread=30)
    out, _ = flash_attention(q, k, v)
    assert np.abs(out - exact(q, k, v, True, 0)).max() < 1e-3 and np.isfinite(out).all()


def test_all_keys_the_same_give_the_mean_of_the_values():
    q, k, v = make(2, 2, 130, 130, 8)
    k[:] = 1
    out, sums = flash_attention(q, k, v)
    means = np.cumsum(v, axis=1) / np.arange(1, 131)[:, None]
    assert np.allclose(out, means, atol=1e-5)
    assert np.allclose(sums - (q.sum(2) / np.sqrt(8)), np.log(np.arange(1, 131)), atol=1e-4)


def test_the_polynomial_is_the_exponential():
    x = -np.concatenate([np.linspace(0, 87, 20_001), [1e-8, 100, 1e30]]).astype(np.float32)
    found = np.array([exp(value) for value in x])
    expected = np.exp(np.maximum(x, np.float32(-87)))
    # x · log2(e) is rounded to 24 bits before its whole part is taken off.
    assert (np.abs(found - expected) <= (3e-7 + 1e-7 * np.minimum(-x, 87)) * expected).all()


@settings(max_examples=30, deadline=None)
@given(n_keys=st.integers(2, 200), cut=st.floats(0, 1))
def test_two_halves_make_a_whole(n_keys, cut):
    q, k, v = make(4, 2, 3, n_keys, 16)
    at = min(max(1, int(cut * n_keys)), n_keys - 1)
    whole = flash_attention(q, k, v, causal=False)
    halves = [flash_attention(q, k[:, part], v[:, part], causal=False) for part in (slice(at), slice(at, None))]
    joined = merge(*halves[0], *halves[1])
    assert np.allclose(joined[0], whole[0], atol=1e-5) and np.allclose(joined[1], whole[1], atol=1e-5)


def test_memory_grows_with_the_length_not_its_square():
    """NumPy's allocations are traced; the tiles of the compiled loop are a fixed 70 kB for each thread."""

    def peak(n):
        q, k, v = make(1, 1, n, n, 16)
        flash_attention(q, k, v)
        tracemalloc.start()
        flash_attention(q, k, v)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    small, large = peak(1_000), peak(8_000)
    assert large < 9 * small and large < 8_000**2 * 4 / 100


@pytest.mark.parametrize(
    "shapes", [((2, 5, 8), (3, 5, 8)), ((2, 5, 8), (2, 5, 9)), ((5, 8), (5, 8)), ((2, 5, 8), (0, 5, 8))]
)
def test_shapes_that_do_not_fit_are_refused(shapes):
    q, k = (np.zeros(shape, np.float32) for shape in shapes)
    with pytest.raises(ValueError, match="must be"):
        flash_attention(q, k, k)
    with pytest.raises(ValueError, match="window has at least"):
        flash_attention(np.zeros((1, 1, 4)), np.zeros((1, 1, 4)), np.zeros((1, 1, 4)), window=-1)
