"""A sentence encoder: texts into vectors, so that texts of similar meaning lie close to each other.

BERT (Devlin et al., 2018) reads a text with attention in both directions; Sentence-BERT (Reimers & Gurevych, 2019) trains it so
that the mean of its output vectors stands for the text. The weights are all-MiniLM-L6-v2 (MiniLM: Wang et al., 2020),
22.7 M parameters trained on a billion pairs of texts. Notable choices: LayerNorm after each residual sum (post-LN), exact GELU,
attention by PyTorch's `scaled_dot_product_attention`; texts are sorted by length, so that a batch holds little padding.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn
from tqdm import tqdm

from nlpjourney import assets
from nlpjourney.text.tokenize import WordPiece

# B texts in the batch, T tokens of the longest, D d_model, H heads, d_head = D / H

# Where the published files say it longer than we do
NAMES = {
    "embeddings.LayerNorm": "embedding_norm",
    "embeddings.word_": "word_",
    "embeddings.position_": "position_",
    "embeddings.token_": "token_",
    "encoder.layer.": "layers.",
    "attention.self.": "",
    "attention.output.dense": "attention_output",
    "attention.output.LayerNorm": "attention_norm",
    "intermediate.dense": "up",
    "output.dense": "down",
    "output.LayerNorm": "output_norm",
}


class BertLayer(nn.Module):
    """Attention, then a feed-forward network; each is added to its input, and the sum normalised."""

    def __init__(self, d_model: int, n_heads: int, d_ff: int, eps: float) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.query, self.key, self.value = (nn.Linear(d_model, d_model) for _ in range(3))
        self.attention_output = nn.Linear(d_model, d_model)
        self.attention_norm = nn.LayerNorm(d_model, eps=eps)
        self.up, self.down = nn.Linear(d_model, d_ff), nn.Linear(d_ff, d_model)
        self.output_norm = nn.LayerNorm(d_model, eps=eps)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        B, T, D = x.shape
        heads = (B, T, self.n_heads, D // self.n_heads)
        q, k, v = (f(x).view(heads).transpose(1, 2) for f in (self.query, self.key, self.value))  # (B, H, T, d_head)
        seen = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)  # (B, H, T, d_head)
        seen = seen.transpose(1, 2).reshape(B, T, D)
        x = self.attention_norm(x + self.attention_output(seen))
        normed: Tensor = self.output_norm(x + self.down(F.gelu(self.up(x))))
        return normed  # (B, T, D)


class BertEncoder(nn.Module):
    """The encoder of BERT; `config` is the dictionary of its config.json."""

    def __init__(self, config: dict[str, object]) -> None:
        super().__init__()
        expected = {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute"}
        for name, value in expected.items():
            if config.get(name, value) != value:
                raise ValueError(f"this is a BERT with {name} {value!r}, the configuration says {config[name]!r}")

        def size(name: str) -> int:
            return int(str(config[name]))

        d_model, eps = size("hidden_size"), float(str(config["layer_norm_eps"]))
        self.word_embeddings = nn.Embedding(size("vocab_size"), d_model)
        self.position_embeddings = nn.Embedding(size("max_position_embeddings"), d_model)
        self.token_type_embeddings = nn.Embedding(size("type_vocab_size"), d_model)
        self.embedding_norm = nn.LayerNorm(d_model, eps=eps)
        self.layers = nn.ModuleList(
            BertLayer(d_model, size("num_attention_heads"), size("intermediate_size"), eps)
            for _ in range(size("num_hidden_layers"))
        )

    @classmethod
    def from_pretrained(cls, weights: str | Path, config: str | Path) -> BertEncoder:
        """From `model.safetensors` and `config.json` as published on the Hugging Face hub."""
        model = cls(json.loads(Path(config).read_text(encoding="utf-8")))
        state = {}
        for name, tensor in load_file(weights).items():
            # The pooler is BERT's own sentence vector, which sentence encoders do not use; position_ids are 0, 1, 2, …
            if not name.startswith("pooler.") and not name.endswith("position_ids"):
                for theirs, ours in NAMES.items():
                    name = name.replace(theirs, ours)  # noqa: PLW2901
                state[name] = tensor
        model.load_state_dict(state)
        return model.eval()

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Vectors (B, T, D) of the tokens `ids` (B, T); `mask` (B, T) is True where there is a token, not padding."""
        positions = torch.arange(ids.shape[1], device=ids.device)  # (T,)
        x = self.word_embeddings(ids) + self.position_embeddings(positions)  # (B, T, D)
        x = self.embedding_norm(x + self.token_type_embeddings.weight[0])  # one text, not a pair: all of type 0
        for layer in self.layers:
            x = layer(x, mask[:, None, None, :])  # no token looks at padding
        vectors: Tensor = x
        return vectors


def mean_pooling(x: Tensor, mask: Tensor) -> Tensor:
    """The mean vector (B, D) of each text's tokens: `x` (B, T, D), `mask` (B, T)."""
    weight = mask[:, :, None].to(x.dtype)  # (B, T, 1)
    return (x * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1e-9)


class SentenceEncoder:
    """Tokenizer, BERT, mean of the tokens, length 1. Texts are cut after `max_length` tokens."""

    def __init__(self, model: BertEncoder, tokenizer: WordPiece, max_length: int = 256) -> None:
        positions, self.dim = model.position_embeddings.weight.shape
        if not 2 <= max_length <= positions:
            raise ValueError(f"max_length must be between 2 and {positions} (the model's positions), not {max_length}")
        self.model, self.tokenizer, self.max_length = model, tokenizer, max_length

    @classmethod
    def minilm(cls) -> SentenceEncoder:
        """all-MiniLM-L6-v2: 384 dimensions, English, up to 256 tokens. Fetched on first use (84 MB)."""
        model = BertEncoder.from_pretrained(assets.path("minilm-weights"), assets.path("minilm-config"))
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
                pooled = mean_pooling(self.model(ids, mask), mask)  # (B, D)
                vectors[batch] = F.normalize(pooled, dim=1).numpy()
                bar.update(len(batch))
        return vectors
