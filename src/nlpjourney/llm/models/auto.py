"""From a folder or a GGUF file to a model: its configuration says which architecture it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from nlpjourney.errors import FileFormatError, InvalidInput
from nlpjourney.llm.gguf import read_published
from nlpjourney.llm.models.causal import CausalLM
from nlpjourney.llm.models.folder import read_config, read_tensors
from nlpjourney.llm.models.pretrained import PretrainedModel, naming


def architecture(model_type: str) -> type[PretrainedModel[Any]]:
    """The class whose `model_types` name this one; ValueError with the list of those that exist."""
    known: dict[str, type[PretrainedModel[Any]]] = {}
    classes: list[type[PretrainedModel[Any]]] = [PretrainedModel]
    for found in classes:  # grows while it is read: all that is derived, at any depth
        classes += found.__subclasses__()
        known |= dict.fromkeys(found.__dict__.get("model_types", ()), found)
    if model_type not in known:
        raise FileFormatError(f"unknown model_type {model_type!r}: this library has {', '.join(sorted(known))}")
    return known[model_type]


def load_model(path: str | Path, dtype: torch.dtype = torch.float32) -> PretrainedModel[Any]:
    """The model of a folder (config.json and safetensors) or of a GGUF file, whatever its architecture, in `eval` mode."""
    is_gguf = Path(path).is_file()
    config, tensors = read_published(path) if is_gguf else (read_config(path), {})
    if "model_type" not in config:
        raise FileFormatError(
            f"the config.json of {path} has no 'model_type': it does not say which architecture this is"
        )
    with naming(path):
        found = architecture(str(config["model_type"]))
    tensors = tensors if is_gguf else read_tensors(path)
    with naming(path):
        return found.from_tensors(config, tensors, dtype)


def load_decoder(path: str | Path, dtype: torch.dtype = torch.float32) -> CausalLM[Any]:
    """As `load_model`, for what continues text; ValueError for an encoder or an encoder with decoder."""
    model = load_model(path, dtype)
    if not isinstance(model, CausalLM):
        raise InvalidInput(f"a {type(model).__name__} does not continue text: load_model loads it")
    return model
