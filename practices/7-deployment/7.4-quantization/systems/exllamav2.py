"""ExLlamaV2 itself needs an NVIDIA card and was not run. In its place: its idea, bits chosen by measured error, on
SmolLM2's first layers.

The choice is compared with the same number of bits everywhere, by the error that both minimise, on the matrices' own inputs.
"""

import json

import torch

from nlpjourney import assets
from nlpjourney.assets import corpora
from nlpjourney.deploy.quantization import Scheme, choose_schemes, collect, matrices, nearest, relative_errors
from nlpjourney.llm.engine import GGUFTokenizer
from nlpjourney.llm.gguf import GGUFFile
from nlpjourney.llm.models import load_decoder

LAYERS = 2
torch.set_num_threads(1)
torch.set_grad_enabled(False)
file = assets.path("smollm2-135m-instruct")
model, tokenizer = load_decoder(file), GGUFTokenizer(GGUFFile(file))
model.layers = model.layers[:LAYERS]
ids = torch.tensor([tokenizer.encode(corpora.lee_news()[0][0])[:256]])
schemes = [Scheme(bits, 64) for bits in (2, 3, 4, 5, 6)]
errors = relative_errors(model, collect(model, ids), schemes, nearest)
sizes = {name: module.weight.numel() for name, module in matrices(model)}
total = sum(sizes.values())
budget = schemes[2].bits_per_weight((64, 64))
chosen = choose_schemes(model, errors, schemes, budget)
spent = sum(s.bits_per_weight((64, 64)) * sizes[name] for name, s in chosen.items()) / total
mixed = sum(errors[name][schemes.index(s)] * sizes[name] for name, s in chosen.items()) / total
uniform = sum(errors[name][2] * sizes[name] for name in chosen) / total
assert spent <= budget and mixed < uniform and len({s.bits for s in chosen.values()}) > 1
result = (
    f"not run: it needs an NVIDIA card. Our search in its manner, {LAYERS} layers, {len(chosen)} matrices: at {spent:.2f} bits a "
    f"weight the outputs change by {mixed:.2%}, by {uniform:.2%} with 4 bits everywhere"
)
print(json.dumps({"version": "not installed", "result": result}))
