"""In a worker: SmolLM2 in its two forms, each loaded once for all demos that use it."""

from __future__ import annotations

from functools import cache
from typing import Any

from nlpjourney.assets import store
from nlpjourney.llm.engine import Engine, GGUFTokenizer
from nlpjourney.llm.gguf import GGUFFile
from nlpjourney.llm.models import CausalLM, load_decoder

MODEL = "smollm2-135m-instruct"
KEPT = 2048  # tokens of earlier turns that stay in memory: a conversation that goes on costs its new turn only


@cache
def engine() -> Engine:
    """What writes: quantized weights, of which any number of sequences read. Raises AssetError."""
    return Engine(store.path(MODEL), n_kept=KEPT)


@cache
def decoder() -> CausalLM[Any]:
    """What can be looked into: the same weights for PyTorch, in float32. Raises AssetError."""
    return load_decoder(store.path(MODEL))


@cache
def tokenizer() -> GGUFTokenizer:
    """Of both."""
    return GGUFTokenizer(GGUFFile(store.path(MODEL)))
