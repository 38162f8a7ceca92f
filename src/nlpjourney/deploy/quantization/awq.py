"""AWQ (Lin et al., 2023): before rounding, make the weights larger that meet large inputs.

W·x stays the same when column i of W is multiplied by s_i and x_i divided by it. After rounding it does not: the step
hardly grows with one column, so the error of that column reaches the output divided by s_i. Columns whose inputs are
large on average deserve a large s, but too large an s makes the step of their whole group large. AWQ takes s =
magnitude^α and tries some α between 0 (plain rounding) and 1. Dividing x costs nothing: it is done once and for all in
what makes x, a norm's weight or the matrix before. Notable choice: the error of each α is computed exactly from the
Hessian. The paper's second part, clipping each group's range, is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from nlpjourney.deploy.quantization.calibration import Inputs
from nlpjourney.llm.blocks.norms import RMSNorm
from nlpjourney.llm.models.llama import Llama, LlamaLayer
from nlpjourney.llm.rounding import Scheme, round_to_nearest

ALPHAS = tuple(i / 6 for i in range(7))


def scaled_error(weights: Sequence[Tensor], inputs: Inputs, s: Tensor, scheme: Scheme) -> float:
    """The mean squared change of the outputs when the columns are multiplied by `s`, rounded, and divided again."""
    return sum(inputs.error(round_to_nearest(w * s, scheme).numbers() / s - w) for w in weights)


def search_scale(weights: Sequence[Tensor], inputs: Inputs, scheme: Scheme) -> tuple[Tensor, float]:
    """The best s (columns,) for matrices that get the same input, and its α."""
    magnitude = inputs.magnitude.clamp(min=1e-8)
    best: tuple[float, Tensor, float] | None = None
    for alpha in ALPHAS:
        s = magnitude**alpha
        s = (s / (s.max() * s.min()).sqrt()).clamp(min=1e-4)  # around 1: only the ratios matter
        error = scaled_error(weights, inputs, s, scheme)
        if best is None or error < best[0]:
            best = error, s, alpha
    assert best is not None
    return best[1], best[2]


def pairs(layer: LlamaLayer) -> list[tuple[RMSNorm | nn.Linear, dict[str, nn.Linear]]]:
    """What makes an input, and the matrices that get it, by their names in the layer.

    Attention's output matrix is among them only without groups: where several heads share a value, its rows cannot be
    divided for each.
    """
    a, m = layer.self_attn, layer.mlp
    assert (
        isinstance(m.gate_proj, nn.Linear) and isinstance(m.up_proj, nn.Linear) and isinstance(m.down_proj, nn.Linear)
    )
    before_mlp = layer.pre_feedforward_layernorm if layer.sandwich else layer.post_attention_layernorm
    qkv = {"self_attn.q_proj": a.q_proj, "self_attn.k_proj": a.k_proj, "self_attn.v_proj": a.v_proj}
    found: list[tuple[RMSNorm | nn.Linear, dict[str, nn.Linear]]] = [
        (layer.input_layernorm, qkv),
        (before_mlp, {"mlp.gate_proj": m.gate_proj, "mlp.up_proj": m.up_proj}),
        (m.up_proj, {"mlp.down_proj": m.down_proj}),
    ]
    if a.n_heads == a.n_kv_heads:
        found.append((a.v_proj, {"self_attn.o_proj": a.o_proj}))
    return found


@torch.no_grad()
def fold(before: RMSNorm | nn.Linear, after: Sequence[nn.Linear], s: Tensor) -> None:
    """Divide what `before` gives by `s` and multiply the columns of `after` by it: together they do what they did."""
    if isinstance(before, RMSNorm):
        before.weight.copy_((before.weight + before.offset) / s - before.offset)
    else:
        before.weight.div_(s[:, None])
        if before.bias is not None:
            before.bias.div_(s)
    for matrix in after:
        matrix.weight.mul_(s)


@torch.no_grad()
def rescale(model: Llama, inputs: Mapping[str, Inputs], scheme: Scheme) -> dict[str, float]:
    """Fold the best scales for `scheme` into a model, in place: its output is unchanged until its matrices are rounded.

    Returns the α of each matrix. A matrix that lies before another is divided after its own scale was chosen.
    """
    chosen: dict[str, float] = {}
    for i, layer in enumerate(model.layers):
        assert isinstance(layer, LlamaLayer)
        for before, after in pairs(layer):
            names = [f"layers.{i}.{name}" for name in after]
            s, alpha = search_scale([matrix.weight for matrix in after.values()], inputs[names[0]], scheme)
            fold(before, list(after.values()), s)
            chosen |= dict.fromkeys(names, alpha)
    return chosen
