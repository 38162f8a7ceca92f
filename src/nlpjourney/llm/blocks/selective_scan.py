"""The selective scan: memory of a fixed size that decides, token by token, what to keep and what to forget.

Mamba (Gu & Dao, 2023). Each of the D channels carries N numbers, the state h. At every token
  h ← exp(Δ·A) · h + Δ · B · x        what was there fades, what comes in is written
  y = C · h                            what is asked for is read
and Δ, B and C are computed from the token itself: that is the selection. A large Δ forgets the past and takes the token in, a
small one passes it by. The cost is linear in the length and the state does not grow. Notable choices: `plain_scan` is the
formula in PyTorch; on a CPU in float32, `selective_scan` gives the same by a compiled loop that keeps a channel's state in
registers, and so never writes the D·T·N states to memory; the backward pass computes them again.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from numba import njit
from numpy.typing import NDArray
from torch import Tensor

# Bt texts in the batch, T tokens, D channels, N numbers of state a channel

F32 = NDArray[np.float32]
HALVES = (torch.bfloat16, torch.float16)
SMALL = 200_000  # updates of a number of state, about as long as it takes to start threads
_LOG2E, _HALF, _LOWEST = np.float32(1 / math.log(2)), np.float32(0.5), np.float32(-126)
# 2^f = Σ (f·ln 2)ⁿ / n!; for f between −½ and ½ these eight terms leave an error of 5e-9
_P = tuple(np.float32(math.log(2) ** n / math.factorial(n)) for n in range(8))


def plain_scan(
    x: Tensor, dt: Tensor, A: Tensor, B: Tensor, C: Tensor, state: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """The formula. `x`, `dt` (Bt, D, T), `A` (D, N) negative, `B`, `C` (Bt, T, N) → y (Bt, D, T), the last state (Bt, D, N).

    `state` is the one to begin with; zeros when None.
    """
    h = x.new_zeros(x.shape[0], x.shape[1], A.shape[1]) if state is None else state
    out = []
    for t in range(x.shape[2]):
        now = dt[:, :, t, None]  # (Bt, D, 1)
        h = torch.exp(now * A) * h + now * B[:, t, None, :] * x[:, :, t, None]  # (Bt, D, N)
        out.append((h * C[:, t, None, :]).sum(-1))  # (Bt, D)
    return torch.stack(out, dim=-1), h


def selective_scan(
    x: Tensor, dt: Tensor, A: Tensor, B: Tensor, C: Tensor, state: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """What `plain_scan` answers. No gradient flows through `state`, neither that which goes in nor that which comes out.

    Half-precision numbers are computed with in float32, since errors of the state add up; the state stays so, y has x's dtype.
    """
    if any(t.dtype in HALVES for t in (x, dt, A, B, C)):
        y, state = selective_scan(x.float(), dt.float(), A.float(), B.float(), C.float(), state)
        return y.to(x.dtype), state
    if x.device.type != "cpu" or any(t.dtype != torch.float32 for t in (x, dt, A, B, C)):
        return plain_scan(x, dt, A, B, C, state)
    h = x.new_zeros(x.shape[0], x.shape[1], A.shape[1]) if state is None else state.detach().clone()
    scanned: Tensor = _Scan.apply(x, dt, A, B, C, h)  # type: ignore[no-untyped-call]
    return scanned, h


class _Scan(torch.autograd.Function):
    """The compiled loops as one operation of PyTorch. `h` is changed in place to the last state."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, dt: Tensor, A: Tensor, B: Tensor, C: Tensor, h: Tensor) -> Tensor:
        arrays = [t.detach().contiguous() for t in (x, dt, A, B, C)]
        begin = h.clone()
        y = torch.empty_like(arrays[0])
        loop: Any = _forward  # Numba's types do not know what a compiled function takes
        views = [t.numpy() for t in (*arrays, h, y)]

        def work(lo: int, hi: int) -> None:
            loop(*views, lo, hi)

        _in_threads(work, x.shape[1], y.numel() * A.shape[1])
        ctx.save_for_backward(*arrays, begin)
        return y

    @staticmethod
    def backward(ctx: Any, grad_y: Tensor) -> tuple[Tensor | None, ...]:
        x, dt, A, B, C, begin = ctx.saved_tensors
        grads = [torch.empty_like(x), torch.empty_like(dt), torch.zeros_like(A)]
        loop: Any = _backward
        views = [t.numpy() for t in (x, dt, A, B, C, begin, grad_y.contiguous(), *grads)]
        shared: list[tuple[F32, F32]] = []  # B and C are shared by all channels: each thread adds up its own

        def work(lo: int, hi: int) -> None:
            own = (np.zeros(tuple(B.shape), np.float32), np.zeros(tuple(C.shape), np.float32))
            shared.append(own)
            loop(*views, *own, lo, hi)

        _in_threads(work, x.shape[1], x.numel() * A.shape[1])
        grad_B, grad_C = (torch.from_numpy(sum(part[i] for part in shared)) for i in range(2))
        return grads[0], grads[1], grads[2], grad_B, grad_C, None


