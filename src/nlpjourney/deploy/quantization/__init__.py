"""Fewer bits a weight: rounding, GPTQ, AWQ and mixed bits, on whole models, and what each costs in perplexity."""

from nlpjourney.deploy.quantization.awq import rescale
from nlpjourney.deploy.quantization.calibration import Inputs, collect, matrices
from nlpjourney.deploy.quantization.gptq import gptq
from nlpjourney.deploy.quantization.mixed import choose, choose_schemes, relative_errors
from nlpjourney.deploy.quantization.model import nearest, quantize_layers, quantize_model
from nlpjourney.llm.perplexity import perplexity
from nlpjourney.llm.rounding import Quantized, Scheme, round_to_nearest

__all__ = [
    "Inputs", "Quantized", "Scheme", "choose", "choose_schemes", "collect", "gptq", "matrices", "nearest",
    "perplexity", "quantize_layers", "quantize_model", "relative_errors", "rescale", "round_to_nearest",
]  # fmt: skip


def warmup() -> None:
    """Compile the kernel of this package by running it on a tiny matrix."""
    import torch

    gptq(torch.ones(2, 4), Inputs.of(torch.eye(4)), Scheme(4, 2))
