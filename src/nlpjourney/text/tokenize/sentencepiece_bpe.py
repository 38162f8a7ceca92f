"""SentencePiece's BPE as Llama 2 and Gemma use it: characters are joined by the scores of the pieces they make.

Unlike byte-level BPE there is no list of merges: of all neighbours whose text together is a piece, those whose piece scores
highest are joined first, the leftmost of equals (Kudo and Richardson, 2018). Spaces are written as ▁. A character that is no
piece becomes its bytes, which have pieces of their own (`<0x41>`).
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence

SPACE = "▁"


def encode(
    text: str, ids: Mapping[str, int], scores: Sequence[float], byte_ids: Sequence[int], add_prefix: bool
) -> list[int]:
    """The ids of `text`. `byte_ids` are the pieces of the 256 bytes; `add_prefix` puts a space before the text."""
    text = text.replace(" ", SPACE)
    pieces = list(SPACE + text if add_prefix and text else text)
    after = [*range(1, len(pieces)), -1]  # a linked list: joining two pieces is to skip the second
    before = list(range(-1, len(pieces) - 1))
    heap: list[tuple[float, int, str]] = []

    def offer(left: int) -> None:
        if left >= 0 and after[left] >= 0:
            joined = pieces[left] + pieces[after[left]]
            if joined in ids:
                heapq.heappush(heap, (-scores[ids[joined]], left, joined))

    for i in range(len(pieces)):
        offer(i)
    while heap:
        _, left, joined = heapq.heappop(heap)
        right = after[left]
        if right < 0 or not pieces[left] or pieces[left] + pieces[right] != joined:
            continue  # one of the two has been joined with another meanwhile
        pieces[left], pieces[right] = joined, ""
        after[left] = after[right]
        if after[left] >= 0:
            before[after[left]] = left
        after[right] = -1
        offer(before[left])
        offer(left)
    out: list[int] = []
    for piece in filter(None, pieces):
        if piece in ids:
            out.append(ids[piece])
        else:
            out += [byte_ids[byte] for byte in piece.encode("utf-8", "replace")]
    return out
