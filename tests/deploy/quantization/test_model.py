"""Whole models: what AWQ folds changes nothing, calibration sees what the matrices see, perplexity is what it should be."""

import copy
import math

import pytest
import torch
from torch import nn

from nlpjourney.deploy.quantization import (
    Inputs,
    Scheme,
    collect,
    gptq,
    matrices,
    nearest,
    perplexity,
    quantize_layers,
    quantize_model,
    rescale,
    round_to_nearest,
)
from nlpjourney.deploy.quantization.awq import scaled_error, search_scale
from nlpjourney.llm.models import Mixtral, MixtralConfig
from tests.deploy.quantization.small import llama

FAMILIES = {
    "grouped heads": {},
    "all heads": {"n_kv_heads": 4},
    "biases": {"qkv_bias": True, "mlp_bias": True, "n_kv_heads": 4},
    "gemma": {"sandwich_norms": True, "norm_offset": 1.0, "qk_norm": True, "act": "gelu_pytorch_tanh", "tied": True},
}


@pytest.mark.parametrize("family", FAMILIES)
@torch.no_grad()
def test_awq_changes_nothing_before_rounding(family):
    model, ids = llama(**FAMILIES[family])
    for name, parameter in model.named_parameters():
        if name.endswith("bias"):
            parameter.copy_(torch.linspace(-1, 1, parameter.numel()))
    before, weights = model(ids), copy.deepcopy(model.state_dict())
    chosen = rescale(model, collect(model, ids), Scheme(3, 16))
    assert torch.allclose(model(ids), before, atol=1e-3 * float(before.abs().max()))
    expected = {"q_proj", "k_proj", "v_proj", "gate_proj", "up_proj", "down_proj"}
    if model.config.n_kv_heads == 4:
        expected.add("o_proj")
    assert {name.split(".")[-1] for name in chosen} == expected
    moved = [n for n, w in model.state_dict().items() if not torch.equal(w, weights[n])]
    assert any(alpha > 0 for alpha in chosen.values()) and moved


def test_awq_finds_the_columns_that_matter():
    g = torch.Generator().manual_seed(0)
    x, weight = torch.randn(200, 32, generator=g), torch.randn(16, 32, generator=g)
    x[:, 5] *= 50
    inputs, scheme = Inputs.of(x), Scheme(3, 16)
    s, alpha = search_scale([weight], inputs, scheme)
    assert alpha > 0 and int(s.argmax()) == 5
    plain = inputs.error(round_to_nearest(weight, scheme).numbers() - weight)
    assert scaled_error([weight], inputs, torch.ones(32), scheme) == pytest.approx(plain)
    assert scaled_error([weight], inputs, s, scheme) < plain / 3


def test_awq_never_does_worse_than_plain_rounding_on_its_text():
    model, ids = llama()
    for name, inputs in collect(model, ids).items():
        weight = dict(matrices(model))[name].weight.detach()
        s, _ = search_scale([weight], inputs, Scheme(2, 16))
        ones = torch.ones_like(s)
        assert scaled_error([weight], inputs, s, Scheme(2, 16)) <= scaled_error([weight], inputs, ones, Scheme(2, 16))


def test_calibration_sees_what_reaches_each_matrix():
    model, ids = llama()
    seen = {}
    hooks = [
        module.register_forward_hook(lambda _m, args, _out, name=name: seen.__setitem__(name, args[0].detach()))
        for name, module in matrices(model)
    ]
    with torch.no_grad():
        model(ids)
    for hook in hooks:
        hook.remove()
    inputs = collect(model, ids)
    assert set(inputs) == set(seen) and len(inputs) == 2 * 7
    for name, x in seen.items():
        expected = Inputs.of(x)
        assert torch.allclose(inputs[name].hessian, expected.hessian, atol=1e-4 * float(expected.hessian.max()))
        assert inputs[name].n_tokens == ids.numel()
    first = "layers.0.self_attn."
    assert inputs[first + "q_proj"] is inputs[first + "v_proj"] is not inputs[first + "o_proj"]
    assert not any(module._forward_pre_hooks for module in model.modules())
    with pytest.raises(ValueError, match="texts, tokens"):
        collect(model, ids[0])


def test_a_model_is_quantized_in_place():
    model, ids = llama()
    before = copy.deepcopy(model)
    inputs = collect(model, ids)
    assert quantize_model(model, Scheme(4, 16)) == pytest.approx(4 + 20 / 16)
    was = before.state_dict()
    for name, weight in model.state_dict().items():
        if name.removesuffix(".weight") in inputs:
            assert torch.equal(weight, round_to_nearest(was[name], Scheme(4, 16)).numbers())
        else:
            assert torch.equal(weight, was[name])
    schemes = {name: Scheme(2 if "mlp" in name else 8, "row", symmetric=True) for name in inputs}
    quantize_model(model := copy.deepcopy(before), schemes, gptq, inputs)
    gate = dict(matrices(model))["layers.0.mlp.gate_proj"].weight
    assert max(len(row.unique()) for row in gate) <= 3  # 2 bits, symmetric: −1, 0, 1
    with pytest.raises(KeyError):
        quantize_model(model, {}, nearest, inputs)
    with pytest.raises(ValueError, match="needs inputs"):
        quantize_model(model, Scheme(4, 16), gptq)
    with pytest.raises(ValueError, match="no matrices"):
        quantize_model(nn.Linear(4, 4), Scheme(4, 4))


