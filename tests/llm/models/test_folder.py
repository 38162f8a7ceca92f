"""Folders: shards, dtypes, and clear words for what is wrong with one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from nlpjourney.llm.gguf import write_published
from nlpjourney.llm.models import (
    GPT2,
    GPT2Config,
    Llama,
    LlamaConfig,
    Mamba,
    MambaConfig,
    Mixtral,
    PaLM,
    architecture,
    load_decoder,
    load_model,
)
from nlpjourney.llm.models.bert import Bert, BertConfig

CONFIG = LlamaConfig(vocab_size=30, d_model=16, n_layers=2, n_heads=4, d_ff=24)
IDS = torch.arange(8)[None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Llama(CONFIG).save_pretrained(tmp_path)
    return tmp_path


def change(folder: Path, **values: object) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))


def test_load_model_knows_the_architecture(folder: Path, tmp_path: Path) -> None:
    model = load_model(folder)
    assert type(model) is Llama and not model.training
    assert type(load_decoder(folder)) is Llama
    Mamba(MambaConfig(vocab_size=9, d_model=16, n_layers=1, d_inner=32, dt_rank=1)).save_pretrained(tmp_path / "mamba")
    assert type(load_model(tmp_path / "mamba")) is Mamba
    Bert(BertConfig(vocab_size=9, d_model=8, n_layers=1, n_heads=2, d_ff=8)).save_pretrained(tmp_path / "bert")
    assert type(load_model(tmp_path / "bert")) is Bert
    with pytest.raises(ValueError, match="a Bert does not continue text"):
        load_decoder(tmp_path / "bert")
    assert architecture("palm") is PaLM and architecture("gemma3_text") is Llama and architecture("mixtral") is Mixtral
    change(folder, model_type="rwkv")
    with pytest.raises(ValueError, match="unknown model_type 'rwkv': this library has bert, deepseek_v2, gemma3_text"):
        load_model(folder)


def test_shards_and_what_was_there_before(folder: Path) -> None:
    model = Llama(CONFIG, seed=7)
    model.save_pretrained(folder, max_shard_bytes=3000)
    names = sorted(file.name for file in folder.iterdir())
    assert "model.safetensors" not in names and "model.safetensors.index.json" in names and len(names) > 4
    assert torch.equal(load_decoder(folder)(IDS), model(IDS))
    index = json.loads((folder / "model.safetensors.index.json").read_text())
    assert index["metadata"]["total_size"] == 4 * model.n_parameters

    other = Llama(CONFIG, seed=8)
    other.save_pretrained(folder)
    assert sorted(file.name for file in folder.iterdir()) == ["config.json", "model.safetensors"]
    assert torch.equal(load_decoder(folder)(IDS), other(IDS))


def test_dtypes(folder: Path) -> None:
    model = load_decoder(folder, torch.bfloat16).requires_grad_(False)
    assert {p.dtype for p in model.parameters()} == {torch.bfloat16}
    assert model(IDS).dtype == torch.bfloat16
    exact = load_decoder(folder).requires_grad_(False)(IDS)
    assert float((model(IDS).float() - exact).abs().max()) < 0.05 * float(exact.abs().max())
    model.save_pretrained(folder)
    assert json.loads((folder / "config.json").read_text())["dtype"] == "bfloat16"
    assert {t.dtype for t in load_file(folder / "model.safetensors").values()} == {torch.bfloat16}


def test_seeds() -> None:
    assert torch.equal(Llama(CONFIG, seed=1)(IDS), Llama(CONFIG, seed=1)(IDS))
    assert not torch.equal(Llama(CONFIG, seed=1)(IDS), Llama(CONFIG, seed=2)(IDS))
    gpt = GPT2(GPT2Config(vocab_size=500, n_positions=50, d_model=128, n_layers=8, n_heads=2, d_ff=256))
    assert float(gpt.wte.weight.detach().std()) == pytest.approx(0.02, rel=0.03)
    assert float(gpt.weights()["transformer.h.3.mlp.c_proj.weight"].std()) == pytest.approx(0.02 / 4, rel=0.03)


def test_tensors_that_do_not_fit_are_named(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")

    def attempt(changed: dict[str, torch.Tensor]) -> None:
        save_file(changed, folder / "model.safetensors")
        load_model(folder)

    missing = {n: t for n, t in tensors.items() if n != "model.layers.1.mlp.up_proj.weight"}
    with pytest.raises(ValueError, match=r"1 tensors are missing: model.layers.1.mlp.up_proj.weight"):
        attempt(missing)
    with pytest.raises(ValueError, match=r"1 tensors are not part of this model: model.surprise"):
        attempt({**tensors, "model.surprise": torch.ones(1)})
    with pytest.raises(ValueError, match=r"model.norm.weight is \(3,\), the configuration asks for \(16,\)"):
        attempt({**tensors, "model.norm.weight": torch.ones(3)})
    with pytest.raises(ValueError, match=r"21 tensors are missing: .*; .* and 16 more"):
        attempt({"x": torch.ones(1)})
    change(folder, tie_word_embeddings=True)
    with pytest.raises(ValueError, match=r"lm_head.weight differs from model.embed_tokens.weight"):
        attempt(tensors)
    attempt({**tensors, "lm_head.weight": tensors["model.embed_tokens.weight"].clone()})
    attempt(
        {
            **tensors,
            "lm_head.weight": tensors["model.embed_tokens.weight"].clone(),
            "model.rotary_emb.inv_freq": torch.ones(2),
        }
    )


def test_broken_folders(folder: Path) -> None:
    data = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(data[: len(data) // 2])
    with pytest.raises(ValueError, match=r"model.safetensors is damaged"):
        load_model(folder)
    (folder / "model.safetensors").write_bytes(data)
    index = {"weight_map": {"model.norm.weight": "../outside.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(ValueError, match="points outside its folder"):
        load_model(folder)
    index = {"weight_map": {"model.norm.weight": "model-00001-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(FileNotFoundError, match=r"names model-00001-of-00002.safetensors"):
        load_model(folder)
    index = {"weight_map": {"model.lost": "model.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(ValueError, match=r"tensors that its files do not hold: model.lost"):
        load_model(folder)
    (folder / "model.safetensors.index.json").unlink()
    (folder / "model.safetensors").unlink()
    with pytest.raises(FileNotFoundError, match=r"holds neither model.safetensors nor"):
        load_model(folder)
    (folder / "config.json").write_text("{")
    with pytest.raises(ValueError, match="not valid JSON"):
        load_model(folder)
    (folder / "config.json").write_text("{}")
    with pytest.raises(ValueError, match="no 'model_type'"):
        load_model(folder)
    (folder / "config.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"holds no config.json"):
        load_model(folder)


def test_gguf_files(tmp_path: Path) -> None:
    model = Llama(CONFIG, seed=5)
    write_published(tmp_path / "model.gguf", CONFIG.to_published(), model.weights())
    for loaded in (load_decoder(tmp_path / "model.gguf"), Llama.from_pretrained(tmp_path / "model.gguf")):
        assert loaded.config.d_model == 16 and not loaded.training
        assert torch.equal(loaded(IDS), model(IDS))
    half = load_model(tmp_path / "model.gguf", torch.bfloat16)
    assert {p.dtype for p in half.parameters()} == {torch.bfloat16}
