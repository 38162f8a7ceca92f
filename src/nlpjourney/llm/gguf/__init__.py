"""GGUF, the file format of llama.cpp: reading by memory map, every common quantization, writing, and the Hugging Face form."""

from nlpjourney.llm.gguf.ggml_types import GGMLType
from nlpjourney.llm.gguf.hugging_face import read_published, write_published
from nlpjourney.llm.gguf.reader import GGUFError, GGUFFile, TensorInfo
from nlpjourney.llm.gguf.requantize import requantize
from nlpjourney.llm.gguf.vocabulary import bpe_metadata
from nlpjourney.llm.gguf.writer import TensorToWrite, write_gguf

__all__ = [
    "GGMLType", "GGUFError", "GGUFFile", "TensorInfo", "TensorToWrite", "bpe_metadata", "read_published", "requantize",
    "write_gguf", "write_published",
]  # fmt: skip


def warmup() -> None:
    """Compile every kernel of this package by running it on one row of weights."""
    import numpy as np

    from nlpjourney.llm.gguf.quantize import quantize
    from nlpjourney.llm.gguf.unpack import integers

    weights = np.ones((64, 256), np.float32)
    for type_ in (GGMLType.Q4_K, GGMLType.Q4_1, GGMLType.Q6_K, GGMLType.Q8_0):
        integers(quantize(weights, type_), type_, weights.shape)
