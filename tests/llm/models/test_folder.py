"""Folders: shards, dtypes, and clear words for what is wrong with one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from nlpjourney.errors import FileFormatError
from nlpjourney.llm.gguf import write_published
from nlpjourney.llm.models import (
    GPT2,
    T5,
    CausalLM,
    GPT2Config,
    Llama,
    LlamaConfig,
    Mamba,
    MambaConfig,
    Mixtral,
    PaLM,
    T5Config,
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


def test_a_whole_file_is_preferred_to_an_index_that_another_program_left(folder: Path) -> None:
    Llama(CONFIG, seed=7).save_pretrained(folder, max_shard_bytes=3000)
    fresh = Llama(CONFIG, seed=8)
    save_file(fresh.weights(), folder / "model.safetensors")
    assert torch.equal(load_decoder(folder)(IDS), fresh(IDS))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"clip_qkv": 8.0}, r"settings that are not known here: 'clip_qkv' = 8.0"),
        ({"quantization_config": {"bits": 4}}, r"settings that are not known here: 'quantization_config'"),
        ({"residual_multiplier": 0.5, "attention_multiplier": 2}, r"'attention_multiplier' = 2, 'residual_multiplier' = 0.5"),
        ({"rope_interleaved": True}, r"'rope_interleaved' = True is not supported"),
        ({"layer_types": ["sliding_attention"] * 2}, r"not known here: 'layer_types'"),
        ({"rope_parameters": [1]}, r"'rope_parameters' of the configuration must be a JSON object, not \[1\]"),
        ({"rope_parameters": {"rope_type": "linear", "factor": "4"}}, r"'factor' of the RoPE settings is '4', expected a pos"),
        ({"rope_parameters": {"rope_type": "linear", "factor": -4}}, r"'factor' of the RoPE settings is -4, expected a pos"),
        ({"rope_parameters": {"rope_type": ["linear"]}}, r"unknown RoPE scaling \['linear'\]"),
        ({"rope_parameters": {"rope_theta": "big"}}, r"'rope_theta' of the RoPE settings is 'big', expected a positive"),
        ({"rope_parameters": {"rope_type": "longrope", "short_factor": 1, "long_factor": [1]}}, r"expected a list of pos"),
        ({"rope_parameters": {"mrope_section": [1, 2]}}, r"not known here: 'mrope_section'"),
        ({"rope_scaling": {"rope_type": "linear", "factor": 4.0}}, r"both 'rope_parameters' and 'rope_scaling'"),
        ({"eos_token_id": ["<eos>"]}, r"'eos_token_id' of the configuration must be a token id or a list"),
        ({"rms_norm_eps": float("nan")}, r"'rms_norm_eps' of the configuration must be a finite number"),
        ({"num_hidden_layers": 2**63}, r"'num_hidden_layers' of the configuration must be at least 1 and at most 2147483647"),
        ({"num_hidden_layers": 10**8}, r"asks for n_layers = 100000000, but there are only 21 tensors"),
        ({"hidden_size": 2**31 - 4, "intermediate_size": 2**31 - 1}, r"sizes of the configuration make no model|do not fit"),
    ],
)  # fmt: skip
def test_a_setting_that_would_be_dropped_or_makes_no_sense_is_refused(
    folder: Path, values: dict[str, object], said: str
) -> None:
    change(folder, **values)
    with pytest.raises(FileFormatError, match=f"{re.escape(str(folder))}.*{said}"):
        load_model(folder)


SMALL = {
    "llama": Llama(CONFIG),
    "gpt2": GPT2(GPT2Config(vocab_size=30, n_positions=8, d_model=16, n_layers=1, n_heads=2, d_ff=16)),
    "bert": Bert(BertConfig(vocab_size=30, d_model=16, n_layers=1, n_heads=2, d_ff=16)),
    "t5": T5(T5Config(vocab_size=30, d_model=16, d_head=8, d_ff=16, n_layers=1, n_decoder_layers=1, n_heads=2)),
    "mamba": Mamba(MambaConfig(vocab_size=30, d_model=16, n_layers=1, d_inner=32, dt_rank=1)),
}


@pytest.mark.parametrize("kind", SMALL)
def test_nonsense_in_any_setting_is_an_error_that_names_the_folder(tmp_path: Path, kind: str) -> None:
    SMALL[kind].save_pretrained(tmp_path)
    file = tmp_path / "config.json"
    values = json.loads(file.read_text())
    n_refused = 0
    for name in values:
        for nonsense in (2**63, 10**8, -1, 0, "x", [1], {"a": 1}, 1e300, True, 1.5):
            file.write_text(json.dumps({**values, name: nonsense}))
            try:
                load_model(tmp_path)
            except FileFormatError as error:
                assert str(tmp_path) in str(error)
                n_refused += 1
    assert n_refused > 4 * len(values)


def test_settings_that_have_no_effect_are_no_hindrance(folder: Path) -> None:
    change(
        folder, clip_qkv=None, use_qk_norm=False, pruned_heads={}, transformers_version="4.40", _name_or_path="x",
        attention_dropout=0.1, pretraining_tp=2, is_llama_config=True, rope_interleaved=False, temperature=0.7,
    )  # fmt: skip
    assert torch.equal(load_decoder(folder)(IDS), Llama(CONFIG)(IDS))


BARE = {
    "llama": (transformers.LlamaConfig, transformers.LlamaModel,
              dict(hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=24, tie_word_embeddings=True)),
    "gpt2": (transformers.GPT2Config, transformers.GPT2Model, dict(n_embd=16, n_layer=2, n_head=4)),
    "mamba": (transformers.MambaConfig, transformers.MambaModel, dict(hidden_size=16, num_hidden_layers=2, state_size=4)),
    "bert": (transformers.BertConfig, transformers.BertModel,
             dict(hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=24)),
    "t5": (transformers.T5Config, transformers.T5EncoderModel, dict(d_model=16, num_layers=2, num_heads=4, d_kv=4, d_ff=24)),
}  # fmt: skip


@pytest.mark.parametrize("kind", BARE)
@torch.inference_mode()
def test_what_was_saved_without_prefix_or_head(tmp_path: Path, kind: str) -> None:
    config_class, model_class, sizes = BARE[kind]
    theirs = model_class(config_class(vocab_size=30, **sizes)).eval()
    theirs.save_pretrained(tmp_path / "theirs")
    expected = theirs(IDS).last_hidden_state
    ours = load_model(tmp_path / "theirs")
    ours.save_pretrained(tmp_path / "ours")
    for model in (ours, load_model(tmp_path / "ours")):
        if isinstance(model, CausalLM):
            found = model.hidden(model.embed(IDS), model.plan(IDS, None, None), None)
        else:
            found = model.encode(IDS)
            with pytest.raises(ValueError, match=r"was published without .*: call `encode`"):
                model(IDS, found)
        assert float((found - expected).abs().max()) < 1e-5
    if kind == "t5":
        assert type(theirs).from_pretrained(tmp_path / "ours")(IDS).last_hidden_state.allclose(expected, atol=1e-6)


def test_a_bare_decoder_whose_head_is_nowhere_is_refused(folder: Path) -> None:
    tensors = {n.removeprefix("model."): t for n, t in Llama(CONFIG).weights().items() if not n.startswith("lm_head")}
    save_file(tensors, folder / "model.safetensors")
    with pytest.raises(FileFormatError, match=r"lm_head.weight is missing, .* holds the bare model without its head"):
        load_model(folder)


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
    (folder / "model.safetensors").rename(folder / "part.safetensors")
    (folder / "part.safetensors").write_bytes(data)
    index = {"weight_map": {"model.norm.weight": "../outside.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(ValueError, match="points outside its folder"):
        load_model(folder)
    index = {"weight_map": {"model.norm.weight": "model-00001-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(FileNotFoundError, match=r"names model-00001-of-00002.safetensors"):
        load_model(folder)
    index = {"weight_map": {"model.lost": "part.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(ValueError, match=r"tensors that its files do not hold: model.lost"):
        load_model(folder)
    for broken, said in [
        (b"{}", "must have a 'weight_map'"),
        (b"[]", "must hold a JSON object, not list"),
        (b'{"weight_map": ["part.safetensors"]}', "must have a 'weight_map'"),
        (b'{"weight_map": {"model.norm.weight": 3}}', "must have a 'weight_map'"),
        (b'{"weight_map": ', "is not valid JSON"),
        (b"\xff\xfe", "is not valid JSON"),
        (b"[" * 100_000, "is not valid JSON"),
    ]:
        (folder / "model.safetensors.index.json").write_bytes(broken)
        with pytest.raises(FileFormatError, match=rf"model.safetensors.index.json {said}"):
            load_model(folder)
    (folder / "model.safetensors.index.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"holds neither model.safetensors nor"):
        load_model(folder)
    (folder / "config.json").write_text("{")
    with pytest.raises(ValueError, match="not valid JSON"):
        load_model(folder)
    (folder / "config.json").write_bytes(b'{"model_type": "\xe9"}')
    with pytest.raises(FileFormatError, match=r"config.json is not valid JSON"):
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
