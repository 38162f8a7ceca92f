"""The engine against llama.cpp: the same file, the same threads, greedy."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import xllamacpp

from nlpjourney.assets import corpora, store
from nlpjourney.llm.engine import Engine, EngineSequence, GGUFTokenizer
from nlpjourney.llm.gguf import GGMLType, requantize
from nlpjourney.study.bench import Comparison

WRITTEN, READ = 64, 256


class LlamaCpp:
    def __init__(self, path: Path, threads: int) -> None:
        params = xllamacpp.CommonParams()
        params.model.path, params.n_ctx, params.n_parallel, params.verbosity = str(path), 1024, 1, -1
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        self.server = xllamacpp.Server(params)

    def write(self, ids: list[int], n: int, keep: bool) -> list[int]:
        wish = {"prompt": ids, "n_predict": n, "temperature": 0, "n_probs": 1, "cache_prompt": keep, "ignore_eos": True}
        answer: Any = self.server.handle_completions(wish)
        answer = json.loads(answer) if isinstance(answer, str | bytes) else answer
        return [step["id"] for step in answer["choices"][0]["logprobs"]["content"]]


def ours(sequence: EngineSequence, ids: list[int], n: int, keep: bool) -> list[int]:
    """`n` tokens after `ids`, of which all but the last are in the cache already with `keep`, as llama.cpp does it."""
    sequence.truncate(min(len(ids) - 1, len(sequence)) if keep else 0)
    written: list[int] = []
    logits = sequence.prefill(ids[len(sequence) :])
    while len(written) < n:
        written.append(int(logits.argmax()))
        if len(written) < n:
            logits = sequence.decode(written[-1])
    return written


def near(engine: Engine, ids: list[int], theirs: list[int]) -> bool:
    """Whether what llama.cpp wrote is what our model would write, up to the rounding of activations to 8 bits."""
    logits = engine.sequence().prefill([*ids, *theirs[:-1]], all_logits=True)[len(ids) - 1 :]
    logits[:, list(GGUFTokenizer(engine.file).stop)] = -np.inf  # llama.cpp is told not to stop
    gaps = logits.max(axis=1) - logits[np.arange(len(theirs)), theirs]
    return bool((gaps < 0.5).all())


def compiled_for() -> str:
    """The widest instructions that llama.cpp's package was compiled for: a wheel is made for old machines, too."""
    info = xllamacpp.get_system_info()
    known = ("AVX512_VNNI", "AVX512", "AVX_VNNI", "AVX2", "AVX", "DOTPROD", "NEON")
    return next((name for name in known if f"{name} = 1" in info), "no vector instructions")


def bandwidth() -> float:
    """What one core reads from memory, GB/s: the best of several sums over more than the caches hold."""
    numbers = np.ones(50_000_000)
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        numbers.sum()
        seconds.append(time.perf_counter() - start)
    return numbers.nbytes / min(seconds) / 1e9


def comparisons() -> Iterator[Comparison]:
    original = store.path("smollm2-135m-instruct")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    memory = bandwidth()
    with tempfile.TemporaryDirectory() as folder:
        for type_ in (GGMLType.Q8_0, GGMLType.Q4_0, GGMLType.Q4_1):
            path = original if type_ is GGMLType.Q4_1 else Path(folder) / f"{type_.name}.gguf"
            if path != original:
                requantize(original, path, type_)
            for threads in sorted({1, min(2, cores)}):
                engine, llama = Engine(path, threads=threads), LlamaCpp(path, threads)
                sequence = engine.sequence()
                text = GGUFTokenizer(engine.file).encode(corpora.english_text(10_000))
                for work, ids, n, keep, goal in (
                    (
                        f"writing {WRITTEN} tokens",
                        text[:16],
                        WRITTEN,
                        True,
                        1.2 if threads > 1 and type_ is GGMLType.Q8_0 else 1.0,
                    ),
                    (f"reading {READ} tokens", text[:READ], 1, False, 1.2),
                ):
                    size = engine.weights.nbytes / 1e6
                    yield Comparison(
                        work=f"SmolLM2-135M {type_.name}, {work}, {threads} thread{'s' * (threads > 1)}",
                        peer="llama.cpp",
                        ours=lambda ids=ids, n=n, keep=keep, sequence=sequence: ours(sequence, ids, n, keep),
                        theirs=lambda ids=ids, n=n, keep=keep, llama=llama: llama.write(ids, n, keep),
                        agree=lambda _, theirs, ids=ids, engine=engine: near(engine, ids, theirs),
                        goal=goal,
                        topic="7.4",
                        repeat=5,
                        amount=float(n if keep else READ),
                        unit="tokens",
                        packages=("xllamacpp",),
                        remark=f"llama.cpp is compiled for {compiled_for()}"
                        + f"; {size:.0f} MB are read for each token, one core reads {memory:.0f} GB/s" * keep,
                    )
                del engine, sequence, llama
