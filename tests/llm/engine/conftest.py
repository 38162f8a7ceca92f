"""Small random models of every family, as Transformers makes them and as GGUF files."""

import pytest
import torch
import transformers

from nlpjourney.llm.gguf import GGMLType, write_published

COMMON = dict(
    vocab_size=160, hidden_size=64, intermediate_size=96, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2,
    max_position_embeddings=128, tie_word_embeddings=False,
)  # fmt: skip
FAMILIES = {
    "llama": (transformers.LlamaConfig, transformers.LlamaForCausalLM, {}),
    "llama, all heads, tied": (transformers.LlamaConfig, transformers.LlamaForCausalLM,
                               {"num_key_value_heads": 4, "tie_word_embeddings": True}),
    "mistral": (transformers.MistralConfig, transformers.MistralForCausalLM, {"sliding_window": None, "head_dim": 16}),
    "qwen2": (transformers.Qwen2Config, transformers.Qwen2ForCausalLM, {}),
    "qwen3": (transformers.Qwen3Config, transformers.Qwen3ForCausalLM, {"head_dim": 32}),
    "gemma3": (transformers.Gemma3TextConfig, transformers.Gemma3ForCausalLM,
               {"num_hidden_layers": 7, "head_dim": 32, "sliding_window": 8, "query_pre_attn_scalar": 32,
                "tie_word_embeddings": True}),
    "linear rope": (transformers.LlamaConfig, transformers.LlamaForCausalLM,
                    {"rope_parameters": {"rope_type": "linear", "factor": 4.0, "rope_theta": 5000.0}}),
}  # fmt: skip


def make(name, **changes):
    """The model of Transformers, with weights large enough that everything matters."""
    config_class, model_class, settings = FAMILIES[name]
    torch.manual_seed(0)
    model = model_class(config_class(**COMMON | settings | changes)).eval()
    with torch.no_grad():
        for parameter_name, parameter in model.named_parameters():
            if "norm" in parameter_name:
                parameter.add_(0.2 * torch.randn_like(parameter))
            elif parameter.dim() > 1:
                parameter.mul_(4)
            else:
                parameter.copy_(0.1 * torch.randn_like(parameter))
    return model


def write(model, path, type_=GGMLType.F32, tokenizer=None):
    config = model.config.to_dict()
    tensors = model.state_dict()
    if config["tie_word_embeddings"]:
        del tensors["lm_head.weight"]
    write_published(path, config, tensors, tokenizer, type_)
    return path


@pytest.fixture(scope="session", params=FAMILIES)
def family(request, tmp_path_factory):
    """(the name, the model of Transformers, its GGUF file in float32)."""
    model = make(request.param)
    return request.param, model, write(model, tmp_path_factory.mktemp("models") / "model.gguf")
