"""A whole model quantized in place: its matrices hold what the integers stand for, so it runs as before and says what
was lost.

(This is called fake quantization: it measures, it saves no memory. Files and engine that keep the integers are in
`llm.gguf` and `llm.engine`.)
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from nlpjourney.deploy.quantization.calibration import Inputs, layer_by_layer, matrices
from nlpjourney.deploy.quantization.mixed import Method
from nlpjourney.llm.rounding import Quantized, Scheme, round_to_nearest


def nearest(weight: Tensor, inputs: Inputs, scheme: Scheme) -> Quantized:
    """`round_to_nearest` as a method: it needs to know nothing of the inputs."""
    return round_to_nearest(weight, scheme)


class _Replacing:
    """Puts quantized weights in the place of a matrix's own, and counts bits."""

    def __init__(self, schemes: Scheme | Mapping[str, Scheme], method: Method) -> None:
        self.schemes, self.method, self.bits, self.weights = schemes, method, 0.0, 0

    def __call__(self, name: str, matrix: nn.Linear, inputs: Inputs) -> None:
        scheme = self.schemes if isinstance(self.schemes, Scheme) else self.schemes[name]
        weight = matrix.weight.detach()
        rows, columns = weight.shape
        self.bits += scheme.bits_per_weight((rows, columns)) * weight.numel()
        self.weights += weight.numel()
        weight.copy_(self.method(weight, inputs, scheme).numbers())

    @property
    def average(self) -> float:
        if not self.weights:
            raise ValueError("this model has no matrices inside layers")
        return self.bits / self.weights


def _expect_for_each(model: nn.Module, given: object, what: str) -> None:
    """A mapping must have something for each matrix: found out before any is changed."""
    missing = [name for name, _ in matrices(model) if isinstance(given, Mapping) and name not in given]
    if missing:
        raise KeyError(f"no {what} for {len(missing)} matrices: {', '.join(missing[:5])}")


@torch.no_grad()
def quantize_model(
    model: nn.Module,
    schemes: Scheme | Mapping[str, Scheme],
    method: Method | None = None,
    inputs: Mapping[str, Inputs] | None = None,
) -> float:
    """Quantize the matrices inside a decoder's layers, in place, all by one scheme or each by its own.

    Returns the bits a weight of these matrices takes on average, scales included.

    `method` (say `gptq`) needs `inputs` from `calibration.collect`; without one every weight is rounded to nearest.
    KeyError when a matrix has no scheme or no inputs; nothing has been changed then.
    """
    if method is not None and inputs is None:
        raise ValueError("a method needs inputs: collect(model, ids) of the calibration module measures them")
    _expect_for_each(model, schemes, "scheme")
    _expect_for_each(model, inputs, "inputs")
    replace = _Replacing(schemes, method or nearest)
    for name, module in matrices(model):
        replace(name, module, inputs[name] if inputs is not None else Inputs.empty(0))
    return replace.average


def quantize_layers(model: nn.Module, schemes: Scheme | Mapping[str, Scheme], method: Method, ids: Tensor) -> float:
    """The same layer by layer, as GPTQ's authors do it: each layer's inputs are those that the layers quantized before give it
    while the model reads `ids` (texts, tokens). Over many layers this keeps errors from adding up.

    An expert that no token is sent to is rounded to nearest. KeyError when a matrix has no scheme; nothing has been changed then.
    """
    _expect_for_each(model, schemes, "scheme")
    replace = _Replacing(schemes, method)
    layer_by_layer(model, ids, replace)
    return replace.average
