"""In the worker: where the 270 heads of SmolLM2 look while it reads a text.

Three kinds of head have names and a score each: see `llm.interpret`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import torch
from torch import Tensor

from nlpjourney.app.demos.attention import Reading, Score
from nlpjourney.app.demos.smollm2 import decoder, tokenizer
from nlpjourney.app.demos.visible import visible
from nlpjourney.llm.blocks.attention import attention_maps
from nlpjourney.llm.interpret import first_score, highest, induction_score, previous_score

MAX_TOKENS = 40

SCORES: dict[str, Callable[[Tensor, Sequence[int]], Tensor | None]] = {
    "induction": induction_score,
    "previous": previous_score,
    "first": first_score,
}


@lru_cache(maxsize=8)
def _maps(ids: tuple[int, ...]) -> Tensor:
    """The attention of all heads: (layers, heads, T, T)."""
    model = decoder()
    with attention_maps() as maps, torch.inference_mode():
        model(torch.tensor([ids]))
    return torch.stack([layer[0] for layer in maps])


def read(text: str, score: str, layer: int | None, head: int | None) -> Reading:
    """Read `text` and look at one head: the one with the highest `score`, unless `layer` and `head` say which."""
    ids = tokenizer().encode(text)
    if len(ids) > MAX_TOKENS:
        return Reading(problem=f"This text has {len(ids)} tokens; {MAX_TOKENS} at most can be drawn.")
    maps = _maps(tuple(ids))
    n_layers, n_heads = maps.shape[:2]
    found = {name: function(maps, ids) for name, function in SCORES.items()}
    chosen = found[score]
    if layer is None or head is None:
        layer, head = highest(chosen) if chosen is not None else (0, 0)
    if not (0 <= layer < n_layers and 0 <= head < n_heads):
        return Reading(problem=f"The layers are 0 to {n_layers - 1}, the heads of each 0 to {n_heads - 1}.")
    rows = maps[layer, head].tolist()
    overview: list[list[float | None]] = (
        chosen.T.tolist() if chosen is not None else [[None] * n_layers for _ in range(n_heads)]
    )
    return Reading(
        tuple(visible(tokenizer().decode([id_])) for id_ in ids),
        layer,
        head,
        tuple(tuple(row[: i + 1]) for i, row in enumerate(rows)),
        tuple(map(tuple, overview)),
        tuple(
            (name, Score(None, None, None) if s is None else Score(float(s[layer, head]), float(s.mean()), highest(s)))
            for name, s in found.items()
        ),
    )
