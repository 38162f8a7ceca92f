"""Perplexity: how surprised a model is by a text, the usual measure of what quantization has cost.

It is exp of the mean loss of the next token: a model that guesses evenly among N tokens has perplexity N. Figures of two
programs can only be compared on the same tokens, cut into the same windows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from nlpjourney.llm.models.causal import CausalLM
from nlpjourney.llm.models.pretrained import C


@torch.no_grad()
def perplexity(model: CausalLM[C], ids: Sequence[int] | Tensor, window: int = 512) -> float:
    """Of `model` on `ids`, read in windows of so many tokens without memory of the last one.

    The first token of a window is given, not guessed. ValueError when there is nothing to guess.
    """
    tokens = torch.as_tensor(ids)
    if tokens.dim() != 1 or len(tokens) < 2 or window < 2:
        raise ValueError("perplexity needs one row of at least 2 tokens, and windows of at least 2")
    total, count = 0.0, 0
    for start in range(0, len(tokens), window):
        piece = tokens[start : start + window]
        if len(piece) > 1:
            logits = model(piece[None, :-1])[0].float()
            total += float(F.cross_entropy(logits, piece[1:], reduction="sum"))
            count += len(piece) - 1
    return math.exp(total / count)
