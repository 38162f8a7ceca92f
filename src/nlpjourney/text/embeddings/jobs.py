"""Cutting a corpus into jobs and running them on threads.

Threads take jobs in the order of the text, so that all of them are near the same place of it, with the same learning
rate. Giving each thread a part of the text instead would change the order of sentences, and with it the rate at which
each is learned. The kernels release Python's lock, so ordinary threads are enough.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable

import numpy as np
from numba import njit
from numpy.typing import NDArray
from tqdm import tqdm

WORDS_PER_JOB = 10_000


@njit(cache=True)
def cut_jobs(lengths: NDArray[np.int64], n_words: int) -> NDArray[np.int64]:
    """The sentences that jobs begin with, and the number of sentences at the end; int64 (n_jobs + 1,).

    A job has as many whole sentences as fit into `n_words` words, at least one.
    """
    bounds = np.empty(len(lengths) + 1, dtype=np.int64)
    bounds[0] = 0
    n, size = 0, 0
    for sentence in range(len(lengths)):
        if size + lengths[sentence] > n_words and sentence > bounds[n]:
            n += 1
            bounds[n] = sentence
            size = 0
        size += lengths[sentence]
    bounds[n + 1] = len(lengths)
    return bounds[: n + 2].copy()


def learning_rates(bounds: NDArray[np.int64], epochs: int, start: float, end: float) -> NDArray[np.float32]:
    """The rate of every job, float32 (epochs, n_jobs): it falls in a straight line from `start` to `end`."""
    done = (np.arange(epochs)[:, None] + bounds[None, :-1] / bounds[-1]) / epochs
    return np.asarray(np.maximum(end, start - (start - end) * done), dtype=np.float32)


def run_jobs(n_jobs: int, workers: int, work: Callable[[int], None], what: str) -> None:
    """Call work(0) … work(n_jobs - 1) on `workers` threads, begun in this order.

    Ctrl-C or an error in one thread stops all of them after their current job, and is raised here.
    """
    jobs = itertools.count()
    stop = threading.Event()
    ended = threading.Semaphore(0)
    errors: list[BaseException] = []
    with tqdm(total=n_jobs, desc=what, unit=" jobs", leave=False, delay=1, disable=None) as bar:

        def serve() -> None:
            try:
                while not stop.is_set() and (job := next(jobs)) < n_jobs:
                    work(job)
                    bar.update()
            except BaseException as error:
                errors.append(error)
                stop.set()
            finally:
                ended.release()

        threads = [threading.Thread(target=serve, daemon=True) for _ in range(workers)]
        try:
            for thread in threads:
                thread.start()
            for _ in threads:
                ended.acquire()  # not join(): Python takes a thread for ended when Ctrl-C interrupts its join
        finally:
            stop.set()
            for thread in threads:
                thread.join()
    if errors:
        raise errors[0]
