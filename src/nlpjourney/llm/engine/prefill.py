"""Prefill: a prompt through the whole model, many tokens at once, so that every weight is unpacked once for all of them.

Here arithmetic takes the time. Where the processor multiplies bytes four to a lane (`dot`), quantized weights stay integers, and
the tokens become integers too, as when they are written one by one (`matmat`). Elsewhere, and for weights that are not
quantized, PyTorch's product of matrices is hard to better. It wants floats: so each thread takes its share of a matrix's rows,
unpacks a few panels into a tile that stays in its cache, and multiplies all tokens with it; and its share of the heads.
Threads of our own, because those of PyTorch keep a core busy while they wait for more.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from nlpjourney.llm.cache import PagedCache
from nlpjourney.llm.engine import matvec
from nlpjourney.llm.engine.decode import GLOBAL, LOCAL
from nlpjourney.llm.engine.matmat import TOKENS, RoundedRows, quantize_rows
from nlpjourney.llm.engine.matrices import Matrix, multiply_many, unpack
from nlpjourney.llm.engine.matvec import GROUP, ROWS
from nlpjourney.llm.engine.threads import Team, partition
from nlpjourney.llm.engine.weights import Weights
from nlpjourney.llm.gguf.settings import ModelSettings

Floats = NDArray[np.float32]
TILE_PANELS = 8  # that a thread unpacks at once


class Prefill:
    """One reading of many tokens; its tiles are its own, so that several threads can read with the same weights."""

    def __init__(self, weights: Weights, config: ModelSettings, team: Team) -> None:
        self.weights, self.config, self.team = weights, config, team
        widest = max(m.width for m in (*weights.layers[0].matrices, weights.output))
        self._tiles = np.empty((team.n, widest * TILE_PANELS * ROWS), np.float32)

    @torch.inference_mode()
    def read(self, x: Floats, cache: PagedCache, rotations: Floats, all_logits: bool) -> Floats:
        """Logits after each of n tokens, (n, n_vocab), or only after the last, (1, n_vocab).

        x: embeddings (n, d_model); cache: what was read before, with room for these tokens, whose keys and values are written
        into it; rotations (2, 2, n, d_head/2): as `decode.next_logits` has them, for these tokens.
        """
        before = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            stream = torch.from_numpy(x)
            turns = torch.from_numpy(rotations)
            for i in range(self.config.n_layers):
                stream = self._layer(i, stream, cache, turns)
            normed = _rms_norm(stream if all_logits else stream[-1:], self.weights.output_norm, self.config.norm_eps)
            return self._product([self.weights.output], normed).numpy()
        finally:
            torch.set_num_threads(before)

    def _layer(self, i: int, x: Tensor, cache: PagedCache, rotations: Tensor) -> Tensor:
        c, w, n = self.config, self.weights.layers[i], len(x)
        qkv = self._product([w.q, w.k, w.v], _rms_norm(x, w.attn_norm, c.norm_eps))
        if w.qkv_bias is not None:
            qkv += torch.from_numpy(w.qkv_bias)
        qkv = qkv.reshape(n, -1, c.d_head).transpose(0, 1)  # (heads, n, d_head)
        query, key, value = qkv[: c.n_heads], qkv[c.n_heads : -c.n_kv_heads], qkv[-c.n_kv_heads :]
        if w.q_norm is not None and w.k_norm is not None:
            query, key = _rms_norm(query, w.q_norm, c.norm_eps), _rms_norm(key, w.k_norm, c.norm_eps)
        cos, sin = rotations[LOCAL if c.is_local(i) else GLOBAL]
        keys, values = _rotate(key, cos, sin), value
        cache.write(i, keys.numpy(), values.numpy())
        if len(cache):
            keys, values = map(torch.from_numpy, cache.read(i, n))
        mixed = self._attention(_rotate(query, cos, sin), keys, values, c.window if c.is_local(i) else None)
        out = self._product([w.attn_output], mixed.transpose(0, 1).reshape(n, -1))
        if w.attn_output_bias is not None:
            out += torch.from_numpy(w.attn_output_bias)
        x = x + (out if w.post_attn_norm is None else _rms_norm(out, w.post_attn_norm, c.norm_eps))
        both = self._product([w.gate, w.up], _rms_norm(x, w.ffn_norm, c.norm_eps))
        if w.gate_up_bias is not None:
            both += torch.from_numpy(w.gate_up_bias)
        gate, up = both.chunk(2, dim=1)
        out = self._product(
            [w.down], (F.gelu(gate, approximate="tanh") if c.architecture.has_gelu else F.silu(gate)) * up
        )
        if w.down_bias is not None:
            out += torch.from_numpy(w.down_bias)
        return x + (out if w.post_ffn_norm is None else _rms_norm(out, w.post_ffn_norm, c.norm_eps))

    def _product(self, matrices: list[Matrix], x: Tensor) -> Tensor:
        """The products of several matrices with n vectors, one after the other: (n, width) -> (n, sum of their rows)."""
        out = torch.empty(len(x), sum(matrix.n_rows for matrix in matrices))
        in_bytes = [matrix.bits > 0 and matvec.VECTOR_BYTES > 0 for matrix in matrices]
        rounded = self._round(x.numpy()) if any(in_bytes) else None

        @torch.inference_mode()
        def work(n_threads: int, me: int) -> None:
            row = 0
            for matrix, bytes_ in zip(matrices, in_bytes):
                first, last = partition(len(matrix.packed), n_threads, me)
                if bytes_ and rounded is not None:
                    multiply_many(matrix.record, rounded, out.numpy(), row, first, last)
                else:
                    self._multiply_floats(matrix, x, out[:, row : row + matrix.n_rows], first, last, self._tiles[me])
                row += matrix.n_rows

        self.team.run(work)
        return out

    def _round(self, x: Floats) -> RoundedRows:
        """The tokens' numbers as integers, with rows of zeros up to a multiple of TOKENS."""
        n = -(-len(x) // TOKENS) * TOKENS
        widths = (x.shape[1] // GROUP, x.shape[1] // GROUP, 2 * x.shape[1] // GROUP)
        scales, sums, halves = (np.zeros((n, width), np.float32) for width in widths)
        rounded = np.zeros((n, x.shape[1]), np.int8), scales, sums, halves
        self.team.run(lambda n_threads, me: quantize_rows(x, *rounded, *partition(len(x), n_threads, me)))
        return rounded

    @staticmethod
    def _multiply_floats(matrix: Matrix, x: Tensor, out: Tensor, first: int, last: int, room: Floats) -> None:
        """The rows of panels first … last − 1 by PyTorch: out (n, n_rows)."""
        for panel in range(first, last, TILE_PANELS):
            end = min(panel + TILE_PANELS, last)
            tile = room[: matrix.width * (end - panel) * ROWS].reshape(matrix.width, -1)
            unpack(matrix.record, tile, panel, end)
            rows = slice(panel * ROWS, min(end * ROWS, matrix.n_rows))
            torch.mm(x, torch.from_numpy(tile[:, : rows.stop - rows.start]), out=out[:, rows])

    def _attention(self, query: Tensor, keys: Tensor, values: Tensor, window: int | None) -> Tensor:
        """query, result (n_heads, n, d_head): the last n of the positions of keys and values (n_kv_heads, length, d_head)."""
        n, length = query.shape[1], keys.shape[1]
        seen = None  # each token sees all before it: a case that PyTorch knows, and does half the work in
        if n < length or (window is not None and window < length):
            position = torch.arange(length)
            behind = position[-n:, None] - position[None]
            seen = (behind >= 0) & (behind < (window or length))
        out = torch.empty_like(query)

        @torch.inference_mode()
        def work(n_threads: int, me: int) -> None:
            heads = torch.arange(*partition(len(query), n_threads, me))
            if len(heads):
                kv = heads * len(keys) // len(query)
                out[heads] = F.scaled_dot_product_attention(
                    query[heads][None],
                    keys[kv][None],
                    values[kv][None],
                    attn_mask=seen,
                    is_causal=seen is None,
                    scale=self.config.attention_scale,
                )[0]

        self.team.run(work)
        return out


def _rms_norm(x: Tensor, weight: Floats, eps: float) -> Tensor:
    return F.rms_norm(x, x.shape[-1:], torch.from_numpy(weight), eps)


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary position of (heads, n, d_head); cos and sin (n, d_head/2)."""
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)
