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
