"""Our sentence encoder against Transformers' BertModel: the same weights, the same texts, the same number of threads.

The peer is used as sentence-transformers uses it: texts sorted by length, batches of 32 padded to their longest, the mean of the
tokens' vectors, length 1. Both include the tokenizer.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoTokenizer, BertModel

import nlpjourney.text.tokenize
from nlpjourney import assets
from nlpjourney.assets import corpora
from nlpjourney.llm.sentence_encoder import SentenceEncoder
from nlpjourney.study.bench import Comparison

BATCH = 32


def comparisons() -> Iterator[Comparison]:
    nlpjourney.text.tokenize.warmup()
    folder = str(assets.path("minilm"))
    encoder = SentenceEncoder.minilm()
    model, tokenizer = BertModel.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    articles = "\n".join(corpora.wikipedia().values()).split("\n\n")
    texts = [text for text in articles if len(text) > 80][:300]
    questions = [text.split(".")[0][:80] for text in texts]

    @torch.inference_mode()
    def theirs(given: list[str], batch: int) -> NDArray[np.float32]:
        order = sorted(range(len(given)), key=lambda i: -len(given[i]))
        vectors = np.empty((len(given), 384), np.float32)
        for start in range(0, len(order), batch):
            part = order[start : start + batch]
            tokens = tokenizer(
                [given[i] for i in part], padding=True, truncation=True, max_length=256, return_tensors="pt"
            )
            states = model(**tokens).last_hidden_state
            mask = tokens["attention_mask"][:, :, None]
            mean = (states * mask).sum(1) / mask.sum(1)
            vectors[part] = torch.nn.functional.normalize(mean, dim=1).numpy()
        return vectors

    def one_by_one(encode):  # type: ignore[no-untyped-def]
        return np.concatenate([encode([question]) for question in questions[:100]])

    def equal(a: NDArray[np.float32], b: NDArray[np.float32]) -> bool:
        return bool(np.abs(a - b).max() < 1e-4)

    threads = torch.get_num_threads()
    yield Comparison(
        work=f"Sentence vectors, {len(texts)} paragraphs, {threads} threads",
        peer="Transformers BertModel",
        ours=lambda: encoder.encode(texts, BATCH),
        theirs=lambda: theirs(texts, BATCH),
        agree=equal,
        goal=1.0,
        topic="2.6",
        amount=len(texts),
        unit="texts",
        packages=("transformers", "torch"),
        repeat=3,
    )
    yield Comparison(
        work=f"Sentence vectors, one query at a time, {threads} threads",
        peer="Transformers BertModel",
        ours=lambda: one_by_one(encoder.encode),
        theirs=lambda: one_by_one(lambda given: theirs(given, 1)),
        agree=equal,
        goal=1.0,
        topic="2.6",
        amount=100,
        unit="queries",
        packages=("transformers", "torch"),
    )
