"""Settings and tensors of a GGUF file, and of a config.json on its way into one: each has its effect, or is refused by name."""

import json
import re
from functools import partial

import numpy as np
import pytest
import torch

from nlpjourney.llm.engine import Engine
from nlpjourney.llm.gguf import (
    GGMLType,
    GGUFError,
    GGUFFile,
    TensorToWrite,
    read_published,
    write_gguf,
    write_published,
)
from nlpjourney.llm.gguf.quantize import quantize
from nlpjourney.llm.models import Llama, load_model
from nlpjourney.llm.models.folder import read_config, read_tensors
from tests.llm.engine.conftest import make, write
from tests.llm.engine.llama_cpp import LlamaCpp
from tests.llm.engine.test_llama_cpp import vocabulary

IDS = np.random.default_rng(5).integers(0, 160, 40).tolist()


@torch.inference_mode()
def expected(model, ids=IDS):
    return model(torch.tensor([ids])).logits[0].numpy()


def worst(path, wanted, ids=IDS):
    """The largest difference of the engine's logits, read at once and token by token."""
    at_once = Engine(path, threads=1).sequence().prefill(ids, all_logits=True)
    sequence = Engine(path, threads=2).sequence()
    one_by_one = np.stack([sequence.decode(token) for token in ids])
    return max(np.abs(found - wanted).max() for found in (at_once, one_by_one))


def published(path, ids=IDS):
    """The logits of the file as our PyTorch model."""
    with torch.inference_mode():
        return Llama.from_pretrained(path)(torch.tensor([ids]))[0].numpy()


def rewritten(source, target, drop=(), more=(), **metadata):
    """The file again, with other metadata (None: without the key), without some tensors, and with more of them."""
    file = GGUFFile(source)
    kept = [t for t in file.tensors.values() if t.name not in drop]
    tensors = [TensorToWrite(t.name, t.shape, t.type, partial(file.raw, t.name)) for t in kept]
    for name, numbers in dict(more).items():
        tensors.append(TensorToWrite(name, numbers.shape, GGMLType.F32, partial(quantize, numbers, GGMLType.F32)))
    values = {key: value for key, value in (file.metadata | metadata).items() if value is not None}
    write_gguf(target, values, tensors)
    return target


BIASED = {
    "llama": {"attention_bias": True},
    "llama, all heads, tied": {"attention_bias": True, "mlp_bias": True},
    "qwen2": {"num_key_value_heads": 1, "hidden_size": 96, "intermediate_size": 32},
    "qwen3": {"attention_bias": True},
    "gemma3": {"attention_bias": True},
}


@pytest.mark.parametrize("family", BIASED)
def test_every_bias_has_its_effect(family, tmp_path):
    model = make(family, **BIASED[family])
    path = write(model, tmp_path / "m.gguf")
    assert worst(path, expected(model)) < 1e-4
    assert np.abs(published(path) - expected(model)).max() < 1e-4


@pytest.mark.parametrize("dropped", [["attn_output"], ["attn_q", "attn_output"], ["ffn_gate", "ffn_down"], ["ffn_up"]])
def test_biases_of_some_matrices_only(dropped, tmp_path):
    """As in InternLM or a Qwen that was made a Llama: what has no bias has one of zeros."""
    model = make("llama", attention_bias=True, mlp_bias=True)
    path = write(model, tmp_path / "all.gguf")
    names = [f"blk.{i}.{name}.bias" for i in (0, 2) for name in dropped]
    path = rewritten(path, tmp_path / "some.gguf", drop=names)
    for name, parameter in model.named_parameters():
        layer, short = re.sub(r"\D", "", name), name.split(".")[-2]
        ours = {"q_proj": "attn_q", "o_proj": "attn_output"}.get(short, "ffn_" + short.removesuffix("_proj"))
        if name.endswith("bias") and layer in ("0", "2") and ours in dropped:
            parameter.data.zero_()
    assert worst(path, expected(model)) < 1e-4
    assert np.abs(published(path) - expected(model)).max() < 1e-4


