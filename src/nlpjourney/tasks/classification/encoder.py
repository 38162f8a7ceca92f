"""Fine-tuning: a pretrained encoder with one new layer on top, and all of it learns the labels.

Devlin et al. (2019). The encoder has read a great deal of text before it sees a label, so a few labelled texts go far.
Notable choices: a text is the mean of its last hidden states, as all-MiniLM-L6-v2 was trained to be read (BERT's own recipe
takes the state of [CLS]); AdamW with a small learning rate, warmed up and then brought down; the loop is
`nets.training.Trainer`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Self

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn

from nlpjourney import assets
from nlpjourney.llm.models.bert import Bert
from nlpjourney.llm.sentence_encoder import mean_pooling
from nlpjourney.ml.classifier import encode_labels
from nlpjourney.nets.training import Trainer, TrainingConfig
from nlpjourney.text.tokenize import WordPiece

BATCH = 16


class TextBatches:
    """Batches without end: padded ids (B, T), a mask (B, T), and labels (B,), in an order drawn anew for each epoch."""

    def __init__(self, ids: Sequence[Sequence[int]], codes: NDArray[np.int64], seed: int) -> None:
        self.ids, self.codes, self.seed, self.n_tokens = ids, codes, seed, BATCH
        self.done = 0

    def __next__(self) -> tuple[Tensor, Tensor, Tensor]:
        per_epoch = -(-len(self.ids) // BATCH)
        epoch, batch = divmod(self.done, per_epoch)
        order = np.random.default_rng([self.seed, epoch]).permutation(len(self.ids))
        chosen = order[batch * BATCH : (batch + 1) * BATCH]
        self.done += 1
        return (*pad([self.ids[i] for i in chosen]), torch.from_numpy(self.codes[chosen]))

    def state(self) -> dict[str, Any]:
        return {"done": self.done, "seed": self.seed}

    def restore(self, state: dict[str, Any]) -> None:
        self.done, self.seed = state["done"], state["seed"]


def pad(ids: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Sequences of ids as one matrix (B, T), filled up with 0, and a mask of what is real."""
    longest = max(map(len, ids))
    rows = torch.zeros(len(ids), longest, dtype=torch.int64)
    mask = torch.zeros(len(ids), longest, dtype=torch.bool)
    for row, text in enumerate(ids):
        rows[row, : len(text)] = torch.tensor(text)
        mask[row, : len(text)] = True
    return rows, mask


class EncoderClassifier(nn.Module):
    """MiniLM (22.7 million parameters) and a linear layer from its 384 numbers to the classes."""

    def __init__(self, n_epochs: int = 2, learning_rate: float = 5e-5, max_length: int = 64, seed: int = 0) -> None:
        super().__init__()
        config = json.loads(assets.path("minilm-config").read_text(encoding="utf-8"))
        self.encoder = Bert.from_tensors(config, load_file(assets.path("minilm-weights")))
        self.tokenizer = WordPiece.from_pretrained(assets.path("minilm-tokenizer"))
        self.n_epochs, self.learning_rate, self.max_length, self.seed = n_epochs, learning_rate, max_length, seed
        self.classes_: NDArray[Any] = np.empty(0)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """The logits (B, K)."""
        logits: Tensor = self.head(mean_pooling(self.encoder.encode(ids, mask), mask))
        return logits

    def fit(self, texts: Sequence[str], labels: Sequence[Any]) -> Self:
        """Fine-tune on texts and one label for each. Returns self."""
        for _ in self.steps(texts, labels):
            pass
        return self

    def steps(self, texts: Sequence[str], labels: Sequence[Any]) -> Iterator[dict[str, Any]]:
        """As `fit`, yielding an entry of the logbook after each step."""
        self.classes_, codes = encode_labels(labels, len(texts), type(self).__name__)
        torch.manual_seed(self.seed)
        self.head = nn.Linear(self.encoder.config.d_model, len(self.classes_))
        ids = self.tokenizer.encode_batch(texts, add_special_tokens=True, max_length=self.max_length)
        n_steps = self.n_epochs * -(-len(ids) // BATCH)
        config = TrainingConfig(
            n_steps=n_steps, optimizer="adamw", lr=self.learning_rate, warmup=max(1, n_steps // 10), decay=0.9, seed=self.seed,
        )  # fmt: skip

        def loss(model: nn.Module, batch: tuple[Tensor, Tensor, Tensor]) -> Tensor:
            ids, mask, right = batch
            return F.cross_entropy(model(ids, mask), right)

        yield from Trainer(self, TextBatches(ids, codes, self.seed), config, loss=loss).run()
        self.eval()

    @torch.inference_mode()
    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """The probability of each class (n, K), in the order of `classes_`."""
        ids = self.tokenizer.encode_batch(texts, add_special_tokens=True, max_length=self.max_length)
        found = np.empty((len(ids), len(self.classes_)))
        order = np.argsort([len(text) for text in ids], kind="stable")
        for start in range(0, len(order), 64):
            chosen = order[start : start + 64]
            found[chosen] = self(*pad([ids[i] for i in chosen])).softmax(dim=1).numpy()
        return found

    def predict(self, texts: Sequence[str]) -> NDArray[Any]:
        """The label of each text (n,)."""
        return np.asarray(self.classes_[self.predict_proba(texts).argmax(axis=1)])
