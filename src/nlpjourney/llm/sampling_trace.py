"""Which rule of a sampler cut which token.

The rules are applied one after another, each to what the ones before have left, so a token that cannot be drawn was removed by
exactly one of them. Notable choice: what a rule removes is found by running the sampler with and without it; the rules
themselves, and their order, stand in `sampling` alone.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from nlpjourney.llm.sampling import Sampler

RULES = ("top_k", "top_p", "min_p")  # those that cut, in the sampler's order


def trace(sampler: Sampler, logits: Tensor, ids: Tensor | None = None) -> tuple[Tensor, dict[str, Tensor]]:
    """The logits (B, V) that `sampler` draws from, and for each rule that is on which tokens it, and none before it, removed
    (B, V).

    ids: the tokens before (B, T), which a repetition penalty needs.
    """
    if ids is None:
        ids = torch.empty(len(logits), 0, dtype=torch.int64)
    on = [rule for rule in RULES if getattr(sampler, rule) is not None]
    left = replace(sampler, **dict.fromkeys(RULES)).apply(logits, ids)  # type: ignore[arg-type]
    removed = {}
    for i, rule in enumerate(on, start=1):
        after = replace(sampler, **dict.fromkeys(on[i:])).apply(logits, ids)  # type: ignore[arg-type]
        removed[rule] = after.isinf() & ~left.isinf()
        left = after
    return left, removed
