"""BM25 against bm25s by the length of the query: 100,000 passages of 40 words, asked with 2, 8 and all 40 words of others.

Long queries are the hard case for skipping: their best scores are a small part of what all their terms could add up to. From text
to results on both sides: finding the words is included.
"""

from __future__ import annotations

import importlib.util
import random
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import bm25s

import nlpjourney.tasks.search
from nlpjourney.study.bench import Comparison

N, N_QUERIES, WORDS = 100_000, 2_000, 40


def load(name: str) -> ModuleType:
    """Another file of this folder."""
    spec = importlib.util.spec_from_file_location(f"bench_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def comparisons() -> Iterator[Comparison]:
    nlpjourney.tasks.search.warmup()
    bm25 = load("bm25")
    texts = load("hnsw").passages(N + N_QUERIES, words=WORDS)
    documents = texts[:N]
    yield Comparison(
        work=f"BM25 indexing from text, {N:,} documents of {WORDS} words",
        peer="bm25s (numba)",
        ours=lambda: bm25.build_ours(documents),
        theirs=lambda: bm25.build_bm25s(documents),
        agree=lambda a, b: len(a) == N and b.scores["num_docs"] == N,
        goal=5.0,
        topic="2.6",
        amount=N,
        unit="documents",
        packages=("bm25s",),
        repeat=3,
    )
    ours, theirs = bm25.build_ours(documents), bm25.build_bm25s(documents)
    rng = random.Random(1)
    for n in (2, 8, WORDS):
        queries = []
        for text in texts[N:]:
            words = text.split()
            start = rng.randrange(max(len(words) - n, 0) + 1)
            queries.append(" ".join(words[start : start + n]))

        def ask_bm25s(queries: list[str] = queries) -> object:
            split = bm25s.tokenize(queries, stopwords=None, show_progress=False, return_ids=False)
            return bm25.ask_bm25s(theirs, split)

        yield Comparison(
            work=f"BM25 search, {N:,} documents, queries of {n} words",
            peer="bm25s (numba)",
            ours=lambda queries=queries: bm25.ask_ours(ours, queries),
            theirs=ask_bm25s,
            agree=bm25.same_scores,
            goal=2.0,
            topic="2.6",
            amount=N_QUERIES,
            unit="queries",
            packages=("bm25s",),
            repeat=5,
        )
