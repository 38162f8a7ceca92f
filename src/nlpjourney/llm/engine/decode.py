"""One token through the whole model, in compiled code: each of several threads runs `next_logits` on its share of the work.

A layer has four products of matrices with a vector, each of which needs all of the one before: so the threads wait for each other
four times. What lies between is little work, and every thread does all of it for itself (the residual stream, norms, rounding
to integers) rather than wait once more. Attention is shared out by heads. Fixed shares suffice: all rows cost the same.

In plain Python: `plain_decode` (`llm.engine.plain`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlpjourney.llm.engine.attention import KEYS, VALUES, Pages, attend, page
from nlpjourney.llm.engine.compiled import in_order
from nlpjourney.llm.engine.matrices import multiply, multiply_all
from nlpjourney.llm.engine.matvec import GROUP, ROWS, quantize_vector
from nlpjourney.llm.engine.threads import barrier, partition
from nlpjourney.llm.engine.vectors import gate_gelu, gate_silu, rms_norm, rotate
from nlpjourney.llm.gguf.settings import ModelSettings

Floats = NDArray[np.float32]
Q, K, V, ATTN_OUTPUT, GATE, UP, DOWN = range(7)  # a layer's matrices
ATTN_NORM, POST_ATTN_NORM, FFN_NORM, POST_FFN_NORM = range(4)
Q_NORM, K_NORM, NO_NORM = range(3)
GLOBAL, LOCAL = range(2)


class Parameters(NamedTuple):
    """A model as compiled code sees it. What a family has not is empty."""

    matrices: NDArray[Any]  # records of `matrices.RECORD`, (n_layers, 7)
    output: NDArray[Any]  # (1,)
    norms: Floats  # (n_layers, 4, d_model)
    output_norm: Floats  # (d_model,)
    biases: Floats  # (n_layers or 0, n_heads + 2·n_kv_heads, d_head)
    gate_up_biases: Floats  # (n_layers or 0, 2, d_ff)
    out_biases: Floats  # of what attention and feed-forward add to the stream, (n_layers or 0, 2, d_model)
    head_norms: Floats  # (n_layers or 0, 2, d_head)
    windows: NDArray[np.int64]  # (n_layers,): how many tokens back a layer sees; 0: all
    n_heads: int
    attention_scale: float
    eps: float
    has_post_norms: bool
    has_gelu: bool


class Scratch(NamedTuple):
    """Room for what lives as long as a token. The first four are a thread's own, row `me`; the others are shared."""

    stream: Floats  # the residual stream, (n_threads, d_model)
    normed: Floats  # (n_threads, widest vector)
    rounded: tuple[NDArray[np.int16], Floats, Floats]  # (n_threads, n_groups, GROUP), (n_threads, n_groups) twice
    weights: Floats  # of attention, (n_threads, n_tokens)
    qkv: Floats  # (n_heads + 2·n_kv_heads, d_head)
    heads: Floats  # (n_heads, d_head)
    gates: Floats  # gate, up, and their product, (3, d_ff)
    outs: Floats  # what attention and feed-forward add to the stream, (2, d_model)
    arrivals: NDArray[np.int64]  # the barrier, (1,)

    @classmethod
    def make(cls, c: ModelSettings, n_threads: int) -> Scratch:
        """For one sequence of a model; `weights` has room for no token yet."""
        widest = max(c.d_model, c.n_heads * c.d_head, c.d_ff)
        own = (n_threads, widest // GROUP)
        return cls(
            stream=np.empty((n_threads, c.d_model), np.float32),
            normed=np.empty((n_threads, widest), np.float32),
            rounded=(np.empty((*own, GROUP), np.int16), np.empty(own, np.float32), np.empty(own, np.float32)),
            weights=np.empty((n_threads, 0), np.float32),
            qkv=np.empty((c.n_heads + 2 * c.n_kv_heads, c.d_head), np.float32),
            heads=np.empty((c.n_heads, c.d_head), np.float32),
            gates=np.empty((3, c.d_ff), np.float32),
            outs=np.empty((2, c.d_model), np.float32),
            arrivals=np.zeros(1, np.int64),
        )


@in_order
def _round(x: Floats, scratch: Scratch, me: int) -> Any:
    n_groups = len(x) // GROUP
    q, scales, sums = scratch.rounded
    rounded = q[me, :n_groups], scales[me, :n_groups], sums[me, :n_groups]
    quantize_vector(x, *rounded)
    return rounded


@in_order
def _take(p: Parameters, i: int, qkv: Floats, row: int, norm: int, out: Floats) -> None:
    """A query, key or value (d_head,) of layer i, with the bias and the norm that a family gives it."""
    out[:] = qkv[row]
    if len(p.biases):
        out += p.biases[i, row]
    if norm != NO_NORM and len(p.head_norms):
        rms_norm(out, p.head_norms[i, norm], p.eps, out)


@in_order
def _attention(
    p: Parameters, i: int, pages: Pages, rotations: Floats, at: int, scratch: Scratch, n_threads: int, me: int
) -> None:  # fmt: skip
    """This thread's heads of layer i: the page of position `at` gets the token, scratch.heads the result."""
    n_kv_heads, d_head = pages.n_kv_heads, pages.d_head
    own, inside = page(pages, at // pages.page_size), at % pages.page_size
    qkv, mine = scratch.qkv, scratch.normed[me, :d_head]
    local = p.windows[i] > 0
    cos, sin = rotations[LOCAL if local else GLOBAL, 0, at], rotations[LOCAL if local else GLOBAL, 1, at]
    start = max(0, at + 1 - p.windows[i]) if local else 0
    first, last = partition(p.n_heads, n_threads, me)
    known = -1
    for h in range(first, last):
        kv = h * n_kv_heads // p.n_heads
        if kv != known:
            # Threads whose heads share a key and a value each write them: once, and the same numbers.
            known = kv
            _take(p, i, qkv, p.n_heads + kv, K_NORM, mine)
            rotate(mine, cos, sin, own[KEYS, i, kv, inside])
            _take(p, i, qkv, p.n_heads + n_kv_heads + kv, NO_NORM, mine)
            own[VALUES, i, kv, inside, :] = mine
        _take(p, i, qkv, h, Q_NORM, mine)
        rotate(mine, cos, sin, mine)
        weights = scratch.weights[me, : at + 1 - start]
        attend(mine, pages, i, kv, start, at + 1, weights, p.attention_scale, scratch.heads[h])


@in_order
def _feed_forward(p: Parameters, i: int, x: Floats, rounded: Any, scratch: Scratch, n_threads: int, me: int) -> None:
    """This thread's rows of gate, up and their product."""
    gate, up = p.matrices[i, GATE], p.matrices[i, UP]
    first, last = partition(gate.n_panels, n_threads, me)
    multiply(gate, x, rounded, scratch.gates[0], first, last)
    multiply(up, x, rounded, scratch.gates[1], first, last)
    rows = slice(first * ROWS, last * ROWS)
    if len(p.gate_up_biases):
        scratch.gates[:2, rows] += p.gate_up_biases[i, :, rows]
    if p.has_gelu:
        gate_gelu(scratch.gates[0, rows], scratch.gates[1, rows], scratch.gates[2, rows])
    else:
        gate_silu(scratch.gates[0, rows], scratch.gates[1, rows], scratch.gates[2, rows])


@in_order
def _add(p: Parameters, i: int, which: int, out: Floats, x: Floats, scratch: Scratch, me: int) -> None:
    """x += out, to which some families add a bias, and which some norm before."""
    if len(p.out_biases):
        biased = scratch.normed[me, : len(x)]
        biased[:] = out
        biased += p.out_biases[i, which // 2]  # POST_ATTN_NORM, POST_FFN_NORM: 0, 1
        out = biased
    if p.has_post_norms:
        normed = scratch.normed[me, : len(x)]
        rms_norm(out, p.norms[i, which], p.eps, normed)
        x += normed
    else:
        x += out


@in_order
def next_logits(
    p: Parameters, pages: Pages, rotations: Floats, at: int, embedding: Floats, scratch: Scratch, logits: Floats, n_threads: int,
    me: int,
) -> None:  # fmt: skip
    """Read the token at position `at`, whose embedding (d_model,) it is: logits (n_vocab,) of the one after it.

    The page of that position gets its keys and values; rotations (2, 2, length > at, d_head/2): cosines and sines for layers
    that see everything, and for those with a window.
    """
    d_model = len(embedding)
    x, normed = scratch.stream[me], scratch.normed[me, :d_model]
    x[:] = embedding
    for i in range(len(p.matrices)):
        rms_norm(x, p.norms[i, ATTN_NORM], p.eps, normed)
        multiply_all(
            p.matrices[i, Q : V + 1], normed, _round(normed, scratch, me), scratch.qkv.reshape(-1), n_threads, me
        )
        barrier(scratch.arrivals, n_threads)
        _attention(p, i, pages, rotations, at, scratch, n_threads, me)
        barrier(scratch.arrivals, n_threads)
        heads = scratch.heads.reshape(-1)
        matrices = p.matrices[i, ATTN_OUTPUT : ATTN_OUTPUT + 1]
        multiply_all(matrices, heads, _round(heads, scratch, me), scratch.outs[0], n_threads, me)
        barrier(scratch.arrivals, n_threads)
        _add(p, i, POST_ATTN_NORM, scratch.outs[0], x, scratch, me)
        rms_norm(x, p.norms[i, FFN_NORM], p.eps, normed)
        _feed_forward(p, i, normed, _round(normed, scratch, me), scratch, n_threads, me)
        barrier(scratch.arrivals, n_threads)
        gated = scratch.gates[2]
        multiply_all(p.matrices[i, DOWN:], gated, _round(gated, scratch, me), scratch.outs[1], n_threads, me)
        barrier(scratch.arrivals, n_threads)
        _add(p, i, POST_FFN_NORM, scratch.outs[1], x, scratch, me)
    rms_norm(x, p.output_norm, p.eps, normed)
    multiply_all(p.output, normed, _round(normed, scratch, me), logits, n_threads, me)
