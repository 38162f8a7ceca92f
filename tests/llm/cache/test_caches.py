"""Bytes by formula and by counting; rounded caches."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpjourney.llm.blocks.cache import KVCache
from nlpjourney.llm.cache import size as cache_size
from nlpjourney.llm.cache.quantized import QuantizedKVCache, round_to
from nlpjourney.llm.models.llama import Llama, LlamaConfig


def test_the_published_numbers():
    """Llama 2 7B: half a megabyte a token; Llama 3 8B and Mistral 7B a quarter of that; DeepSeek-V2's latents."""
    assert cache_size.per_token(32, 32, 128) == 512 * 1024
    assert cache_size.per_token(32, 8, 128) == 128 * 1024
    assert cache_size.of_text(100_000, cache_size.per_token(32, 8, 128), window=4096) == 512 * 1024**2
    # "equal to that of GQA with only 2.25 groups" (DeepSeek-V2, section 2.1.4), of heads of 128
    assert cache_size.latent_per_token(60, 512, 64) == cache_size.per_token(60, 1, 128) * 2.25


@pytest.mark.parametrize("n_kv_heads", [1, 2, 4])
def test_the_formula_is_what_the_cache_of_a_model_holds(n_kv_heads):
    model = Llama(LlamaConfig(vocab_size=50, d_model=32, n_layers=3, n_heads=4, n_kv_heads=n_kv_heads, d_ff=64)).eval()
    cache = KVCache()
    with torch.no_grad():
        model(torch.arange(20)[None], cache=cache)
    assert cache.n_bytes == cache_size.of_text(20, cache_size.per_token(3, n_kv_heads, 8, 4))


@settings(max_examples=60, deadline=None)
@given(
    bits=st.sampled_from([2, 4, 8]), axis=st.sampled_from([-1, -2]),
    shape=st.tuples(st.integers(1, 3), st.integers(1, 7), st.integers(1, 9)),
    scale=st.sampled_from([0.0, 1e-3, 1.0, 100.0]), seed=st.integers(0, 99),
)  # fmt: skip
def test_rounding_is_off_by_half_a_step(bits, axis, shape, scale, seed):
    x = torch.randn(shape, generator=torch.Generator().manual_seed(seed)) * scale
    rounded = round_to(x, bits, axis)
    found = rounded.numbers()
    reach = x.amax(axis, keepdim=True) - x.amin(axis, keepdim=True)
    # Scale and minimum are half-precision numbers, which are exact to one part in 2048.
    allowed = reach / (2**bits - 1) * 0.51 + x.abs().amax(axis, keepdim=True) / 512 + 2e-7 * 2**bits
    assert found.shape == x.shape and ((found - x).abs() <= allowed).all()
    assert rounded.codes.numel() == -(-x.numel() * bits // 8)


def test_other_bits_are_refused():
    with pytest.raises(ValueError, match="2, 4 or 8 bits here, not 3"):
        round_to(torch.ones(2, 2), 3, -1)


def test_a_rounded_cache_in_a_model():
    """8 bits change the logits little and 2 bits much; the bytes are those of integers, scales and the newest tokens."""
    torch.manual_seed(0)
    model = Llama(LlamaConfig(vocab_size=50, d_model=64, n_layers=2, n_heads=4, n_kv_heads=2, d_ff=128)).eval()
    ids = torch.randint(0, 50, (1, 100))
    errors, sizes = {}, {}
    with torch.no_grad():
        exact = model(ids)
        for bits in (8, 4, 2):
            cache = QuantizedKVCache(bits, bits)
            found = torch.cat([model(ids[:, i : i + 1], cache=cache) for i in range(100)], dim=1)
            errors[bits], sizes[bits] = (found - exact).abs().mean().item(), cache.n_bytes
            assert cache.length == 100
            assert torch.allclose(found[:, :32], exact[:, :32], atol=1e-5)  # the first group is seen exactly
    assert errors[8] < errors[4] < errors[2]
    # 96 of 100 tokens are rounded: 2 layers · 2 heads · 16 numbers, keys with a scale and a minimum for each of 16 channels in
    # 3 groups, values for each token; 4 tokens are kept in float32.
    rounded = 2 * 2 * (2 * 96 * 16 * 4 // 8 + 4 * (3 * 16 + 96))
    assert sizes[4] == rounded + 2 * 2 * 2 * 4 * 16 * 4
    with pytest.raises(ValueError, match="cannot be cut"):
        cache.truncate(5)


def test_keys_with_a_large_channel_want_a_scale_for_each_channel():
    """What KIVI found: one channel that is large for all tokens spoils a scale that all channels share."""
    keys = torch.randn(1, 1, 32, 16, generator=torch.Generator().manual_seed(0))
    keys[..., 3] += 40
    others = np.delete(np.arange(16), 3)
    by_channel, by_token = ((round_to(keys, 4, axis).numbers() - keys)[..., others].abs().mean() for axis in (-2, -1))
    assert by_channel < by_token / 5
