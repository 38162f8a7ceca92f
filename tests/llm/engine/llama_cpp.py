"""llama.cpp in this process (the xllamacpp package): what it writes, how it cuts text, how sure it is."""

import json
import urllib.request

import numpy as np
import xllamacpp


class LlamaCpp:
    """A model in llama.cpp's server, without a network; `threads` for both prompt and answer.

    It has two ways to compute attention, with a fused kernel (flash attention, its default here) and without; they round
    differently.
    """

    def __init__(self, path, threads=1, context=1024, fused=True):
        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.n_ctx, params.n_parallel, params.warmup = context, 1, False
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        params.flash_attn_type = xllamacpp.llama_flash_attn_type(int(fused))
        params.verbosity = -1
        self.server = xllamacpp.Server(params)

    def ask(self, wish):
        """What it reports of each token that it writes."""
        answer = self.server.handle_completions(wish)
        answer = json.loads(answer) if isinstance(answer, str | bytes) else answer
        return answer["choices"][0]["logprobs"]["content"]

    def complete(self, ids, n_tokens, n_probs=1, **more):
        """The ids that follow greedily; for each step the likeliest tokens as {id: log-probability}."""
        wish = {"prompt": list(ids), "n_predict": n_tokens, "temperature": 0, "n_probs": n_probs, "post_sampling_probs": False,
                "cache_prompt": False, "ignore_eos": True, "return_tokens": True, **more}  # fmt: skip
        steps = self.ask(wish)
        return [step["id"] for step in steps], [_likeliest(step) for step in steps]

    def tokenize(self, text, special=True):
        """The ids of a text."""
        wish = json.dumps({"content": text, "add_special": True, "parse_special": special}).encode()
        request = urllib.request.Request(
            self.server.listening_address + "/tokenize", wish, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)["tokens"]

    def follow(self, ids):
        """For each token after the first its log-probability given those before it, (len(ids) - 1,)."""
        return np.array([step["logprob"] for step in self._led(ids[:1], ids[1:], 1)])

    def would(self, ids, written, n_probs):
        """For each token of `written`, after `ids`, the likeliest ones in its place as {id: log-probability}."""
        return [_likeliest(step) for step in self._led(ids, written, n_probs)]

    def _led(self, ids, written, n_probs):
        """A grammar allows nothing but `written`, so llama.cpp writes its tokens one after the other; what it reports of each
        step is the model's own, before any grammar."""
        grammar = "root ::= " + " ".join(f"<[{i}]>" for i in written)
        steps = self.ask(
            {"prompt": list(ids), "n_predict": len(written), "n_probs": n_probs, "post_sampling_probs": False,
             "cache_prompt": False, "ignore_eos": True, "grammar": grammar}
        )  # fmt: skip
        assert [step["id"] for step in steps] == list(written)
        return steps


def _likeliest(step):
    return {t["id"]: t["logprob"] for t in step["top_logprobs"]}
