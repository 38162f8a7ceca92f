"""Llama and its relatives against Transformers, with the same random weights."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from transformers import (
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)
from transformers import LlamaConfig as TheirConfig

from nlpjourney.llm.models.llama import Llama, LlamaConfig

SIZES: dict[str, Any] = {
    "vocab_size": 97,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
}
SCALINGS: dict[str, dict[str, Any]] = {
    "default": {"rope_type": "default"},
    "linear": {"rope_type": "linear", "factor": 4.0},
    "dynamic": {"rope_type": "dynamic", "factor": 4.0},
    "yarn": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16},
    "yarn, temperature": {
        "rope_type": "yarn",
        "factor": 4.0,
        "original_max_position_embeddings": 16,
        "mscale": 0.7,
        "mscale_all_dim": 1.2,
        "beta_fast": 8.0,
        "beta_slow": 2.0,
        "truncate": False,
    },
    "yarn, own factor": {
        "rope_type": "yarn",
        "factor": 4.0,
        "original_max_position_embeddings": 16,
        "attention_factor": 1.3,
    },
    "llama3": {
        "rope_type": "llama3",
        "factor": 4.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 16,
    },
    "longrope": {
        "rope_type": "longrope",
        "factor": 4.0,
        "original_max_position_embeddings": 64,
        "short_factor": [1.0, 1.1, 1.2, 1.5],
        "long_factor": [1.0, 2.0, 3.0, 4.0],
    },
}


@pytest.mark.parametrize("kind", SCALINGS)
def test_llama_with_every_rope_scaling(check_decoder: Any, kind: str) -> None:
    rope = {"rope_theta": 1000.0, **SCALINGS[kind]}
    check_decoder(LlamaForCausalLM(TheirConfig(**SIZES, rope_parameters=rope)), Llama)


@pytest.mark.parametrize("kind", ["dynamic", "longrope"])
@torch.inference_mode()
def test_scalings_that_depend_on_the_length(kind: str, tmp_path: Any) -> None:
    """Short of the trained length, at it, just beyond it, and far beyond: each with a fresh model, since theirs remembers."""
    trained, rope = 16, {"rope_theta": 1000.0, **SCALINGS[kind], "original_max_position_embeddings": 16}
    if kind == "dynamic":
        del rope["original_max_position_embeddings"]
    sizes = {**SIZES, "max_position_embeddings": trained if kind == "dynamic" else 64}
    torch.manual_seed(0)
    base = LlamaForCausalLM(TheirConfig(**sizes, rope_parameters=rope, initializer_range=0.3)).eval()
    base.save_pretrained(tmp_path)
    ours = Llama.from_pretrained(tmp_path)
    ids = torch.randint(0, 97, (2, 50), generator=torch.Generator().manual_seed(1))
    for length in (8, 16, 17, 50, 8):
        theirs = LlamaForCausalLM.from_pretrained(tmp_path).eval()
        expected = theirs(ids[:, :length], use_cache=False).logits
        assert float((ours(ids[:, :length]) - expected).abs().max()) < 2e-5, length


def test_llama_settings(check_decoder: Any) -> None:
    """Biases, tied embeddings, heads whose sizes do not add up to d_model, multi-query and plain multi-head."""
    check_decoder(LlamaForCausalLM(TheirConfig(**SIZES, attention_bias=True, mlp_bias=True)), Llama)
    for n_kv_heads in (1, 4):
        config = TheirConfig(**{**SIZES, "num_key_value_heads": n_kv_heads}, tie_word_embeddings=True, head_dim=12)
        check_decoder(LlamaForCausalLM(config), Llama)


@pytest.mark.parametrize("window", [None, 1, 6, 7, 24, 100])
def test_mistral(check_decoder: Any, window: int | None) -> None:
    check_decoder(MistralForCausalLM(MistralConfig(**SIZES, sliding_window=window)), Llama)


@pytest.mark.parametrize("windowed", [False, True])
def test_qwen(check_decoder: Any, windowed: bool) -> None:
    more = {"use_sliding_window": windowed, "sliding_window": 6, "max_window_layers": 1}
    check_decoder(Qwen2ForCausalLM(Qwen2Config(**SIZES, **more, tie_word_embeddings=True)), Llama)
    check_decoder(Qwen3ForCausalLM(Qwen3Config(**SIZES, **more, head_dim=16)), Llama)


def test_gemma(check_decoder: Any) -> None:
    more = {"head_dim": 16, "query_pre_attn_scalar": 24, "sliding_window": 6, "final_logit_softcapping": 3.0}
    config = Gemma3TextConfig(
        **SIZES, **more, layer_types=["sliding_attention", "full_attention", "sliding_attention"], attention_bias=True
    )
    check_decoder(Gemma3ForCausalLM(config), Llama)
    rope = {
        "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 500.0},
        "sliding_attention": {"rope_type": "default", "rope_theta": 50.0},
    }
    config = Gemma3TextConfig(**{**SIZES, "num_hidden_layers": 7}, head_dim=16, sliding_window=5, rope_parameters=rope)
    check_decoder(Gemma3ForCausalLM(config), Llama)


def test_older_configurations_mean_the_same() -> None:
    """Files written before Transformers 5 have rope_theta and rope_scaling apart."""
    old = {**SIZES, "model_type": "llama", "rope_theta": 1000.0, "rope_scaling": {"type": "linear", "factor": 2.0}}
    new = {
        **SIZES,
        "model_type": "llama",
        "rope_parameters": {"rope_type": "linear", "factor": 2.0, "rope_theta": 1000.0},
    }
    assert LlamaConfig.from_published(old) == LlamaConfig.from_published(new)
    old = {**SIZES, "model_type": "gemma3_text", "rope_theta": 7.0, "rope_local_base_freq": 5.0}
    config = LlamaConfig.from_published(old)
    assert config.local_rope is not None
    assert (config.rope.theta, config.local_rope.theta) == (7.0, 5.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rope_parameters": {"rope_type": "spiral", "rope_theta": 1.0}}, "unknown RoPE scaling 'spiral'"),
        ({"rope_parameters": {"rope_type": "linear"}}, "'linear' needs factor"),
        ({"rope_parameters": {"rope_type": "default", "partial_rotary_factor": 0.5}}, "partial_rotary_factor"),
        ({"partial_rotary_factor": 0.5}, "partial_rotary_factor"),
        ({"hidden_size": None}, "lacks 'hidden_size'"),
        ({"hidden_size": "32"}, "'hidden_size' .* must be a whole number"),
        ({"num_hidden_layers": 0}, "at least 1"),
        ({"num_key_value_heads": 3}, "multiple of n_kv_heads"),
        ({"hidden_act": "snake"}, "unknown activation 'snake'"),
        ({"attention_bias": 1}, "true or false"),
        ({"model_type": "granite"}, "'granite' is none of"),
        ({"head_dim": 7}, "even size"),
        (
            {"model_type": "gemma3_text", "attn_logit_softcapping": 50.0},
            "'attn_logit_softcapping' = 50.0 is not supported",
        ),
        ({"model_type": "qwen3", "use_sliding_window": True, "layer_types": ["full_attention"]}, "names 1 layers"),
    ],
)
def test_what_is_not_supported_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Llama(LlamaConfig.from_published({**SIZES, "model_type": "llama", **change}))


def test_a_configuration_that_cannot_be_said_is_not_written() -> None:
    config = LlamaConfig(vocab_size=9, d_model=8, n_layers=1, n_heads=2, d_ff=8)
    assert LlamaConfig.from_published(config.to_published()) == replace(config, n_kv_heads=2, d_head=4)
    with pytest.raises(ValueError, match=r"'llama' cannot say the values of qk_norm"):
        replace(config, qk_norm=True).to_published()
    with pytest.raises(ValueError, match=r"cannot say the values of window"):
        replace(config, window=4).to_published()


def test_gradients_reach_every_weight() -> None:
    config = LlamaConfig(vocab_size=20, d_model=16, n_layers=2, n_heads=4, n_kv_heads=2, d_ff=24, qk_norm=True)
    model = Llama(config, seed=3)
    ids = torch.arange(12).view(1, 12)
    torch.nn.functional.cross_entropy(model(ids)[0, :-1], ids[0, 1:]).backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())
