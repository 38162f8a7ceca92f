"""GGUF, the file format of llama.cpp: reading by memory map, every common quantization, writing."""

from nlpjourney.deploy.gguf.ggml_types import GGMLType
from nlpjourney.deploy.gguf.reader import GGUFError, GGUFFile, TensorInfo
from nlpjourney.deploy.gguf.requantize import requantize
from nlpjourney.deploy.gguf.writer import write_gguf

__all__ = ["GGMLType", "GGUFError", "GGUFFile", "TensorInfo", "requantize", "write_gguf"]
