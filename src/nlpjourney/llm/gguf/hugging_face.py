"""Between GGUF and the Hugging Face form of a model: other names for the same tensors and settings.

Three things are more than names. Files of the `llama` architecture have the rows of queries and keys in another order (the
rotation's pairs side by side). Gemma's norms are stored with the 1 that its formula adds. And llama3's scaling of
rotary positions stands in a GGUF file as a tensor of factors, one a frequency.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nlpjourney.llm.config_json import read_settings
from nlpjourney.llm.gguf.architectures import ATTENTION, FEED_FORWARD, Architecture, architecture_for, pairs_apart
from nlpjourney.llm.gguf.ggml_types import GGMLType
from nlpjourney.llm.gguf.quantize import quantize
from nlpjourney.llm.gguf.reader import GGUFError, GGUFFile
from nlpjourney.llm.gguf.requantize import FILE_TYPES, type_for
from nlpjourney.llm.gguf.settings import KEYS, ModelSettings
from nlpjourney.llm.gguf.tensors import check, wrong_with
from nlpjourney.llm.gguf.writer import TensorToWrite, write_gguf
from nlpjourney.llm.llama_config import LlamaConfig


def read_published(path: str | Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """A GGUF model as (the dictionary of a config.json, tensors in `float32` by their Hugging Face names).

    Raises GGUFError for an architecture that has no place here, and for a setting or a tensor that is missing or not known.
    """
    file = GGUFFile(path)
    settings = ModelSettings.of(file)
    check(file, settings)
    architecture = settings.architecture
    config: dict[str, Any] = {"model_type": architecture.model_types[0]}
    config |= {published: getattr(settings, name) for name, (_, published) in KEYS.items()}
    if not settings.window:
        del config["sliding_window"]
    if "rope_freqs.weight" in file.tensors:
        raise GGUFError(f"{path}: its scaling of rotary positions cannot be said in a config.json; use the engine")
    tensors: dict[str, Tensor] = {}
    for name in file.tensors:
        layer, place, kind = _parts(name)
        numbers = file.tensor(name)
        if architecture.pairs_side_by_side and place in ("attn_q", "attn_k"):
            n_heads = settings.n_heads if place == "attn_q" else settings.n_kv_heads
            numbers = numbers[pairs_apart(n_heads, len(numbers))]
        if place.endswith("norm"):
            numbers = numbers - architecture.norm_offset
        tensors[_published(architecture, layer, place, kind)] = torch.from_numpy(np.ascontiguousarray(numbers))
    config["vocab_size"] = len(tensors["model.embed_tokens.weight"])
    config["tie_word_embeddings"] = "lm_head.weight" not in tensors
    for setting, places in (("attention_bias", ATTENTION), ("mlp_bias", FEED_FORWARD)):
        if set(places) <= set(architecture.may_have_bias):
            config[setting] = _complete_biases(tensors, file, architecture, places)
    config |= _rope_of(settings)
    for end in ("bos", "eos"):
        if (token := file.metadata.get(f"tokenizer.ggml.{end}_token_id")) is not None:
            config[f"{end}_token_id"] = token
    return config, tensors


def _parts(name: str) -> tuple[str | None, str, str]:
    """Layer, place and kind of a tensor, by the name that it has in a file."""
    match = re.fullmatch(r"(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)", name)
    assert match is not None  # a checked file
    return match[1], match[2], match[3]


def _published(architecture: Architecture, layer: str | None, place: str, kind: str) -> str:
    return (f"model.layers.{layer}." if layer else "") + f"{architecture.tensors[place]}.{kind}"


def _complete_biases(
    tensors: dict[str, Tensor], file: GGUFFile, architecture: Architecture, places: tuple[str, ...]
) -> bool:
    """Whether any of these places has a bias; then those that have none get one of zeros: a config.json knows all or none."""
    if not any(f".{place}.bias" in name for name in file.tensors for place in places):
        return False
    for name, info in file.tensors.items():
        layer, place, kind = _parts(name)
        if place in places and kind == "weight":
            tensors.setdefault(_published(architecture, layer, place, "bias"), torch.zeros(info.shape[0]))
    return True


def _rope_of(settings: ModelSettings) -> dict[str, Any]:
    rope: dict[str, Any] = {"rope_type": "default", "rope_theta": settings.rope_base}
    if settings.rope_factor != 1:
        rope |= {"rope_type": "linear", "factor": settings.rope_factor}
    if not settings.architecture.window_period:
        return {"rope_parameters": rope}
    local = {"rope_type": "default", "rope_theta": settings.local_rope_base}
    kinds = ["sliding_attention" if local else "full_attention" for local in settings.local_layers]
    return {
        "rope_parameters": {"full_attention": rope, "sliding_attention": local},
        "layer_types": kinds,
        "query_pre_attn_scalar": round(settings.attention_scale**-2),
    }


def write_published(
    path: str | Path,
    config: Mapping[str, Any],
    tensors: Mapping[str, Tensor],
    tokenizer: Mapping[str, Any] | None = None,
    type_: GGMLType = GGMLType.F32,
) -> None:
    """Write a GGUF file that llama.cpp opens from a config.json's dictionary and tensors by their Hugging Face names.

    (The biases of attention that Qwen 3 and Gemma 3 may have, and no published model has, are read here only.)

    `tokenizer` has the metadata `tokenizer.ggml.…` (see `gguf.vocabulary`); without one the file runs on ids only. Raises
    ValueError for a model type, a setting or a tensor that has no place in the format, and for one that is missing.
    """
    architecture = architecture_for(config.get("model_type"))
    model = read_settings(LlamaConfig, config)
    settings = settings_for(model, architecture)
    given = _as_stored(tensors, model, architecture)
    wrong = wrong_with({name: tuple(tensor.shape) for name, tensor in given.items()}, settings, model.vocab_size)
    if wrong is not None:
        raise ValueError(f"{wrong} (these are GGUF's names)")
    tokens = (tokenizer or {}).get("tokenizer.ggml.tokens")
    if isinstance(tokens, list) and len(tokens) != model.vocab_size:
        raise ValueError(
            f"the tokenizer has {len(tokens)} tokens and the model {model.vocab_size} rows of embeddings, which a GGUF file does "
            "not allow: cut the rows that no token uses, or give the tokenizer tokens for them"
        )
    metadata: dict[str, Any] = {"general.architecture": architecture.name, "general.file_type": FILE_TYPES[type_]}
    metadata["general.quantization_version"] = 2
    metadata |= settings.metadata | {f"{architecture.name}.vocab_size": model.vocab_size} | dict(tokenizer or {})
    to_write = []
    for name, tensor in given.items():
        shape = tuple(tensor.shape)
        kind = type_for(shape, type_)
        change = partial(_stored, tensor, _parts(name)[1], settings)
        to_write.append(TensorToWrite(name, shape, kind, _encoder(change, kind)))
    write_gguf(path, metadata, to_write)


def settings_for(model: LlamaConfig, architecture: Architecture) -> ModelSettings:
    """The same settings as a GGUF file has them. Raises ValueError for what has no place in it."""

    def refuse(setting: str, value: Any, only: str) -> None:
        raise ValueError(f"{setting} {value!r} cannot be written as GGUF for {architecture.name!r}, only {only}")

    acts = ("gelu_pytorch_tanh", "gelu_new") if architecture.has_gelu else ("silu", "swish")  # two names each
    if model.act not in acts:
        refuse("the activation", model.act, repr(acts[0]))
    for rope in filter(None, (model.rope, model.local_rope)):
        if rope.kind not in ("default", "linear") or (rope is model.local_rope and rope.kind != "default"):
            refuse("rope scaling", rope.kind, "'linear'" if rope is model.rope else "none in layers with a window")
    if model.logit_cap is not None:
        refuse("final_logit_softcapping", model.logit_cap, "none")
    local = tuple(model.is_windowed(layer) for layer in range(model.n_layers))
    window = model.window or 0
    if not architecture.window_period and any(local):
        if window < model.max_positions:
            refuse("sliding_window", window, f"none below the context length of {model.max_positions}")
        window, local = 0, (False,) * model.n_layers
    d_head = model.d_head or model.d_model // model.n_heads
    settings = ModelSettings(
        architecture=architecture,
        n_layers=model.n_layers,
        d_model=model.d_model,
        d_ff=model.d_ff,
        n_heads=model.n_heads,
        n_kv_heads=model.n_kv_heads or model.n_heads,
        d_head=d_head,
        context_length=model.max_positions,
        norm_eps=model.norm_eps,
        rope_base=model.rope.theta,
        rope_factor=model.rope.factor or 1.0 if model.rope.kind == "linear" else 1.0,
        local_rope_base=model.local_rope.theta if model.local_rope else 10_000.0,
        window=window if any(local) else 0,
        local_layers=local,
    )
    scale = model.attention_scale or d_head**-0.5
    if not math.isclose(scale, settings.attention_scale):
        refuse("query_pre_attn_scalar", round(scale**-2, 6), f"{settings.attention_scale**-2:g} for these sizes")
    return settings


def _as_stored(tensors: Mapping[str, Tensor], model: LlamaConfig, architecture: Architecture) -> dict[str, Tensor]:
    """The tensors by their names in a file; buffers that hold nothing learned are left out, and a tied output is not stored."""
    places = {published: place for place, published in architecture.tensors.items()}
    embedding, head = tensors.get("model.embed_tokens.weight"), tensors.get("lm_head.weight")
    if head is None and not model.tied:
        raise ValueError(
            "the tensor 'lm_head.weight' is missing, and the configuration does not tie it to the embedding"
        )
    if head is not None and model.tied and (embedding is None or not torch.equal(head, embedding)):
        raise ValueError(
            "lm_head.weight differs from model.embed_tokens.weight, though the configuration says that they are one"
        )
    given = {}
    for published, tensor in tensors.items():
        if published.endswith("rotary_emb.inv_freq") or (model.tied and published == "lm_head.weight"):
            continue
        match = re.fullmatch(r"(?:model\.layers\.(\d+)\.)?(.+)\.(weight|bias)", published)
        if match is None or match[2] not in places:
            raise ValueError(f"the tensor {published!r} has no place in a GGUF file of the kind {architecture.name!r}")
        given[(f"blk.{match[1]}." if match[1] else "") + f"{places[match[2]]}.{match[3]}"] = tensor
    return given


def _encoder(numbers: Callable[[], NDArray[np.float32]], kind: GGMLType) -> Callable[[], NDArray[np.uint8]]:
    return lambda: quantize(numbers(), kind)


def _stored(tensor: Tensor, place: str, settings: ModelSettings) -> NDArray[np.float32]:
    """The tensor's numbers as the file wants them."""
    numbers: NDArray[np.float32] = tensor.detach().float().cpu().numpy()
    architecture = settings.architecture
    if architecture.pairs_side_by_side and place in ("attn_q", "attn_k"):
        n_heads = settings.n_heads if place == "attn_q" else settings.n_kv_heads
        return numbers[np.argsort(pairs_apart(n_heads, len(numbers)))]
    return numbers + architecture.norm_offset if place.endswith("norm") else numbers
