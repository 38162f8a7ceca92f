"""Transformers fine-tunes MiniLM with its own BertForSequenceClassification on headlines, and answers for others."""

import json

import numpy as np
import torch
import transformers
from transformers import AutoTokenizer, BertForSequenceClassification

from nlpjourney import assets
from nlpjourney.tasks.classification.learning_curves import distinct_headlines

transformers.logging.set_verbosity_error()
torch.manual_seed(0)
texts, labels = distinct_headlines()
codes = torch.tensor([int(label == "satire") for label in labels])
folder = assets.path("minilm")
tokenizer = AutoTokenizer.from_pretrained(folder)
model = BertForSequenceClassification.from_pretrained(folder, num_labels=2)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)


def batch(start: int, size: int) -> dict[str, torch.Tensor]:
    return tokenizer(texts[start : start + size], padding=True, truncation=True, max_length=32, return_tensors="pt")


losses = []
model.train()
for step in range(16):
    loss = model(**batch(16 * step, 16), labels=codes[16 * step : 16 * step + 16]).loss
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(float(loss))
model.eval()
with torch.inference_mode():
    answers = model(**batch(20_000, 200)).logits.argmax(dim=1)
right = float((answers == codes[20_000:20_200]).float().mean())
assert np.mean(losses[-4:]) < np.mean(losses[:4]), losses
assert right > 0.55, right
result = f"16 steps on 256 headlines bring the loss from {np.mean(losses[:4]):.2f} to {np.mean(losses[-4:]):.2f}, and {right:.0%} of 200 others are right"
print(json.dumps({"version": transformers.__version__, "result": result}))
