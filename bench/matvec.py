"""A matrix in 8 or 4 bits times a vector, against reading the same bytes and doing next to nothing with them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpjourney.llm.engine.matrices import Matrix, multiply_all
from nlpjourney.llm.engine.matvec import quantize_vector
from nlpjourney.llm.engine.threads import Team
from nlpjourney.study.bench import Comparison

N_ROWS, WIDTH = 196_608, 1024  # 200 or 100 MB: more than caches keep


def matrix(bits: int) -> tuple[Matrix, NDArray[Any]]:
    """Random weights, which cost as much time as others, and their first 64 rows as numbers."""
    rng = np.random.default_rng(0)
    rows = (
        rng.integers(0, 16, (N_ROWS, WIDTH), np.uint8)
        if bits == 4
        else rng.integers(-127, 128, (N_ROWS, WIDTH), np.int8)
    )
    scales = rng.random((N_ROWS, WIDTH // 32)).astype(np.float16).astype(np.float32)
    first = (rows[:64].astype(np.float64) - 8 * (bits == 4)) * scales[:64].repeat(32, axis=1)
    return Matrix.pack(rows, scales, None, bits), first


def comparisons() -> Iterator[Comparison]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    x = np.random.default_rng(1).standard_normal(WIDTH).astype(np.float32)
    rounded = np.empty((WIDTH // 32, 32), np.int16), *np.empty((2, WIDTH // 32), np.float32)
    quantize_vector(x, *rounded)
    used = (rounded[0] * rounded[1][:, None]).reshape(-1)
    for bits in (8, 4):
        packed, first = matrix(bits)
        expected = first @ used
        blocks = [block.reshape(-1).view(np.int64) for block in (packed.packed, packed.scales)]
        for n in sorted({1, min(2, cores)}):
            team, pool = Team(n), ThreadPoolExecutor(n)
            parts = [part for block in blocks for part in np.array_split(block, n)]

            def multiply(team: Team = team, packed: Matrix = packed) -> NDArray[Any]:
                out = np.empty(N_ROWS, np.float32)
                team.run(multiply_all, packed.record, x, rounded, out)
                return out

            yield Comparison(
                work=f"{packed.nbytes / 1e6:.0f} MB of {bits}-bit weights times a vector, {n} thread{'s' * (n > 1)}",
                peer="reading those bytes (a sum of integers)",
                ours=multiply,
                theirs=lambda pool=pool, parts=parts: list(pool.map(np.sum, parts)),
                agree=lambda ours, _, expected=expected: np.allclose(ours[:64], expected, rtol=1e-4, atol=1e-2),
                goal=0.95,
                topic="7.4",
                repeat=15,
                amount=packed.nbytes / 1e9,
                unit="GB",
                packages=("numpy",),
                remark="llama.cpp's bound, and ours: writing a token reads every weight once",
            )
