"""Attention of one token to a text whose keys and values lie in pages.

Compiled code sees the table of a text's pages as their addresses in memory. Its loops are those over one long array, cut at the
ends of the pages.

In plain Python: `plain_attend` (`llm.engine.plain`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import carray  # type: ignore[attr-defined]
from numpy.typing import NDArray

from nlpjourney.llm.engine.compiled import any_order
from nlpjourney.llm.engine.threads import pointer

Floats = NDArray[np.float32]
KEYS, VALUES = range(2)


class Pages(NamedTuple):
    """A text's page table, and the shape of a page: (2, n_layers, n_kv_heads, page_size, d_head)."""

    addresses: NDArray[np.int64]
    n_layers: int
    n_kv_heads: int
    page_size: int
    d_head: int


@any_order
def page(pages: Pages, p: int) -> Any:
    """The page as an array."""
    shape = (2, pages.n_layers, pages.n_kv_heads, pages.page_size, pages.d_head)
    return carray(pointer(pages.addresses[p]), shape, np.float32)


@any_order
def attend(
    query: Floats, pages: Pages, layer: int, kv: int, start: int, end: int, weights: Floats, scale: float, out: Floats
) -> None:
    """One head's attention to the tokens start … end − 1: query, out (d_head,); weights (end − start,) is overwritten."""
    size = pages.page_size
    peak = np.float32(-np.inf)
    for p in range(start // size, (end - 1) // size + 1):
        first, last = max(start, p * size), min(end, (p + 1) * size)
        keys, scores = page(pages, p)[KEYS, layer, kv, first - p * size :], weights[first - start :]
        for t in range(last - first):
            score = np.float32(0)
            for i in range(len(query)):
                score += query[i] * keys[t, i]
            scores[t] = score * np.float32(scale)
            peak = max(peak, scores[t])
    total = np.float32(0)
    out[:] = 0
    for p in range(start // size, (end - 1) // size + 1):
        first, last = max(start, p * size), min(end, (p + 1) * size)
        values, scores = page(pages, p)[VALUES, layer, kv, first - p * size :], weights[first - start :]
        for t in range(last - first):
            weight = np.exp(scores[t] - peak)
            total += weight
            for i in range(len(out)):
                out[i] += weight * values[t, i]
    for i in range(len(out)):
        out[i] /= total