def test_llama_cpp_agrees_about_biases(tmp_path):
    model = make("llama", vocab_size=257, attention_bias=True, mlp_bias=True)
    path = write(model, tmp_path / "m.gguf", tokenizer=vocabulary())
    _, (step,) = LlamaCpp(path, context=64).complete(IDS, 1, n_probs=60)
    ours = torch.from_numpy(Engine(path, threads=1).sequence().prefill(IDS)).log_softmax(-1)
    assert max(abs(float(ours[i]) - p) for i, p in step.items()) < 0.01


OLD = {  # config.json as it was before Transformers 5: what is meant, and how it was said
    "linear": ("llama", {"rope_parameters": {"rope_type": "linear", "factor": 4.0, "rope_theta": 5000.0}},
               {"rope_theta": 5000.0, "rope_scaling": {"type": "linear", "factor": 4.0}}),
    "theta": ("qwen2", {"rope_parameters": {"rope_type": "default", "rope_theta": 777.0}}, {"rope_theta": 777.0}),
    "gemma, linear": ("gemma3", {"rope_parameters": {
                          "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 3000.0},
                          "sliding_attention": {"rope_type": "default", "rope_theta": 200.0}}},
                      {"rope_theta": 3000.0, "rope_local_base_freq": 200.0, "rope_scaling": {"type": "linear", "factor": 8.0}}),
    "gemma, nothing said": ("gemma3", {"rope_parameters": {
                          "full_attention": {"rope_type": "default", "rope_theta": 1e6},
                          "sliding_attention": {"rope_type": "default", "rope_theta": 1e4}}}, {}),
}  # fmt: skip


@pytest.mark.parametrize("case", OLD)
def test_a_folder_of_before_transformers_5(case, tmp_path):
    """The file is the model that the folder is, whichever way its config.json says where its positions turn."""
    family, meant, said = OLD[case]
    model = make(family, **meant)
    model.save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    del config["rope_parameters"]
    (tmp_path / "config.json").write_text(json.dumps(config | said))
    write_published(tmp_path / "m.gguf", read_config(tmp_path), read_tensors(tmp_path))
    assert worst(tmp_path / "m.gguf", expected(model)) < 1e-4
    with torch.inference_mode():
        assert np.abs(load_model(tmp_path)(torch.tensor([IDS]))[0].numpy() - expected(model)).max() < 1e-4


@pytest.mark.parametrize(
    ("family", "changes", "said"),
    [
        ("mistral", {"sliding_window": 4}, r"sliding_window 4 cannot be written as GGUF for 'llama', only none below the con"),
        ("qwen2", {"use_sliding_window": True, "sliding_window": 4, "max_window_layers": 1}, r"sliding_window 4 cannot be"),
        ("llama", {"hidden_act": "gelu"}, r"the activation 'gelu' cannot be written"),
        ("gemma3", {"hidden_activation": "silu"}, r"the activation 'silu' cannot be written"),
        ("gemma3", {"query_pre_attn_scalar": 256}, r"query_pre_attn_scalar 256.* cannot be written .*, only 32 for these sizes"),
        ("gemma3", {"final_logit_softcapping": 30.0}, r"final_logit_softcapping 30.0 cannot be written"),
        ("gemma3", {"attn_logit_softcapping": 50.0}, r"'attn_logit_softcapping' = 50.0 is not supported"),
        ("llama", {"residual_multiplier": 0.2}, r"settings that are not known here: 'residual_multiplier' = 0.2"),
        ("llama", {"rope_parameters": {"rope_type": "yarn", "factor": 2.0, "rope_theta": 1e4}}, r"rope scaling 'yarn' cannot"),
        ("llama", {"rope_scaling": {"rope_type": "llama3", "factor": 2.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                                    "original_max_position_embeddings": 64}, "rope_parameters": None}, "rope scaling 'llama3'"),
        ("llama", {"rope_parameters": {"partial_rotary_factor": 0.5}}, r"only whole heads are rotated"),
        ("llama", {"tie_word_embeddings": True}, r"lm_head.weight differs from model.embed_tokens.weight"),
        ("llama", {"num_hidden_layers": 4}, r"the tensor 'blk.3.attn_q.weight' is missing"),
        ("llama", {"num_hidden_layers": 2}, r"the tensor 'blk.2.\S+' has no place"),
        ("llama", {"intermediate_size": 64}, r"'blk.0.\S+' has the shape \(\d+, \d+\), the metadata asks for"),
        ("llama", {"model_type": "granite"}, r"model_type 'granite' cannot be written"),
    ],
)  # fmt: skip
def test_what_has_no_place_in_the_format_is_not_written(family, changes, said, tmp_path):
    model = make(family)
    config = model.config.to_dict() | changes
    if "use_sliding_window" in changes:
        del config["layer_types"]
    tensors = model.state_dict()
    with pytest.raises(ValueError, match=said):
        write_published(tmp_path / "m.gguf", config, tensors)
    assert not list(tmp_path.iterdir())


