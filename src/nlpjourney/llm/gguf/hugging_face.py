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

from nlpjourney.llm.gguf.architectures import Architecture, architecture_for, pairs_apart
from nlpjourney.llm.gguf.ggml_types import GGMLType
from nlpjourney.llm.gguf.quantize import quantize
from nlpjourney.llm.gguf.reader import GGUFError, GGUFFile
from nlpjourney.llm.gguf.requantize import FILE_TYPES, type_for
from nlpjourney.llm.gguf.settings import KEYS, ModelSettings
from nlpjourney.llm.gguf.writer import TensorToWrite, write_gguf


def read_published(path: str | Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """A GGUF model as (the dictionary of a config.json, tensors in `float32` by their Hugging Face names).

    Raises GGUFError for an architecture that has no place here, or a file that lacks a setting.
    """
    file = GGUFFile(path)
    settings = ModelSettings.of(file)
    architecture = settings.architecture
    config: dict[str, Any] = {"model_type": architecture.model_types[0]}
    config |= {published: getattr(settings, name) for name, (_, published) in KEYS.items()}
    if not settings.window:
        del config["sliding_window"]
    tensors: dict[str, Tensor] = {}
    for name in file.tensors:
        if name == "rope_freqs.weight":
            continue
        match = re.fullmatch(r"(blk\.(\d+)\.)?(\w+)\.(weight|bias)", name)
        if match is None or match[3] not in architecture.tensors:
            raise GGUFError(f"{path}: the tensor {name!r} has no place in a model of the kind {architecture.name!r}")
        numbers = file.tensor(name)
        if architecture.pairs_side_by_side and match[3] in ("attn_q", "attn_k"):
            n_heads = settings.n_heads if match[3] == "attn_q" else settings.n_kv_heads
            numbers = numbers[pairs_apart(n_heads, len(numbers))]
        if match[3].endswith("norm"):
            numbers = numbers - architecture.norm_offset
        published = (f"model.layers.{match[2]}." if match[1] else "") + f"{architecture.tensors[match[3]]}.{match[4]}"
        tensors[published] = torch.from_numpy(np.ascontiguousarray(numbers))
    if "model.embed_tokens.weight" not in tensors:
        raise GGUFError(f"{path}: the tensor 'token_embd.weight' is missing")
    config["vocab_size"] = len(tensors["model.embed_tokens.weight"])
    config["tie_word_embeddings"] = "lm_head.weight" not in tensors
    has_bias = "model.layers.0.self_attn.q_proj.bias" in tensors
    config["attention_bias"] = has_bias and not architecture.has_qkv_bias
    config |= _rope_of(file, settings)
    for end in ("bos", "eos"):
        if (token := file.metadata.get(f"tokenizer.ggml.{end}_token_id")) is not None:
            config[f"{end}_token_id"] = token
    return config, tensors


def _rope_of(file: GGUFFile, settings: ModelSettings) -> dict[str, Any]:
    if "rope_freqs.weight" in file.tensors:
        raise GGUFError(f"{file.path}: its scaling of rotary positions cannot be said in a config.json; use the engine")
    rope: dict[str, Any] = {"rope_type": "default", "rope_theta": settings.rope_base}
    if settings.rope_factor != 1:
        rope |= {"rope_type": "linear", "factor": settings.rope_factor}
    if not settings.architecture.window_period:
        return {"rope_parameters": rope}
    local = {"rope_type": "default", "rope_theta": settings.local_rope_base}
    both = {"full_attention": rope, "sliding_attention": local}
    return {"rope_parameters": both, "query_pre_attn_scalar": settings.d_head}


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
    architecture = architecture_for(config.get("model_type"))
    name = architecture.name
    metadata: dict[str, Any] = {"general.architecture": name, "general.file_type": FILE_TYPES[type_]}
    metadata["general.quantization_version"] = 2
    heads = int(config["num_attention_heads"])
    filled: dict[str, Any] = {"num_key_value_heads": heads, "head_dim": config["hidden_size"] // heads}
    filled |= {key: value for key, value in config.items() if value is not None}
    for key, published in KEYS.values():
        if published in filled and (published != "sliding_window" or architecture.window_period):
            metadata[f"{name}.{key}"] = filled[published]
    metadata[f"{name}.attention.value_length"] = filled["head_dim"]
    metadata[f"{name}.rope.dimension_count"] = filled["head_dim"]
    metadata[f"{name}.vocab_size"] = config["vocab_size"]
    metadata |= _rope_metadata(architecture, config) | dict(tokenizer or {})
    places = {published: place for place, published in architecture.tensors.items()}
    to_write = []
    for published, tensor in tensors.items():
        match = re.fullmatch(r"(?:model\.layers\.(\d+)\.)?(.+)\.(weight|bias)", published)
        if match is None or match[2] not in places:
            raise ValueError(f"the tensor {published!r} has no place in a GGUF file of the kind {name!r}")
        stored = (f"blk.{match[1]}." if match[1] else "") + f"{places[match[2]]}.{match[3]}"
        change = partial(_stored, tensor, places[match[2]], architecture, heads, int(filled["num_key_value_heads"]))
        kind = type_for(tuple(tensor.shape), type_)
        to_write.append(TensorToWrite(stored, tuple(tensor.shape), kind, _encoder(change, kind)))
    write_gguf(path, metadata, to_write)


def _encoder(numbers: Callable[[], NDArray[np.float32]], kind: GGMLType) -> Callable[[], NDArray[np.uint8]]:
    return lambda: quantize(numbers(), kind)


def _stored(
    tensor: Tensor, place: str, architecture: Architecture, n_heads: int, n_kv_heads: int
) -> NDArray[np.float32]:
    """The tensor's numbers as the file wants them."""
    numbers: NDArray[np.float32] = tensor.detach().float().cpu().numpy()
    if architecture.pairs_side_by_side and place in ("attn_q", "attn_k"):
        return numbers[np.argsort(pairs_apart(n_heads if place == "attn_q" else n_kv_heads, len(numbers)))]
    return numbers + architecture.norm_offset if place.endswith("norm") else numbers


def _rope_metadata(architecture: Architecture, config: Mapping[str, Any]) -> dict[str, Any]:
    rope = dict(config.get("rope_parameters") or {})
    out: dict[str, Any] = {}
    if architecture.window_period and "full_attention" in rope:
        out[f"{architecture.name}.rope.freq_base_swa"] = float(rope["sliding_attention"]["rope_theta"])
        rope = dict(rope["full_attention"])
    out[f"{architecture.name}.rope.freq_base"] = float(rope.get("rope_theta") or config.get("rope_theta") or 10_000.0)
    kind = rope.get("rope_type", "default")
    if kind == "linear":
        out[f"{architecture.name}.rope.scaling.type"] = "linear"
        out[f"{architecture.name}.rope.scaling.factor"] = float(rope["factor"])
    elif kind != "default":
        raise ValueError(f"rope scaling {kind!r} cannot be written as GGUF here, only 'linear'")
    return out
