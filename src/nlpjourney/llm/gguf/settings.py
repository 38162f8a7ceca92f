"""What a GGUF file says about its model: sizes, positions, and the family with its switches.

A key that is missing means what it means to llama.cpp. A key that is there has its effect or is refused by name: so every key
under the architecture's name has to be asked for, or to be known for having no effect.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

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
WITHOUT_EFFECT = ("vocab_size", "rope.scaling.finetuned", "rope.scaling.original_context_length", "tensor_data_layout")
N_LAYERS_GEMMA_27B = 62  # by which llama.cpp tells it: a file does not say how it scales its attention


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
    local_layers: tuple[bool, ...]  # which see only the last `window` tokens

    @property
    def embedding_scale(self) -> float:
        return math.sqrt(self.d_model) if self.architecture.scales_embeddings else 1.0

    @property
    def attention_scale(self) -> float:
        """What scores are multiplied by: 1/sqrt(d_head), but in Gemma 3 27B, whose heads are narrower than d_model / n_heads."""
        is_gemma_27b = self.architecture.name == "gemma3" and self.n_layers == N_LAYERS_GEMMA_27B
        return 1 / math.sqrt(self.d_model // self.n_heads if is_gemma_27b else self.d_head)

    def is_local(self, layer: int) -> bool:
        """Whether that layer sees only the last `window` tokens."""
        return self.local_layers[layer]

    @property
    def metadata(self) -> dict[str, Any]:
        """The entries of a GGUF file that say all this."""
        said: dict[str, Any] = {key: getattr(self, name) for name, (key, _) in KEYS.items()}
        said |= {"attention.value_length": self.d_head, "rope.dimension_count": self.d_head}
        said["rope.freq_base"] = self.rope_base
        if self.rope_factor != 1:
            said |= {"rope.scaling.type": "linear", "rope.scaling.factor": self.rope_factor}
        if self.window:
            said["rope.freq_base_swa"] = self.local_rope_base
            if self.local_layers != windows(self.n_layers, self.architecture.window_period):
                said["attention.sliding_window_pattern"] = np.array(self.local_layers)
        else:
            del said["attention.sliding_window"]
        return {f"{self.architecture.name}.{key}": value for key, value in said.items()}

    @classmethod
    def of(cls, file: GGUFFile) -> ModelSettings:
        """Read from the file's metadata. Raises GGUFError when something is missing, makes no sense, or is not supported."""
        architecture = architecture_of(file)
        keys = _Keys(file, architecture.name)
        n_layers = keys.whole("block_count", at_least=1)
        if n_layers > len(file.tensors):
            raise keys.error("block_count", n_layers, f"no more layers than the file's {len(file.tensors)} tensors")
        n_heads = keys.same("attention.head_count", n_layers)
        n_kv_heads = keys.same("attention.head_count_kv", n_layers, n_heads)
        d_model = keys.whole("embedding_length", at_least=1)
        d_head = keys.whole("attention.key_length", d_model // n_heads)
        if n_heads % n_kv_heads:
            raise GGUFError(f"{file.path}: {n_heads} heads cannot share {n_kv_heads} key-value heads")
        if d_head < 2 or d_head % 2:
            raise GGUFError(f"{file.path}: heads of {d_head} numbers cannot be rotated, which takes pairs")
        for key in ("rope.dimension_count", "attention.value_length"):
            keys.expect(key, d_head)
            keys.expect(f"{key}_swa", d_head)
        keys.expect("attention.key_length_swa", d_head)
        keys.expect("attention.causal", True)
        context_length = keys.whole("context_length", at_least=1)
        window, local_layers = _windows(keys, architecture, n_layers, context_length)
        settings = cls(
            architecture=architecture,
            n_layers=n_layers,
            d_model=d_model,
            d_ff=keys.same("feed_forward_length", n_layers),
            n_heads=n_heads,
            n_kv_heads=n_kv_heads,
            d_head=d_head,
            context_length=context_length,
            norm_eps=keys.number("attention.layer_norm_rms_epsilon"),
            rope_base=keys.number("rope.freq_base", 10_000.0, positive=True),
            rope_factor=_rope_factor(keys),
            local_rope_base=keys.number("rope.freq_base_swa", 10_000.0, positive=True),
            window=window,
            local_layers=local_layers,
        )
        keys.refuse_the_rest()
        return settings


def windows(n_layers: int, period: int) -> tuple[bool, ...]:
    """Which layers have a window, if every so manieth (0: none) sees everything."""
    return tuple(not period or (layer + 1) % period != 0 for layer in range(n_layers))


def _windows(
    keys: _Keys, architecture: Architecture, n_layers: int, context_length: int
) -> tuple[int, tuple[bool, ...]]:
    """The window, and which layers have it."""
    window = keys.whole("attention.sliding_window", 0)
    if not architecture.window_period:
        if 0 < window < context_length:
            wanted = f"none below the context length of {context_length}: these models see everything"
            raise keys.error("attention.sliding_window", window, wanted)
        window = 0
    pattern = keys.get("attention.sliding_window_pattern", architecture.window_period)
    if isinstance(pattern, np.ndarray) and pattern.dtype == bool and len(pattern) == n_layers:
        local = tuple(pattern.tolist())
    elif isinstance(pattern, int) and not isinstance(pattern, bool) and pattern >= 0:
        local = windows(n_layers, pattern)
    else:
        raise keys.error("attention.sliding_window_pattern", pattern, f"a whole number or {n_layers} of true and false")
    return window, local if window else (False,) * n_layers


def _rope_factor(keys: _Keys) -> float:
    """What positions are divided by. A scaling without a type is linear, and a factor of 0 means none."""
    kind = keys.get("rope.scaling.type", "linear")
    if kind not in ("none", "linear"):
        raise GGUFError(f"{keys.file.path}: rope scaling {kind!r} is not supported, only 'linear'")
    factor = keys.number("rope.scaling.factor", keys.number("rope.scale_linear", 1.0))
    keys.expect("rope.scaling.attn_factor", 1.0)
    return factor if kind == "linear" and factor else 1.0


class _Keys:
    """The entries under an architecture's name, and which of them were asked for."""

    def __init__(self, file: GGUFFile, name: str) -> None:
        self.file, self.name, self.asked = file, name, set(WITHOUT_EFFECT)

    def error(self, key: str, value: Any, wanted: str) -> GGUFError:
        said = value.tolist() if isinstance(value, np.ndarray) else value
        return GGUFError(f"{self.file.path}: {self.name}.{key} is {said!r}, expected {wanted}")

    def get(self, key: str, default: Any = None) -> Any:
        """The value as it is. GGUFError when there is neither that nor a default."""
        self.asked.add(key)
        value = self.file.metadata.get(f"{self.name}.{key}", default)
        if value is None:
            raise GGUFError(f"{self.file.path}: the metadata has no {self.name}.{key}")
        return value

    def number(self, key: str, default: float | None = None, *, positive: bool = False) -> float:
        value = self.get(key, default)
        fits = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if not fits or value < 0 or (positive and value == 0):
            raise self.error(key, value, f"a number that is {'positive' if positive else 'not negative'}")
        return float(value)

    def whole(self, key: str, default: int | None = None, *, at_least: int = 0) -> int:
        value = self.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < at_least:
            raise self.error(
                key, value, f"a whole number that is {f'at least {at_least}' if at_least else 'not negative'}"
            )
        return value

    def same(self, key: str, n_layers: int, default: int | None = None) -> int:
        """A size that a file may say for each layer; here all have to have the same."""
        value = self.get(key, default)
        if isinstance(value, np.ndarray) and value.dtype.kind in "iu" and len(value) == n_layers:
            if len(set(value.tolist())) > 1:
                raise self.error(key, value, "the same for every layer: models whose layers differ are not supported")
            value = int(value[0])
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise self.error(key, value, f"a whole number that is at least 1, or {n_layers} of them, one a layer")
        return value

    def expect(self, key: str, wanted: Any) -> None:
        """The key must be missing or say this: the engine can do nothing else."""
        value = self.get(key, wanted)
        if isinstance(value, np.ndarray) or value != wanted:
            raise self.error(key, value, f"{wanted!r}, the only value that is supported")

    def refuse_the_rest(self) -> None:
        """Nothing that was not asked for may say more than zero, false or nothing."""
        for key, value in self.file.metadata.items():
            scope, _, rest = key.partition(".")
            if scope == self.name and rest not in self.asked and (isinstance(value, np.ndarray) or value):
                raise GGUFError(
                    f"{self.file.path}: the setting {key} = {value!r} is not known here, and may change what the model computes"
                )