def test_what_changes_nothing_is_no_hindrance(tmp_path):
    """A window as long as the context, a buffer of an older version, and a tied output that is stored all the same."""
    model = make("llama, all heads, tied")
    tensors = {**model.state_dict(), "model.layers.0.self_attn.rotary_emb.inv_freq": torch.ones(8)}
    write_published(tmp_path / "m.gguf", model.config.to_dict(), tensors)
    assert "output.weight" not in GGUFFile(tmp_path / "m.gguf").tensors
    assert worst(tmp_path / "m.gguf", expected(model)) < 1e-4
    model = make("mistral", sliding_window=128)
    assert worst(write(model, tmp_path / "m.gguf"), expected(model)) < 1e-4


@pytest.mark.parametrize("n_layers", [61, 62])
def test_gemma_27b_scales_its_attention_otherwise(n_layers, tmp_path):
    """llama.cpp tells it by its 62 layers."""
    sizes = dict(
        vocab_size=257, hidden_size=24, num_attention_heads=2, num_key_value_heads=1, head_dim=8, intermediate_size=32
    )
    scalar = 12 if n_layers == 62 else 8
    model = make("gemma3", num_hidden_layers=n_layers, query_pre_attn_scalar=scalar, **sizes)
    path = write(model, tmp_path / "m.gguf", tokenizer=vocabulary())
    assert worst(path, expected(model)) < 2e-3  # 62 layers of large weights
    assert read_published(path)[0]["query_pre_attn_scalar"] == scalar
    _, (step,) = LlamaCpp(path, context=64).complete(IDS, 1, n_probs=60)
    ours = torch.from_numpy(Engine(path, threads=1).sequence().prefill(IDS)).log_softmax(-1)
    assert max(abs(float(ours[i]) - p) for i, p in step.items()) < 0.1
    with pytest.raises(ValueError, match=rf"query_pre_attn_scalar {20 - scalar}\.0 .* only {scalar} for these sizes"):
        write_published(path, model.config.to_dict() | {"query_pre_attn_scalar": 20 - scalar}, read_published(path)[1])


def test_which_layers_have_a_window(tmp_path):
    kinds = ["sliding_attention", "full_attention", "full_attention", "sliding_attention"] * 2
    model = make("gemma3", vocab_size=257, num_hidden_layers=7, layer_types=kinds[:7])
    path = write(model, tmp_path / "m.gguf", tokenizer=vocabulary())
    assert worst(path, expected(model)) < 1e-4 and np.abs(published(path) - expected(model)).max() < 1e-4
    _, (step,) = LlamaCpp(path, context=64).complete(IDS, 1, n_probs=60)
    ours = torch.from_numpy(Engine(path, threads=1).sequence().prefill(IDS)).log_softmax(-1)
    assert max(abs(float(ours[i]) - p) for i, p in step.items()) < 0.01
    model = make("gemma3", layer_types=["sliding_attention", "full_attention"] * 3 + ["sliding_attention"])
    every_second = rewritten(write(model, path), tmp_path / "2.gguf", **{"gemma3.attention.sliding_window_pattern": 2})
    assert worst(every_second, expected(model)) < 1e-4


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return write(make("llama"), tmp_path_factory.mktemp("settings") / "llama.gguf")


