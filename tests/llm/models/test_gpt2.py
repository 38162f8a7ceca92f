"""GPT-2 against Transformers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import GPT2Config as TheirConfig
from transformers import GPT2LMHeadModel

from nlpjourney.llm.models.gpt2 import GPT2, GPT2Config

SIZES: dict[str, Any] = {"vocab_size": 97, "n_positions": 40, "n_embd": 32, "n_layer": 3, "n_head": 4}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"n_inner": 40, "activation_function": "gelu"},
        {"scale_attn_by_inverse_layer_idx": True, "layer_norm_epsilon": 0.1},
    ],
)
def test_gpt2(check_decoder: Any, more: dict[str, Any]) -> None:
    check_decoder(GPT2LMHeadModel(TheirConfig(**SIZES, **more)), GPT2)


def test_the_first_published_files_have_other_names(tmp_path: Path) -> None:
    """openai-community/gpt2: no prefix, and the causal mask stored beside the weights."""
    GPT2LMHeadModel(TheirConfig(**SIZES)).save_pretrained(tmp_path)
    new = GPT2.from_pretrained(tmp_path)
    old = {name.removeprefix("transformer."): t for name, t in load_file(tmp_path / "model.safetensors").items()}
    old["h.0.attn.bias"] = torch.ones(1, 1, 40, 40)
    save_file(old, tmp_path / "model.safetensors")
    ids = torch.arange(9)[None]
    assert torch.equal(GPT2.from_pretrained(tmp_path)(ids), new(ids))


def test_too_long_a_text_is_refused() -> None:
    model = GPT2(GPT2Config(vocab_size=9, n_positions=4, d_model=8, n_layers=1, n_heads=2, d_ff=8))
    with pytest.raises(ValueError, match="4 positions, the text has 5 tokens"):
        model(torch.zeros(1, 5, dtype=torch.long))
    with pytest.raises(ValueError, match="shape of ids"):
        model(torch.zeros(1, 3, dtype=torch.long), mask=torch.ones(1, 2, dtype=torch.bool))
    with pytest.raises(ValueError, match="at least one token"):
        model(torch.zeros(1, 0, dtype=torch.long))


def test_unsupported_settings_are_named() -> None:
    with pytest.raises(ValueError, match="'add_cross_attention' = True is not supported for gpt2"):
        GPT2Config.from_published({**SIZES, "model_type": "gpt2", "add_cross_attention": True})
