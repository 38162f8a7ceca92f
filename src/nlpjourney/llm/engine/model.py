"""A language model on a processor: the weights of a GGUF file, kept quantized, and the threads that compute with them.

What belongs to one text (its keys and values, and the room in which a token is computed) is an `EngineSequence`: a model has as
many of them as there are conversations, and each may run in a thread of its own. Two ways lead through the same weights. Decode
takes one token at a time: matrices times a vector, bound by memory. Prefill takes a prompt at once: matrices times matrices,
bound by arithmetic. Both fill the same cache of keys and values, so that an answer follows token by token on a prompt that was
read in one go. The mathematics is that of the Llama family (Touvron et al., 2023) with the switches of `config`.
"""

from __future__ import annotations

import copy
import os
from collections import abc
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nlpjourney.llm.engine import weights
from nlpjourney.llm.engine.config import EngineConfig
from nlpjourney.llm.engine.decode import Scratch, next_logits
from nlpjourney.llm.engine.prefill import Prefill
from nlpjourney.llm.engine.threads import Team
from nlpjourney.llm.generation import ContextFull, Prompt
from nlpjourney.llm.gguf import GGUFFile

Floats = NDArray[np.float32]
CHUNK = 512  # tokens of a prompt that go through the model together
FIRST_LENGTH = 256  # tokens that a cache holds at first; it doubles when it is full
FEW_TOKENS = 4  # up to so many, one after the other is faster than unpacking the matrices


