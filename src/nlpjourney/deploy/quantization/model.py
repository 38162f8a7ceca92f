"""A whole model quantized in place: its matrices hold what the integers stand for, so it runs as before and says what
was lost.

(This is called fake quantization: it measures, it saves no memory. Files and engine that keep the integers are in
`llm.gguf` and `deploy.engine`.)
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from nlpjourney.deploy.quantization.calibration import Inputs, matrices
from nlpjourney.deploy.quantization.mixed import Method
from nlpjourney.deploy.quantization.rounding import Quantized, Scheme, round_to_nearest


def nearest(weight: Tensor, inputs: Inputs | None, scheme: Scheme) -> Quantized:
    """`round_to_nearest` as a method: it needs to know nothing of the inputs."""
    return round_to_nearest(weight, scheme)


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
    KeyError when a matrix has no scheme or no inputs.
    """
    if method is not None and inputs is None:
        raise ValueError("a method needs inputs: collect(model, ids) of the calibration module measures them")
    bits, weights = 0.0, 0
    for name, module in matrices(model):
        scheme = schemes if isinstance(schemes, Scheme) else schemes[name]
        weight = module.weight.detach()
        if method is None or inputs is None:
            quantized = round_to_nearest(weight, scheme)
        else:
            quantized = method(weight, inputs[name], scheme)
        rows, columns = weight.shape
        bits += scheme.bits_per_weight((rows, columns)) * weight.numel()
        weights += weight.numel()
        module.weight.copy_(quantized.numbers())
    if not weights:
        raise ValueError("this model has no matrices inside layers")
    return bits / weights
