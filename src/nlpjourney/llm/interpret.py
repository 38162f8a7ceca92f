"""What an attention head does: scores of kinds of head that have names.

Three kinds are told apart by where they look. The previous-token head looks at the token before (Voita et al., 2019). The
attention sink has nothing to fetch and parks its attention on the first token (Xiao et al., 2023). The induction head finds
the same token further up and looks at what came after it (Olsson et al., 2022), which is how a model copies a pattern that it
sees for the first time. Each score is the mean share of a head's attention that goes there. Maps come from `attention_maps`.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor


def previous_score(maps: Tensor, ids: Sequence[int]) -> Tensor | None:
    """The share that goes to the token before: (..., T, T) → (...). From the third token on (the second's is the first).

    maps: a row of shares for each token of `ids`. None for a text of fewer than three tokens.
    """
    n = len(ids)
    return maps[..., range(2, n), range(1, n - 1)].mean(-1) if n > 2 else None


def first_score(maps: Tensor, ids: Sequence[int]) -> Tensor | None:
    """The share that goes to the first token: (..., T, T) → (...). From the third token on; None for fewer than three."""
    return maps[..., 2:, 0].mean(-1) if len(ids) > 2 else None


def induction_score(maps: Tensor, ids: Sequence[int]) -> Tensor | None:
    """The share that goes to what followed the same token the last time it occurred: (..., T, T) → (...).

    Over the tokens that occurred before, but not immediately before (what followed would be the token itself). None for a text
    that has no such token.
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


def highest(scores: Tensor) -> tuple[int, int]:
    """The layer and the head with the highest of the scores (n_layers, n_heads)."""
    layer, head = divmod(int(scores.argmax()), scores.shape[1])
    return layer, head
