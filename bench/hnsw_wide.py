"""HNSW against hnswlib at the width of a sentence encoder: 20,000 vectors of 384 numbers in 200 clusters, one thread."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from nlpjourney.ann import hnsw
from nlpjourney.study.bench import Comparison

N, N_QUERIES, DIM, CLUSTERS = 20_000, 1_000, 384, 200


def comparisons() -> Iterator[Comparison]:
    spec = importlib.util.spec_from_file_location("bench_hnsw", Path(__file__).with_name("hnsw.py"))
    assert spec is not None and spec.loader is not None
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)
    hnsw.warmup()
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(CLUSTERS, DIM))
    points = centres[rng.integers(CLUSTERS, size=N + N_QUERIES)] + 0.7 * rng.normal(size=(N + N_QUERIES, DIM))
    points = (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)
    vectors, queries = points[:N], points[N:]
    true = bench.true_neighbours(vectors, queries)
    ours, theirs = bench.build_ours(vectors, 1), bench.build_hnswlib(vectors, 1)
    for ef in (20, 50, 100):
        found = [
            bench.recall(ask(index, queries, ef, 1), true)
            for ask, index in ((bench.ask_ours, ours), (bench.ask_hnswlib, theirs))
        ]
        yield Comparison(
            work=f"HNSW search, {N:,} × {DIM}, ef {ef}, 1 thread",
            peer="hnswlib",
            ours=partial(bench.ask_ours, ours, queries, ef, 1),
            theirs=partial(bench.ask_hnswlib, theirs, queries, ef, 1),
            agree=lambda a, b: bench.recall(a, true) >= bench.recall(b, true) - 0.01,
            goal=1.2,
            topic="2.6",
            amount=N_QUERIES,
            unit="queries",
            packages=("hnswlib",),
            repeat=9,
            remark=f"recall@{bench.K} {found[0]:.3f} against {found[1]:.3f}",
        )
    yield Comparison(
        work=f"HNSW build, {N:,} × {DIM}, 1 thread",
        peer="hnswlib",
        ours=partial(bench.build_ours, vectors, 1),
        theirs=partial(bench.build_hnswlib, vectors, 1),
        agree=lambda a, b: (
            bench.recall(bench.ask_ours(a, queries, 20, 1), true)
            >= bench.recall(bench.ask_hnswlib(b, queries, 20, 1), true) - 0.01
        ),
        goal=1.2,
        topic="2.6",
        amount=N,
        unit="vectors",
        packages=("hnswlib",),
        repeat=3,
    )
