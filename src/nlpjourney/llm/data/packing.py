"""Packing: documents of any length into rows of one length, without padding.

Documents are joined with an end-of-text token between them and cut wherever a row is full, as GPT-2 and GPT-3 did. No
position is wasted, and the model learns from the end token where a text stops. Notable choices: a row has one id more than
the model reads, as its targets are the same ids one place on; the next row begins with the last id of this one, so that every id
but the very first is predicted once an epoch; the order of the rows in an epoch is a permutation drawn from (seed, epoch), so a
position is two numbers, and a run that was stopped goes on with the very rows it would have seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from nlpjourney.errors import InvalidInput


class Tokens(Protocol):
    """A long row of ids: `Shards`, or an array."""

    def __len__(self) -> int: ...

    def __getitem__(self, part: slice, /) -> NDArray[np.int64]: ...


def join(documents: Iterable[Sequence[int] | NDArray[np.integer]], end: int) -> NDArray[np.int64]:
    """All documents in one row, each followed by the id `end`."""
    pieces = [np.append(np.asarray(document, dtype=np.int64), end) for document in documents]
    return np.concatenate(pieces) if pieces else np.empty(0, dtype=np.int64)


class Batches:
    """Batches (batch_size, length + 1) of `tokens`, without end. Column 0 … length − 1 are inputs, 1 … length are targets.

    `next(batches)` moves on; `state()` is where it stands, `restore(state)` goes there. With `world` processes, process `rank`
    gets its share of the rows of each batch (batch_size must be a multiple). Raises ValueError when there are too few tokens
    for one batch.
    """

    def __init__(
        self, tokens: Tokens, batch_size: int, length: int, *, seed: int = 0, rank: int = 0, world: int = 1
    ) -> None:
        if batch_size < 1 or length < 1:
            raise ValueError(f"batch_size and length must be at least 1, not {batch_size} and {length}")
        if batch_size % world or not 0 <= rank < world:
            raise ValueError(f"a batch of {batch_size} rows cannot be shared by {world} processes (this one is {rank})")
        self.tokens, self.batch_size, self.length, self.seed = tokens, batch_size, length, seed
        self.rank, self.world = rank, world
        self.n_tokens = batch_size * length  # predicted in a step of all processes
        self.n_rows = max(0, len(tokens) - 1) // length
        self.n_batches = self.n_rows // batch_size  # an epoch
        if self.n_batches == 0:
            raise ValueError(
                f"{len(tokens)} tokens are too few for one batch: {batch_size} rows of {length} need {batch_size * length + 1}"
            )
        self.epoch = self.batch = 0
        self._order = self._permutation()

    def _permutation(self) -> NDArray[np.int64]:
        return np.random.default_rng([self.seed, self.epoch]).permutation(self.n_rows)

    def row(self, index: int) -> NDArray[np.int64]:
        """Row `index`, shape (length + 1,)."""
        return np.asarray(self.tokens[index * self.length : (index + 1) * self.length + 1], dtype=np.int64)

    def __iter__(self) -> Batches:
        return self

    def __next__(self) -> NDArray[np.int64]:
        if self.batch == self.n_batches:
            self.epoch, self.batch = self.epoch + 1, 0
            self._order = self._permutation()
        share = self.batch_size // self.world
        first = self.batch * self.batch_size + self.rank * share
        rows = [self.row(int(i)) for i in self._order[first : first + share]]
        self.batch += 1
        return np.stack(rows)

    @cached_property
    def _fingerprint(self) -> str:
        """A hash of the tokens, or of 256 pieces evenly spread over them where they are many."""
        n, piece, n_pieces = len(self.tokens), 256, 256
        starts = (
            range(0, n, piece)
            if n <= piece * n_pieces
            else [i * (n - piece) // (n_pieces - 1) for i in range(n_pieces)]
        )
        hashed = hashlib.sha256()
        for start in starts:
            hashed.update(np.asarray(self.tokens[start : start + piece], dtype="<i8").tobytes())
        return hashed.hexdigest()

    def state(self) -> dict[str, Any]:
        """Where it stands; with it, what it reads from, so that another text is not taken for the same."""
        return {
            "epoch": self.epoch,
            "batch": self.batch,
            "seed": self.seed,
            "n_tokens": len(self.tokens),
            "fingerprint": self._fingerprint,
            "batch_size": self.batch_size,
            "length": self.length,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go to where `state` was taken. Raises InvalidInput when tokens, batch size, length or seed were others."""
        now = self.state()
        for name in ("n_tokens", "batch_size", "length", "seed"):
            if state[name] != now[name]:
                raise InvalidInput(f"this run had {name} = {state[name]}, now it is {now[name]}: it cannot go on")
        if state["fingerprint"] != now["fingerprint"]:
            raise InvalidInput("this run had other tokens, of the same number: it cannot go on with these")
        self.epoch, self.batch = int(state["epoch"]), int(state["batch"])
        self._order = self._permutation()
