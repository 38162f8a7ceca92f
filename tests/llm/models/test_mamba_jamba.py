"""Mamba and Jamba against Transformers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from tests.llm.models.conftest import randomise, text, worst
from transformers import JambaConfig as TheirJamba
from transformers import JambaForCausalLM, MambaForCausalLM
from transformers import MambaConfig as TheirMamba

from nlpjourney.llm.blocks.cache import KVCache
from nlpjourney.llm.models.auto import load_decoder
from nlpjourney.llm.models.jamba import Jamba, JambaConfig
from nlpjourney.llm.models.mamba import Mamba, MambaConfig

MAMBA: dict[str, Any] = {"vocab_size": 97, "hidden_size": 32, "num_hidden_layers": 3, "state_size": 6}
JAMBA: dict[str, Any] = {
    "vocab_size": 97,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "num_experts": 4,
    "attn_layer_period": 4,
    "attn_layer_offset": 2,
    "mamba_d_state": 6,
}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"use_bias": True, "use_conv_bias": False, "conv_kernel": 3, "expand": 1},
        {"tie_word_embeddings": False, "time_step_rank": 5},
    ],
)
def test_mamba(check_decoder: Any, more: dict[str, Any]) -> None:
    # With a bias, Transformers' padding reaches the text through the convolution; ours does not.
    leaks = more.get("use_bias", False)
    check_decoder(MambaForCausalLM(TheirMamba(**{**MAMBA, **more})), Mamba, positions=False, their_padding=not leaks)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"num_experts": 1, "mamba_proj_bias": True, "mamba_conv_bias": False},
        {"tie_word_embeddings": True, "mamba_dt_rank": 5},
    ],
)
def test_jamba(check_decoder: Any, more: dict[str, Any]) -> None:
    leaks = more.get("mamba_proj_bias", False)
    check_decoder(JambaForCausalLM(TheirJamba(**{**JAMBA, **more})), Jamba, tolerance=5e-5, their_padding=not leaks)


@torch.inference_mode()
def test_mambas_memory_does_not_grow() -> None:
    model = Mamba(MambaConfig.from_published({**MAMBA, "model_type": "mamba"}))
    sizes = []
    for length in (5, 50):
        cache = KVCache()
        model(torch.zeros(1, length, dtype=torch.long), cache=cache)
        sizes.append(cache.n_bytes)
    c = model.config
    assert sizes == [c.n_layers * c.d_inner * (c.d_state + c.d_conv - 1) * 4] * 2
    with pytest.raises(ValueError, match="cannot be taken back"):
        cache.truncate(10)

    jamba = Jamba(JambaConfig.from_published({**JAMBA, "model_type": "jamba"}))
    cache = KVCache()
    jamba(torch.zeros(1, 10, dtype=torch.long), cache=cache)
    states = 3 * 64 * (6 + 3) * 4  # three Mamba layers
    assert cache.n_bytes == states + 10 * 2 * 2 * 8 * 4  # one attending layer: tokens · (keys, values) · heads · d_head


def test_steps_start_where_the_paper_says() -> None:
    model = Mamba(MambaConfig(vocab_size=9, d_model=64, n_layers=1, d_inner=2000, dt_rank=4))
    steps = torch.nn.functional.softplus(model.layers[0].mixer.dt_proj.bias.detach())  # type: ignore[union-attr, arg-type]
    assert 0.00099 < float(steps.min()) < 0.0011 and 0.09 < float(steps.max()) < 0.1001
    assert float(steps.log().mean()) == pytest.approx(torch.tensor(0.01).log().item(), abs=0.1)


def test_gradients_reach_every_weight() -> None:
    model = Jamba(JambaConfig.from_published({**JAMBA, "num_experts_per_tok": 4, "model_type": "jamba"}))
    ids = torch.arange(20).view(1, 20)
    torch.nn.functional.cross_entropy(model(ids)[0, :-1], ids[0, 1:]).backward()
    assert [n for n, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0] == []


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("kind", ["mamba", "jamba"])
@torch.inference_mode()
def test_in_half_precision(tmp_path: Path, kind: str, dtype: torch.dtype) -> None:
    """As near to the model in float32 as that of Transformers is; at once and token by token."""
    theirs = MambaForCausalLM(TheirMamba(**MAMBA)) if kind == "mamba" else JambaForCausalLM(TheirJamba(**JAMBA))
    randomise(theirs)
    theirs.eval().save_pretrained(tmp_path)
    ids = text()
    exact = theirs(ids, use_cache=False).logits
    ours = load_decoder(tmp_path, dtype)
    found, cache = ours(ids), KVCache()
    steps = torch.cat([ours(ids[:, i : i + 1], cache=cache) for i in range(ids.shape[1])], dim=1)
    assert found.dtype == steps.dtype == dtype
    allowed = 2 * worst(theirs.to(dtype)(ids, use_cache=False).logits.float(), exact)
    assert 0 < worst(found.float(), exact) < allowed and worst(steps.float(), exact) < allowed


def test_padding_behind_a_text_that_goes_on_is_refused() -> None:
    model, cache = Mamba(MambaConfig(vocab_size=9, d_model=16, n_layers=1, d_inner=32, dt_rank=1)), KVCache()
    ids = torch.tensor([[1, 2, 3]])
    behind = torch.tensor([[True, True, False]])
    model(ids, mask=behind)  # as in training: nothing comes after it
    model(ids, mask=~behind, cache=cache)
    with pytest.raises(ValueError, match="a hole in it: pad on the left"):
        model(ids, mask=behind, cache=KVCache())
    with pytest.raises(ValueError, match="a hole in it: pad on the left"):
        model(ids, mask=torch.tensor([[False, True, True]]), cache=cache)
