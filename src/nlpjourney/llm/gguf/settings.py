"""What a GGUF file says about its model: sizes, positions, and the family with its switches."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from nlpjourney.llm.gguf.architectures import Architecture, architecture_of
from nlpjourney.llm.gguf.reader import GGUFError, GGUFFile

KEYS = {  # a setting: its key in the metadata, after the architecture's name, and what config.json calls it
    "n_layers": ("block_count", "num_hidden_layers"),
    "context_length": ("context_length", "max_position_embeddings"),
    "d_model": ("embedding_length", "hidden_size"),
    "d_ff": ("feed_forward_length", "intermediate_size"),
    "n_heads": ("attention.head_count", "num_attention_heads"),
    "n_kv_heads": ("attention.head_count_kv", "num_key_value_heads"),
    "d_head": ("attention.key_length", "head_dim"),
    "norm_eps": ("attention.layer_norm_rms_epsilon", "rms_norm_eps"),
    "window": ("attention.sliding_window", "sliding_window"),
}


@dataclass(frozen=True)
class ModelSettings:
    """The settings of a model; lengths count tokens."""

    architecture: Architecture
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

    @property
    def embedding_scale(self) -> float:
        return math.sqrt(self.d_model) if self.architecture.scales_embeddings else 1.0

    def is_local(self, layer: int) -> bool:
        """Whether that layer sees only the last `window` tokens."""
        return self.window > 0 and (layer + 1) % self.architecture.window_period != 0

    @classmethod
    def of(cls, file: GGUFFile) -> ModelSettings:
        """Read from the file's metadata. Raises GGUFError when something is missing, makes no sense, or is not supported."""
        architecture = architecture_of(file)

        def get(key: str, default: Any = None, kind: type = float) -> Any:
            value = file.metadata.get(f"{architecture.name}.{key}", default)
            if value is None:
                raise GGUFError(f"{file.path}: the metadata has no {architecture.name}.{key}")
            fits = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
            if not fits or value < 0 or kind(value) != value:
                wanted = f"a {'whole ' if kind is int else ''}number that is not negative"
                raise GGUFError(f"{file.path}: {architecture.name}.{key} is {value!r}, expected {wanted}")
            return kind(value)

        def size(setting: str, default: int | None = None) -> int:
            whole: int = get(KEYS[setting][0], default, int)
            return whole

        n_heads, d_model = size("n_heads"), size("d_model")
        if n_heads < 1 or d_model < 1:
            raise GGUFError(f"{file.path}: {n_heads} heads of a width of {d_model} make no model")
        scaling = file.metadata.get(f"{architecture.name}.rope.scaling.type", "none")
        if scaling not in ("none", "linear"):
            raise GGUFError(f"{file.path}: rope scaling {scaling!r} is not supported, only 'linear'")
        settings = cls(
            architecture=architecture,
            n_layers=size("n_layers"),
            d_model=d_model,
            d_ff=size("d_ff"),
            n_heads=n_heads,
            n_kv_heads=size("n_kv_heads", n_heads),
            d_head=size("d_head", d_model // n_heads),
            context_length=size("context_length"),
            norm_eps=get(KEYS["norm_eps"][0]),
            rope_base=get("rope.freq_base", 10_000.0),
            rope_factor=get("rope.scaling.factor") if scaling == "linear" else 1.0,
            local_rope_base=get("rope.freq_base_swa", 10_000.0),
            window=size("window", 0) if architecture.window_period else 0,
        )
        if (
            settings.n_kv_heads < 1
            or settings.n_heads % settings.n_kv_heads
            or settings.d_head < 2
            or settings.d_head % 2
        ):
            raise GGUFError(
                f"{file.path}: {settings.n_heads} heads of {settings.d_head} cannot share {settings.n_kv_heads} "
                "key-value heads"
            )
        return settings
