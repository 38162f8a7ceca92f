"""Between GGUF and the Hugging Face form of a model: other names for the same tensors and settings.

Three things are more than names. Files of the `llama` architecture have the rows of queries and keys in another order (the
rotation's pairs side by side). Gemma's norms are stored with the 1 that its formula adds. And llama3's scaling of
rotary positions stands in a GGUF file as a tensor of factors, one a frequency.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nlpjourney.llm.gguf.ggml_types import GGMLType
from nlpjourney.llm.gguf.quantize import quantize
from nlpjourney.llm.gguf.reader import GGUFError, GGUFFile
from nlpjourney.llm.gguf.requantize import FILE_TYPES, type_for
from nlpjourney.llm.gguf.writer import TensorToWrite, write_gguf

MODEL_TYPES = {
    "llama": "llama",
    "qwen2": "qwen2",
    "qwen3": "qwen3",
    "gemma3": "gemma3_text",
}  # GGUF's name: Hugging Face's
NAMES = {
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
GEMMA_NAMES = NAMES | {
    "post_attention_norm": "post_attention_layernorm",
    "ffn_norm": "pre_feedforward_layernorm",
    "post_ffw_norm": "post_feedforward_layernorm",
}
SETTINGS = {
    "block_count": "num_hidden_layers",
    "context_length": "max_position_embeddings",
    "embedding_length": "hidden_size",
    "feed_forward_length": "intermediate_size",
    "attention.head_count": "num_attention_heads",
    "attention.head_count_kv": "num_key_value_heads",
    "attention.key_length": "head_dim",
    "attention.layer_norm_rms_epsilon": "rms_norm_eps",
    "attention.sliding_window": "sliding_window",
}


def _names(architecture: str) -> dict[str, str]:
    return GEMMA_NAMES if architecture == "gemma3" else NAMES


def pairs_apart(n_heads: int, n_rows: int) -> NDArray[np.intp]:
    """The order that takes rows with the rotation's pairs side by side to rows with i and i + d_head/2 as a pair."""
    return np.arange(n_rows).reshape(n_heads, -1, 2).transpose(0, 2, 1).reshape(-1)