def idle_cores() -> int:
    """Cores that nothing else is using now: threads that wait for each other on a busy machine are slower than one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return max(1, cores - round(busy))


class Engine:
    """A model: weights and threads, which all its sequences share.

    Parameters: the GGUF file; `threads` that work on one token together, by default as many as there are idle cores. With more
    than one, sequences take turns with them. Raises GGUFError for a bad file.
    """

    def __init__(self, path: str | Path, *, threads: int | None = None) -> None:
        self.file = GGUFFile(path)
        self.config = EngineConfig.of(self.file)
        self.weights = weights.load(self.file, self.config)
        self.threads = max(1, threads or idle_cores())
        self.team = Team(self.threads)
        self.vocab_size = self.weights.output.n_rows
        self.context_length = self.config.context_length
        self.parameters = self.weights.parameters(self.config)
        self._rotations = self._turn(0)

    def sequence(self) -> EngineSequence:
        """A new text, of which nothing has been read yet."""
        return EngineSequence(self)

    def start(self, prompt: Prompt) -> tuple[EngineSequence, Prompt]:
        """A new sequence, and the prompt, all of which is still to be read."""
        return self.sequence(), prompt

    def extend(self, sequences: abc.Sequence[EngineSequence], new: abc.Sequence[Prompt]) -> Tensor:
        """Read `new[i]` after `sequences[i]`, one after the other: the logits (n, vocab_size) of what follows each.

        Errors are those of `EngineSequence.prefill`.
        """
        logits = [sequence.prefill(some) for sequence, some in zip(sequences, new, strict=True)]
        return torch.from_numpy(np.stack(logits))

    def look_up(self, new: Prompt) -> tuple[list[int], Floats]:
        """Ids (−1 for an embedding) and what goes into the first layer, (n, d_model). Raises ValueError for what is neither."""
        if isinstance(new, Tensor):
            d_model = self.config.d_model
            if new.ndim != 2 or not len(new) or new.shape[1] != d_model:
                raise ValueError(
                    f"embeddings must be of shape (tokens, {d_model}), at least one, not {tuple(new.shape)}"
                )
            return [-1] * len(new), np.ascontiguousarray(new.detach().float().numpy())
        tokens = np.asarray(new, dtype=np.int64)
        if tokens.ndim != 1 or not len(tokens):
            raise ValueError("there must be at least one token to read")
        if tokens.min() < 0 or tokens.max() >= self.vocab_size:
            wrong = tokens.min() if tokens.min() < 0 else tokens.max()
            raise ValueError(f"token {wrong} is not in the vocabulary of {self.vocab_size}")
        return tokens.tolist(), weights.embedding(self.file, tokens) * np.float32(self.config.embedding_scale)

    def rotations(self, length: int) -> Floats:
        """Cosines and sines of at least the first `length` positions, (2, 2, ≥ length, d_head/2).

        First for layers that see everything, then for those with a window. The table doubles when it is too short; whoever
        holds an older one may go on using it.
        """
        known = self._rotations
        if known.shape[2] < length:
            known = self._rotations = self._turn(min(max(2 * known.shape[2], length), self.context_length))
        return known

    def _turn(self, length: int) -> Floats:
        c = self.config
        both = []
        for local, base in ((False, c.rope_base), (True, c.local_rope_base)):
            frequency = base ** (-np.arange(0, c.d_head, 2) / c.d_head)
            if not local:
                frequency /= c.rope_factor
                if self.weights.rope_factors is not None:
                    frequency /= self.weights.rope_factors
            angles = np.outer(np.arange(length), frequency)
            both.append(np.stack([np.cos(angles), np.sin(angles)]))
        return np.stack(both).astype(np.float32)


class EngineSequence:
    """The tokens that have been read, `ids`, and their keys and values.

    A sequence is for one thread at a time; sequences of the same model may run side by side.
    """

    def __init__(self, model: Engine) -> None:
        c = model.config
        self.model = model
        self.ids: list[int] = []
        self._keys = np.empty((c.n_layers, c.n_kv_heads, 0, c.d_head), np.float32)
        self._values = self._keys
        self._scratch = Scratch.make(c, model.threads)

    def __len__(self) -> int:
        return len(self.ids)

    def prefill(self, new: Prompt, *, all_logits: bool = False) -> Floats:
        """Read tokens, or embeddings (n, d_model), after what was read before: the logits of what follows, (vocab_size,).

        With `all_logits`, of what follows each: (n, vocab_size). Raises ContextFull when there is no room (nothing is read
        then), ValueError for no tokens or one that does not exist.
        """
        ids, vectors = self.model.look_up(new)
        n, limit = len(ids), self.model.context_length
        if len(self) + n > limit:
            raise ContextFull(f"{len(self)} + {n} tokens are more than the {limit} that the model can read")
        self._make_room(len(self) + n)
        if n <= FEW_TOKENS:
            each = np.stack([self._step(id_, x) for id_, x in zip(ids, vectors)])
            return each if all_logits else each[-1]
        out = [self._many(ids[i : i + CHUNK], vectors[i : i + CHUNK], all_logits) for i in range(0, n, CHUNK)]
        return np.concatenate(out) if all_logits else out[-1][-1]

    def decode(self, token: int) -> Floats:
        """Read one token: the logits of what follows it, (vocab_size,). Errors are those of `prefill`."""
        return self.prefill([token])

    def truncate(self, length: int) -> None:
        """Forget all but the first `length` tokens, so that another text can follow them. ValueError for more than there are."""
        if not 0 <= length <= len(self):
            raise ValueError(f"the sequence has {len(self)} tokens, it cannot be cut to {length}")
        del self.ids[length:]

    def fork(self) -> EngineSequence:
        """A second sequence that begins like this one; each goes on as it likes."""
        other = copy.copy(self)
        other.ids, other._keys, other._values = list(self.ids), self._keys.copy(), self._values.copy()
        other._scratch = Scratch.make(self.model.config, self.model.threads)
        other._scratch = other._scratch._replace(weights=np.empty_like(self._scratch.weights))
        return other

    def _make_room(self, length: int) -> None:
        have = self._keys.shape[2]
        if length > have:
            new = min(max(2 * have, length, FIRST_LENGTH), self.model.context_length)
            room = (*self._keys.shape[:2], new - have, self._keys.shape[3])
            self._keys = np.concatenate([self._keys, np.empty(room, np.float32)], axis=2)
            self._values = np.concatenate([self._values, np.empty(room, np.float32)], axis=2)
            self._scratch = self._scratch._replace(weights=np.empty((self.model.threads, new), np.float32))

    def _step(self, id_: int, x: Floats) -> Floats:
        """One token, its embedding x (d_model,), through all layers: (vocab_size,)."""
        model, at = self.model, len(self)
        logits = np.empty(model.vocab_size, np.float32)
        arrays = self._keys, self._values, model.rotations(at + 1), at, x, self._scratch, logits
        model.team.run(next_logits, model.parameters, *arrays)
        self.ids.append(id_)
        return logits

    def _many(self, ids: list[int], x: Floats, all_logits: bool) -> Floats:
        """A piece of a text, embeddings x (n, d_model), through all layers: logits after each or the last, (1, vocab_size)."""
        model, start, end = self.model, len(self), len(self) + len(ids)
        keys, values, rotations = (
            self._keys[:, :, :end],
            self._values[:, :, :end],
            model.rotations(end)[:, :, start:end],
        )
        prefill = Prefill(model.weights, model.config, model.team)
        logits = prefill.read(x, keys, values, rotations, all_logits)
        self.ids += ids
        return logits
