"""Transformers beside our blocks: SmolLM2 in both, layer by layer, with and without cache, and a GPT-2 with random weights."""

import json
import tempfile
from importlib.metadata import version

import torch
from transformers import AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel

from nlpjourney import assets
from nlpjourney.llm.blocks.attention import attention_maps
from nlpjourney.llm.blocks.cache import KVCache
from nlpjourney.llm.models import GPT2, load_decoder

torch.set_grad_enabled(False)
torch.manual_seed(0)
torch.set_num_threads(1)


def apart(a: torch.Tensor, b: torch.Tensor) -> float:
    return float((a - b).abs().max() / b.abs().max())


ours = load_decoder(assets.path("smollm2-135m-instruct"))
with tempfile.TemporaryDirectory() as folder:
    ours.save_pretrained(folder)
    theirs = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager").eval()
ids = torch.randint(0, ours.vocab_size, (2, 48))
stream = []
hooks = [layer.register_forward_hook(lambda _m, _x, out: stream.append(out)) for layer in ours.layers]
with attention_maps() as maps:
    logits = ours(ids)
for hook in hooks:
    hook.remove()
out = theirs(ids, output_hidden_states=True, output_attentions=True)
layers = max(apart(a, b) for a, b in zip(stream[:-1], out.hidden_states[1:-1]))
attentions = max(float((a - b).abs().max()) for a, b in zip(maps, out.attentions))
assert len(maps) == len(out.attentions) == 30
assert layers < 1e-4 and attentions < 1e-3 and apart(logits, out.logits) < 1e-4, (layers, attentions)
cache = KVCache()
pieces = torch.cat([ours(piece, cache=cache) for piece in (ids[:, :30], *ids[:, 30:].split(3, dim=1))], dim=1)
assert apart(pieces, out.logits) < 1e-4

random = GPT2LMHeadModel(
    GPT2Config(vocab_size=500, n_positions=64, n_embd=64, n_layer=3, n_head=4, initializer_range=0.2)
).eval()
with tempfile.TemporaryDirectory() as folder:
    random.save_pretrained(folder)
    gpt = GPT2.from_pretrained(folder)
ids = torch.randint(0, 500, (2, 64))
assert apart(gpt(ids), random(ids).logits) < 1e-5

small = apart(gpt(ids), random(ids).logits)
result = (
    f"SmolLM2 (30 layers): logits {apart(logits, out.logits):.0e} apart, relative to the largest, layers at most {layers:.0e}, "
    f"{len(maps) * 9} attention maps at most {attentions:.0e}; the same in pieces with a cache; GPT-2 {small:.0e}"
)
print(json.dumps({"version": version("transformers"), "result": result}))
