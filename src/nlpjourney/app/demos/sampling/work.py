"""In the worker: the distribution of SmolLM2's next token, and what temperature, top-k, top-p and min-p make of it.

Each token that is cut knows which rule cut it. The same address draws the same token again: a draw's random numbers come from
the seed and the place in the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache

import torch
from torch import Tensor

from nlpjourney.app.demos.sampling import MAX_ADDED, Choice, Distribution, Settings
from nlpjourney.app.demos.smollm2 import engine, tokenizer
from nlpjourney.app.demos.visible import visible
from nlpjourney.llm.sampling import Sampler
from nlpjourney.llm.sampling_trace import trace

SHOWN = 20
MAX_PROMPT = 100  # tokens


@lru_cache(maxsize=64)
def _logits(ids: tuple[int, ...]) -> Tensor:
    """The logits (V,) of what follows `ids`, read from the start each time, so that the numbers depend on nothing else.

    The engine rounds what goes into a matrix to 8 bits, which moves a probability by a hundredth or so.
    """
    return torch.from_numpy(engine().sequence().prefill(ids))


def look(text: str, added: Sequence[int], settings: Settings, seed: int | None = None) -> Distribution:
    """What may come after `text` and the tokens `added`. With a `seed`, one more token is drawn and added first."""
    n_vocab = engine().vocab_size
    prompt, added = tuple(tokenizer().encode(text)), tuple(added)
    if problem := _refuse(len(prompt), added, seed is not None, n_vocab):
        return Distribution(problem=problem)
    drawn = None
    if seed is not None:
        logits = _logits(prompt + added)
        id_ = draw(logits, settings, seed, len(prompt) + len(added))
        drawn = _choices(logits, settings, torch.tensor([id_]))[0]
        added += (id_,)
    logits = _logits(prompt + added)
    left = trace(sampler(settings), logits[None])[0][0]
    before, after, kept = logits.softmax(-1), left.softmax(-1), ~left.isinf()
    return Distribution(
        added,
        tuple(name(id_) for id_ in added),
        tuple(_choices(logits, settings, logits.topk(SHOWN).indices)),
        n_vocab,
        int(kept.sum()),
        float(before[kept].sum()),
        (_effective(before), _effective(after)),
        drawn,
        bool(added) and not tokenizer().token_bytes(added[-1]),
    )


def sampler(settings: Settings) -> Sampler:
    return Sampler(**asdict(settings))


def draw(logits: Tensor, settings: Settings, seed: int, position: int) -> int:
    """A token drawn from logits (V,), the same one each time for a seed and a position."""
    generator = torch.Generator().manual_seed(seed * (MAX_PROMPT + MAX_ADDED) + position)
    return int(sampler(settings).choose(logits[None], torch.empty(1, 0, dtype=torch.int64), generator))


def _refuse(n_prompt: int, added: tuple[int, ...], more: bool, n_vocab: int) -> str:
    """Why this cannot be read, or nothing."""
    if n_prompt > MAX_PROMPT:
        return f"The prompt has {n_prompt} tokens; it may have {MAX_PROMPT}."
    if len(added) + more > MAX_ADDED:
        return f"{MAX_ADDED} tokens have been added: that is as far as this page goes. Start over."
    if any(id_ >= n_vocab for id_ in added):
        return f"A token that was added does not exist: the vocabulary has {n_vocab:,}."
    return ""


def _choices(logits: Tensor, settings: Settings, ids: Tensor) -> list[Choice]:
    left, removed = trace(sampler(settings), logits[None])
    before, after = logits.softmax(-1), left[0].softmax(-1)
    return [
        Choice(
            id_,
            name(id_),
            float(before[id_]),
            float(after[id_]),
            next((rule.replace("_", "-") for rule, gone in removed.items() if gone[0, id_]), ""),
        )
        for id_ in ids.tolist()
    ]


def name(id_: int) -> str:
    """A token as it can be seen; a control token has no text, so its name stands for it."""
    return visible(tokenizer().decode([id_])) if tokenizer().token_bytes(id_) else str(tokenizer().tokens[id_])


def _effective(likely: Tensor) -> float:
    return float(torch.special.entr(likely.double()).sum().exp())
