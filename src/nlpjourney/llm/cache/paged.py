"""A paged cache: keys and values in blocks of equal size, so that texts of any length share one store without gaps.

A server does not know how long an answer becomes. Reserving the longest for each wastes most of the memory; vLLM (Kwon et al.,
2023) takes it in blocks, as an operating system does: each text has a table of the blocks that hold its tokens, a block is
given when the last is full, and freed when nobody uses it any more. Texts that begin alike, as all do that share a system
prompt, point to the same blocks; who writes into a shared block gets a copy of it first (copy on write).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nlpjourney.errors import JourneyError
from nlpjourney.llm.blocks.tiled_attention import flash_attention, merge

Floats = NDArray[np.float32]


class OutOfBlocks(MemoryError, JourneyError):
    """No block is free: some text has to end, or to wait."""


@dataclass
class _Text:
    blocks: list[int] = field(default_factory=list)
    length: int = 0


class PagedCache:
    """Keys and values (n_kv_heads, ·, d_head) of many texts of one layer, in `n_blocks` blocks of `block_size` tokens."""

    def __init__(self, n_blocks: int, block_size: int, n_kv_heads: int, d_head: int) -> None:
        if min(n_blocks, block_size, n_kv_heads, d_head) < 1:
            raise ValueError("blocks, their size, heads and their width must be at least 1")
        self.block_size = block_size
        self.keys = np.zeros((n_blocks, n_kv_heads, block_size, d_head), np.float32)
        self.values = np.zeros_like(self.keys)
        self._users = [0] * n_blocks  # texts that point to each block
        self._free = list(range(n_blocks))[::-1]
        self._texts: dict[int, _Text] = {}
        self._next = 0

    def start(self) -> int:
        """The number of a new, empty text."""
        self._texts[self._next] = _Text()
        self._next += 1
        return self._next - 1

    def fork(self, text: int) -> int:
        """A second text that begins like this one: nothing is copied until one of the two goes on."""
        old = self._text(text)
        for block in old.blocks:
            self._users[block] += 1
        new = self.start()
        self._texts[new] = _Text(list(old.blocks), old.length)
        return new

    def append(self, text: int, k: Floats, v: Floats) -> None:
        """Add tokens, k and v (n_kv_heads, T, d_head).

        Raises OutOfBlocks when they do not fit; the text is then as it was.
        """
        t = self._text(text)
        if k.shape != v.shape or k.ndim != 3 or (k.shape[0], k.shape[2]) != (self.keys.shape[1], self.keys.shape[3]):
            raise ValueError(
                f"k {k.shape} and v {v.shape} must both be ({self.keys.shape[1]}, T, {self.keys.shape[3]})"
            )
        n = k.shape[1]
        if n == 0:
            return
        inside = t.length % self.block_size  # tokens in the last block, if it is not full
        shared = inside > 0 and self._users[t.blocks[-1]] > 1
        needed = -(-(t.length + n) // self.block_size) - len(t.blocks) + shared
        if needed > len(self._free):
            raise OutOfBlocks(f"{n} tokens need {needed} blocks, and {len(self._free)} are free")
        if shared:
            old, new = t.blocks[-1], self._take()
            self.keys[new], self.values[new] = self.keys[old], self.values[old]
            self._users[old] -= 1
            t.blocks[-1] = new
        at = 0
        while at < n:
            inside = t.length % self.block_size
            if inside == 0:
                t.blocks.append(self._take())
            m = min(n - at, self.block_size - inside)
            self.keys[t.blocks[-1], :, inside : inside + m] = k[:, at : at + m]
            self.values[t.blocks[-1], :, inside : inside + m] = v[:, at : at + m]
            t.length += m
            at += m

    def end(self, text: int) -> None:
        """Forget a text; blocks that no other uses are free again."""
        for block in self._text(text).blocks:
            self._users[block] -= 1
            if not self._users[block]:
                self._free.append(block)
        del self._texts[text]

    def attend(self, text: int, q: Floats) -> Floats:
        """Attention of one token's queries (n_heads, d_head) to all tokens of the text, block by block."""
        t = self._text(text)
        if not t.length:
            raise ValueError(f"text {text} has no tokens yet")
        query = q[:, None, :]
        out, sums = np.zeros_like(query), np.full((len(q), 1), -np.inf, np.float32)
        for i, block in enumerate(t.blocks):
            n = min(self.block_size, t.length - i * self.block_size)
            piece = flash_attention(query, self.keys[block, :, :n], self.values[block, :, :n], causal=False)
            out, sums = merge(out, sums, *piece)
        return out[:, 0]

    def length(self, text: int) -> int:
        return self._text(text).length

    def blocks(self, text: int) -> tuple[int, ...]:
        """The numbers of the text's blocks, in the order of its tokens."""
        return tuple(self._text(text).blocks)

    @property
    def n_free(self) -> int:
        return len(self._free)

    def _text(self, text: int) -> _Text:
        if text not in self._texts:
            raise KeyError(f"there is no text {text}; perhaps it has ended")
        return self._texts[text]

    def _take(self) -> int:
        block = self._free.pop()
        self._users[block] = 1
        return block
