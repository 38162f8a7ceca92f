"""mergekit-moe: two dense models become one mixture of experts, which our Mixtral reads."""

import json
import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from nlpjourney.assets import corpora
from nlpjourney.llm.models import Llama, LlamaConfig, Mixtral, load_model

torch.set_grad_enabled(False)
with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=["<s>", "</s>"], initial_alphabet=alphabet)
    tokenizer.train_from_iterator([corpora.english_text(50_000)], trainer)
    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="</s>")

    # Two models of one family: the second differs from the first in its feed-forward networks.
    config = LlamaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        d_model=64,
        n_layers=2,
        n_heads=4,
        n_kv_heads=2,
        d_ff=96,
        model_type="mistral",
    )
    base, other = Llama(config, seed=0), Llama(config, seed=1)
    for model, place in ((base, "base"), (other, "other")):
        model.save_pretrained(folder / place)
        wrapped.save_pretrained(folder / place)
    experts = [
        {"source_model": str(folder / "base"), "positive_prompts": ["Once upon a time there was a king"]},
        {"source_model": str(folder / "other"), "positive_prompts": ["def main(): return 0"]},
    ]
    recipe = {"base_model": str(folder / "base"), "architecture": "mixtral", "gate_mode": "hidden", "dtype": "float32"}
    recipe |= {"experts": experts, "experts_per_token": 2}
    (folder / "recipe.yml").write_text(json.dumps(recipe))  # JSON is YAML
    command = [str(Path(sys.executable).with_name("mergekit-moe")), str(folder / "recipe.yml"), str(folder / "merged")]
    quiet = {**os.environ, "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run([*command, "--device", "cpu"], capture_output=True, text=True, env=quiet, check=False)
    assert done.returncode == 0, done.stderr[-2000:]

    merged = load_model(folder / "merged")
    assert type(merged) is Mixtral and merged.config.n_experts == 2 and merged.config.top_k == 2
    weights, sources = merged.weights(), (base.weights(), other.weights())
    names = {"gate_proj": "w1", "down_proj": "w2", "up_proj": "w3"}
    for layer in range(2):
        for i, source in enumerate(sources):
            for theirs, ours in names.items():
                kept = weights[f"model.layers.{layer}.block_sparse_moe.experts.{i}.{ours}.weight"]
                assert torch.equal(kept, source[f"model.layers.{layer}.mlp.{theirs}.weight"]), (layer, i, theirs)
    attention = "model.layers.1.self_attn.q_proj.weight"
    assert torch.equal(weights[attention], sources[0][attention])
    logits = merged(torch.arange(20)[None])
    assert torch.isfinite(logits).all()

    # With both experts the same network, routing cannot matter: the mixture is the dense model.
    for layer in merged.layers:
        layer.mlp.experts[1].load_state_dict(layer.mlp.experts[0].state_dict())
    difference = float((merged(torch.arange(20)[None]) - base(torch.arange(20)[None])).abs().max())
    assert difference < 1e-5, difference

result = (
    f"two dense models of {base.n_parameters:,} numbers merged into one Mixtral of {merged.n_parameters:,}: "
    f"every expert is its source bit for bit, with two equal experts the logits are the dense model's ({difference:.0e} apart)"
)
print(json.dumps({"version": version("mergekit"), "result": result}))
