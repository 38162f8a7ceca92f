"""Transformers' Mixtral, DeepSeek-V2, Mamba and Jamba beside ours: the same random weights, the same logits and caches."""

import json
import tempfile
from importlib.metadata import version

import torch
from transformers import (
    DeepseekV2Config,
    DeepseekV2ForCausalLM,
    JambaConfig,
    JambaForCausalLM,
    MambaConfig,
    MambaForCausalLM,
    MixtralConfig,
    MixtralForCausalLM,
)

from nlpjourney.assets import corpora
from nlpjourney.llm.blocks.cache import KVCache
from nlpjourney.llm.models import load_decoder

torch.set_grad_enabled(False)
torch.manual_seed(0)
torch.set_num_threads(1)
shape = {"vocab_size": 256, "hidden_size": 96, "num_hidden_layers": 4}
heads = {"num_attention_heads": 6, "intermediate_size": 160}
latent = {"kv_lora_rank": 24, "q_lora_rank": 32, "qk_nope_head_dim": 16, "qk_rope_head_dim": 8, "v_head_dim": 16}
experts = {"n_routed_experts": 8, "num_experts_per_tok": 3, "moe_intermediate_size": 48, "first_k_dense_replace": 1}
random = {"initializer_range": 0.15}
models = {
    "Mixtral": MixtralForCausalLM(MixtralConfig(**shape, **heads, **random, num_key_value_heads=2)),
    "DeepSeek-V2": DeepseekV2ForCausalLM(DeepseekV2Config(**shape, **heads, **latent, **experts, **random)),
    "Mamba": MambaForCausalLM(MambaConfig(**shape, **random)),
    "Jamba": JambaForCausalLM(
        JambaConfig(**shape, **heads, **random, num_key_value_heads=2, attn_layer_period=4, attn_layer_offset=1)
    ),
}
ids = torch.tensor(list(corpora.english_text(10_000).encode()[:200])).view(2, 100)
worst = {}
for name, theirs in models.items():
    theirs.eval()
    with tempfile.TemporaryDirectory() as folder:
        theirs.save_pretrained(folder)
        ours = load_decoder(folder)
    expected = theirs(ids).logits
    cache = KVCache()
    pieces = torch.cat([ours(piece, cache=cache) for piece in (ids[:, :80], *ids[:, 80:].split(1, dim=1))], dim=1)
    largest = float(expected.abs().max())
    worst[name] = max(float((logits - expected).abs().max()) for logits in (ours(ids), pieces)) / largest
    assert largest > 0.5 and worst[name] < 1e-4, (name, largest, worst[name])
result = "logits of 200 bytes of real text, at once and token by token, relative to the largest: "
result += ", ".join(f"{name} {difference:.0e}" for name, difference in worst.items())
print(json.dumps({"version": version("transformers"), "result": result}))
