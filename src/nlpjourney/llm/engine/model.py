"""A language model on a processor: the weights of a GGUF file, kept quantized, and the threads that compute with them.

What belongs to one text (its keys and values, and the room in which a token is computed) is an `EngineSequence`: a model has as
many of them as there are conversations, and each may run in a thread of its own. Two ways lead through the same weights. Decode
takes one token at a time: matrices times a vector, bound by memory. Prefill takes a prompt at once: matrices times matrices,
bound by arithmetic. Both fill the same cache of keys and values, so that an answer follows token by token on a prompt that was
read in one go. The mathematics is that of the Llama family (Touvron et al., 2023) with the switches of `config`.
"""

from __future__ import annotations

import os
from collections import abc
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nlpjourney.llm.cache.paged import PAGE_SIZE, PagedCache, PagePool
from nlpjourney.llm.engine import weights
from nlpjourney.llm.engine.attention import Pages
from nlpjourney.llm.engine.decode import Scratch, next_logits
from nlpjourney.llm.engine.prefill import Prefill
from nlpjourney.llm.engine.threads import Team
from nlpjourney.llm.generation import ContextFull, Prompt
from nlpjourney.llm.gguf import GGUFFile
from nlpjourney.llm.gguf.settings import ModelSettings

Floats = NDArray[np.float32]
CHUNK = 512  # tokens of a prompt that go through the model together
FEW_TOKENS = 4  # up to so many, one after the other is faster than unpacking the matrices


def idle_cores() -> int:
    """Cores that nothing else is using now: threads that wait for each other on a busy machine are slower than one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return max(1, cores - round(busy))


class Engine:
    """A model: weights and threads, which all its sequences share.

    Parameters: the GGUF file; `threads` that work on one token together, by default as many as there are idle cores (with more
    than one, sequences take turns with them); `n_kept`: how many tokens of texts that are gone stay in memory, for prompts that
    begin alike. Raises GGUFError for a bad file.
    """

    def __init__(self, path: str | Path, *, threads: int | None = None, n_kept: int = 0) -> None:
        self.file = GGUFFile(path)
        self.config = ModelSettings.of(self.file)
        self.weights = weights.load(self.file, self.config)
        self.threads = max(1, threads or idle_cores())
        self.team = Team(self.threads)
        self.vocab_size = self.weights.output.n_rows
        self.context_length = self.config.context_length
        self.parameters = self.weights.parameters(self.config)
        c = self.config
        self.pool = PagePool(c.n_layers, c.n_kv_heads, c.d_head, n_kept=n_kept // PAGE_SIZE)
        self._rotations = self._turn(0)

    def sequence(self) -> EngineSequence:
        """A new text, of which nothing has been read yet."""
        return EngineSequence(self, self.pool.start())

    def start(self, prompt: Prompt) -> tuple[EngineSequence, Prompt]:
        """A sequence that holds the pages of other texts that begin like the prompt, and the rest, which is still to be read.

        What follows is the same as after the whole prompt but for rounding: it was computed in other pieces.
        """
        if isinstance(prompt, Tensor):
            return self.sequence(), prompt
        cache = self.pool.start(list(prompt[:-1]))  # at least one token is read: its logits are wanted
        return EngineSequence(self, cache), prompt[len(cache) :]

    def extend(self, sequences: abc.Sequence[EngineSequence], new: abc.Sequence[Prompt]) -> Tensor:
        """Read `new[i]` after `sequences[i]`, one after the other: the logits (n, vocab_size) of what follows each.

        Errors are those of `EngineSequence.prefill`; none has read anything then.
        """
        prepared = [sequence.prepare(some) for sequence, some in zip(sequences, new, strict=True)]
        logits = [sequence.read(*some)[-1] for sequence, some in zip(sequences, prepared)]
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
            known = self._rotations = self._turn(min(max(2 * known.shape[2], length, 256), self.context_length))
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
    """A text that the engine has read: its tokens, and their keys and values, in a `cache`.

    A sequence is for one thread at a time; sequences of the same model may run side by side.
    """

    def __init__(self, model: Engine, cache: PagedCache) -> None:
        self.model, self.cache = model, cache
        self._scratch = Scratch.make(model.config, model.threads)

    @property
    def ids(self) -> list[int]:
        """The tokens, −1 where an embedding stood in a token's place."""
        return self.cache.ids

    def __len__(self) -> int:
        return len(self.cache)

    def prefill(self, new: Prompt, *, all_logits: bool = False) -> Floats:
        """Read tokens, or embeddings (n, d_model), after what was read before: the logits of what follows, (vocab_size,).

        With `all_logits`, of what follows each: (n, vocab_size). Raises ContextFull when there is no room (nothing is read
        then), ValueError for no tokens or one that does not exist.
        """
        logits = self.read(*self.prepare(new), all_logits)
        return logits if all_logits else logits[-1]

    def prepare(self, new: Prompt) -> tuple[list[int], Floats]:
        """Ids and embeddings of what is to be read, and room for it. Errors are those of `prefill`."""
        ids, vectors = self.model.look_up(new)
        limit = self.model.context_length
        if len(self) + len(ids) > limit:
            raise ContextFull(f"{len(self)} + {len(ids)} tokens are more than the {limit} that the model can read")
        self.cache.reserve(len(ids))
        return ids, vectors

    def read(self, ids: list[int], vectors: Floats, all_logits: bool = False) -> Floats:
        """Read what was prepared: logits (n, vocab_size) after each token with `all_logits`, else at least the last row."""
        n = len(ids)
        if n <= FEW_TOKENS:
            return np.stack([self._step(id_, x) for id_, x in zip(ids, vectors)])
        out = [self._many(ids[i : i + CHUNK], vectors[i : i + CHUNK], all_logits) for i in range(0, n, CHUNK)]
        return np.concatenate(out) if all_logits else out[-1]

    def decode(self, token: int) -> Floats:
        """Read one token: the logits of what follows it, (vocab_size,). Errors are those of `prefill`."""
        return self.prefill([token])

    def truncate(self, length: int) -> None:
        """Forget all but the first `length` tokens, so that another text can follow them. ValueError for more than there are."""
        self.cache.truncate(length)

    def fork(self) -> EngineSequence:
        """A second sequence that begins like this one, on the same pages: nothing is copied until one of the two goes on."""
        return EngineSequence(self.model, self.cache.fork())

    def _step(self, id_: int, x: Floats) -> Floats:
        """One token, its embedding x (d_model,), through all layers: (vocab_size,)."""
        model, at = self.model, len(self)
        if self._scratch.weights.shape[1] <= at:
            self._scratch = self._scratch._replace(weights=np.empty((model.threads, 2 * (at + PAGE_SIZE)), np.float32))
        logits, pages = np.empty(model.vocab_size, np.float32), Pages(self.cache.addresses, *self.cache.pool.shape[1:])
        arrays = pages, model.rotations(at + 1), at, x, self._scratch, logits
        model.team.run(next_logits, model.parameters, *arrays)
        self.cache.advance([id_])
        return logits

    def _many(self, ids: list[int], x: Floats, all_logits: bool) -> Floats:
        """A piece of a text, embeddings x (n, d_model), through all layers: logits after each or the last, (1, vocab_size)."""
        model, start, end = self.model, len(self), len(self) + len(ids)
        prefill = Prefill(model.weights, model.config, model.team)
        logits = prefill.read(x, self.cache, model.rotations(end)[:, :, start:end], all_logits)
        self.cache.advance(ids)
        return logits
