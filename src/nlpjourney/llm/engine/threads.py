"""Threads that work on one token together, and wait for each other in between.

A token passes through a model in some hundred steps, each of which takes microseconds and needs the whole result of the one
before. To wake a thread for every step would take longer than the step. So all threads run the same compiled
function from the first layer to the last, each on its share of every step, and wait for the others at a barrier: a number in
memory to which each adds one as it arrives. This is how ggml, the library below llama.cpp, does it.

Numba has no atomic operations on processors, so the few that are needed are written here as LLVM instructions.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from nlpjourney.llm.engine.compiled import in_order

SPINS = 2_000  # looks at the barrier before the core is offered to somebody else
_yield = types.ExternalFunction("SwitchToThread" if os.name == "nt" else "sched_yield", types.int32())


def _write_fetch_add(typing_context: Any, array: Any, value: Any) -> Any:
    """array[0] += value as one step that no other thread can come between; the number before."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        return builder.atomic_rmw("add", data, args[1], "seq_cst")

    return types.int64(array, types.int64), generate


def _write_load(typing_context: Any, array: Any) -> Any:
    """array[0] as it is in memory now; what other threads wrote before they changed it is seen too."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        return builder.load_atomic(data, "acquire", 8)

    return types.int64(array), generate


def _write_pointer(typing_context: Any, address: Any) -> Any:
    """The address of an array's first element as a pointer, for `numba.carray`."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.inttoptr(args[0], ir.IntType(8).as_pointer())

    return types.voidptr(types.int64), generate


# What compiled code calls.
fetch_add: Any = intrinsic(_write_fetch_add)
load: Any = intrinsic(_write_load)
pointer: Any = intrinsic(_write_pointer)


@in_order
def barrier(arrivals: NDArray[np.int64], n_threads: int) -> None:
    """Wait until all threads are here. `arrivals` (1,) only counts up, so that nobody has to set it back."""
    if n_threads == 1:
        return
    mine = fetch_add(arrivals, np.int64(1))
    complete = (mine // n_threads + 1) * n_threads
    spins = 0
    while load(arrivals) < complete:
        spins += 1
        if spins > SPINS:
            _yield()


@in_order
def partition(n: int, n_threads: int, me: int) -> tuple[int, int]:
    """Of n things those that thread `me` does: from the first number to before the second."""
    return n * me // n_threads, n * (me + 1) // n_threads


class Team:
    """`n` threads, the caller's one of them, that run a function together.

    Whoever calls while the others are at work waits: two teams of the same threads would wait for each other at the barrier.
    """

    def __init__(self, n: int) -> None:
        self.n = n
        self._busy = threading.Lock()
        self._others = ThreadPoolExecutor(n - 1, "engine") if n > 1 else None

    def run(self, function: Callable[..., None], *args: Any) -> None:
        """function(*args, n, me) in every thread, with me from 0 to n − 1; returns when all are done."""
        if self._others is None:
            function(*args, 1, 0)
            return
        with self._busy:
            others = [self._others.submit(function, *args, self.n, me) for me in range(1, self.n)]
            function(*args, self.n, 0)
            for other in others:
                other.result()
