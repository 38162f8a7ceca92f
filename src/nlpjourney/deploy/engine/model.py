"""A language model on a processor: the engine that reads a GGUF file and writes the next token.

Two ways through the same weights. `_step` takes one token: matrices times a vector, bound by memory, in the kernels of
`matvec`. `_many` takes a prompt: matrices times matrices, bound by arithmetic; each matrix is unpacked to floats once for
all tokens and PyTorch multiplies. Both fill the same cache of keys and values, so a prompt is read at once and the answer follows
token by token. The mathematics is that of the Llama family (Touvron et al., 2023) with the switches of `config`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numba
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from nlpjourney.deploy.engine import vectors, weights
from nlpjourney.deploy.engine.config import EngineConfig
from nlpjourney.deploy.engine.matrices import Activation
from nlpjourney.llm.gguf import GGUFFile

Floats = NDArray[np.float32]
CHUNK = 512  # tokens of a prompt that go through the model together
FIRST_LENGTH = 256  # tokens that the cache holds at first; it doubles when it is full
PARALLEL_ATTENTION = 512  # cached tokens from which on the heads are shared out among threads


class ContextFull(ValueError):
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
        self.threads = max(1, min(threads or idle_cores(), numba.config.NUMBA_NUM_THREADS))  # type: ignore[attr-defined]
        self.n_vocab = self.weights.output.n_rows
        c = self.config
        self._keys = np.empty((c.n_layers, c.n_kv_heads, 0, c.d_head), np.float32)
        self._values = self._keys
        self._make_room(min(FIRST_LENGTH, c.context_length))
        self._for_model, self._for_heads, self._for_ff = (
            Activation(n) for n in (c.d_model, c.n_heads * c.d_head, c.d_ff)
        )
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
        numba.set_num_threads(self.threads)
        torch.set_num_threads(self.threads)
        if len(tokens) == 1:
            logits = self._step(int(tokens[0]))
            return logits[None] if all_logits else logits
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
            self._rotations = [self._rotation(False, new), self._rotation(True, new)]

    def _rotation(self, local: bool, length: int) -> tuple[Floats, Floats]:
        """Cosines and sines of the first positions: two of (length, d_head/2)."""
        c = self.config
        frequency = (c.local_rope_base if local else c.rope_base) ** (-np.arange(0, c.d_head, 2) / c.d_head)
        if not local:
            frequency /= c.rope_factor
            if self.weights.rope_factors is not None:
                frequency /= self.weights.rope_factors
        angles = np.outer(np.arange(length), frequency)
        return np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)

    def _step(self, token: int) -> Floats:
        """One token through all layers, (n_vocab,)."""
        c, at = self.config, self.n_read
        x = weights.embedding(self.file, np.array([token]))[0] * np.float32(c.embedding_scale)
        normed, heads = np.empty_like(x), np.empty((c.n_heads, c.d_head), np.float32)
        qkv = np.empty((c.n_heads + 2 * c.n_kv_heads, c.d_head), np.float32)
        gate_up, gated = np.empty(2 * c.d_ff, np.float32), np.empty(c.d_ff, np.float32)
        scale = np.float32(c.d_head**-0.5)
        for i, layer in enumerate(self.weights.layers):
            vectors.rms_norm(x, layer.attn_norm, c.norm_eps, normed)
            self._for_model.set(normed)
            layer.qkv.matvec(normed, self._for_model, qkv.reshape(-1), self.threads)
            if layer.qkv_bias is not None:
                qkv += layer.qkv_bias.reshape(qkv.shape)
            query, key, value = qkv[: c.n_heads], qkv[c.n_heads : -c.n_kv_heads], qkv[-c.n_kv_heads :]
            if layer.q_norm is not None and layer.k_norm is not None:
                vectors.norm_heads(query, layer.q_norm, c.norm_eps)
                vectors.norm_heads(key, layer.k_norm, c.norm_eps)
            cos, sin = self._rotations[c.is_local(i)]
            vectors.rotate(qkv[: -c.n_kv_heads], cos[at], sin[at])
            self._keys[i, :, at] = key
            self._values[i, :, at] = value
            start = max(0, at + 1 - c.window) if c.is_local(i) else 0
            attend = vectors.ATTEND[self.threads > 1 and at - start >= PARALLEL_ATTENTION]
            attend(query, self._keys[i], self._values[i], start, at + 1, scale, heads)
            self._for_heads.set(heads.reshape(-1))
            layer.attn_output.matvec(heads.reshape(-1), self._for_heads, normed, self.threads)
            if layer.post_attn_norm is not None:
                vectors.rms_norm(normed, layer.post_attn_norm, c.norm_eps, normed)
            x += normed
            vectors.rms_norm(x, layer.ffn_norm, c.norm_eps, normed)
            self._for_model.set(normed)
            layer.gate_up.matvec(normed, self._for_model, gate_up, self.threads)
            (vectors.gate_gelu if c.is_gemma else vectors.gate_silu)(gate_up, gated)
            self._for_ff.set(gated)
            layer.down.matvec(gated, self._for_ff, normed, self.threads)
            if layer.post_ffn_norm is not None:
                vectors.rms_norm(normed, layer.post_ffn_norm, c.norm_eps, normed)
            x += normed
        self.n_read += 1
        vectors.rms_norm(x, self.weights.output_norm, c.norm_eps, normed)
        self._for_model.set(normed)
        logits = np.empty(self.n_vocab, np.float32)
        self.weights.output.matvec(normed, self._for_model, logits, self.threads)
        return logits

    @torch.inference_mode()
    def _many(self, tokens: NDArray[np.int64], all_logits: bool) -> Floats:
        """A piece of a text through all layers: logits after each token, or after the last, (1, n_vocab)."""
        c, start, n = self.config, self.n_read, len(tokens)
        end = start + n
        x = torch.from_numpy(weights.embedding(self.file, tokens) * np.float32(c.embedding_scale))  # (n, d_model)
        position = torch.arange(end)
        ahead = position[start:, None] - position[None]  # how far each token is behind each of the new ones
        for i, layer in enumerate(self.weights.layers):
            normed = _rms_norm(x, layer.attn_norm, c.norm_eps)
            qkv = layer.qkv.matmul(normed, self.threads)
            if layer.qkv_bias is not None:
                qkv = qkv + torch.from_numpy(layer.qkv_bias)
            qkv = qkv.reshape(n, -1, c.d_head).transpose(0, 1)  # (heads, n, d_head)
            query, key, value = qkv[: c.n_heads], qkv[c.n_heads : -c.n_kv_heads], qkv[-c.n_kv_heads :]
            if layer.q_norm is not None and layer.k_norm is not None:
                query, key = _rms_norm(query, layer.q_norm, c.norm_eps), _rms_norm(key, layer.k_norm, c.norm_eps)
            cos, sin = (torch.from_numpy(table[start:end]) for table in self._rotations[c.is_local(i)])
            self._keys[i, :, start:end] = _rotate(key, cos, sin).numpy()
            self._values[i, :, start:end] = value.numpy()
            keys, values = torch.from_numpy(self._keys[i, :, :end]), torch.from_numpy(self._values[i, :, :end])
            seen = (ahead >= 0) & (ahead < c.window) if c.is_local(i) else ahead >= 0
            mixed = F.scaled_dot_product_attention(
                _rotate(query, cos, sin)[None], keys[None], values[None], attn_mask=seen, enable_gqa=True
            )[0]
            out = layer.attn_output.matmul(mixed.transpose(0, 1).reshape(n, -1), self.threads)
            x = x + (out if layer.post_attn_norm is None else _rms_norm(out, layer.post_attn_norm, c.norm_eps))
            gate, up = layer.gate_up.matmul(_rms_norm(x, layer.ffn_norm, c.norm_eps), self.threads).chunk(2, dim=1)
            gated = (F.gelu(gate, approximate="tanh") if c.is_gemma else F.silu(gate)) * up
            out = layer.down.matmul(gated, self.threads)
            x = x + (out if layer.post_ffn_norm is None else _rms_norm(out, layer.post_ffn_norm, c.norm_eps))
        self.n_read = end
        x = x if all_logits else x[-1:]
        return self.weights.output.matmul(_rms_norm(x, self.weights.output_norm, c.norm_eps), self.threads).numpy()


def _rms_norm(x: Tensor, weight: Floats, eps: float) -> Tensor:
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + eps) * torch.from_numpy(weight)


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary position of (heads, n, d_head); cos and sin (n, d_head/2)."""
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)
