"""Quantizing and dequantizing, bit for bit against the gguf package where it can, by error where it cannot."""

import gguf
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nlpjourney.llm.gguf import GGMLType, GGUFFile, requantize, write_gguf
from nlpjourney.llm.gguf.dequantize import dequantize
from nlpjourney.llm.gguf.quantize import quantize
from nlpjourney.llm.gguf.requantize import PIECE, type_for
from nlpjourney.llm.gguf.unpack import integers
from tests.llm.gguf.test_reader import tensor

K_TYPES = [GGMLType.Q4_K, GGMLType.Q5_K, GGMLType.Q6_K]
SIMPLE = [t for t in GGMLType if t not in K_TYPES]
QUANTIZED = [t for t in GGMLType if t.is_quantized]


def theirs(type_):
    return gguf.GGMLQuantizationType[type_.name]


def odd_rows():
    rng = np.random.default_rng(1)
    rows = rng.standard_normal((40, 256)).astype(np.float32)
    rows[0] = 0
    rows[1] = 1
    rows[2] = -3
    rows[3] *= 1e-8
    rows[4] *= 1e4
    rows[5, 7] = 500  # one that stands out
    rows[6] = np.abs(rows[6])
    rows[7] = -np.abs(rows[7])
    rows[8, ::2] = 0
    rows[9] = -0.0
    rows[10] = np.linspace(-1, 1, 256)
    rows[-1] *= 1e-41  # numbers below the normal range
    return rows


@pytest.mark.parametrize("type_", SIMPLE, ids=lambda t: t.name)
def test_quantized_as_the_reference(type_):
    rows = odd_rows()[:-1]  # the reference divides by zero in the last one
    with np.errstate(all="ignore"):
        expected = gguf.quants.quantize(rows, theirs(type_)).view(np.uint8).reshape(-1)
        assert np.array_equal(quantize(rows, type_), expected)


@pytest.mark.parametrize("type_", list(GGMLType), ids=lambda t: t.name)
def test_dequantized_bit_for_bit(type_):
    """Random bytes: every scale, integer, and even infinities and not-a-number among the scales."""
    data = np.random.default_rng(2).integers(0, 256, (2000, type_.nbytes)).astype(np.uint8)
    with np.errstate(all="ignore"):
        expected = gguf.quants.dequantize(data, theirs(type_)).reshape(-1)
        ours = dequantize(data.reshape(-1), type_)
    same = ours.view(np.uint32) == expected.view(np.uint32)
    assert (same | (np.isnan(ours) & np.isnan(expected))).all() and ours.dtype == np.float32


@pytest.mark.parametrize("type_", QUANTIZED, ids=lambda t: t.name)
def test_integers_and_scales_are_the_same_numbers(type_):
    rows = odd_rows()
    data = quantize(rows, type_)
    q, scales, minima = integers(data, type_, rows.shape)
    width = rows.shape[1] // scales.shape[1]
    numbers = np.repeat(scales, width, axis=1) * (q - 8 if type_ is GGMLType.Q4_0 else q)
    if minima is not None:
        numbers = numbers + np.repeat(minima, width, axis=1)
    expected = dequantize(data, type_).reshape(rows.shape)
    assert np.allclose(numbers, expected, rtol=1e-6, atol=1e-6 * np.abs(expected).max(axis=1, keepdims=True))


@settings(max_examples=40, deadline=None)
@given(numbers=arrays(np.float32, (2, 256), elements=st.floats(-100, 100, width=32)), type_=st.sampled_from(QUANTIZED))
@example(numbers=np.pad(np.full((2, 1), -3.7e-38, np.float32), ((0, 0), (0, 255))), type_=GGMLType.Q4_K)
def test_no_weight_is_far_off(numbers, type_):
    """Off by little more than a step: the range of the block over the integers there are."""
    found = dequantize(quantize(numbers, type_), type_).reshape(numbers.shape)
    levels = {GGMLType.Q8_0: 127, GGMLType.Q6_K: 31, GGMLType.Q5_K: 31, GGMLType.Q5_0: 16, GGMLType.Q5_1: 31}.get(
        type_, 8
    )
    block = numbers.reshape(2, -1, 256 if type_ in K_TYPES else 32)
    reach = np.maximum(block.max(axis=2), 0) - np.minimum(block.min(axis=2), 0)
    error = np.abs(found - numbers).reshape(block.shape).max(axis=2)
    assert (error <= 1.6 * np.maximum(reach, 1e-30) / levels + 1e-6).all()


@pytest.mark.parametrize("type_", QUANTIZED, ids=lambda t: t.name)
@pytest.mark.parametrize("number", [1.0, -1.0, 0.3, 100.0, 5.0, 0.02])
def test_a_block_of_one_number(type_, number):
    numbers = np.full((2, 256), number, np.float32)
    assert np.allclose(dequantize(quantize(numbers, type_), type_).reshape(numbers.shape), numbers, rtol=0.02)


def test_more_bits_are_better_and_k_types_beat_simple_ones_of_their_width():
    rows = np.random.default_rng(3).standard_normal((64, 512)).astype(np.float32)
    error = {t: np.square(dequantize(quantize(rows, t), t).reshape(rows.shape) - rows).mean() for t in QUANTIZED}
    assert (
        error[GGMLType.Q8_0] < error[GGMLType.Q6_K] < error[GGMLType.Q5_K] < error[GGMLType.Q4_K] < error[GGMLType.Q4_0]
    )
    assert error[GGMLType.Q4_K] < error[GGMLType.Q4_1] and error[GGMLType.Q5_K] < error[GGMLType.Q5_1]


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="rows of 33 weights are no whole blocks of Q4_0"):
        quantize(np.zeros((2, 33), np.float32), GGMLType.Q4_0)
    with pytest.raises(ValueError, match="infinite or not a number"):
        quantize(np.full((1, 32), np.nan, np.float32), GGMLType.Q8_0)
    with pytest.raises(ValueError, match="no whole blocks"):
        dequantize(np.zeros(33, np.uint8), GGMLType.Q8_0)
    with pytest.raises(ValueError, match="F32 is not quantized"):
        integers(np.zeros(4, np.uint8), GGMLType.F32, (1, 1))
    assert quantize(np.zeros((0, 32), np.float32), GGMLType.Q4_0).size == 0