def test_sizes_for_each_layer_that_are_all_the_same(small, tmp_path):
    sizes = {"head_count": 4, "head_count_kv": 2}
    arrays = {f"llama.attention.{key}": np.full(3, size, np.int32) for key, size in sizes.items()}
    arrays["llama.feed_forward_length"] = np.full(3, 96, np.uint32)
    path = rewritten(small, tmp_path / "arrays.gguf", **arrays)
    assert np.abs(published(path) - published(small)).max() == 0
    assert worst(path, published(small)) < 1e-4


def test_a_factor_without_a_type_means_a_linear_scaling(small, tmp_path):
    model = make("linear rope")
    path = write(model, tmp_path / "linear.gguf")
    for metadata in (
        {"llama.rope.scaling.type": None},
        {"llama.rope.scaling.type": None, "llama.rope.scaling.factor": None, "llama.rope.scale_linear": 4.0},
    ):
        assert worst(rewritten(path, tmp_path / "m.gguf", **metadata), expected(model)) < 1e-4
    none = rewritten(
        small, tmp_path / "none.gguf", **{"llama.rope.scaling.type": "none", "llama.rope.scaling.factor": 4.0}
    )
    assert worst(none, published(small)) < 1e-4
    assert (
        worst(rewritten(small, tmp_path / "zero.gguf", **{"llama.rope.scaling.factor": 0.0}), published(small)) < 1e-4
    )


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("block_count", "two", "is 'two', expected a whole number"),
        ("block_count", 3.0, "is 3.0, expected a whole number"),
        ("block_count", 0, "is 0, expected a whole number that is at least 1"),
        ("block_count", np.uint64(1 << 62), "expected no more layers than the file's 30 tensors"),
        ("block_count", np.array([3, 3, 3], np.int32), r"is \[3, 3, 3\], expected a whole number"),
        ("block_count", None, "the metadata has no llama.block_count"),
        ("rope.freq_base", "1e4", "is '1e4', expected a number that is positive"),
        ("rope.freq_base", 0.0, "is 0.0, expected a number that is positive"),
        ("rope.freq_base", np.float32("inf"), "is inf, expected"),
        ("rope.dimension_count", 8, "is 8, expected 16, the only value that is supported"),
        ("attention.value_length", 8, "is 8, expected 16, the only value that is supported"),
        ("attention.causal", False, "is False, expected True, the only value"),
        (
            "attention.head_count_kv",
            np.array([2, 1, 2], np.int32),
            r"is \[2, 1, 2\], expected the same for every layer",
        ),
        (
            "attention.head_count_kv",
            np.array([2, 2], np.int32),
            r"is \[2, 2\], expected a whole number .*, or 3 of them",
        ),
        ("attention.head_count_kv", np.array([2.0, 2.0, 2.0], np.float32), "expected a whole number"),
        ("attention.head_count_kv", 0, "is 0, expected a whole number that is at least 1"),
        ("feed_forward_length", ["96"] * 3, "expected a whole number that is at least 1"),
        ("feed_forward_length", np.array([96, 64, 96], np.int32), "models whose layers differ are not supported"),
        ("attention.key_length", 7, "heads of 7 numbers cannot be rotated"),
        ("attention.sliding_window", 8, "is 8, expected none below the context length of 128"),
        ("attention.sliding_window", -1, "is -1, expected a whole number that is not negative"),
        ("rope.scaling.type", "longrope", "rope scaling 'longrope' is not supported"),
        ("rope.scaling.type", np.array([1]), "is not supported"),
        ("rope.scaling.factor", "4", "is '4', expected a number"),
        ("rope.scaling.attn_factor", 1.5, "is 1.5, expected 1.0"),
        ("logit_scale", 2.0, "the setting llama.logit_scale = 2.0 is not known here"),
        ("attention.scale", 0.5, "the setting llama.attention.scale = 0.5 is not known here"),
        ("expert_count", 8, "the setting llama.expert_count = 8 is not known here"),
        ("vocab_size", 320, "llama.vocab_size speaks of 320 tokens, but 'token_embd.weight' has 160 rows"),
    ],
)
def test_a_setting_that_is_not_supported_is_refused(small, tmp_path, key, value, said):
    path = rewritten(small, tmp_path / "m.gguf", **{f"llama.{key}": value})
    for read in (Engine, read_published):
        with pytest.raises(GGUFError, match=f"{re.escape(str(path))}.*{said}"):
            read(path)


