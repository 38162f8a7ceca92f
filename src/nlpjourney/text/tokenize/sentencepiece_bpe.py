"""SentencePiece's BPE as Llama 2 and Gemma use it: characters are joined by the scores of the pieces they make.

Unlike byte-level BPE there is no list of merges: of all neighbours whose text together is a piece, those whose piece scores
highest are joined first, the leftmost of equals (Kudo and Richardson, 2018). Spaces are written as ▁. A character that is no
piece becomes its bytes, which have pieces of their own (`<0x41>`).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence

SPACE = "▁"


def encode(
    text: str, ids: Mapping[str, int], scores: Sequence[float], byte_ids: Sequence[int], add_prefix: bool
) -> list[int]:
    """The ids of `text`. `byte_ids` are the pieces of the 256 bytes; `add_prefix` puts a space before the text."""
    text = text.replace(" ", SPACE)

    def score(left: str, right: str) -> float | None:
        id_ = ids.get(left + right)
        return None if id_ is None else -scores[id_]

    out: list[int] = []
    for piece in merge(list(SPACE + text if add_prefix and text else text), score):
        if piece in ids:
            out.append(ids[piece])
        else:
            out += [byte_ids[byte] for byte in piece.encode("utf-8", "replace")]
    return out


def merge(pieces: list[str], rank: Callable[[str, str], float | None]) -> list[str]:
    """Join neighbours, those of the lowest rank first, the leftmost of equals, until none has a rank; `pieces` is used up."""
    after = [*range(1, len(pieces)), -1]  # a linked list: joining two pieces is to skip the second
    before = list(range(-1, len(pieces) - 1))
    heap: list[tuple[float, int, str, str]] = []

    def offer(left: int) -> None:
        if left >= 0 and after[left] >= 0:
            pair = pieces[left], pieces[after[left]]
            if (found := rank(*pair)) is not None:
                heapq.heappush(heap, (found, left, *pair))

    for i in range(len(pieces)):
        offer(i)
    while heap:
        _, left, one, other = heapq.heappop(heap)
        right = after[left]
        if right < 0 or pieces[left] != one or pieces[right] != other:
            continue  # one of the two has been joined with another meanwhile
        pieces[left], pieces[right] = one + other, ""
        after[left] = after[right]
        if after[left] >= 0:
            before[after[left]] = left
        after[right] = -1
        offer(before[left])
        offer(left)
    return [piece for piece in pieces if piece]
