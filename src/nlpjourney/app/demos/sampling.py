"""In the worker: the distribution of SmolLM2's next token, and what temperature, top-k, top-p and min-p make of it.

The rules are those of `llm.sampling`, applied one after another in its order, so that each token that is cut knows which rule cut
it. The same address draws the same token again: a draw's random numbers come from the seed and the place in the text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial

import torch
from torch import Tensor

from nlpjourney.app.demos.attention import visible
from nlpjourney.assets import store
from nlpjourney.llm import sampling
from nlpjourney.llm.engine import Engine, GGUFTokenizer
from nlpjourney.llm.sampling import Sampler

MODEL = "smollm2-135m-instruct"
SHOWN = 20
MAX_PROMPT = 100  # tokens
MAX_ADDED = 60  # tokens


@dataclass(frozen=True)
class Choice:
    """A token that may come next. before, after: its probability; cut_by: the rule that removed it, or nothing."""

    id: int
    token: str
    before: float
    after: float
    cut_by: str = ""


@dataclass(frozen=True)
class Distribution:
    """What may come after the prompt and the tokens added to it.

    choices: the likeliest, best first; kept: how many tokens of the vocabulary can be drawn; effective: among how many equally
    likely tokens it would be as hard to guess (e to the entropy), before and after the rules; kept_mass: what the kept tokens
    held before, at temperature 1.
    """

    added: tuple[int, ...] = ()
    added_tokens: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    n_vocab: int = 0
    kept: int = 0
    kept_mass: float = 0.0
    effective: tuple[float, float] = (0.0, 0.0)
    drawn: Choice | None = None  # the last of the added tokens, when it was drawn now
    ended: bool = False  # the last of the added tokens ends the text
    problem: str = ""

    @property
    def rest(self) -> tuple[float, float]:
        """What all tokens that are not among the choices hold, before and after."""
        return max(0.0, 1 - sum(c.before for c in self.choices)), max(0.0, 1 - sum(c.after for c in self.choices))


@dataclass(frozen=True)
class Settings:
    """top_k, top_p and min_p are None where they are off."""

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None

    @property
    def sampler(self) -> Sampler:
        return Sampler(temperature=self.temperature, top_k=self.top_k, top_p=self.top_p, min_p=self.min_p)

    @property
    def rules(self) -> list[tuple[str, Callable[[Tensor], Tensor]]]:
        """The rules that cut, in order, after the temperature."""
        rules: list[tuple[str, Callable[[Tensor], Tensor]]] = []
        if self.top_k is not None:
            rules.append(("top-k", partial(sampling.top_k, k=self.top_k)))
        if self.top_p is not None:
            rules.append(("top-p", partial(sampling.top_p, p=self.top_p)))
        if self.min_p is not None:
            rules.append(("min-p", partial(sampling.min_p, p=self.min_p)))
        return rules


@cache
def _model() -> tuple[Engine, GGUFTokenizer]:
    engine = Engine(store.path(MODEL), threads=1)  # other workers want a core too
    return engine, GGUFTokenizer(engine.file)


@lru_cache(maxsize=64)
def _logits(ids: tuple[int, ...]) -> Tensor:
    """The logits (V,) of what follows `ids`, read from the start each time, so that the numbers depend on nothing else.

    The engine rounds what goes into a matrix to 8 bits, which moves a probability by a hundredth or so.
    """
    engine, _ = _model()
    return torch.from_numpy(engine.sequence().prefill(ids))


def look(text: str, added: Sequence[int], settings: Settings, seed: int | None = None) -> Distribution:
    """What may come after `text` and the tokens `added`. With a `seed`, one more token is drawn and added first."""
    engine, tokenizer = _model()
    n_vocab = engine.vocab_size
    prompt, added = tuple(tokenizer.encode(text)), tuple(added)
    if problem := _refuse(len(prompt), added, seed is not None, n_vocab):
        return Distribution(problem=problem)
    drawn = None
    if seed is not None:
        logits = _logits(prompt + added)
        id_ = draw(logits, settings, seed, len(prompt) + len(added))
        drawn = _choices(logits, settings, torch.tensor([id_]), tokenizer)[0]
        added += (id_,)
    logits = _logits(prompt + added)
    left, _ = apply(logits, settings)
    before, after, kept = logits.softmax(-1), left.softmax(-1), ~left.isinf()
    return Distribution(
        added,
        tuple(name(id_, tokenizer) for id_ in added),
        tuple(_choices(logits, settings, logits.topk(SHOWN).indices, tokenizer)),
        n_vocab,
        int(kept.sum()),
        float(before[kept].sum()),
        (_effective(before), _effective(after)),
        drawn,
        bool(added) and not tokenizer.token_bytes(added[-1]),
    )


def apply(logits: Tensor, settings: Settings) -> tuple[Tensor, list[tuple[str, Tensor]]]:
    """The logits (V,) after all rules, and for each rule what it, and none before it, has removed (V,)."""
    logits = sampling.temperature(logits, settings.temperature)
    removed = []
    for rule, function in settings.rules:
        cut = function(logits)
        removed.append((rule, cut.isinf() & ~logits.isinf()))
        logits = cut
    return logits, removed


def draw(logits: Tensor, settings: Settings, seed: int, position: int) -> int:
    """A token drawn from logits (V,), the same one each time for a seed and a position."""
    generator = torch.Generator().manual_seed(seed * (MAX_PROMPT + MAX_ADDED) + position)
    return int(settings.sampler.choose(logits[None], torch.empty(1, 0, dtype=torch.int64), generator))


def _refuse(n_prompt: int, added: tuple[int, ...], more: bool, n_vocab: int) -> str:
    """Why this cannot be read, or nothing."""
    if n_prompt > MAX_PROMPT:
        return f"The prompt has {n_prompt} tokens; it may have {MAX_PROMPT}."
    if len(added) + more > MAX_ADDED:
        return f"{MAX_ADDED} tokens have been added: that is as far as this page goes. Start over."
    if any(id_ >= n_vocab for id_ in added):
        return f"A token that was added does not exist: the vocabulary has {n_vocab:,}."
    return ""


def _choices(logits: Tensor, settings: Settings, ids: Tensor, tokenizer: GGUFTokenizer) -> list[Choice]:
    left, removed = apply(logits, settings)
    before, after = logits.softmax(-1), left.softmax(-1)
    return [
        Choice(
            id_,
            name(id_, tokenizer),
            float(before[id_]),
            float(after[id_]),
            next((rule for rule, gone in removed if gone[id_]), ""),
        )
        for id_ in ids.tolist()
    ]


def name(id_: int, tokenizer: GGUFTokenizer) -> str:
    """A token as it can be seen; a control token has no text, so its name stands for it."""
    return visible(tokenizer.decode([id_])) if tokenizer.token_bytes(id_) else str(tokenizer.tokens[id_])


def _effective(likely: Tensor) -> float:
    return float(torch.special.entr(likely.double()).sum().exp())