def read_published(path: str | Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """A GGUF model as (the dictionary of a config.json, tensors in `float32` by their Hugging Face names).

    Raises GGUFError for an architecture that has no place here, or a file that lacks a setting.
    """
    file = GGUFFile(path)
    architecture = file.metadata.get("general.architecture")
    if architecture not in MODEL_TYPES:
        raise GGUFError(f"{path}: models of the kind {architecture!r} are not read here, only {', '.join(MODEL_TYPES)}")
    names = _names(architecture)
    config: dict[str, Any] = {"model_type": MODEL_TYPES[architecture]}
    for key, name in SETTINGS.items():
        if (value := file.metadata.get(f"{architecture}.{key}")) is not None:
            config[name] = value
    tensors: dict[str, Tensor] = {}
    for name in file.tensors:
        if name == "rope_freqs.weight":
            continue
        match = re.fullmatch(r"(blk\.(\d+)\.)?(\w+)\.(weight|bias)", name)
        if match is None or match[3] not in names:
            raise GGUFError(f"{path}: the tensor {name!r} has no place in a model of the kind {architecture!r}")
        published = f"model.layers.{match[2]}." if match[1] else ""
        numbers = file.tensor(name)
        if architecture == "llama" and match[3] in ("attn_q", "attn_k"):
            key = "num_attention_heads" if match[3] == "attn_q" else "num_key_value_heads"
            numbers = numbers[pairs_apart(int(config.get(key) or config["num_attention_heads"]), len(numbers))]
        if architecture == "gemma3" and match[3].endswith("norm"):
            numbers = numbers - 1
        tensors[f"{published}{names[match[3]]}.{match[4]}"] = torch.from_numpy(np.ascontiguousarray(numbers))
    if "model.embed_tokens.weight" not in tensors:
        raise GGUFError(f"{path}: the tensor 'token_embd.weight' is missing")
    config["vocab_size"] = len(tensors["model.embed_tokens.weight"])
    config["tie_word_embeddings"] = "lm_head.weight" not in tensors
    config["attention_bias"] = "model.layers.0.self_attn.q_proj.bias" in tensors and architecture != "qwen2"
    config |= _rope_of(file, architecture)
    for end in ("bos", "eos"):
        if (token := file.metadata.get(f"tokenizer.ggml.{end}_token_id")) is not None:
            config[f"{end}_token_id"] = token
    return config, tensors


def _rope_of(file: GGUFFile, architecture: str) -> dict[str, Any]:
    base = float(file.metadata.get(f"{architecture}.rope.freq_base", 10_000.0))
    rope: dict[str, Any] = {"rope_type": "default", "rope_theta": base}
    if file.metadata.get(f"{architecture}.rope.scaling.type") == "linear":
        rope |= {"rope_type": "linear", "factor": float(file.metadata[f"{architecture}.rope.scaling.factor"])}
    elif (
        file.metadata.get(f"{architecture}.rope.scaling.type", "none") != "none" or "rope_freqs.weight" in file.tensors
    ):
        raise GGUFError(f"{file.path}: its scaling of rotary positions cannot be said in a config.json; use the engine")
    if architecture != "gemma3":
        return {"rope_parameters": rope}
    local = {"rope_type": "default", "rope_theta": float(file.metadata.get("gemma3.rope.freq_base_swa", 10_000.0))}
    head = file.metadata.get("gemma3.attention.key_length", 256)
    return {"rope_parameters": {"full_attention": rope, "sliding_attention": local}, "query_pre_attn_scalar": int(head)}


def write_published(
    path: str | Path,
    config: Mapping[str, Any],
    tensors: Mapping[str, Tensor],
    tokenizer: Mapping[str, Any] | None = None,
    type_: GGMLType = GGMLType.F32,
) -> None:
    """Write a GGUF file that llama.cpp opens from a config.json's dictionary and tensors by their Hugging Face names.

    `tokenizer` has the metadata `tokenizer.ggml.…` (see `gguf.vocabulary`); without one the file runs on ids only. Raises
    ValueError for a model type or a setting that has no place in the format.
    """
    architectures = {published: name for name, published in MODEL_TYPES.items()} | {"mistral": "llama"}
    model_type = config.get("model_type")
    if model_type not in architectures:
        raise ValueError(f"model_type {model_type!r} cannot be written as GGUF here, only {', '.join(architectures)}")
    architecture = architectures[str(model_type)]
    metadata: dict[str, Any] = {"general.architecture": architecture, "general.file_type": FILE_TYPES[type_]}
    metadata["general.quantization_version"] = 2
    heads = int(config["num_attention_heads"])
    filled: dict[str, Any] = {"num_key_value_heads": heads, "head_dim": config["hidden_size"] // heads}
    filled |= {key: value for key, value in config.items() if value is not None}
    for key, name in SETTINGS.items():
        if name in filled and (name != "sliding_window" or architecture == "gemma3"):
            metadata[f"{architecture}.{key}"] = filled[name]
    metadata[f"{architecture}.attention.value_length"] = filled["head_dim"]
    metadata[f"{architecture}.rope.dimension_count"] = filled["head_dim"]
    metadata[f"{architecture}.vocab_size"] = config["vocab_size"]
    metadata |= _rope_metadata(architecture, config) | dict(tokenizer or {})
    places = {published: name for name, published in _names(architecture).items()}
    to_write = []
    for published, tensor in tensors.items():
        match = re.fullmatch(r"(?:model\.layers\.(\d+)\.)?(.+)\.(weight|bias)", published)
        if match is None or match[2] not in places:
            raise ValueError(f"the tensor {published!r} has no place in a GGUF file of the kind {architecture!r}")
        name = (f"blk.{match[1]}." if match[1] else "") + f"{places[match[2]]}.{match[3]}"
        change = partial(_stored, tensor, places[match[2]], architecture, heads, int(filled["num_key_value_heads"]))
        kind = type_for(tuple(tensor.shape), type_)
        to_write.append(TensorToWrite(name, tuple(tensor.shape), kind, _encoder(change, kind)))
    write_gguf(path, metadata, to_write)


def _encoder(numbers: Callable[[], NDArray[np.float32]], kind: GGMLType) -> Callable[[], NDArray[np.uint8]]:
    return lambda: quantize(numbers(), kind)


def _stored(tensor: Tensor, place: str, architecture: str, n_heads: int, n_kv_heads: int) -> NDArray[np.float32]:
    """The tensor's numbers as the file wants them."""
    numbers: NDArray[np.float32] = tensor.detach().float().cpu().numpy()
    if architecture == "llama" and place in ("attn_q", "attn_k"):
        return numbers[np.argsort(pairs_apart(n_heads if place == "attn_q" else n_kv_heads, len(numbers)))]
    return numbers + 1 if architecture == "gemma3" and place.endswith("norm") else numbers


def _rope_metadata(architecture: str, config: Mapping[str, Any]) -> dict[str, Any]:
    rope = dict(config.get("rope_parameters") or {})
    out: dict[str, Any] = {}
    if architecture == "gemma3" and "full_attention" in rope:
        out["gemma3.rope.freq_base_swa"] = float(rope["sliding_attention"]["rope_theta"])
        rope = dict(rope["full_attention"])
    out[f"{architecture}.rope.freq_base"] = float(rope.get("rope_theta") or config.get("rope_theta") or 10_000.0)
    kind = rope.get("rope_type", "default")
    if kind == "linear":
        out[f"{architecture}.rope.scaling.type"] = "linear"
        out[f"{architecture}.rope.scaling.factor"] = float(rope["factor"])
    elif kind != "default":
        raise ValueError(f"rope scaling {kind!r} cannot be written as GGUF here, only 'linear'")
    return out
