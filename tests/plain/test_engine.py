"""The plain decode step and the engine's compiled code give the same numbers."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nlpjourney.llm.cache import PagePool
from nlpjourney.llm.engine import Engine
from nlpjourney.llm.engine.attention import Pages, attend
from nlpjourney.llm.engine.matrices import Matrix, multiply_all
from nlpjourney.llm.engine.matvec import quantize_vector
from nlpjourney.llm.engine.plain import (
    GROUP,
    plain_attend,
    plain_decode,
    plain_gate,
    plain_matvec,
    plain_quantize_vector,
    plain_rms_norm,
    plain_rotate,
)
from nlpjourney.llm.engine.threads import Team
from nlpjourney.llm.engine.vectors import gate_gelu, gate_silu, rms_norm, rotate
from nlpjourney.llm.gguf import GGUFFile
from tests.llm.engine.conftest import make, write

VECTORS = st.lists(st.floats(-1e4, 1e4, width=32), min_size=GROUP, max_size=GROUP)
RNG = np.random.default_rng(0)


def rounded(x):
    n = len(x) // GROUP
    arrays = np.empty((n, GROUP), np.int16), np.empty(n, np.float32), np.empty(n, np.float32)
    quantize_vector(x, *arrays)
    return arrays


@given(VECTORS)
@example([0.0] * GROUP)
@example([1.0] * GROUP)
@example([0.0] * (GROUP - 1) + [1.1754943508222875e-38])
@settings(max_examples=50)
def test_a_vector_is_rounded(numbers):
    q, scales, sums = rounded(np.array(numbers, np.float32))
    integers, expected = plain_quantize_vector(numbers)
    assert np.abs(q - np.array(integers)).max() <= 1  # float32 or float64, where a number is half-way
    assert scales.tolist() == pytest.approx(expected, rel=2**-10)
    assert sums[0] == pytest.approx(scales[0] * q.sum(), rel=1e-6)


@pytest.mark.parametrize("bits", [4, 8])
def test_a_quantized_matrix_times_a_vector(bits):
    n_rows, width = 70, 3 * GROUP
    weights = RNG.integers(0, 16, (n_rows, width)) if bits == 4 else RNG.integers(-128, 128, (n_rows, width))
    scales, minima = (RNG.standard_normal((n_rows, 3)).astype(np.float32) for _ in range(2))
    x = RNG.standard_normal(width).astype(np.float32)
    matrix = Matrix.pack(weights.astype(np.uint8 if bits == 4 else np.int8), scales, minima, bits)
    out = np.empty(n_rows, np.float32)
    Team(1).run(multiply_all, matrix.record, x, rounded(x), out)
    expected = plain_matvec(weights.tolist(), scales.tolist(), minima.tolist(), x.tolist())
    assert np.allclose(out, expected, rtol=1e-4, atol=1e-3 * np.abs(expected).max())


def test_norms_positions_and_gates():
    x, y, out = *RNG.standard_normal((2, 64)).astype(np.float32), np.empty(64, np.float32)
    rms_norm(x, y, 1e-6, out)
    assert out.tolist() == pytest.approx(plain_rms_norm(x.tolist(), y.tolist(), 1e-6), rel=1e-5)
    angles = 7 / 10_000 ** (np.arange(32) / 32)
    rotate(x, np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32), out)
    assert out.tolist() == pytest.approx(plain_rotate(x.tolist(), 7, 10_000), abs=1e-5)
    for gate, has_gelu in ((gate_silu, False), (gate_gelu, True)):
        gate(x, y, out)
        assert out.tolist() == pytest.approx(plain_gate(x.tolist(), y.tolist(), has_gelu), abs=1e-5)


@pytest.mark.parametrize("n", [1, 5, 9])
def test_attention_over_pages(n):
    pool = PagePool(1, 2, 16, page_size=4)
    cache = pool.start()
    cache.reserve(n)
    keys, values = RNG.standard_normal((2, 2, n, 16)).astype(np.float32)
    cache.write(0, keys, values)
    pages = Pages(cache.addresses, *pool.shape[1:])
    query, out = RNG.standard_normal(16).astype(np.float32), np.empty(16, np.float32)
    for kv in range(2):
        attend(query, pages, 0, kv, 0, n, np.empty(n, np.float32), 16**-0.5, out)
        expected = plain_attend(query.tolist(), keys[kv].tolist(), values[kv].tolist())
        assert out.tolist() == pytest.approx(expected, abs=1e-5)


def test_a_whole_model(tmp_path):
    path = write(make("qwen3"), tmp_path / "model.gguf")
    engine, file = Engine(path), GGUFFile(path)
    sequence, cache = engine.sequence(), [[] for _ in range(engine.config.n_layers)]
    tensors = {name: file.tensor(name).tolist() for name in file.tensors}
    for token in (3, 140, 3, 77):
        expected = plain_decode(token, cache, tensors.__getitem__, engine.config)
        assert sequence.decode(token).tolist() == pytest.approx(expected, rel=1e-3, abs=1e-3)
