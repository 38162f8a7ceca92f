"""Transformers' BERT with a head for classes: logits equal to ours, and a few steps of fine-tuning by its own class."""

import json

import torch
import transformers
from transformers import AutoTokenizer, BertForSequenceClassification, BertModel

from nlpjourney import assets
from nlpjourney.ml import LogisticRegression
from nlpjourney.tasks.classification.encoder import EncoderWithHead
from nlpjourney.tasks.classification.learning_curves import distinct_headlines

transformers.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()
torch.manual_seed(0)
texts, labels = distinct_headlines()
folder = assets.path("minilm")
tokenizer = AutoTokenizer.from_pretrained(folder)


def batch(some: list[str]) -> dict[str, torch.Tensor]:
    return dict(tokenizer(some, padding=True, truncation=True, max_length=32, return_tensors="pt"))


def states(some: list[str]) -> torch.Tensor:
    """The mean of the last hidden states of each text (n, 384)."""
    given = batch(some)
    mask = given["attention_mask"][:, :, None]
    return (bert(**given).last_hidden_state * mask).sum(dim=1) / mask.sum(dim=1)


# The same head on the same mean of the last states gives the same logits.
ours = EncoderWithHead(n_classes=2).eval()
bert = BertModel.from_pretrained(folder, add_pooling_layer=False).eval()
some = [*texts[:40], "", "naïve café 東京"]
with torch.inference_mode():
    given = batch(some)
    theirs = ours.head(states(some))
    mine = ours(given["input_ids"], given["attention_mask"].bool())
    features = torch.cat([states(texts[i : i + 50]) for i in range(0, 500, 50)]).numpy()
difference = float((theirs - mine).abs().max())
assert difference < 1e-4, difference

# Frozen features and a logistic regression; and fine-tuning with its own class: the loss falls.
probe = LogisticRegression(C=100, max_iter=2000).fit(features[:400], labels[:400])
right = probe.score(features[400:], labels[400:500])
assert right > 0.6, right
model = BertForSequenceClassification.from_pretrained(folder, num_labels=2)
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-4)
codes = torch.tensor([int(label == "satire") for label in labels[:16]])
losses = []
for _ in range(6):
    loss = model(**batch(texts[:16]), labels=codes).loss
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
assert losses[-1] < losses[0], losses
result = (
    f"{len(some)} texts: logits differ from ours by at most {difference:.0e}; six steps of its own fine-tuning bring the loss "
    f"from {losses[0]:.2f} to {losses[-1]:.2f}; a logistic regression on its states is right for {right:.0%} of 100"
)
print(json.dumps({"version": transformers.__version__, "result": result}))
