"""A language model on a processor: the engine that reads a GGUF file and writes the next token.

Two ways through the same weights. One token at a time (`decode`): matrices times a vector, bound by memory. A prompt at once
(`prompt`): matrices times matrices, bound by arithmetic. Both fill the same cache of keys and values, so that an answer
follows token by token on a prompt that was read in one go. The mathematics is that of the Llama family (Touvron et al., 2023)
with the switches of `config`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlpjourney.errors import JourneyError
from nlpjourney.llm.engine import weights
from nlpjourney.llm.engine.config import EngineConfig
from nlpjourney.llm.engine.decode import Scratch, next_logits
from nlpjourney.llm.engine.matvec import GROUP
from nlpjourney.llm.engine.prompt import Prompt
from nlpjourney.llm.engine.threads import Team
from nlpjourney.llm.gguf import GGUFFile

Floats = NDArray[np.float32]
CHUNK = 512  # tokens of a prompt that go through the model together
FIRST_LENGTH = 256  # tokens that the cache holds at first; it doubles when it is full
FEW_TOKENS = 4  # up to so many, one after the other is faster than unpacking the matrices


class ContextFull(ValueError, JourneyError):
    """More tokens than the model was made for."""


def idle_cores() -> int:
    """Cores that nothing else is using now: threads that wait for each other on a busy machine are slower than one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return max(1, cores - round(busy))


class Engine:
    """A model and what it has read so far.

    Parameters: the GGUF file; `threads`, by default as many as there are idle cores. Raises GGUFError for a bad file.
    """

    def __init__(self, path: str | Path, *, threads: int | None = None) -> None:
        self.file = GGUFFile(path)
        self.config = EngineConfig.of(self.file)
        self.weights = weights.load(self.file, self.config)
        self.threads = max(1, threads or idle_cores())
        self.n_vocab = self.weights.output.n_rows
        c = self.config
        self._parameters = self.weights.parameters(c)
        self._team = Team(self.threads)
        self._prompt = Prompt(self.weights, c, self._team)
        self._keys = np.empty((c.n_layers, c.n_kv_heads, 0, c.d_head), np.float32)
        self._values = self._keys
        widest = max(c.d_model, c.n_heads * c.d_head, c.d_ff)
        own = (self.threads, widest // GROUP)
        self._scratch = Scratch(
            stream=np.empty((self.threads, c.d_model), np.float32),
            normed=np.empty((self.threads, widest), np.float32),
            rounded=(np.empty((*own, GROUP), np.int16), np.empty(own, np.float32), np.empty(own, np.float32)),
            weights=np.empty((self.threads, 0), np.float32),
            qkv=np.empty((c.n_heads + 2 * c.n_kv_heads, c.d_head), np.float32),
            heads=np.empty((c.n_heads, c.d_head), np.float32),
            gates=np.empty((3, c.d_ff), np.float32),
            outs=np.empty((2, c.d_model), np.float32),
            arrivals=np.zeros(1, np.int64),
        )
        self._make_room(min(FIRST_LENGTH, c.context_length))
        self.n_read = 0

    def forget(self, keep: int = 0) -> None:
        """Forget all but the first `keep` tokens, so that another text can follow them."""
        self.n_read = min(keep, self.n_read)

    def read(self, ids: Sequence[int], *, all_logits: bool = False) -> Floats:
        """Read tokens after those read before: the logits of what follows the last, (n_vocab,).

        With `all_logits`, of what follows each: (len(ids), n_vocab). Raises ContextFull when there is no room (nothing is
        read then), ValueError for no tokens or one that does not exist.
        """
        tokens = np.asarray(ids, dtype=np.int64)
        if tokens.ndim != 1 or not len(tokens):
            raise ValueError("read needs at least one token")
        if tokens.min() < 0 or tokens.max() >= self.n_vocab:
            raise ValueError(
                f"token {tokens.min() if tokens.min() < 0 else tokens.max()} is not in the vocabulary of {self.n_vocab}"
            )
        if self.n_read + len(tokens) > self.config.context_length:
            raise ContextFull(
                f"{self.n_read} + {len(tokens)} tokens are more than the {self.config.context_length} that the model can read"
            )
        self._make_room(self.n_read + len(tokens))
        if len(tokens) <= FEW_TOKENS:
            each = np.stack([self._step(int(token)) for token in tokens])
            return each if all_logits else each[-1]
        out = [self._many(tokens[i : i + CHUNK], all_logits) for i in range(0, len(tokens), CHUNK)]
        return np.concatenate(out) if all_logits else out[-1][-1]

    def generate(self, ids: Sequence[int], choose: Callable[[Floats], int], stop: Sequence[int] = ()) -> Iterator[int]:
        """Read `ids` (there may be none left to read), then yield tokens that `choose` picks from the logits.

        Ends before a token of `stop`, or when the context is full.
        """
        logits = self.read(ids)
        while (token := choose(logits)) not in stop:
            yield token
            if self.n_read == self.config.context_length:
                return
            logits = self.read([token])

    def _make_room(self, length: int) -> None:
        have = self._keys.shape[2]
        if length > have:
            new = min(max(2 * have, length), self.config.context_length)
            room = (*self._keys.shape[:2], new - have, self._keys.shape[3])
            self._keys = np.concatenate([self._keys, np.empty(room, np.float32)], axis=2)
            self._values = np.concatenate([self._values, np.empty(room, np.float32)], axis=2)
            self._rotations = np.stack([self._rotation(False, new), self._rotation(True, new)])
            self._scratch = self._scratch._replace(weights=np.empty((self.threads, new), np.float32))

    def _rotation(self, local: bool, length: int) -> Floats:
        """Cosines and sines of the first positions: (2, length, d_head/2)."""
        c = self.config
        frequency = (c.local_rope_base if local else c.rope_base) ** (-np.arange(0, c.d_head, 2) / c.d_head)
        if not local:
            frequency /= c.rope_factor
            if self.weights.rope_factors is not None:
                frequency /= self.weights.rope_factors
        angles = np.outer(np.arange(length), frequency)
        return np.stack([np.cos(angles), np.sin(angles)]).astype(np.float32)

    def _step(self, token: int) -> Floats:
        """One token through all layers, (n_vocab,)."""
        x = weights.embedding(self.file, np.array([token]))[0] * np.float32(self.config.embedding_scale)
        logits = np.empty(self.n_vocab, np.float32)
        arrays = self._keys, self._values, self._rotations, self.n_read, x, self._scratch, logits
        self._team.run(next_logits, self._parameters, *arrays)
        self.n_read += 1
        return logits

    def _many(self, tokens: NDArray[np.int64], all_logits: bool) -> Floats:
        """A piece of a text through all layers: logits after each token, or after the last, (1, n_vocab)."""
        start, end = self.n_read, self.n_read + len(tokens)
        x = weights.embedding(self.file, tokens) * np.float32(self.config.embedding_scale)
        keys, values, rotations = self._keys[:, :, :end], self._values[:, :, :end], self._rotations[:, :, start:end]
        logits = self._prompt.read(x, keys, values, rotations, all_logits)
        self.n_read = end
        return logits
