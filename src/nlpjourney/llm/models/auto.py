"""From a folder to a model: `config.json` says which architecture it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from nlpjourney.llm.models.bert import Bert
from nlpjourney.llm.models.causal import CausalLM
from nlpjourney.llm.models.deepseek import Deepseek
from nlpjourney.llm.models.folder import read_config
from nlpjourney.llm.models.gpt2 import GPT2
from nlpjourney.llm.models.jamba import Jamba
from nlpjourney.llm.models.llama import Llama
from nlpjourney.llm.models.mamba import Mamba
from nlpjourney.llm.models.mixtral import Mixtral
from nlpjourney.llm.models.palm import PaLM
from nlpjourney.llm.models.pretrained import PretrainedModel
from nlpjourney.llm.models.t5 import T5

ARCHITECTURES: dict[str, type[PretrainedModel[Any]]] = {
    "bert": Bert,
    "deepseek_v2": Deepseek,
    "gemma3_text": Llama,
    "gpt2": GPT2,
    "jamba": Jamba,
    "llama": Llama,
    "mamba": Mamba,
    "mistral": Llama,
    "mixtral": Mixtral,
    "palm": PaLM,
    "qwen2": Llama,
    "qwen3": Llama,
    "t5": T5,
}


def architecture(model_type: str) -> type[PretrainedModel[Any]]:
    """The class of a `model_type`; ValueError with the list of those that exist."""
    if model_type not in ARCHITECTURES:
        raise ValueError(f"unknown model_type {model_type!r}: this library has {', '.join(ARCHITECTURES)}")
    return ARCHITECTURES[model_type]


def load_model(folder: str | Path, dtype: torch.dtype = torch.float32) -> PretrainedModel[Any]:
    """The model of a folder with config.json and safetensors files, whatever its architecture, in `eval` mode."""
    values = read_config(folder)
    if "model_type" not in values:
        raise ValueError(
            f"{Path(folder) / 'config.json'} has no 'model_type': it does not say which architecture this is"
        )
    return architecture(str(values["model_type"])).from_pretrained(folder, dtype)


def load_decoder(folder: str | Path, dtype: torch.dtype = torch.float32) -> CausalLM[Any]:
    """As `load_model`, for what continues text; ValueError for an encoder or an encoder with decoder."""
    model = load_model(folder, dtype)
    if not isinstance(model, CausalLM):
        raise ValueError(f"a {type(model).__name__} does not continue text: load_model loads it")
    return model
