"""The families of models that GGUF files hold, and in what they differ: one record each.

Four families are one model with a few switches: Llama (with SmolLM2 and Mistral), Qwen2 (biases on queries, keys and values),
Qwen3 (these are normed) and Gemma 3 (norms after each part too, most layers with a sliding window, a scaled embedding). Whoever
reads or writes such files looks here; a new relative is a new record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlpjourney.llm.gguf.reader import GGUFError, GGUFFile

TENSORS = {  # GGUF's name: that of the Hugging Face hub
    "token_embd": "model.embed_tokens",
    "output_norm": "model.norm",
    "output": "lm_head",
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
SANDWICH = {
    "post_attention_norm": "post_attention_layernorm",
    "ffn_norm": "pre_feedforward_layernorm",
    "post_ffw_norm": "post_feedforward_layernorm",
}
ATTENTION = ("attn_q", "attn_k", "attn_v", "attn_output")
FEED_FORWARD = ("ffn_gate", "ffn_up", "ffn_down")


@dataclass(frozen=True)
class Architecture:
    """A family.

    name: `general.architecture` of its files. model_types: what config.json calls it; a file is read as the first.
    pairs_side_by_side: rows of queries and keys lie in the file with the two that the rotation turns next to each other.
    norm_offset: what the file's norms have more than the hub's, whose formula adds it. has_head_norms: queries and keys are
    normed. has_qkv_bias: its queries, keys and values have biases, which a config.json does not say. may_have_bias: what else
    may have one. window_period: every so manieth layer sees everything, and the others a window; 0: no layer has one. has_gelu:
    the feed-forward gate is a GELU, not a SiLU. scales_embeddings: by sqrt(d_model).
    """

    name: str
    model_types: tuple[str, ...]
    tensors: Mapping[str, str]
    pairs_side_by_side: bool = False
    norm_offset: int = 0
    has_head_norms: bool = False
    has_qkv_bias: bool = False
    may_have_bias: tuple[str, ...] = ()
    window_period: int = 0
    has_gelu: bool = False
    scales_embeddings: bool = False


ARCHITECTURES = {
    architecture.name: architecture
    for architecture in (
        Architecture("llama", ("llama", "mistral"), TENSORS, pairs_side_by_side=True,
                     may_have_bias=ATTENTION + FEED_FORWARD),
        Architecture("qwen2", ("qwen2",), TENSORS, has_qkv_bias=True),
        Architecture("qwen3", ("qwen3",), TENSORS, has_head_norms=True, may_have_bias=ATTENTION),
        Architecture("gemma3", ("gemma3_text",), TENSORS | SANDWICH, norm_offset=1, has_head_norms=True, may_have_bias=ATTENTION,
                     window_period=6, has_gelu=True, scales_embeddings=True),
    )
}  # fmt: skip


def architecture_of(file: GGUFFile) -> Architecture:
    """The family of a file's model. Raises GGUFError for one that is not known here."""
    name = file.metadata.get("general.architecture")
    if name not in ARCHITECTURES:
        raise GGUFError(f"{file.path}: models of the kind {name!r} are not known here, only {', '.join(ARCHITECTURES)}")
    return ARCHITECTURES[name]


def architecture_for(model_type: object) -> Architecture:
    """The family that a config.json's model_type is written as. Raises ValueError for one that has no place in the format."""
    known = {published: a for a in ARCHITECTURES.values() for published in a.model_types}
    if model_type not in known:
        raise ValueError(f"model_type {model_type!r} cannot be written as GGUF here, only {', '.join(known)}")
    return known[str(model_type)]


def pairs_apart(n_heads: int, n_rows: int) -> NDArray[np.intp]:
    """The order that takes rows with the rotation's pairs side by side to rows with i and i + d_head/2 as a pair."""
    return np.arange(n_rows).reshape(n_heads, -1, 2).transpose(0, 2, 1).reshape(-1)
