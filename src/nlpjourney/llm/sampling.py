"""From logits to text: which of the likely tokens comes next.

A model gives a score for every token; something has to choose. Taking the best each time (greedy) is dull and loops; drawing
from the whole distribution now and then takes one of the thousands of bad tokens, each unlikely, together not. So the tail is
cut: to the k best (Fan et al., 2018), to the smallest set that holds p of the probability (nucleus, Holtzman et al., 2020),
or to tokens at least min_p times as likely as the best (Nguyen et al., 2024). Notable choices: each rule is a function from
logits to logits, with −∞ for what it removes; the order is that of Transformers (repetition penalty, temperature, top-k,
top-p, min-p).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from nlpjourney.llm.blocks.cache import KVCache
from nlpjourney.llm.models.causal import CausalLM


def temperature(logits: Tensor, t: float) -> Tensor:
    """Divide by `t`: below 1 the likely become likelier, above 1 the unlikely do."""
    if t <= 0:
        raise ValueError(f"the temperature must be above 0, not {t}; for the best token each time take greedy")
    return logits / t


def top_k(logits: Tensor, k: int) -> Tensor:
    """Keep the `k` best of each row (..., V), and what equals the last of them."""
    if k < 1:
        raise ValueError(f"top_k must be at least 1, not {k}")
    worst = logits.topk(min(k, logits.shape[-1]), dim=-1).values[..., -1:]
    return logits.masked_fill(logits < worst, -torch.inf)


def top_p(logits: Tensor, p: float) -> Tensor:
    """Keep the most likely tokens that together hold `p` of the probability, the one that reaches it included."""
    if not 0 < p <= 1:
        raise ValueError(f"top_p must be above 0 and at most 1, not {p}")
    values, order = logits.sort(dim=-1, descending=True)
    likely = values.softmax(-1)
    better = likely.cumsum(-1) - likely  # how much the tokens before hold
    removed = better >= p
    removed[..., 0] = False
    return logits.masked_fill(torch.zeros_like(removed).scatter(-1, order, removed), -torch.inf)


def min_p(logits: Tensor, p: float) -> Tensor:
    """Keep tokens at least `p` times as likely as the likeliest."""
    if not 0 <= p <= 1:
        raise ValueError(f"min_p must be between 0 and 1, not {p}")
    likely = logits.softmax(-1)
    return logits.masked_fill(likely < p * likely.amax(-1, keepdim=True), -torch.inf)


def repetition_penalty(logits: Tensor, ids: Tensor, penalty: float) -> Tensor:
    """Make the tokens of `ids` (B, T) less likely in `logits` (B, V): divide what is positive, multiply what is not.

    Keskar et al., 2019. 1 changes nothing, 1.2 is common.
    """
    if penalty <= 0:
        raise ValueError(f"the repetition penalty must be above 0, not {penalty}")
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
        """The next token (B,) after `ids` (B, T), whose logits are (B, V)."""
        logits = self.apply(logits.float(), ids)
        if self.greedy:
            return logits.argmax(-1)
        return torch.multinomial(logits.softmax(-1), 1, generator=generator)[:, 0]


@torch.inference_mode()
def stream(
    model: CausalLM[Any],
    prompt: Sequence[int],
    max_new_tokens: int = 100,
    sampler: Sampler | None = None,
    stop: Sequence[int] = (),
    seed: int = 0,
    cache: KVCache | None = None,
) -> Iterator[int]:
    """Yield the tokens after `prompt` as they are chosen, until `max_new_tokens` or one of `stop` (which is not yielded).

    Give a `cache` to go on later: it then holds the prompt and all yielded tokens but the last, and the next prompt starts
    with that one. A model whose positions are a table ends where the table does.
    """
    if len(prompt) == 0:
        raise ValueError(
            "the prompt must hold at least one token (the model's first token, if there is nothing to say)"
        )
    cache, sampler = cache or KVCache(), sampler or Sampler()
    generator = torch.Generator(model.device).manual_seed(seed)
    room = (
        max_new_tokens
        if model.context_length is None
        else min(max_new_tokens, model.context_length - cache.length - len(prompt) + 1)
    )
    new = seen = torch.tensor([prompt], device=model.device)
    for _ in range(room):
        logits = model(new, cache=cache, last_only=True)[:, -1]  # (1, V)
        new = sampler.choose(logits, seen, generator)[:, None]
        token = int(new)
        if token in stop:
            return
        yield token
        seen = torch.cat([seen, new], dim=1)


@torch.inference_mode()
def generate(
    model: CausalLM[Any],
    prompts: Sequence[Sequence[int]],
    max_new_tokens: int = 100,
    sampler: Sampler | None = None,
    stop: Sequence[int] = (),
    seed: int = 0,
) -> list[list[int]]:
    """The tokens after each of `prompts`, all at once: shorter ones are padded on the left, finished ones wait for the rest."""
    if not prompts or any(len(prompt) == 0 for prompt in prompts):
        raise ValueError("every prompt must hold at least one token")
    sampler, cache = sampler or Sampler(), KVCache()
    generator = torch.Generator(model.device).manual_seed(seed)
    longest = max(len(prompt) for prompt in prompts)
    new = torch.tensor(
        [[prompt[0]] * (longest - len(prompt)) + list(prompt) for prompt in prompts], device=model.device
    )
    lengths = torch.tensor([len(prompt) for prompt in prompts], device=model.device)
    mask = torch.arange(longest, device=model.device) >= longest - lengths[:, None]  # (B, T)
    # Padding repeats a token of the prompt, so that no penalty falls on a token that is not there.
    seen, real, out = new, mask, [list[int]() for _ in prompts]
    finished = [False] * len(prompts)
    room = max_new_tokens if model.context_length is None else min(max_new_tokens, model.context_length - longest + 1)
    for _ in range(room):
        logits = model(new, mask=None if bool(real.all()) else real, cache=cache, last_only=True)[:, -1]
        new = sampler.choose(logits, seen, generator)[:, None]  # (B, 1)
        real = torch.ones_like(new, dtype=torch.bool)
        seen = torch.cat([seen, new], dim=1)
        for row, token in enumerate(new[:, 0].tolist()):
            finished[row] = finished[row] or token in stop
            if not finished[row]:
                out[row].append(token)
        if all(finished):
            break
    return out
