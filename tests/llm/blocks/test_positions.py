"""Positions: sinusoids, ALiBi, T5's buckets, RoPE."""

from __future__ import annotations

import math

import pytest
import torch
from transformers.models.bloom.modeling_bloom import build_alibi_tensor
from transformers.models.t5.modeling_t5 import T5Attention

from nlpjourney.llm.blocks.positions import RelativeBias, alibi_bias, alibi_slopes, relative_bucket, sinusoidal
from nlpjourney.llm.blocks.rope import Rope, RopeScaling, frequencies, rotate


def test_sinusoids_are_those_of_the_paper() -> None:
    table = sinusoidal(50, 8)
    for position in (0, 1, 49):
        for i in range(4):
            angle = position / 10_000 ** (2 * i / 8)
            assert table[position, 2 * i] == pytest.approx(math.sin(angle), abs=1e-5)
            assert table[position, 2 * i + 1] == pytest.approx(math.cos(angle), abs=1e-5)
    # A step of n is the same turn everywhere: dot products depend on the distance only.
    dots = table @ table.T
    for n in (1, 7):
        diagonal = dots.diagonal(n)
        torch.testing.assert_close(diagonal, diagonal[:1].expand_as(diagonal))
    with pytest.raises(ValueError, match="even"):
        sinusoidal(3, 5)


@pytest.mark.parametrize("n_heads", [1, 2, 3, 6, 8, 12, 16, 20])
def test_alibi_is_that_of_bloom(n_heads: int) -> None:
    theirs = build_alibi_tensor(torch.ones(1, 7), n_heads, torch.float32)[:, 0]  # (H, S): slope · key position
    ours = alibi_bias(n_heads, 7, 7)
    # Theirs leaves out the query's position, which moves all scores of a query alike.
    torch.testing.assert_close(ours - ours[:, :, :1], (theirs - theirs[:, :1])[:, None, :].expand_as(ours))
    torch.testing.assert_close(alibi_bias(n_heads, 2, 7), ours[:, 5:])
    assert float(ours.diagonal(dim1=1, dim2=2).abs().max()) == 0


def test_alibi_slopes_halve() -> None:
    assert alibi_slopes(8).tolist() == [2.0**-i for i in range(1, 9)]


@pytest.mark.parametrize("both_ways", [True, False])
@pytest.mark.parametrize(("n_buckets", "max_distance"), [(32, 128), (8, 20), (4, 3)])
def test_buckets_are_those_of_t5(both_ways: bool, n_buckets: int, max_distance: int) -> None:
    distance = torch.arange(-300, 301)
    theirs = T5Attention._relative_position_bucket(distance, both_ways, n_buckets, max_distance)
    ours = relative_bucket(distance, n_buckets, max_distance, both_ways)
    assert torch.equal(ours, theirs)
    assert int(ours.max()) == n_buckets - 1
    if not both_ways:
        assert int(ours[distance > 0].max()) == 0


def test_a_bias_for_the_last_query_is_the_last_row() -> None:
    bias = RelativeBias(8, 20, 4, both_ways=False)
    torch.testing.assert_close(bias(1, 12), bias(12, 12)[:, :, -1:])


@pytest.mark.parametrize("interleaved", [False, True])
def test_turning_keeps_lengths_and_shows_distances(interleaved: bool) -> None:
    g = torch.Generator().manual_seed(0)
    q, k = torch.randn(8, generator=g), torch.randn(8, generator=g)
    cos, sin = Rope(RopeScaling(theta=100.0), 8).tables(torch.arange(40), torch.float32, 40)
    qs = rotate(q.expand(1, 1, 40, 8), cos, sin, interleaved)[0, 0]
    ks = rotate(k.expand(1, 1, 40, 8), cos, sin, interleaved)[0, 0]
    torch.testing.assert_close(qs.norm(dim=-1), q.norm().expand(40))
    torch.testing.assert_close(qs[0], q)
    dots = qs @ ks.T
    for n in (-5, 0, 11):
        diagonal = dots.diagonal(n)
        torch.testing.assert_close(diagonal, diagonal[:1].expand_as(diagonal), atol=1e-5, rtol=1e-5)
    assert float(dots.diagonal(3)[0] - dots.diagonal(4)[0]) != pytest.approx(0, abs=1e-3)


def test_a_turn_is_a_complex_product() -> None:
    x = torch.randn(1, 1, 6, 8, generator=torch.Generator().manual_seed(1))
    rope = RopeScaling(theta=50.0)
    theta, _ = frequencies(rope, 8, 6)
    turn = torch.polar(torch.ones(6, 4), torch.arange(6)[:, None] * theta)
    cos, sin = Rope(rope, 8).tables(torch.arange(6), torch.float32, 6)
    half = torch.complex(x[..., :4], x[..., 4:]) * turn
    torch.testing.assert_close(rotate(x, cos, sin), torch.cat([half.real, half.imag], -1))
    neighbours = torch.view_as_complex(x.view(1, 1, 6, 4, 2)) * turn
    torch.testing.assert_close(rotate(x, cos, sin, interleaved=True), torch.view_as_real(neighbours).flatten(3))


def test_positions_may_differ_from_text_to_text() -> None:
    x = torch.randn(2, 3, 4, 8, generator=torch.Generator().manual_seed(1))
    rope = Rope(RopeScaling(), 8)
    positions = torch.tensor([[0, 0, 1, 2], [3, 4, 5, 6]])
    together = rotate(x, *rope.tables(positions, torch.float32, 7))
    for b in range(2):
        alone = rotate(x[b : b + 1], *rope.tables(positions[b], torch.float32, 7))
        torch.testing.assert_close(together[b : b + 1], alone)


def test_tables_are_remade_when_needed() -> None:
    rope = Rope(RopeScaling(kind="dynamic", factor=2.0, max_positions=8), 8)
    short = rope.tables(torch.arange(5), torch.float32, 5)[0]
    rope.tables(torch.arange(30), torch.float32, 30)
    assert torch.equal(rope.tables(torch.arange(5), torch.float32, 5)[0], short)
    assert rope.tables(torch.arange(5), torch.bfloat16, 5)[0].dtype == torch.bfloat16
    plain = Rope(RopeScaling(), 8)
    assert plain.tables(torch.arange(1000), torch.float32, 1000)[0].shape == (1000, 4)


def test_what_the_scalings_do_to_the_slowest_and_the_fastest_pair() -> None:
    plain, _ = frequencies(RopeScaling(), 64, 10)
    yarn, temperature = frequencies(RopeScaling(kind="yarn", factor=4.0, original_max_positions=2048), 64, 10)
    llama3, _ = frequencies(RopeScaling(kind="llama3", factor=4.0, original_max_positions=2048), 64, 10)
    for scaled in (yarn, llama3):
        assert scaled[0] == plain[0] and scaled[-1] == pytest.approx(float(plain[-1]) / 4)
        assert ((scaled <= plain * 1.0001) & (scaled >= plain / 4.0001)).all()
    assert temperature == pytest.approx(0.1 * math.log(4) + 1)
    with pytest.raises(ValueError, match="longrope needs 32 factors for heads of 64, got 2"):
        frequencies(RopeScaling(kind="longrope", factor=2.0, short_factor=[1, 1], long_factor=[1, 1]), 64, 10)
