"""From logits to text: which of the likely tokens comes next.

A model gives a score for every token; something has to choose. Taking the best each time (greedy) is dull and loops; drawing
from the whole distribution now and then takes one of the thousands of bad tokens, each unlikely, together not. So the tail is
cut: to the k best (Fan et al., 2018), to the smallest set that holds p of the probability (nucleus, Holtzman et al., 2020),
or to tokens at least min_p times as likely as the best (Nguyen et al., 2024). Notable choices: each rule is a function from
logits to logits, with −∞ for what it removes; the order is that of Transformers (repetition penalty, temperature, top-k,
top-p, min-p).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from nlpjourney.errors import InvalidInput


def temperature(logits: Tensor, t: float) -> Tensor:
    """Divide by `t`: below 1 the likely become likelier, above 1 the unlikely do.

    A `t` so small that the quotients leave the range of numbers keeps the best token alone.
    """
    if not 0 < t < math.inf:
        raise InvalidInput(
            f"the temperature must be a number above 0, not {t}; for the best token each time take greedy"
        )
    scaled = logits / t
    if scaled.amax(-1).isfinite().all():
        return scaled
    return torch.zeros_like(logits).masked_fill(logits < logits.amax(-1, keepdim=True), -torch.inf)


def top_k(logits: Tensor, k: int) -> Tensor:
    """Keep the `k` best of each row (..., V), and what equals the last of them."""
    if k < 1:
        raise InvalidInput(f"top_k must be at least 1, not {k}")
    worst = logits.topk(min(k, logits.shape[-1]), dim=-1).values[..., -1:]
    return logits.masked_fill(logits < worst, -torch.inf)


def top_p(logits: Tensor, p: float) -> Tensor:
    """Keep the most likely tokens that together hold `p` of the probability, the one that reaches it included."""
    if not 0 < p <= 1:
        raise InvalidInput(f"top_p must be above 0 and at most 1, not {p}")
    values, order = logits.sort(dim=-1, descending=True)
    likely = values.softmax(-1)
    better = likely.cumsum(-1) - likely  # how much the tokens before hold
    removed = better >= p
    removed[..., 0] = False
    return logits.masked_fill(torch.zeros_like(removed).scatter(-1, order, removed), -torch.inf)


def min_p(logits: Tensor, p: float) -> Tensor:
    """Keep tokens at least `p` times as likely as the likeliest."""
    if not 0 <= p <= 1:
        raise InvalidInput(f"min_p must be between 0 and 1, not {p}")
    likely = logits.softmax(-1)
    return logits.masked_fill(likely < p * likely.amax(-1, keepdim=True), -torch.inf)


def repetition_penalty(logits: Tensor, ids: Tensor, penalty: float) -> Tensor:
    """Make the tokens of `ids` (B, T) less likely in `logits` (B, V): divide what is positive, multiply what is not.

    Keskar et al., 2019. 1 changes nothing, 1.2 is common.
    """
    if penalty <= 0:
        raise InvalidInput(f"the repetition penalty must be above 0, not {penalty}")
    seen = logits.gather(-1, ids)
    return logits.scatter(-1, ids, torch.where(seen < 0, seen * penalty, seen / penalty))


@dataclass(frozen=True, kw_only=True)
class Sampler:
    """How the next token is chosen. Without settings: drawn from the distribution as the model gives it."""

    greedy: bool = False
    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None
    repetition_penalty: float | None = None

    def apply(self, logits: Tensor, ids: Tensor) -> Tensor:
        """The logits (B, V) that are drawn from, after the tokens `ids` (B, T)."""
        if self.repetition_penalty is not None:
            logits = repetition_penalty(logits, ids, self.repetition_penalty)
        if self.temperature != 1.0 and not self.greedy:
            logits = temperature(logits, self.temperature)
        if self.top_k is not None:
            logits = top_k(logits, self.top_k)
        if self.top_p is not None:
            logits = top_p(logits, self.top_p)
        if self.min_p is not None:
            logits = min_p(logits, self.min_p)
        return logits

    def choose(self, logits: Tensor, ids: Tensor, generator: torch.Generator) -> Tensor:
        """The next token (B,) after `ids` (B, T), whose logits are (B, V). Raises InvalidInput when no score is a number."""
        logits = logits.float()
        if not logits.amax(-1).isfinite().all():  # a NaN wins over every number
            raise InvalidInput(
                "the model's scores are not finite: its parameters may be damaged, or it left the range of numbers"
            )
        logits = self.apply(logits, ids)
        if self.greedy:
            return logits.argmax(-1)
        return torch.multinomial(logits.softmax(-1), 1, generator=generator)[:, 0]
