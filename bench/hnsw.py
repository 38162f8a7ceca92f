"""HNSW against hnswlib and FAISS: building a graph of 100,000 real vectors, and asking it.

The vectors are passages of the corpora in `nlpjourney.assets.corpora` (20 Newsgroups, Wikipedia, Shakespeare, tales, Reuters; 40
words each) after TF-IDF and a randomized SVD to 128 dimensions (latent semantic analysis), scaled to length 1. All three
libraries get the same M, ef_construction, ef and number of threads.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from functools import cache, partial
from typing import Any, NamedTuple

import faiss
import hnswlib
import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from nlpjourney.ann import hnsw
from nlpjourney.ann.hnsw import HNSWIndex
from nlpjourney.ann.vectors import ExactIndex
from nlpjourney.assets import corpora
from nlpjourney.assets.store import cache_folder
from nlpjourney.study.bench import Comparison

Floats = NDArray[np.float32]
N, N_QUERIES, DIM = 100_000, 1_000, 128
M, EF_CONSTRUCTION, K = 16, 200, 10
EF = 40  # recall@10 of 0.95 on these vectors


def passages(n: int, words: int = 40, seed: int = 0) -> list[str]:
    """`n` different passages, shuffled."""
    texts = [document.text for document in corpora.newsgroups() + corpora.reuters()]
    for collection in (corpora.wikipedia(), corpora.shakespeare(), corpora.tales()):
        texts += collection.values()
    found: dict[str, None] = {}  # a set that keeps the order
    for text in texts:
        split = text.split()
        parts = (" ".join(split[i : i + words]) for i in range(0, len(split), words))
        found.update((part, None) for part in parts if len(part) >= 100)
    shuffled = list(found)
    random.Random(seed).shuffle(shuffled)
    if len(shuffled) < n:
        raise ValueError(f"the corpora have {len(shuffled)} passages, not {n}")
    return shuffled[:n]


@cache
def lsa_vectors() -> tuple[Floats, Floats]:
    """(100,000 × 128 vectors, 1,000 × 128 queries) of length 1; kept in the cache folder, as they take 15 seconds."""
    file = cache_folder() / "bench" / f"lsa-{N}-{N_QUERIES}-{DIM}.npy"
    if not file.exists():
        tfidf = TfidfVectorizer(sublinear_tf=True, min_df=3, max_df=0.1, dtype=np.float32)
        matrix = tfidf.fit_transform(passages(N + N_QUERIES))
        # Randomized SVD (Halko, Martinsson & Tropp, 2011): three rounds of multiplying and orthogonalizing
        sketch = matrix @ np.random.default_rng(0).standard_normal((matrix.shape[1], DIM + 32), dtype=np.float32)
        for _ in range(3):
            sketch = matrix @ (matrix.T @ np.linalg.qr(sketch)[0])
        basis = np.linalg.qr(sketch)[0]
        left, values, _ = np.linalg.svd((matrix.T @ basis).T, full_matrices=False)
        vectors = (basis @ left)[:, :DIM] * values[:DIM]
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        file.parent.mkdir(parents=True, exist_ok=True)
        aside = file.with_name(f"{file.stem}-{os.getpid()}.npy")
        np.save(aside, vectors.astype(np.float32))
        aside.replace(file)
    vectors = np.load(file)
    return vectors[:N], vectors[N:]


def build_ours(vectors: Floats, n_threads: int) -> HNSWIndex:
    index = HNSWIndex(vectors.shape[1], "ip", M, EF_CONSTRUCTION)
    index.add(vectors, n_threads)
    return index


def build_hnswlib(vectors: Floats, n_threads: int) -> Any:
    index = hnswlib.Index("ip", vectors.shape[1])
    index.init_index(len(vectors), M=M, ef_construction=EF_CONSTRUCTION, random_seed=0)
    index.add_items(vectors, num_threads=n_threads)
    return index


def build_faiss(vectors: Floats, n_threads: int) -> Any:
    index = faiss.IndexHNSWFlat(vectors.shape[1], M, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = EF_CONSTRUCTION
    faiss.omp_set_num_threads(n_threads)
    index.add(vectors)
    return index


def ask_ours(index: HNSWIndex, queries: Floats, ef: int, n_threads: int) -> NDArray[np.int64]:
    return index.search(queries, K, ef, n_threads).ids


def ask_hnswlib(index: Any, queries: Floats, ef: int, n_threads: int) -> NDArray[np.int64]:
    index.set_ef(ef)
    return index.knn_query(queries, K, num_threads=n_threads)[0].astype(np.int64)


def ask_faiss(index: Any, queries: Floats, ef: int, n_threads: int) -> NDArray[np.int64]:
    index.hnsw.efSearch = ef
    faiss.omp_set_num_threads(n_threads)
    return index.search(queries, K)[1]


SYSTEMS = {
    "ours": (build_ours, ask_ours),
    "hnswlib": (build_hnswlib, ask_hnswlib),
    "FAISS": (build_faiss, ask_faiss),
}


def true_neighbours(vectors: Floats, queries: Floats) -> NDArray[np.int64]:
    """What an exact search finds (queries, K)."""
    exact = ExactIndex(vectors.shape[1], "ip")
    exact.add(vectors)
    return exact.search(queries, K).ids


def recall(found: NDArray[np.int64], true: NDArray[np.int64]) -> float:
    """The share of the true neighbours that was found."""
    hits = sum(len(set(a) & set(b)) for a, b in zip(found.tolist(), true.tolist()))
    return hits / true.size


class Point(NamedTuple):
    """One point of the curve: how much is found, and how fast."""

    system: str
    ef: int
    recall: float
    queries_per_second: float


def recall_curve(
    vectors: Floats, queries: Floats, efs: tuple[int, ...] = (10, 20, 40, 80, 160, 320), n_threads: int = 1
) -> list[Point]:
    """Recall and speed of the three systems for each `ef`, asked in alternation, the median of five."""
    hnsw.warmup()
    true = true_neighbours(vectors, queries)
    indexes = {name: build(vectors, n_threads) for name, (build, _) in SYSTEMS.items()}
    points = []
    for ef in efs:
        seconds: dict[str, list[float]] = {name: [] for name in SYSTEMS}
        found = {}
        for _ in range(5):
            for name, (_, ask) in SYSTEMS.items():
                start = time.perf_counter()
                found[name] = ask(indexes[name], queries, ef, n_threads)
                seconds[name].append(time.perf_counter() - start)
        for name in SYSTEMS:
            speed = len(queries) / float(np.median(seconds[name]))
            points.append(Point(name, ef, recall(found[name], true), speed))
    return points


def comparisons() -> Iterator[Comparison]:
    hnsw.warmup()
    vectors, queries = lsa_vectors()
    true = true_neighbours(vectors, queries)

    def as_good(ours: NDArray[np.int64], theirs: NDArray[np.int64]) -> bool:
        return recall(ours, true) >= 0.94 and recall(ours, true) >= recall(theirs, true) - 0.01

    for n_threads in (1, 2):
        threads = f"{n_threads} thread" + "s" * (n_threads > 1)
        index = build_ours(vectors, n_threads)
        for peer, package, build_goal, query_goal in (
            ("hnswlib", "hnswlib", 1.0, 1.0),
            ("FAISS", "faiss-cpu", 1.2, 1.1),
        ):
            build, ask = SYSTEMS[peer]
            theirs = build(vectors, n_threads)
            found = recall(ask_ours(index, queries, EF, n_threads), true)
            peers = recall(ask(theirs, queries, EF, n_threads), true)
            remark = f"recall@{K} {found:.3f} against {peers:.3f}"
            yield Comparison(
                work=f"HNSW search, {N:,} × {DIM}, {threads}",
                peer=peer,
                ours=partial(ask_ours, index, queries, EF, n_threads),
                theirs=partial(ask, theirs, queries, EF, n_threads),
                agree=as_good,
                goal=query_goal,
                topic="2.6",
                amount=len(queries),
                unit="queries",
                packages=(package,),
                repeat=9,
                remark=remark,
            )
            yield Comparison(
                work=f"HNSW build, {N:,} × {DIM}, {threads}",
                peer=peer,
                ours=partial(build_ours, vectors, n_threads),
                theirs=partial(build, vectors, n_threads),
                # A graph is as good as what is found in it.
                agree=lambda a, b, ask=ask, n=n_threads: as_good(ask_ours(a, queries, EF, n), ask(b, queries, EF, n)),
                goal=build_goal,
                topic="2.6",
                amount=len(vectors),
                unit="vectors",
                packages=(package,),
                repeat=3,
                remark=remark,
            )
