"""llama.cpp on files that we wrote: the same text as our engine, and the same perplexity, for several quantizations."""

import json
import math
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import xllamacpp

from nlpjourney import assets
from nlpjourney.assets import corpora
from nlpjourney.llm.engine import Engine, GGUFTokenizer
from nlpjourney.llm.gguf import GGMLType, requantize

TYPES = (GGMLType.Q8_0, GGMLType.Q4_1, GGMLType.Q4_0)
N_TOKENS, N_PROBS, N_WRITTEN = 40, 2_500, 32


class LlamaCpp:
    def __init__(self, path: Path) -> None:
        params = xllamacpp.CommonParams()
        params.model.path, params.n_ctx, params.n_parallel, params.verbosity = str(path), 512, 1, -1
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
        self.server = xllamacpp.Server(params)

    def steps(self, ids: list[int], n: int, n_probs: int) -> list[dict[str, Any]]:
        wish = {
            "prompt": ids,
            "n_predict": n,
            "temperature": 0,
            "n_probs": n_probs,
            "cache_prompt": True,
            "ignore_eos": True,
        }
        answer: Any = self.server.handle_completions(wish)
        answer = json.loads(answer) if isinstance(answer, str | bytes) else answer
        found: list[dict[str, Any]] = answer["choices"][0]["logprobs"]["content"]
        return found


original = assets.path("smollm2-135m-instruct")
lines = []
with tempfile.TemporaryDirectory() as folder:
    for type_ in TYPES:
        path = original if type_ is GGMLType.Q4_1 else Path(folder) / f"{type_.name}.gguf"
        if path != original:
            requantize(original, path, type_)
        engine, theirs = Engine(path, threads=1), LlamaCpp(path)
        ids = GGUFTokenizer(engine.file).encode(corpora.lee_news()[1][0])[:N_TOKENS]
        logits = engine.sequence().prefill(ids, all_logits=True).astype(np.float64)
        ours_log = (
            logits
            - np.log(np.exp(logits - logits.max(1, keepdims=True)).sum(1, keepdims=True))
            - logits.max(1, keepdims=True)
        )
        # The probability of each next token, where it is among llama.cpp's likeliest.
        pairs = []
        for i in range(1, len(ids)):
            likely = {t["id"]: t["logprob"] for t in theirs.steps(ids[:i], 1, N_PROBS)[0]["top_logprobs"]}
            if ids[i] in likely:
                pairs.append((ours_log[i - 1, ids[i]], likely[ids[i]]))
        assert len(pairs) > 0.9 * (len(ids) - 1), len(pairs)
        ours_ppl, their_ppl = (math.exp(-np.mean([pair[side] for pair in pairs])) for side in (0, 1))
        # Greedy text: every token that llama.cpp chose is our first choice, or within rounding of it.
        prompt = ids[:16]
        written = [step["id"] for step in theirs.steps(prompt, N_WRITTEN, 1)]
        logits = engine.sequence().prefill(prompt + written[:-1], all_logits=True)[len(prompt) - 1 :]
        gaps = logits.max(axis=1) - logits[np.arange(N_WRITTEN), written]
        assert gaps.max() < 0.5, (type_, gaps.max())
        difference = abs(ours_ppl / their_ppl - 1)
        # llama.cpp rounds the activations to 8 bits, which moves single tokens up and down: no more than chance on average.
        apart = np.array([a - b for a, b in pairs])
        assert difference < 0.05 and abs(apart.mean()) < 3 * apart.std() / math.sqrt(len(pairs)), (
            type_,
            ours_ppl,
            their_ppl,
        )
        lines.append(
            f"{type_.name} perplexity {ours_ppl:.2f} and {their_ppl:.2f} ({difference:.1%} apart), "
            f"{(gaps == 0).sum()} of {N_WRITTEN} tokens our first choice too"
        )
result = f"the same files, {N_TOKENS} tokens of news, ours and llama.cpp's: " + "; ".join(lines)
print(json.dumps({"version": version("xllamacpp"), "result": result}))
