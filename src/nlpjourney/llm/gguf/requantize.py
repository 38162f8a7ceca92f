"""From one GGUF file to another, with the weights in another type: what llama.cpp's `llama-quantize` does.

Only the large matrices are quantized. Norms and biases have few numbers and much effect, and stay as they are; rows that
are no whole number of 256 get the simple type of the same width in place of a K type.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from nlpjourney.llm.gguf.dequantize import dequantize
from nlpjourney.llm.gguf.ggml_types import GGMLType
from nlpjourney.llm.gguf.quantize import quantize
from nlpjourney.llm.gguf.reader import GGUFFile
from nlpjourney.llm.gguf.writer import TensorToWrite, write_gguf

# llama.cpp's number for "mostly this type", which tools print.
FILE_TYPES = {
    GGMLType.F32: 0, GGMLType.F16: 1, GGMLType.Q4_0: 2, GGMLType.Q4_1: 3, GGMLType.Q8_0: 7, GGMLType.Q5_0: 8, GGMLType.Q5_1: 9,
    GGMLType.Q4_K: 14, GGMLType.Q5_K: 16, GGMLType.Q6_K: 18, GGMLType.BF16: 32,
}  # fmt: skip
PIECE = 1 << 16  # weights that are unpacked and packed at once: whole blocks of every type
WITHOUT_K = {GGMLType.Q4_K: GGMLType.Q5_0, GGMLType.Q5_K: GGMLType.Q5_1, GGMLType.Q6_K: GGMLType.Q8_0}


def type_for(shape: tuple[int, ...], wish: GGMLType) -> GGMLType:
    """The type that a tensor of that shape gets when `wish` is wished: `F32` for what has one dimension."""
    if len(shape) < 2:
        return GGMLType.F32
    if shape[-1] % wish.block:
        wish = WITHOUT_K.get(wish, GGMLType.F16)
    return wish if shape[-1] % wish.block == 0 else GGMLType.F16


def requantize(source: str | Path, target: str | Path, type_: GGMLType, progress: bool = False) -> None:
    """Write the model of the GGUF file `source` to `target` with its matrices in `type_`.

    A quantized source is read back to numbers first: what it lost stays lost. Raises GGUFError for a bad source.
    """
    model = GGUFFile(source)
    tensors = []
    for info in tqdm(model.tensors.values(), desc=f"to {type_.name}", disable=not progress, leave=False):
        new = type_for(info.shape, type_)
        tensors.append(TensorToWrite(info.name, info.shape, new, _bytes(model, info.name, new)))
    metadata = {**model.typed_metadata, "general.file_type": FILE_TYPES[type_], "general.quantization_version": 2}
    write_gguf(target, metadata, tensors)


def _bytes(model: GGUFFile, name: str, new: GGMLType) -> Callable[[], NDArray[np.uint8]]:
    if model.tensors[name].type is new:
        return partial(model.raw, name)
    return lambda: _in_pieces(model, name, new)


def _in_pieces(model: GGUFFile, name: str, new: GGMLType) -> NDArray[np.uint8]:
    """Some blocks at a time: their numbers stay in the processor's cache, and a large matrix is never unpacked as a whole."""
    data, old = model.raw(name), model.tensors[name].type
    step = PIECE // old.block * old.nbytes
    pieces = [data[i : i + step] for i in range(0, max(1, len(data)), step)]
    return np.concatenate([quantize(dequantize(piece, old), new) for piece in pieces])
