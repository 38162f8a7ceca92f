"""Absmax and zero-point against PyTorch's own quantizers, and the bounds that rounding must keep."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpjourney.deploy.quantization import Scheme, round_to_nearest
from nlpjourney.llm.rounding import scales_of


def matrix(seed, rows=6, columns=24, shift=0.0):
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed)) + shift


@pytest.mark.parametrize("bits", range(2, 9))
@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("shift", [0.0, 3.0, -3.0])
def test_a_whole_tensor_as_torch_does_it(bits, symmetric, shift):
    x = matrix(bits, shift=shift)
    scheme = Scheme(bits, "tensor", symmetric)
    q = round_to_nearest(x, scheme)
    scale, zero = float(q.scale[0, 0]), int(q.zero[0, 0])
    theirs = torch.fake_quantize_per_tensor_affine(x, scale, zero, scheme.lowest, scheme.highest)
    assert (q.numbers() - theirs).abs().max() <= 1e-6 * scale * 256 or torch.equal(q.numbers(), theirs)
    if bits == 8:
        dtype = torch.qint8 if symmetric else torch.quint8
        assert torch.equal(torch.quantize_per_tensor(x, scale, zero, dtype).int_repr().short(), q.codes)


@pytest.mark.parametrize("bits", [2, 3, 4, 8])
@pytest.mark.parametrize("symmetric", [True, False])
def test_rows_as_torch_does_it(bits, symmetric):
    x = matrix(bits)
    scheme = Scheme(bits, "row", symmetric)
    q = round_to_nearest(x, scheme)
    theirs = torch.fake_quantize_per_channel_affine(
        x, q.scale[:, 0], q.zero[:, 0].int(), 0, scheme.lowest, scheme.highest
    )
    assert torch.allclose(q.numbers(), theirs, atol=1e-6)


def test_scale_and_zero_point_are_those_of_torchs_observers():
    x = matrix(0, shift=1.0)
    observer = torch.ao.quantization.MinMaxObserver(dtype=torch.quint8, qscheme=torch.per_tensor_affine, eps=0.0)
    observer(x)
    scale, zero = observer.calculate_qparams()
    ours = scales_of(x, Scheme(8, "tensor"))
    assert torch.allclose(ours[0][0], scale) and int(ours[1][0, 0]) == int(zero)


def test_groups_are_rows_of_their_own():
    x = matrix(1)
    grouped = round_to_nearest(x, Scheme(4, 8)).numbers()
    apart = [round_to_nearest(piece.contiguous(), Scheme(4, "row")).numbers() for piece in x.split(8, dim=1)]
    assert torch.equal(grouped, torch.cat(apart, dim=1))


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    bits=st.integers(2, 8),
    sharing=st.sampled_from(["tensor", "row", 1, 3, 8, 24]),
    symmetric=st.booleans(),
    size=st.sampled_from([1e-6, 1.0, 1e6]),
)
def test_no_weight_moves_further_than_half_a_step(seed, bits, sharing, symmetric, size):
    """A whole step at the ends of a zero-point range: there the rounded zero point shifts the grid by up to half a step."""
    x = matrix(seed) * size
    scheme = Scheme(bits, sharing, symmetric)
    q = round_to_nearest(x, scheme)
    step = q.scale.repeat_interleave(x.shape[1] // q.scale.shape[1], dim=1)
    assert ((q.numbers() - x).abs() <= step * (0.5 if symmetric else 1.0) * 1.001).all()
    assert q.codes.min() >= scheme.lowest and q.codes.max() <= scheme.highest
    assert torch.allclose(round_to_nearest(q.numbers(), scheme).numbers(), q.numbers(), atol=float(step.max()) * 1.01)


@pytest.mark.parametrize("scheme", [Scheme(4, 8, True), Scheme(2, "row"), Scheme(3, "tensor")])
def test_zero_stays_zero_and_constants_survive(scheme):
    x = matrix(3, shift=2.0)
    x[0], x[1, 5] = 0.0, 0.0
    numbers = round_to_nearest(x, scheme).numbers()
    assert (numbers[0] == 0).all() and numbers[1, 5] == 0
    assert torch.equal(round_to_nearest(torch.zeros(2, 8), scheme).numbers(), torch.zeros(2, 8))
    assert torch.allclose(round_to_nearest(torch.full((2, 8), -0.7), scheme).numbers(), torch.full((2, 8), -0.7))


def test_bits_per_weight_counts_scales_and_zero_points():
    assert Scheme(4, 32, True).bits_per_weight((8, 64)) == 4.5  # as Q4_0
    assert Scheme(4, 64).bits_per_weight((8, 64)) == 4 + 20 / 64
    assert Scheme(8, "row", True).bits_per_weight((8, 64)) == 8.25
    assert Scheme(2, "tensor", True).bits_per_weight((8, 64)) == 2 + 16 / 512


def test_bad_input_is_refused():
    for bits in (1, 9):
        with pytest.raises(ValueError, match="bits must be 2 to 8"):
            Scheme(bits)
    for sharing in ("column", 0, 1.5):
        with pytest.raises(ValueError, match="sharing must be"):
            Scheme(4, sharing)
    with pytest.raises(ValueError, match="no whole groups of 5"):
        round_to_nearest(matrix(0), Scheme(4, 5))
    with pytest.raises(ValueError, match="not a number"):
        round_to_nearest(torch.tensor([[1.0, float("nan")]]), Scheme(4, "row"))
    with pytest.raises(ValueError, match="a matrix is quantized"):
        round_to_nearest(torch.ones(3), Scheme(4, "row"))


@pytest.mark.parametrize("sharing", ["tensor", "row", 2])
def test_a_range_that_no_number_can_hold_is_refused(sharing):
    with pytest.raises(ValueError, match=r"numbers from -3e\+38 to 3e\+38 have a range beyond float32"):
        round_to_nearest(torch.tensor([[3e38, -3e38]]), Scheme(4, sharing))
    largest = torch.tensor([[3e38, -3e38]])
    assert torch.allclose(round_to_nearest(largest, Scheme(4, sharing, symmetric=True)).numbers(), largest)
