"""The settings of Llama and its relatives, and what each model_type of config.json means by its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

from nlpjourney.errors import FileFormatError
from nlpjourney.llm.blocks.rope import RopeScaling
from nlpjourney.llm.config_json import Settings

CLASSES = {
    "llama": "LlamaForCausalLM",
    "mistral": "MistralForCausalLM",
    "qwen2": "Qwen2ForCausalLM",
    "qwen3": "Qwen3ForCausalLM",
    "gemma3_text": "Gemma3ForCausalLM",
}
_COMPARED_ELSEWHERE = ("n_kv_heads", "d_head", "layer_types", "rope", "local_rope", "attention_scale")


@dataclass(frozen=True, kw_only=True)
class LlamaConfig:
    """The settings. A layer of kind "sliding_attention" sees `window` tokens and turns by `local_rope`."""

    vocab_size: int
    d_model: int
    n_layers: int
    n_heads: int
    d_ff: int
    n_kv_heads: int | None = None  # None: n_heads
    d_head: int | None = None  # None: d_model / n_heads
    max_positions: int = 2048
    norm_eps: float = 1e-6
    act: str = "silu"
    rope: RopeScaling = field(default_factory=RopeScaling)
    tied: bool = False
    qkv_bias: bool = False
    output_bias: bool = False
    mlp_bias: bool = False
    qk_norm: bool = False
    window: int | None = None
    layer_types: tuple[str, ...] | None = None  # None: all of them windowed if there is a window
    # Gemma 3
    local_rope: RopeScaling | None = None  # None: `rope` in all layers
    sandwich_norms: bool = False
    norm_offset: float = 0.0
    embedding_scale: float = 1.0
    attention_scale: float | None = None  # None: 1 / sqrt(d_head)
    logit_cap: float | None = None  # logits squeezed into ± this
    model_type: str = "llama"
    bos_token_id: int | None = None
    eos_token_ids: tuple[int, ...] = ()

    @classmethod
    def from_published(cls, values: Mapping[str, Any]) -> Self:
        """The settings of a config.json of one of the families. Raises ValueError for any other, and what is not supported."""
        return cls(**_arguments(values))

    def to_published(self) -> dict[str, Any]:
        """The config.json of these settings. Raises ValueError when the model_type cannot say what they ask for."""
        values = _published(self)
        said = _arguments(values)
        said["rope"] = replace(said["rope"], max_positions=self.rope.max_positions)
        lost = [n for n, value in said.items() if n not in _COMPARED_ELSEWHERE and value != getattr(self, n)]
        lost += [f.name for f in fields(LlamaConfig) if f.name not in said and getattr(self, f.name) != f.default]
        if lost:
            named = ", ".join(lost)
            raise ValueError(f"a config.json of model_type {self.model_type!r} cannot say the values of {named}")
        return values

    def is_windowed(self, layer: int) -> bool:
        """Whether `layer` sees a window only."""
        if self.window is None:
            return False
        return self.layer_types is None or self.layer_types[layer] == "sliding_attention"


def _arguments(values: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of LlamaConfig for a config.json of one of `CLASSES`."""
    s = Settings(values)
    s.expect("rope_interleaved", False)
    if s.model_type not in CLASSES:
        raise ValueError(f"model_type {s.model_type!r} is none of {', '.join(CLASSES)}")
    gemma = s.model_type == "gemma3_text"
    n_heads, n_layers = s.integer("num_attention_heads"), s.integer("num_hidden_layers")
    max_positions = s.integer("max_position_embeddings", 131072 if gemma else 2048)
    common: dict[str, Any] = {
        "vocab_size": s.integer("vocab_size"),
        "d_model": s.integer("hidden_size"),
        "n_layers": n_layers,
        "n_heads": n_heads,
        "d_ff": s.integer("intermediate_size"),
        "n_kv_heads": s.integer("num_key_value_heads", n_heads),
        "d_head": s.integer("head_dim", 256 if gemma else 128)
        if s.model_type in ("qwen3", "gemma3_text")
        else s.integer("head_dim", s.integer("hidden_size") // n_heads),
        "max_positions": max_positions,
        "norm_eps": s.number("rms_norm_eps", 1e-6),
        "tied": s.flag("tie_word_embeddings", gemma),
        "model_type": s.model_type,
        "bos_token_id": s.optional_index("bos_token_id"),
        "eos_token_ids": s.token_ids("eos_token_id"),
    }
    if gemma:
        return {**common, **_gemma(s, n_layers, max_positions)}
    common["act"] = s.text("hidden_act", "silu")
    common["rope"] = s.rope(max_positions)
    if s.model_type == "llama":
        bias = s.flag("attention_bias", False)
        return {**common, "qkv_bias": bias, "output_bias": bias, "mlp_bias": s.flag("mlp_bias", False)}
    if s.model_type == "mistral":
        return {**common, "window": s.optional_integer("sliding_window")}
    # Qwen: the first `max_window_layers` see everything
    windowed = s.flag("use_sliding_window", False)
    types = s.layer_types(n_layers)
    if windowed and types is None:
        full = s.index("max_window_layers", 28)
        types = tuple("sliding_attention" if layer >= full else "full_attention" for layer in range(n_layers))
    s.ignore("sliding_window")
    common.update(
        window=s.optional_integer("sliding_window") if windowed else None, layer_types=types if windowed else None
    )
    if s.model_type == "qwen2":
        return {**common, "qkv_bias": True}
    bias = s.flag("attention_bias", False)
    return {**common, "qk_norm": True, "qkv_bias": bias, "output_bias": bias}


def _gemma(s: Settings, n_layers: int, max_positions: int) -> dict[str, Any]:
    s.expect("attn_logit_softcapping")
    s.expect("use_bidirectional_attention", False)
    nested = Settings(s.table("rope_parameters"))
    if nested.values and not nested.values.keys() <= {"full_attention", "sliding_attention"}:
        raise FileFormatError("'rope_parameters' of Gemma 3 must hold 'full_attention' and 'sliding_attention' only")
    full, local = nested.table("full_attention"), nested.table("sliding_attention")
    if nested.values:
        s.ignore("rope_theta", "rope_local_base_freq")
        s.expect("rope_scaling", full)
    else:
        full = s.table("rope_scaling")
        full.setdefault("rope_theta", s.values.get("rope_theta"))
        local = {"rope_theta": s.values.get("rope_local_base_freq")}
    types = s.layer_types(n_layers)
    if types is None:
        every = s.integer("sliding_window_pattern", s.integer("_sliding_window_pattern", 6))
        types = tuple("sliding_attention" if (layer + 1) % every else "full_attention" for layer in range(n_layers))
    s.ignore("sliding_window_pattern")
    s.expect("hidden_act", "gelu_pytorch_tanh")
    bias = s.flag("attention_bias", False)
    return {
        "act": s.text("hidden_activation", "gelu_pytorch_tanh"),
        "rope": RopeScaling.from_config(full, max_positions, theta=1e6),
        "local_rope": RopeScaling.from_config(local, max_positions, theta=1e4),
        "qkv_bias": bias,
        "output_bias": bias,
        "qk_norm": True,
        "window": s.integer("sliding_window", 4096),
        "layer_types": types,
        "sandwich_norms": True,
        "norm_offset": 1.0,
        "embedding_scale": float(s.integer("hidden_size")) ** 0.5,
        "attention_scale": s.number("query_pre_attn_scalar", 256) ** -0.5,
        "logit_cap": s.optional_number("final_logit_softcapping"),
    }


def _published(c: LlamaConfig) -> dict[str, Any]:
    """A config.json as near to `c` as its model_type allows."""
    d_head = c.d_head or c.d_model // c.n_heads
    values: dict[str, Any] = {
        "architectures": [CLASSES[c.model_type]],
        "model_type": c.model_type,
        "vocab_size": c.vocab_size,
        "hidden_size": c.d_model,
        "num_hidden_layers": c.n_layers,
        "num_attention_heads": c.n_heads,
        "num_key_value_heads": c.n_kv_heads or c.n_heads,
        "head_dim": d_head,
        "intermediate_size": c.d_ff,
        "max_position_embeddings": c.max_positions,
        "rms_norm_eps": c.norm_eps,
        "tie_word_embeddings": c.tied,
        "rope_parameters": c.rope.to_config(),
        "bos_token_id": c.bos_token_id,
        "eos_token_id": list(c.eos_token_ids) or None,
    }
    if c.model_type == "gemma3_text":
        values["hidden_activation"] = c.act
        values["rope_parameters"] = {
            "full_attention": c.rope.to_config(),
            "sliding_attention": (c.local_rope or c.rope).to_config(),
        }
        values["attention_bias"] = c.qkv_bias
        values["query_pre_attn_scalar"] = round((c.attention_scale or d_head**-0.5) ** -2)
        values["final_logit_softcapping"] = c.logit_cap
        values["sliding_window"] = c.window
        values["layer_types"] = list(c.layer_types or ())
    else:
        values["hidden_act"] = c.act
    if c.model_type in ("llama", "qwen3"):
        values["attention_bias"] = c.qkv_bias
    if c.model_type == "llama":
        values["mlp_bias"] = c.mlp_bias
    if c.model_type == "mistral":
        values["sliding_window"] = c.window
    if c.model_type in ("qwen2", "qwen3"):
        types = c.layer_types or ("sliding_attention" if c.window else "full_attention",) * c.n_layers
        values.update(use_sliding_window=c.window is not None, sliding_window=c.window, layer_types=list(types))
    return values
