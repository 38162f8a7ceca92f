"""The types of tensor in a GGUF file that are read here, with ggml's numbers for them.

A quantized type keeps `block` consecutive weights of a row together in `nbytes` bytes: their integers and, in half
precision, what these are multiplied by. The names are llama.cpp's (Gerganov and contributors, 2023): the digit is the
bits of a weight; `_0` has a scale only, `_1` a scale and a minimum; the K types nest eight or sixteen small blocks in one of
256, whose scales are quantized in their turn.
"""

from enum import Enum


class GGMLType(Enum):
    """One type; the value is its number in the file, the weights of a block, and the bytes of a block."""

    F32 = (0, 1, 4)
    F16 = (1, 1, 2)
    Q4_0 = (2, 32, 18)
    Q4_1 = (3, 32, 20)
    Q5_0 = (6, 32, 22)
    Q5_1 = (7, 32, 24)
    Q8_0 = (8, 32, 34)
    Q4_K = (12, 256, 144)
    Q5_K = (13, 256, 176)
    Q6_K = (14, 256, 210)
    BF16 = (30, 1, 2)

    def __init__(self, number: int, block: int, nbytes: int) -> None:
        self.number = number
        self.block = block
        self.nbytes = nbytes

    @property
    def bits_per_weight(self) -> float:
        """Bits in the file for each weight, scales included."""
        return 8 * self.nbytes / self.block

    @property
    def is_quantized(self) -> bool:
        return self.block > 1


BY_NUMBER = {type_.number: type_ for type_ in GGMLType}
