"""In the worker: where the 270 heads of SmolLM2 look while it reads a text.

Three kinds of head have names: one that looks at the token before (Voita et al., 2019), one that has nothing to
fetch and parks its attention on the first token (the attention sink, Xiao et al., 2023), and the induction head, which finds the
same token further up and looks at what came after it (Olsson et al., 2022). Each score is the mean share of attention that goes
there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import torch
from torch import Tensor

from nlpjourney.assets import store
from nlpjourney.llm.blocks.attention import attention_maps
from nlpjourney.llm.engine import GGUFTokenizer
from nlpjourney.llm.gguf import GGUFFile
from nlpjourney.llm.models import CausalLM, load_decoder

MODEL = "smollm2-135m-instruct"
MAX_TOKENS = 40
STRONGEST = 3  # sources that are told in words


@dataclass(frozen=True)
class Source:
    """A token that is looked at: its position from 0, its name, and its share of the attention."""

    at: int
    token: str
    share: float


@dataclass(frozen=True)
class Score:
    """How much a head is of one kind: its score, the mean over all heads, and the head with the highest (layer, head).

    All are None where the text is too short for the score, or repeats nothing.
    """

    here: float | None
    mean: float | None
    best: tuple[int, int] | None


@dataclass(frozen=True)
class Reading:
    """The text as the model read it, and what the chosen head does."""

    tokens: tuple[str, ...] = ()
    layer: int = 0
    head: int = 0
    weights: tuple[tuple[float, ...], ...] = ()  # row i: what token i looks at, i + 1 numbers that sum to 1
    overview: tuple[tuple[float | None, ...], ...] = ()  # a row for each head, in it a score for each layer
    scores: tuple[tuple[str, Score], ...] = ()
    problem: str = ""

    def sources(self, i: int) -> list[Source]:
        """What token `i` looks at most, strongest first, as far as it rounds to one per cent."""
        order = sorted(range(i + 1), key=lambda j: -self.weights[i][j])[:STRONGEST]
        return [Source(j, self.tokens[j], self.weights[i][j]) for j in order if self.weights[i][j] >= 0.005]


def previous_score(maps: Tensor, ids: list[int]) -> Tensor | None:
    """The share that goes to the token before: (..., T, T) → (...). From the third token on (the second's is the first)."""
    n = len(ids)
    return maps[..., range(2, n), range(1, n - 1)].mean(-1) if n > 2 else None


def first_score(maps: Tensor, ids: list[int]) -> Tensor | None:
    """The share that goes to the first token: (..., T, T) → (...). From the third token on."""
    return maps[..., 2:, 0].mean(-1) if len(ids) > 2 else None


def induction_score(maps: Tensor, ids: list[int]) -> Tensor | None:
    """The share that goes to what followed the same token the last time it occurred: (..., T, T) → (...).

    Over the tokens that occurred before, but not immediately before (what followed would be the token itself).
    """
    last: dict[int, int] = {}
    pairs = []
    for i, id_ in enumerate(ids):
        if id_ in last and last[id_] + 1 < i:
            pairs.append((i, last[id_] + 1))
        last[id_] = i
    if not pairs:
        return None
    queries, keys = zip(*pairs)
    return maps[..., list(queries), list(keys)].mean(-1)


SCORES: dict[str, Callable[[Tensor, list[int]], Tensor | None]] = {
    "induction": induction_score,
    "previous": previous_score,
    "first": first_score,
}


@cache
def _model() -> tuple[CausalLM[Any], GGUFTokenizer]:
    torch.set_num_threads(1)  # the text is short, and other workers want a core too
    file = store.path(MODEL)
    return load_decoder(file), GGUFTokenizer(GGUFFile(file))


@lru_cache(maxsize=8)
def _maps(ids: tuple[int, ...]) -> Tensor:
    """The attention of all heads: (layers, heads, T, T)."""
    model, _ = _model()
    with attention_maps() as maps, torch.inference_mode():
        model(torch.tensor([ids]))
    return torch.stack([layer[0] for layer in maps])


def read(text: str, score: str, layer: int | None, head: int | None) -> Reading:
    """Read `text` and look at one head: the one with the highest `score`, unless `layer` and `head` say which."""
    _, tokenizer = _model()
    ids = tokenizer.encode(text)
    if len(ids) > MAX_TOKENS:
        return Reading(problem=f"This text has {len(ids)} tokens; {MAX_TOKENS} at most can be drawn.")
    maps = _maps(tuple(ids))
    n_layers, n_heads = maps.shape[:2]
    found = {name: function(maps, ids) for name, function in SCORES.items()}
    chosen = found[score]
    if layer is None or head is None:
        layer, head = _best(chosen) if chosen is not None else (0, 0)
    if not (0 <= layer < n_layers and 0 <= head < n_heads):
        return Reading(problem=f"The layers are 0 to {n_layers - 1}, the heads of each 0 to {n_heads - 1}.")
    rows = maps[layer, head].tolist()
    overview: list[list[float | None]] = (
        chosen.T.tolist() if chosen is not None else [[None] * n_layers for _ in range(n_heads)]
    )
    return Reading(
        tuple(visible(tokenizer.decode([id_])) for id_ in ids),
        layer,
        head,
        tuple(tuple(row[: i + 1]) for i, row in enumerate(rows)),
        tuple(map(tuple, overview)),
        tuple(
            (name, Score(None, None, None) if s is None else Score(float(s[layer, head]), float(s.mean()), _best(s)))
            for name, s in found.items()
        ),
    )


def _best(scores: Tensor) -> tuple[int, int]:
    layer, head = divmod(int(scores.argmax()), scores.shape[1])
    return layer, head


def visible(token: str) -> str:
    """A token as it can be seen: spaces and ends of lines by signs of their own."""
    return token.replace("\r", "␍").replace("\n", "⏎").replace("\t", "⇥").replace(" ", "␣").replace("\0", "␀")
