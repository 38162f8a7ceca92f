"""A process for model work, kept warm: what takes long must not hold up the server, and must not share its memory.

It starts on first use and keeps what it has loaded from one call to the next. Which demo's work runs where: see `workers`.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from nlpjourney.errors import JourneyError

T = TypeVar("T")


class WorkerDied(RuntimeError, JourneyError):
    """The process ended in the middle of its work, most likely for want of memory; the next call starts a new one."""


def call(module: str, function: str, *args: Any) -> Any:
    """In the worker: a function by its name, so that the server need not import what the function needs."""
    return getattr(importlib.import_module(module), function)(*args)


def _begin() -> None:
    """In the new process: Ctrl-C is the server's business, and when the server is gone, so is its worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A model's million objects are there to stay: searching them for garbage all the time took a third of loading them.
    gc.set_threshold(50_000)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


class Worker:
    """One process that runs functions one after another."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    async def run(self, function: Callable[..., T], /, *args: Any) -> T:
        """The function's result, or its exception. Function, arguments and result must be picklable."""
        if self._pool is None:
            # spawn: a fork of a process with threads (Tornado's, PyTorch's) may hang
            self._pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=_begin)
        pool = self._pool
        try:
            return await asyncio.wrap_future(pool.submit(function, *args))
        except BrokenProcessPool as error:
            if self._pool is pool:
                self._pool = None
            raise WorkerDied("The worker process ended unexpectedly, perhaps for want of memory. Try again.") from error

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        if self._pool is not None:
            processes = list((self._pool._processes or {}).values())
            self._pool.shutdown(wait=False, cancel_futures=True)
            for process in processes:
                process.terminate()
            self._pool = None
