"""A small Llama trained on tales: GPTQ behind quantized layers loses less on a tale it has not seen than rounding to nearest."""

import copy

import numpy as np
import torch

from nlpjourney.assets import corpora
from nlpjourney.deploy.quantization import Scheme, gptq, perplexity, quantize_layers, quantize_model
from nlpjourney.llm.models import Llama, LlamaConfig
from nlpjourney.llm.training import Pretrainer, PretrainingConfig


def test_gptq_behind_quantized_layers_keeps_perplexity_on_unseen_text():
    *tales, unseen = (np.frombuffer(tale.encode(), np.uint8).astype(np.int64) for tale in corpora.tales().values())
    tokens = np.concatenate(tales)[:200_000]
    config = LlamaConfig(vocab_size=256, d_model=64, n_layers=4, n_heads=4, n_kv_heads=2, d_ff=128, max_positions=256)
    model = Llama(config, seed=0)
    settings = PretrainingConfig(n_steps=80, batch_size=16, length=64, optimizer="adamw", lr=0.01)
    for _ in Pretrainer(model, tokens, settings).run():
        pass
    exact = perplexity(model.eval(), unseen[:2048], 128)
    assert exact < 16  # of 256
    calibration = torch.from_numpy(tokens[: 64 * 128]).view(64, 128)
    scheme = Scheme(2, "row")
    quantize_model(rounded := copy.deepcopy(model), scheme)
    quantize_layers(made_up := copy.deepcopy(model), scheme, gptq, calibration)
    nearest, ours = (perplexity(m, unseen[:2048], 128) - exact for m in (rounded, made_up))
    assert ours < 0.5 * nearest
