"""Our models against Transformers': the same weights, the same text, the same number of threads, float32.

A training step is forward, loss and backward, as each library does them (the optimizer is the same for both). Reading is
one pass over a prompt that fills a cache and gives the logits of the last token; writing adds tokens one by one.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import (
    AutoModelForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MambaConfig,
    MambaForCausalLM,
    MixtralConfig,
    MixtralForCausalLM,
)

import nlpjourney.llm.blocks
from nlpjourney import assets
from nlpjourney.assets import corpora
from nlpjourney.llm.blocks.cache import KVCache
from nlpjourney.llm.engine import GGUFTokenizer
from nlpjourney.llm.gguf import GGUFFile
from nlpjourney.llm.models import load_decoder
from nlpjourney.study.bench import Comparison

VOCAB = 256  # bytes
LLAMA = {
    "vocab_size": 4096,
    "hidden_size": 256,
    "intermediate_size": 688,
    "num_hidden_layers": 6,
    "num_attention_heads": 8,
}
SMALL = {"vocab_size": VOCAB, "hidden_size": 128, "num_hidden_layers": 2}


def text(batch: int, length: int) -> Tensor:
    data = corpora.english_text(batch * length + 1000).encode()[: batch * length]
    return torch.tensor(list(data)).view(batch, length)


def our_step(model: Any, ids: Tensor) -> tuple[float, Tensor]:
    """A training step: the loss, and the gradient of the embeddings."""
    model.zero_grad()
    targets = F.pad(ids[:, 1:], (0, 1), value=-1)  # nothing follows the last token
    loss = model(ids, targets=targets)
    loss.backward()
    return float(loss.detach()), next(model.parameters()).grad.clone()


def their_step(model: Any, ids: Tensor) -> tuple[float, Tensor]:
    model.zero_grad()
    loss = model(ids, labels=ids, use_cache=False).loss
    loss.backward()
    return float(loss.detach()), next(model.parameters()).grad.clone()


def same_step(a: tuple[float, Tensor], b: tuple[float, Tensor]) -> bool:
    return abs(a[0] - b[0]) < 1e-4 and torch.allclose(a[1], b[1], atol=1e-5 + 1e-3 * float(b[1].abs().max()))


def training(name: str, theirs: Any, topic: str, ids: Tensor, goal: float) -> Comparison:
    with tempfile.TemporaryDirectory() as folder:
        theirs.save_pretrained(folder)
        ours = load_decoder(folder).train()
    for model in (ours, theirs.train()):
        for p in model.parameters():
            p.requires_grad_(True)
    return Comparison(
        work=f"training step of a {name} with {ours.n_parameters / 1e6:.1f} M numbers, {tuple(ids.shape)} tokens",
        peer="Transformers",
        ours=lambda: our_step(ours, ids),
        theirs=lambda: their_step(theirs, ids),
        agree=same_step,
        goal=goal,
        topic=topic,
        amount=float(ids.numel()),
        unit="tokens",
        packages=("transformers", "torch"),
        repeat=7,
    )


def generation(topic: str, read: int, written: int) -> Iterator[Comparison]:
    file = assets.path("smollm2-135m-instruct")
    ours = load_decoder(file)
    with tempfile.TemporaryDirectory() as folder:
        ours.save_pretrained(folder)
        theirs = AutoModelForCausalLM.from_pretrained(folder).eval()
    ids = torch.tensor([GGUFTokenizer(GGUFFile(file)).encode(corpora.english_text(10_000))[:read]])

    @torch.inference_mode()
    def ours_reads() -> tuple[Tensor, Any]:
        cache = KVCache()
        return ours(ids, cache=cache, last_only=True)[:, -1], cache

    @torch.inference_mode()
    def theirs_reads() -> tuple[Tensor, Any]:
        out = theirs(ids, use_cache=True, logits_to_keep=1)
        return out.logits[:, -1], out.past_key_values

    def writes(reads: Callable[[], tuple[Tensor, Any]], go_on: Callable[[Tensor, Any], Tensor]) -> list[int]:
        logits, cache = reads()
        out = []
        with torch.inference_mode():
            for _ in range(written):
                out.append(int(logits.argmax()))
                logits = go_on(torch.tensor([[out[-1]]]), cache)
        return out

    common: dict[str, Any] = {"peer": "Transformers", "goal": 1.0, "topic": topic, "unit": "tokens"}
    common["packages"] = ("transformers", "torch")
    yield Comparison(
        work=f"SmolLM2 in float32 reads {read} tokens",
        ours=ours_reads,
        theirs=theirs_reads,
        agree=lambda a, b: float((a[0] - b[0]).abs().max()) < 1e-2,
        amount=float(read),
        **common,
    )
    yield Comparison(
        work=f"SmolLM2 in float32 reads {read} tokens and writes {written}",
        ours=lambda: writes(ours_reads, lambda new, cache: ours(new, cache=cache)[:, -1]),
        theirs=lambda: writes(theirs_reads, lambda new, cache: theirs(new, past_key_values=cache).logits[:, -1]),
        agree=lambda a, b: a == b,
        amount=float(written),
        **common,
    )


def comparisons() -> Iterator[Comparison]:
    nlpjourney.llm.blocks.warmup()
    torch.manual_seed(0)
    torch.set_num_threads(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    quiet = {"embd_pdrop": 0.0, "attn_pdrop": 0.0, "resid_pdrop": 0.0}
    gpt = GPT2LMHeadModel(GPT2Config(vocab_size=VOCAB, n_positions=256, n_embd=256, n_layer=6, n_head=8, **quiet))
    yield training("GPT-2", gpt, "4.1", text(8, 256), 1.0)
    yield from generation("4.1", 256, 64)
    llama = LlamaForCausalLM(LlamaConfig(**LLAMA, num_key_value_heads=4, tie_word_embeddings=True))
    yield training("Llama", llama, "4.2", text(8, 256), 1.0)
    yield training("Mamba", MambaForCausalLM(MambaConfig(**SMALL)), "4.3", text(4, 128), 5.0)
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 256}
    yield training("Mixtral", MixtralForCausalLM(MixtralConfig(**SMALL, **heads)), "4.3", text(4, 128), 1.0)
