"""Mixtral and DeepSeek-V2 against Transformers."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from transformers import DeepseekV2Config, DeepseekV2ForCausalLM, JambaConfig, JambaForCausalLM, MixtralForCausalLM
from transformers import MixtralConfig as TheirMixtral

from nlpjourney.llm.blocks.cache import KVCache
from nlpjourney.llm.blocks.experts import load_balancing_loss, router_logits
from nlpjourney.llm.models.deepseek import Deepseek, DeepseekConfig
from nlpjourney.llm.models.jamba import Jamba
from nlpjourney.llm.models.llama import Llama
from nlpjourney.llm.models.mixtral import Mixtral, MixtralConfig

SHAPE: dict[str, Any] = {
    "vocab_size": 97,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "max_position_embeddings": 64,
}
MIXTRAL = {**SHAPE, "num_key_value_heads": 2, "num_local_experts": 5, "num_experts_per_tok": 2}
DEEPSEEK = {
    **SHAPE,
    "kv_lora_rank": 12,
    "q_lora_rank": 10,
    "qk_nope_head_dim": 8,
    "qk_rope_head_dim": 4,
    "v_head_dim": 6,
    "n_routed_experts": 8,
    "n_shared_experts": 2,
    "num_experts_per_tok": 3,
    "moe_intermediate_size": 20,
    "first_k_dense_replace": 1,
}


@pytest.mark.parametrize(
    "more", [{}, {"sliding_window": 6, "num_experts_per_tok": 1}, {"num_experts_per_tok": 5, "head_dim": 12}]
)
def test_mixtral(check_decoder: Any, more: dict[str, Any]) -> None:
    check_decoder(MixtralForCausalLM(TheirMixtral(**{**MIXTRAL, **more})), Mixtral)


@torch.inference_mode()
def test_load_balancing_loss(check_decoder: Any) -> None:
    theirs = MixtralForCausalLM(TheirMixtral(**MIXTRAL))
    ours = check_decoder(theirs, Mixtral)
    ids = torch.arange(40).view(2, 20) % 97
    mask = torch.ones(2, 20, dtype=torch.long)
    for real in (mask, mask.index_fill(1, torch.arange(4), 0)):
        with router_logits(ours) as logits:
            ours(ids, mask=real.bool())
        assert [tuple(layer.shape) for layer in logits] == [(40, 5)] * 3
        expected = theirs(
            ids, attention_mask=real, output_router_logits=True, position_ids=(real.cumsum(1) - 1).clamp(min=0)
        )
        # Where a text is padding, router logits differ (ours look at themselves, theirs at nothing): the mask leaves them out.
        got = load_balancing_loss(logits, 2, real.bool())
        assert float(got) == pytest.approx(float(expected.aux_loss), abs=1e-5)
    with router_logits(ours) as logits:
        pass
    ours(ids)
    assert logits == []  # nothing is collected outside


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"q_lora_rank": None, "first_k_dense_replace": 0, "attention_bias": True},
        {"topk_method": "group_limited_greedy", "n_group": 4, "topk_group": 2, "routed_scaling_factor": 2.5},
        {
            "rope_parameters": {
                "rope_type": "yarn",
                "rope_theta": 100.0,
                "factor": 4.0,
                "original_max_position_embeddings": 16,
                "mscale": 0.7,
                "mscale_all_dim": 1.1,
            }
        },
    ],
)
def test_deepseek(check_decoder: Any, more: dict[str, Any]) -> None:
    check_decoder(DeepseekV2ForCausalLM(DeepseekV2Config(**{**DEEPSEEK, **more})), Deepseek, tolerance=2e-5)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (MixtralForCausalLM(TheirMixtral(**MIXTRAL)), Mixtral),
        (DeepseekV2ForCausalLM(DeepseekV2Config(**DEEPSEEK)), Deepseek),
        (JambaForCausalLM(JambaConfig(**MIXTRAL, num_experts=4, attn_layer_period=2, attn_layer_offset=1)), Jamba),
    ],
    ids=["mixtral", "deepseek", "jamba"],
)
@torch.inference_mode()
def test_experts_in_one_tensor(theirs: Any, ours: Any) -> None:
    """Transformers holds all experts of a layer together, and some tools write them so."""
    tensors = {name: t.clone() for name, t in theirs.state_dict().items()}
    assert any(name.endswith("experts.gate_up_proj") for name in tensors)
    model = ours.from_tensors(theirs.config.to_dict(), tensors)
    ids = torch.arange(20)[None]
    torch.testing.assert_close(model(ids), theirs.eval()(ids).logits, atol=1e-5, rtol=1e-4)


@torch.inference_mode()
def test_the_cache_is_as_small_as_the_paper_says() -> None:
    model = Deepseek(DeepseekConfig.from_published({**DEEPSEEK, "model_type": "deepseek_v2"}))
    cache = KVCache()
    model(torch.zeros(2, 9, dtype=torch.long), cache=cache)
    c = model.config
    assert cache.n_bytes == 2 * 9 * c.n_layers * (c.kv_rank + c.d_rope) * 4
    mixtral = Mixtral(MixtralConfig.from_published({**MIXTRAL, "model_type": "mixtral"}))
    cache = KVCache()
    mixtral(torch.zeros(2, 9, dtype=torch.long), cache=cache)
    assert (
        cache.n_bytes == 2 * 9 * 3 * 2 * 2 * 8 * 4
    )  # texts · tokens · layers · (keys, values) · heads · d_head · float32


def test_experts_are_cheap() -> None:
    """All experts hold parameters, only the chosen ones compute: the others get no gradient."""
    model = Mixtral(MixtralConfig.from_published({**MIXTRAL, "model_type": "mixtral"}))
    dense = Llama(MixtralConfig.from_published({**MIXTRAL, "model_type": "mixtral"}))
    assert model.n_parameters - dense.n_parameters == 3 * (4 * 3 * 32 * 48 + 5 * 32)
    model(torch.zeros(1, 1, dtype=torch.long)).sum().backward()
    used = {
        n.split("experts.")[1][0]
        for n, p in model.named_parameters()
        if "layers.0" in n and "experts" in n and p.grad is not None
    }
    assert len(used) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"norm_topk_prob": True}, "'norm_topk_prob' = True is not supported for deepseek_v2"),
        ({"topk_method": "noaux_tc"}, "only 'greedy' or 'group_limited_greedy'"),
        (
            {"topk_method": "group_limited_greedy", "n_group": 3, "topk_group": 1},
            "8 experts cannot be chosen from 1 of 3",
        ),
        ({"num_experts_per_tok": 9}, "top_k must be between 1 and 8"),
        ({"kv_lora_rank": None}, "lacks 'kv_lora_rank'"),
    ],
)
def test_what_is_not_supported_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Deepseek(DeepseekConfig.from_published({**DEEPSEEK, "model_type": "deepseek_v2", **change}))