def test_settings_that_say_nothing_are_no_hindrance(small, tmp_path):
    quiet = {"llama.expert_count": 0, "llama.rope.scaling.finetuned": False, "llama.attention.causal": True,
             "llama.use_parallel_residual": False, "llama.attention.sliding_window": 4096, "llama.rope.dimension_count": None,
             "llama.attention.value_length": None, "llama.attention.key_length": None, "general.sampling.top_k": 4,
             "llama.tensor_data_layout": "Meta AI original pth"}  # fmt: skip
    assert worst(rewritten(small, tmp_path / "m.gguf", **quiet), published(small)) < 1e-4


@pytest.mark.parametrize(
    "name",
    ["blk.0.attn_sinks.weight", "blk.1.attn_sub_norm.weight", "blk.0.attn_rot_embd.weight", "blk.3.attn_q.bias",
     "rope_short.weight", "blk.0.attn_q_norm.weight", "blk.0.post_ffw_norm.weight", "blk.0.attn_norm.bias",
     "output_norm.bias", "v.patch_embd.weight"],
)  # fmt: skip
def test_a_tensor_that_is_not_known_is_refused(small, tmp_path, name):
    path = rewritten(small, tmp_path / "m.gguf", more={name: np.ones(16, np.float32)})
    for read in (Engine, read_published):
        with pytest.raises(GGUFError, match=f"the tensor {name!r} has no place in a model of the kind 'llama'"):
            read(path)


@pytest.mark.parametrize("family", ["qwen3", "gemma3"])
def test_a_part_that_the_family_needs_is_missed(family, tmp_path):
    path = write(make(family), tmp_path / "m.gguf")
    for part in ("attn_k_norm", "post_attention_norm") if family == "gemma3" else ("attn_k_norm",):
        lacking = rewritten(path, tmp_path / "lacking.gguf", drop=[f"blk.{i}.{part}.weight" for i in range(7)])
        for read in (Engine, read_published):
            with pytest.raises(GGUFError, match=f"the tensor 'blk.0.{part}.weight' is missing"):
                read(lacking)


def test_a_vocabulary_that_is_padded_beyond_the_tokenizer_is_refused(tmp_path):
    """nanoGPT pads 50,257 tokens to 50,304: an answer might hold tokens that nobody can write."""
    model = make("llama", vocab_size=320)
    with pytest.raises(ValueError, match="the tokenizer has 257 tokens and the model 320 rows of embeddings"):
        write(model, tmp_path / "m.gguf", tokenizer=vocabulary())
    path = rewritten(write(model, tmp_path / "a.gguf"), tmp_path / "b.gguf", **vocabulary())
    for read in (Engine, read_published):
        with pytest.raises(GGUFError, match=r"tokenizer.ggml.tokens speaks of 257 tokens, but .* has 320 rows"):
            read(path)
