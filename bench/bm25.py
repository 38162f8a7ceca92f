"""BM25 against bm25s (its numba backend) and rank_bm25: indexing 200,000 passages of real text, and asking 2,000 queries.

Documents are the passages of `bench/hnsw.py`, shortened to 30 words so that there are enough different ones; queries are runs
of 2 to 6 words of other passages. Words are lower-case, of at least 2 characters. Indexing includes finding the words, with each
library's own tokenizer; searching includes it for us alone, since the peers take words.
"""

from __future__ import annotations

import importlib.util
import random
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import bm25s
import numpy as np
import rank_bm25
from numpy.typing import NDArray

import nlpjourney.tasks.search
from nlpjourney.study.bench import Comparison
from nlpjourney.tasks.search import Analyzer, BM25Index

N, N_QUERIES, K = 200_000, 2_000, 10
SMALL = 5_000
Found = tuple[NDArray[np.int32], NDArray[np.float32]]


@cache
def collection() -> tuple[list[str], list[str]]:
    """(documents, queries)."""
    spec = importlib.util.spec_from_file_location("bench_hnsw", Path(__file__).with_name("hnsw.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    texts = module.passages(N + N_QUERIES, words=30)
    rng = random.Random(1)
    queries = []
    for text in texts[N:]:
        words = text.split()
        n = rng.randint(2, 6)
        start = rng.randrange(len(words) - n + 1)
        queries.append(" ".join(words[start : start + n]))
    return texts[:N], queries


def words(text: str) -> list[str]:
    return re.findall(r"\w\w+", text.lower())


def build_ours(documents: list[str]) -> BM25Index:
    return BM25Index(Analyzer(min_length=2)).fit(documents)


def build_bm25s(documents: list[str]) -> Any:
    index = bm25s.BM25(method="lucene", backend="numba")
    index.index(bm25s.tokenize(documents, stopwords=None, show_progress=False), show_progress=False)
    return index


def ask_ours(index: BM25Index, queries: list[str]) -> Found:
    docs, scores, _ = index.search_batch(queries, K)
    return docs, scores


def ask_bm25s(index: Any, queries: list[list[str]]) -> Found:
    docs, scores = index.retrieve(queries, k=K, show_progress=False, n_threads=1)
    return docs, scores


def same_scores(ours: Found, theirs: Found) -> bool:
    """The k best scores are equal; equal scores may name their documents in another order."""
    return bool(np.allclose(ours[1], theirs[1], rtol=1e-4, atol=1e-4))


def megabytes_bm25s(index: Any) -> float:
    """Its arrays and its vocabulary, a dictionary of strings."""
    arrays = sum(a.nbytes for a in index.scores.values() if isinstance(a, np.ndarray))
    vocabulary = index.vocab_dict
    strings = sum(sys.getsizeof(word) + sys.getsizeof(number) for word, number in vocabulary.items())
    return float(arrays + sys.getsizeof(vocabulary) + strings) / 1e6


def comparisons() -> Iterator[Comparison]:
    nlpjourney.tasks.search.warmup()
    documents, queries = collection()
    ours, theirs = build_ours(documents), build_bm25s(documents)
    split = [words(query) for query in queries]  # the peer gets its words ready-made; ours include finding them
    memory = f"memory {ours.nbytes / 1e6:.1f} MB against {megabytes_bm25s(theirs):.1f} MB, vocabularies included"

    yield Comparison(
        work=f"BM25 search, {N:,} documents",
        peer="bm25s (numba)",
        ours=lambda: ask_ours(ours, queries),
        theirs=lambda: ask_bm25s(theirs, split),
        agree=same_scores,
        goal=2.0,
        topic="2.6",
        amount=len(queries),
        unit="queries",
        packages=("bm25s",),
        repeat=9,
        remark=memory,
    )
    yield Comparison(
        work=f"BM25 indexing from text, {N:,} documents",
        peer="bm25s (numba)",
        ours=lambda: build_ours(documents),
        theirs=lambda: build_bm25s(documents),
        agree=lambda a, b: same_scores(ask_ours(a, queries), ask_bm25s(b, split)),
        goal=10.0,
        topic="2.6",
        amount=len(documents),
        unit="documents",
        packages=("bm25s",),
        repeat=3,
    )

    few = documents[:SMALL]
    small = BM25Index(Analyzer(min_length=2), method="okapi").fit(few)
    tokens = [words(text) for text in few]
    okapi = rank_bm25.BM25Okapi(tokens)
    some = queries[:200]

    def ask_rank_bm25() -> Found:
        scores = [okapi.get_scores(words(query)) for query in some]
        best = [np.argsort(-s, kind="stable")[:K] for s in scores]
        return np.array(best, np.int32), np.array([s[b] for s, b in zip(scores, best)], np.float32)

    yield Comparison(
        work=f"BM25 search, {SMALL:,} documents",
        peer="rank_bm25",
        ours=lambda: ask_ours(small, some),
        theirs=ask_rank_bm25,
        agree=same_scores,
        goal=10.0,
        topic="2.6",
        amount=len(some),
        unit="queries",
        packages=("rank-bm25",),
        repeat=3,
    )
