"""A small Llama with weights large enough that everything matters, and a text for it."""

import torch

from nlpjourney.llm.models import Llama, LlamaConfig


def llama(seed=0, **changes):
    settings = {"vocab_size": 60, "d_model": 32, "n_layers": 2, "n_heads": 4, "n_kv_heads": 2, "d_ff": 48}
    model = Llama(LlamaConfig(**settings | changes), seed=seed).eval()
    model.initialise(std=0.15, seed=seed)
    g = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "norm" in name:
                parameter.add_(torch.rand(parameter.shape, generator=g) * 2)
    return model, torch.randint(0, 60, (4, 32), generator=g)