def test_gptq_keeps_a_models_output_better_than_rounding():
    apart = {nearest: 0.0, gptq: 0.0}
    for seed in range(4):
        model, ids = llama(seed)
        inputs = collect(model, ids)
        with torch.no_grad():
            exact = model(ids).log_softmax(-1)
            for method in apart:
                quantize_model(other := copy.deepcopy(model), Scheme(3, 16), method, inputs)
                got = other(ids).log_softmax(-1)
                apart[method] += float(nn.functional.kl_div(got, exact, log_target=True, reduction="sum"))
    assert apart[gptq] < 0.9 * apart[nearest]


def test_perplexity():
    model, ids = llama()
    text = ids.flatten()
    with torch.no_grad():
        expected = [
            nn.functional.cross_entropy(model(piece[None])[0, :-1], piece[1:], reduction="none")
            for piece in text.split(50)
        ]
    assert perplexity(model, text.tolist(), 50) == pytest.approx(math.exp(torch.cat(expected).mean()), rel=1e-4)
    even = copy.deepcopy(model)
    nn.init.zeros_(even.lm_head.weight)
    assert perplexity(even, text) == pytest.approx(60, rel=1e-4)
    assert perplexity(even, text[:51], 50) == pytest.approx(
        60, rel=1e-4
    )  # a last window of one token has nothing to guess
    for bad in ([3], ids):
        with pytest.raises(ValueError, match="perplexity needs"):
            perplexity(model, bad)


@pytest.mark.parametrize("family", FAMILIES)
def test_layer_by_layer_each_layer_sees_those_already_quantized(family):
    """What the last layer was quantized with is what `collect` finds with all layers before it quantized."""
    model, ids = llama(n_layers=3, **FAMILIES[family])
    original, seen = copy.deepcopy(model), {}

    def method(weight, inputs, scheme):
        seen[len(seen)] = inputs
        return gptq(weight, inputs, scheme)

    assert quantize_layers(model, Scheme(3, 16), method, ids) == pytest.approx(3 + 19 / 16)
    names = [name for name, _ in matrices(model)]
    for layer in range(3):
        before = copy.deepcopy(original)
        for i in range(layer):
            before.layers[i] = model.layers[i]
        inputs = collect(before, ids)
        for i, name in enumerate(names):
            if name.startswith(f"layers.{layer}."):
                expected = inputs[name].hessian
                assert torch.allclose(seen[i].hessian, expected, atol=1e-4 * float(expected.abs().max())), name
    assert not any(module._forward_pre_hooks for module in model.modules())
    with pytest.raises(ValueError, match="texts, tokens"):
        quantize_layers(model, Scheme(3, 16), gptq, ids[0])


def routed():
    """Five experts, one for each token: two tokens leave three of them idle in each layer."""
    config = MixtralConfig(vocab_size=30, d_model=16, n_layers=2, n_heads=2, d_ff=16, n_experts=5, top_k=1)
    return Mixtral(config).eval(), torch.tensor([[1, 2]])


@pytest.mark.parametrize("at_once", [True, False])
def test_an_expert_that_no_token_was_sent_to_is_rounded_to_nearest(at_once):
    model, ids = routed()
    before = copy.deepcopy(model)
    scheme = Scheme(4, 4)
    inputs = collect(model, ids)
    idle = [name for name, seen in inputs.items() if not seen.n_tokens]
    assert any("experts" in name for name in idle) and inputs.keys() == dict(matrices(model)).keys()
    bits = quantize_model(model, scheme, gptq, inputs) if at_once else quantize_layers(model, scheme, gptq, ids)
    assert bits == pytest.approx(scheme.bits_per_weight((16, 16)))
    after, original = dict(matrices(model)), dict(matrices(before))
    for name in [name for name in idle if name.startswith("layers.0.")]:
        assert torch.equal(after[name].weight, round_to_nearest(original[name].weight.detach(), scheme).numbers()), name
    assert torch.isfinite(model(ids)).all()


def test_what_is_missing_is_found_before_anything_is_changed():
    model, ids = routed()
    before = copy.deepcopy(model.state_dict())
    schemes = {name: Scheme(4, 4) for name, _ in matrices(model)}
    schemes.pop("layers.1.mlp.experts.4.down_proj")
    inputs = collect(model, ids)
    inputs.pop("layers.1.self_attn.q_proj")
    with pytest.raises(KeyError, match=r"no scheme for 1 matrices: layers.1.mlp.experts.4.down_proj"):
        quantize_layers(model, schemes, gptq, ids)
    with pytest.raises(KeyError, match=r"no scheme for 1 matrices: layers.1.mlp.experts.4.down_proj"):
        quantize_model(model, schemes)
    with pytest.raises(KeyError, match=r"no inputs for 1 matrices: layers.1.self_attn.q_proj"):
        quantize_model(model, Scheme(4, 4), gptq, inputs)
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
