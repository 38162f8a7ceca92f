# /// script
# requires-python = ">=3.11,<3.12"
# dependencies = ["gptqmodel==7.6.0", "torch==2.13.0"]
# ///
"""GPTQModel's algorithm and ours on the same matrices of SmolLM2 and the same text: the same numbers come out.

Runs in an environment of its own (`journey system GPTQ`). Ours are computed by the interpreter named in NLP_JOURNEY_PYTHON and
handed over in a file. On Linux PyPI's build of torch brings gigabytes of CUDA; where pip knows a folder of CPU builds, that
is used.
"""

import json
import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

os.environ |= {"GPTQMODEL_CPU_WORKERS": "2", "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}

import torch
from torch import nn

OURS = """
import sys
import torch
torch.set_num_threads(1)
from nlpjourney import assets
from nlpjourney.assets import corpora
from nlpjourney.llm.engine import GGUFTokenizer
from nlpjourney.deploy.quantization import Inputs, Scheme, gptq, matrices, round_to_nearest
from nlpjourney.llm.gguf import GGUFFile
from nlpjourney.llm.models import load_decoder
torch.set_grad_enabled(False)
file = assets.path("smollm2-135m-instruct")
model, tokenizer = load_decoder(file), GGUFTokenizer(GGUFFile(file))
del model.layers[8:]  # what comes after the matrices wanted
ids = torch.tensor([tokenizer.encode(" ".join(corpora.lee_news()[0][:20]))[:1024]])
wanted = ("layers.3.self_attn.k_proj", "layers.3.self_attn.o_proj", "layers.7.mlp.up_proj")
caught = {}
hooks = [module.register_forward_pre_hook(lambda _m, x, name=name: caught.__setitem__(name, x[0][0]))
         for name, module in matrices(model) if name in wanted]
model(ids, last_only=True)
work = []
for name, module in matrices(model):
    if name in wanted:
        for bits in (3, 4):
            inputs, scheme = Inputs.of(caught[name]), Scheme(bits, 64)
            work.append({"name": name, "bits": bits, "weight": module.weight.clone(), "x": caught[name],
                         "ours": gptq(module.weight, inputs, scheme).numbers(),
                         "nearest": round_to_nearest(module.weight, scheme).numbers()})
torch.save(work, sys.argv[1])
"""


def main() -> None:
    python = os.environ.get("NLP_JOURNEY_PYTHON")
    if not python:
        sys.exit("NLP_JOURNEY_PYTHON must name the interpreter of NLP Journey: run `journey system GPTQ`")
    with tempfile.TemporaryDirectory() as folder:
        handed = Path(folder) / "work.pt"
        subprocess.run([python, "-c", OURS, str(handed)], check=True, timeout=600)
        work = torch.load(handed)
    from gptqmodel.quantization.config import QuantizeConfig
    from gptqmodel.quantization.gptq import GPTQ

    torch.set_grad_enabled(False)
    same, total, lines = 0, 0, []
    for item in work:
        weight, x, ours = item["weight"], item["x"], item["ours"]
        module = nn.Linear(weight.shape[1], weight.shape[0], bias=False)
        module.weight.copy_(weight)
        config = QuantizeConfig(
            bits=item["bits"], group_size=64, sym=False, desc_act=False, act_group_aware=False, damp_percent=0.01
        )
        task = GPTQ(module, config)
        task.quantizer.configure(perchannel=True)
        task.expected_nsamples = 1
        task.add_batch(x[None], module(x)[None], 0)
        # Its groups are scaled before the block they lie in has moved them, unless block and group are one.
        theirs = task.quantize(blocksize=64)[0].float()

        def error(numbers: torch.Tensor, weight: torch.Tensor = weight, x: torch.Tensor = x) -> float:
            """The share of the output that has changed."""
            return float((x @ (numbers - weight).T).square().sum() / (x @ weight.T).square().sum())

        a, b, plain = error(ours), error(theirs), error(item["nearest"])
        assert abs(a / b - 1) < 0.05, (item["name"], item["bits"], a, b)
        assert a < plain and b < plain
        close = (ours - theirs).abs() <= 1e-3 * weight.abs().max()
        same, total = same + int(close.sum()), total + close.numel()
        lines.append(f"{item['name']} in {item['bits']} bits {a:.3%} and {b:.3%} (to nearest {plain:.3%})")
    assert same > 0.98 * total, same / total
    result = f"{same / total:.1%} of {total:,} weights equal; output changed by ours and theirs: " + "; ".join(lines)
    print(json.dumps({"version": version("gptqmodel"), "result": result}))


main()
