"""What a GGUF file says about its model: sizes, positions, and in what its architecture differs from the others.

Four families are one model with a few switches: Llama (with SmolLM2 and Mistral), Qwen2 (biases on queries, keys and
values), Qwen3 (these are normed) and Gemma 3 (norms after each part too, most layers with a sliding window, a scaled embedding).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from nlpjourney.llm.gguf import GGUFError, GGUFFile

ARCHITECTURES = ("llama", "qwen2", "qwen3", "gemma3")


@dataclass(frozen=True)
class EngineConfig:
    """The settings of a model; lengths count tokens."""

    architecture: str
    n_layers: int
    d_model: int
    d_ff: int
    n_heads: int
    n_kv_heads: int
    d_head: int
    context_length: int
    norm_eps: float
    rope_base: float
    rope_factor: float  # positions are divided by it
    local_rope_base: float  # for layers with a window
    window: int  # 0: every layer sees everything
    window_period: int  # with a window, every so manieth layer has none

    @property
    def is_gemma(self) -> bool:
        return self.architecture == "gemma3"

    @property
    def embedding_scale(self) -> float:
        return math.sqrt(self.d_model) if self.is_gemma else 1.0

    def is_local(self, layer: int) -> bool:
        """Whether that layer sees only the last `window` tokens."""
        return self.window > 0 and (layer + 1) % self.window_period != 0

    @classmethod
    def of(cls, file: GGUFFile) -> EngineConfig:
        """Read from the file's metadata. Raises GGUFError when something is missing, makes no sense, or is not supported."""
        architecture = file.metadata.get("general.architecture")
        if architecture not in ARCHITECTURES:
            raise GGUFError(
                f"{file.path}: models of the kind {architecture!r} are not run here, only {', '.join(ARCHITECTURES)}"
            )

        def get(key: str, default: Any = None) -> Any:
            value = file.metadata.get(f"{architecture}.{key}", default)
            if value is None:
                raise GGUFError(f"{file.path}: the metadata has no {architecture}.{key}")
            if (
                isinstance(value, bool | str)
                or not hasattr(value, "__float__")
                or not math.isfinite(value)
                or value < 0
            ):
                if not isinstance(value, str):
                    raise GGUFError(
                        f"{file.path}: {architecture}.{key} is {value!r}, expected a number that is not negative"
                    )
            return value

        n_heads, d_model = get("attention.head_count"), get("embedding_length")
        if n_heads < 1 or d_model < 1:
            raise GGUFError(f"{file.path}: {n_heads} heads of a width of {d_model} make no model")
        scaling = get("rope.scaling.type", "none")
        if scaling not in ("none", "linear"):
            raise GGUFError(f"{file.path}: rope scaling {scaling!r} is not supported, only 'linear'")
        config = cls(
            architecture=architecture,
            n_layers=get("block_count"),
            d_model=d_model,
            d_ff=get("feed_forward_length"),
            n_heads=n_heads,
            n_kv_heads=get("attention.head_count_kv", n_heads),
            d_head=get("attention.key_length", d_model // n_heads),
            context_length=get("context_length"),
            norm_eps=get("attention.layer_norm_rms_epsilon"),
            rope_base=get("rope.freq_base", 10_000.0),
            rope_factor=get("rope.scaling.factor", 1.0) if scaling == "linear" else 1.0,
            local_rope_base=get("rope.freq_base_swa", 10_000.0),
            window=get("attention.sliding_window", 0) if architecture == "gemma3" else 0,
            window_period=6,
        )
        if config.n_kv_heads < 1 or config.n_heads % config.n_kv_heads or config.d_head < 2 or config.d_head % 2:
            raise GGUFError(
                f"{file.path}: {config.n_heads} heads of {config.d_head} cannot share {config.n_kv_heads} key-value heads"
            )
        return config
