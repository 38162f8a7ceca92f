"""A sentence encoder: texts into vectors, so that texts of similar meaning lie close to each other.

BERT (Devlin et al., 2018) reads a text with attention in both directions; Sentence-BERT (Reimers & Gurevych, 2019) trains it so
that the mean of its output vectors stands for the text. The weights are all-MiniLM-L6-v2 (MiniLM: Wang et al., 2020),
22.7 M parameters trained on a billion pairs of texts. Notable choices: LayerNorm after each residual sum (post-LN), exact GELU,
attention by PyTorch's `scaled_dot_product_attention`; texts are sorted by length, so that a batch holds little padding.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor
from tqdm import tqdm

from nlpjourney import assets
from nlpjourney.llm.models import Bert
from nlpjourney.text.tokenize import WordPiece

# B texts in the batch, T tokens of the longest, D d_model


def mean_pooling(x: Tensor, mask: Tensor) -> Tensor:
    """The mean vector (B, D) of each text's tokens: `x` (B, T, D), `mask` (B, T)."""
    weight = mask[:, :, None].to(x.dtype)  # (B, T, 1)
    return (x * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1e-9)


class SentenceEncoder:
    """Tokenizer, BERT, mean of the tokens, length 1. Texts are cut after `max_length` tokens."""

    def __init__(self, model: Bert, tokenizer: WordPiece, max_length: int = 256) -> None:
        positions, self.dim = model.config.n_positions, model.config.d_model
        if not 2 <= max_length <= positions:
            raise ValueError(f"max_length must be between 2 and {positions} (the model's positions), not {max_length}")
        self.model, self.tokenizer, self.max_length = model, tokenizer, max_length

    @classmethod
    def minilm(cls) -> SentenceEncoder:
        """all-MiniLM-L6-v2: 384 dimensions, English, up to 256 tokens. Fetched on first use (84 MB)."""
        config = json.loads(assets.path("minilm-config").read_text(encoding="utf-8"))
        model = Bert.from_tensors(config, load_file(assets.path("minilm-weights")))
        return cls(model, WordPiece.from_pretrained(assets.path("minilm-tokenizer")))

    @torch.inference_mode()
    def encode(self, texts: Sequence[str], batch_size: int = 32) -> NDArray[np.float32]:
        """Vectors (n, dim) of length 1, in the order of `texts`. PyTorch's own number of threads is used."""
        if isinstance(texts, str):
            raise TypeError("encode takes a list of texts: put the single text into a list")
        tokens = self.tokenizer.encode_batch(texts, add_special_tokens=True, max_length=self.max_length)
        vectors = np.empty((len(tokens), self.dim), np.float32)
        # Longest first: if the memory does not suffice, it shows at once, and the progress bar is a safe promise.
        order = sorted(range(len(tokens)), key=lambda i: -len(tokens[i]))
        with tqdm(total=len(tokens), unit=" texts", disable=None if len(tokens) >= 500 else True) as bar:
            for start in range(0, len(order), batch_size):
                batch = order[start : start + batch_size]
                ids = torch.zeros(len(batch), len(tokens[batch[0]]), dtype=torch.int64)  # (B, T)
                mask = torch.zeros_like(ids, dtype=torch.bool)
                for row, i in enumerate(batch):
                    ids[row, : len(tokens[i])] = torch.tensor(tokens[i])
                    mask[row, : len(tokens[i])] = True
                pooled = mean_pooling(self.model.encode(ids, mask), mask)  # (B, D)
                vectors[batch] = F.normalize(pooled, dim=1).numpy()
                bar.update(len(batch))
        return vectors
