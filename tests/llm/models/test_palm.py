"""PaLM against the formulas of its paper (section 2), written out here token by token in NumPy; no reference exists elsewhere."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from nlpjourney.llm.blocks.cache import KVCache
from nlpjourney.llm.models.palm import PaLM, PaLMConfig

CONFIG = PaLMConfig(vocab_size=31, d_model=24, n_layers=2, n_heads=3, d_head=8, d_ff=40, max_positions=32)
Array = NDArray[np.float64]


def literal(model: PaLM, ids: list[int]) -> Array:
    """y = x + MLP(LayerNorm(x)) + Attention(LayerNorm(x)), one vector at a time."""
    w = {name: p.detach().double().numpy() for name, p in model.state_dict().items()}
    n, H, d = CONFIG.d_model, CONFIG.n_heads, CONFIG.d_head

    def layer_norm(x: Array, weight: Array) -> Array:
        return (x - x.mean()) / math.sqrt(x.var() + CONFIG.norm_eps) * weight

    def rope(x: Array, position: int) -> Array:
        out = np.empty_like(x)
        for i in range(d // 2):
            angle = position * 10_000.0 ** (-2 * i / d)
            a, b = x[i], x[i + d // 2]
            out[i] = a * math.cos(angle) - b * math.sin(angle)
            out[i + d // 2] = a * math.sin(angle) + b * math.cos(angle)
        return out

    xs = [w["embed_tokens.weight"][i] for i in ids]
    for layer in range(CONFIG.n_layers):
        p = f"layers.{layer}."
        normed = [layer_norm(x, w[p + "norm.weight"]) for x in xs]
        keys = [rope(w[p + "self_attn.k_proj.weight"] @ x, t) for t, x in enumerate(normed)]
        values = [w[p + "self_attn.v_proj.weight"] @ x for x in normed]
        new = []
        for t, x in enumerate(normed):
            heads = []
            for q in (w[p + "self_attn.q_proj.weight"] @ x).reshape(H, d):
                scores = np.array([rope(q, t) @ keys[s] / math.sqrt(d) for s in range(t + 1)])
                weights = np.exp(scores) / np.exp(scores).sum()
                heads.append(sum(weights[s] * values[s] for s in range(t + 1)))
            attention = w[p + "self_attn.o_proj.weight"] @ np.concatenate(heads)
            gate = w[p + "mlp.gate_proj.weight"] @ x
            swiglu = gate / (1 + np.exp(-gate)) * (w[p + "mlp.up_proj.weight"] @ x)
            new.append(xs[t] + w[p + "mlp.down_proj.weight"] @ swiglu + attention)
        xs = new
    return np.array([w["embed_tokens.weight"] @ layer_norm(x, w["norm.weight"]) / math.sqrt(n) for x in xs])


@torch.inference_mode()
def test_palm_is_what_the_paper_says(tmp_path: Path) -> None:
    model = PaLM(CONFIG, seed=4).eval()
    for name, p in model.named_parameters():
        if name.endswith("norm.weight"):
            p.data += torch.randn(p.shape, generator=torch.Generator().manual_seed(1)) * 0.3
    ids = [3, 1, 4, 1, 5, 9, 2, 6, 5, 30]
    expected = literal(model, ids)
    assert expected.std() > 0.3
    got = model(torch.tensor([ids])).double().numpy()[0]
    np.testing.assert_allclose(got, expected, atol=1e-5)

    cache = KVCache()
    pieces = [model(torch.tensor([ids[a:b]]), cache=cache) for a, b in ((0, 4), (4, 5), (5, 6), (6, 10))]
    np.testing.assert_allclose(torch.cat(pieces, 1).double().numpy()[0], expected, atol=1e-5)
    # One key and one value for all heads, in float32
    assert cache.n_bytes == len(ids) * CONFIG.n_layers * 2 * CONFIG.d_head * 4

    model.save_pretrained(tmp_path)
    again = PaLM.from_pretrained(tmp_path)
    assert again.config == CONFIG
    assert torch.equal(again(torch.tensor([ids])), model(torch.tensor([ids])))


def test_the_start_is_that_of_the_paper() -> None:
    model = PaLM(PaLMConfig(vocab_size=500, d_model=128, n_layers=1, n_heads=2, d_head=64, d_ff=256))
    assert float(model.embed_tokens.weight.detach().std()) == pytest.approx(1.0, abs=0.02)
    layer = model.layers[0]
    assert float(layer.mlp.down_proj.weight.detach().std()) == pytest.approx(256**-0.5, rel=0.03)  # type: ignore[union-attr, operator]
    assert float(layer.self_attn.q_proj.weight.detach().std()) == pytest.approx(128**-0.5, rel=0.03)  # type: ignore[union-attr, operator]