def _in_threads(work: Any, n_channels: int, n_updates: int) -> None:
    """Call `work(lo, hi)` for as many ranges of channels as PyTorch uses threads, for one range if it is little work."""
    n = min(torch.get_num_threads(), n_channels) if n_updates > SMALL else 1
    if n == 1:
        work(0, n_channels)
        return
    edges = [n_channels * i // n for i in range(n + 1)]
    with ThreadPoolExecutor(n) as pool:
        list(pool.map(work, edges[:-1], edges[1:]))


@njit(cache=True, nogil=True, fastmath={"contract"})
def _fade(step: np.float32, A: F32, fade: F32) -> None:
    """fade = exp(step · A), for step · A ≤ 0: 2^k · 2^f, the first by its bits and the second by a polynomial."""
    for n in range(len(A)):
        y = max(step * A[n] * _LOG2E, _LOWEST)
        k = np.floor(y + _HALF)
        f = y - k
        p = _P[4] + f * (_P[5] + f * (_P[6] + f * _P[7]))
        p = _P[0] + f * (_P[1] + f * (_P[2] + f * (_P[3] + f * p)))
        fade[n] = p * np.int32((np.int32(k) + 127) << 23).view(np.float32)


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def _forward(x: F32, dt: F32, A: F32, B: F32, C: F32, h: F32, y: F32, lo: int, hi: int) -> None:
    n_texts, _, n_tokens = x.shape
    N = A.shape[1]
    fade = np.empty(N, np.float32)
    for b in range(n_texts):
        for d in range(lo, hi):
            state = h[b, d]
            for t in range(n_tokens):
                _fade(dt[b, d, t], A[d], fade)
                written = dt[b, d, t] * x[b, d, t]
                read = np.float32(0)
                for n in range(N):
                    state[n] = fade[n] * state[n] + written * B[b, t, n]
                    read += state[n] * C[b, t, n]
                y[b, d, t] = read


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def _backward(
    x: F32,
    dt: F32,
    A: F32,
    B: F32,
    C: F32,
    begin: F32,
    gy: F32,
    gx: F32,
    gdt: F32,
    gA: F32,
    gB: F32,
    gC: F32,
    lo: int,
    hi: int,
) -> None:
    n_texts, _, n_tokens = x.shape
    N = A.shape[1]
    states = np.empty((n_tokens + 1, N), np.float32)  # states[t]: before token t
    fades = np.empty((n_tokens, N), np.float32)
    gh = np.empty(N, np.float32)  # the gradient of the state
    for b in range(n_texts):
        for d in range(lo, hi):
            states[0] = begin[b, d]
            for t in range(n_tokens):
                _fade(dt[b, d, t], A[d], fades[t])
                written = dt[b, d, t] * x[b, d, t]
                for n in range(N):
                    states[t + 1, n] = fades[t, n] * states[t, n] + written * B[b, t, n]
            gh[:] = 0
            for t in range(n_tokens - 1, -1, -1):
                step, value, g = dt[b, d, t], x[b, d, t], gy[b, d, t]
                to_x = np.float32(0)
                to_step = np.float32(0)
                for n in range(N):
                    gC[b, t, n] += g * states[t + 1, n]  # y = C·h
                    now = gh[n] + g * C[b, t, n]
                    faded = now * fades[t, n] * states[t, n]  # h = fade·h' + …, and fade = exp(step·A)
                    gA[d, n] += faded * step
                    to_step += faded * A[d, n] + now * B[b, t, n] * value
                    to_x += now * B[b, t, n] * step
                    gB[b, t, n] += now * step * value
                    gh[n] = now * fades[t, n]
                gx[b, d, t] = to_x
                gdt[b, d, t] = to_step


def warmup() -> None:
    """Compile both loops on a few numbers."""
    x = torch.ones(1, 1, 2, requires_grad=True)
    ones = torch.ones(1, 2, 1)
    selective_scan(x, torch.ones(1, 1, 2), -torch.ones(1, 1), ones, ones)[0].sum().backward()  # type: ignore[no-untyped-call]