def test_requantized_files_keep_metadata_norms_and_odd_widths(tmp_path):
    rng = np.random.default_rng(4)
    shapes = {"wide": (4, 512), "narrow": (4, 96), "odd": (4, 30), "norm": (512,)}
    tensors = [tensor(name, rng.standard_normal(shape), GGMLType.F32) for name, shape in shapes.items()]
    write_gguf(tmp_path / "a.gguf", {"general.architecture": "llama", "list": ["x"]}, tensors)
    requantize(tmp_path / "a.gguf", tmp_path / "b.gguf", GGMLType.Q4_K)
    a, b = GGUFFile(tmp_path / "a.gguf"), GGUFFile(tmp_path / "b.gguf")
    kinds = {name: info.type.name for name, info in b.tensors.items()}
    assert kinds == {"wide": "Q4_K", "narrow": "Q5_0", "odd": "F16", "norm": "F32"}
    assert np.array_equal(a.tensor("norm"), b.tensor("norm"))
    assert b.metadata["list"] == ["x"] and b.metadata["general.file_type"] == 14
    assert type_for((7,), GGMLType.Q8_0) is GGMLType.F32


@pytest.mark.parametrize("old", [GGMLType.F16, GGMLType.Q8_0, GGMLType.Q6_K], ids=lambda t: t.name)
def test_a_matrix_of_several_pieces_is_requantized_as_if_it_were_one(tmp_path, old):
    numbers = np.random.default_rng(6).standard_normal((2 * PIECE // 768 + 5, 768))
    write_gguf(tmp_path / "a.gguf", {}, [tensor("large", numbers, old)])
    requantize(tmp_path / "a.gguf", tmp_path / "b.gguf", GGMLType.Q5_K)
    a, b = GGUFFile(tmp_path / "a.gguf"), GGUFFile(tmp_path / "b.gguf")
    assert np.array_equal(b.raw("large"), quantize(a.tensor("large"), GGMLType.Q5_K))


@pytest.mark.parametrize("type_", [GGMLType.Q4_K, GGMLType.Q5_K], ids=lambda t: t.name)
@pytest.mark.parametrize("spread", [0.0, 0.005, 0.03])
def test_groups_of_nearly_equal_weights_do_not_ruin_their_block(type_, spread):
    """Where all integers of a group are the same, no minimum can be told from them; a large one would coarsen the others."""
    rng = np.random.default_rng(7)
    levels = rng.uniform(0.2, 1, (500, 8, 1)) * (1 + rng.uniform(-spread, spread, (500, 8, 32)))
    rows = levels.reshape(500, 256).astype(np.float32)
    rows[0] = np.r_[np.full(32, 1.970123529434204), np.linspace(-0.3, 0.3, 224)]
    error = np.abs(dequantize(quantize(rows, type_), type_).reshape(rows.shape) - rows)
    assert error[0, 32:].max() < 0.02 and error.max() < 0.05


LARGEST = {  # the largest magnitude that each type can hold: its integers times the largest half-precision number
    GGMLType.F16: 65504, GGMLType.BF16: 3.38e38, GGMLType.Q4_0: 65504 * 8, GGMLType.Q4_1: 65504, GGMLType.Q5_0: 65504 * 16,
    GGMLType.Q5_1: 65504, GGMLType.Q8_0: 65504 * 127, GGMLType.Q4_K: 65504 * 63, GGMLType.Q5_K: 65504 * 63,
    GGMLType.Q6_K: 65504 * 124 * 31,
}  # fmt: skip


@pytest.mark.parametrize("type_", LARGEST, ids=lambda t: t.name)
@pytest.mark.parametrize("sign", [1, -1])
def test_numbers_beyond_a_types_range_are_refused(type_, sign):
    rows = np.random.default_rng(5).uniform(-1, 1, (3, 256)).astype(np.float32)
    rows[1, 40] = sign * LARGEST[type_] * 0.99
    assert np.isfinite(dequantize(quantize(rows, type_), type_)).all()
    for factor in (50.0, 1e4, 1e20, 1e30):
        with np.errstate(over="ignore"):
            rows[1, 40] = np.float32(sign * min(LARGEST[type_] * factor, 3.4e38))
        with pytest.raises(ValueError, match=rf"{type_.name} cannot hold weights as large as"):
            quantize(rows, type_)


def test_what_is_infinite_stays_so_where_it_can():
    numbers = np.array([np.inf, -np.inf, np.nan, 1.0], np.float32)
    for type_ in (GGMLType.F16, GGMLType.BF16, GGMLType.F32):
        assert np.array_equal(dequantize(quantize(numbers, type_), type_), numbers, equal_nan=True)


def test_a_file_is_not_written_with_weights_that_do_not_fit(tmp_path):
    write_gguf(tmp_path / "a.gguf", {}, [tensor("large", np.full((1, 32), 1e7), GGMLType.F32)])
    with pytest.raises(ValueError, match=r"the tensor 'large': Q4_0 cannot hold weights as large as 1e\+07"):
        requantize(tmp_path / "a.gguf", tmp_path / "b.gguf", GGMLType.Q4_0)
    assert not (tmp_path / "b.gguf").exists()
