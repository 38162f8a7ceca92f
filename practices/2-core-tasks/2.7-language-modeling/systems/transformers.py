"""Transformers: our byte Transformer, saved as a Llama, gives the same bits a byte there."""

import json
import math
import tempfile
from importlib.metadata import version

import torch
from transformers import LlamaForCausalLM

from nlpjourney.tasks.language_models import neural
from nlpjourney.tasks.language_models.split import shakespeare_split

sample = shakespeare_split().test[30_000:36_000]
ours = neural.trained("transformer")
with tempfile.TemporaryDirectory() as folder:
    ours.save_pretrained(folder)
    theirs = LlamaForCausalLM.from_pretrained(folder).eval()
ids = torch.from_numpy(neural.byte_ids(sample))[None]
total, n = [0.0, 0.0], 0
with torch.no_grad():
    for start in range(0, ids.shape[1] - 1, 128):
        row = ids[:, start : start + 129]
        if row.shape[1] < 2:
            break
        for i, logits in enumerate((ours(row[:, :-1]), theirs(row[:, :-1]).logits)):
            total[i] += float(torch.nn.functional.cross_entropy(logits[0], row[0, 1:], reduction="sum"))
        n += row.shape[1] - 1
mine, other = (nats / math.log(2) / n for nats in total)
assert abs(mine - other) < 1e-4, (mine, other)

print(
    json.dumps(
        {
            "version": version("transformers"),
            "result": f"{other:.4f} bits a byte on {n:,} bytes of the test plays, ours {mine:.4f}",
        }
    )
)
