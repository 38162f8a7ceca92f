"""The weight matrices of the engine: laid out for `matvec` from the blocks of a GGUF file, never widened to floats.

Two forms serve all quantized types. Those of 4 bits keep their nibbles; those of 5, 6 and 8 bits become bytes. Either way
a weight is scale·integer + minimum, exactly the file's number. Types that are not quantized are kept in `float32`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from nlpjourney.deploy.engine.matvec import GROUP, MATVEC4, MATVEC8, ROWS, UNPACK4, UNPACK8, Scales, quantize_vector
from nlpjourney.llm.gguf import GGMLType, GGUFFile
from nlpjourney.llm.gguf.unpack import integers

Floats = NDArray[np.float32]
WORTH_A_THREAD = 1 << 18  # weights: below, waking a thread takes longer than what it saves
FEW_TOKENS = 4  # up to so many, one product for each is faster than unpacking the matrix


class Activation:
    """A vector as the quantized kernels take it: integers, scales and sums; written over again and again."""

    def __init__(self, width: int) -> None:
        n_groups = width // GROUP
        self.q = np.zeros((n_groups, GROUP), np.int16)
        self.scales = np.zeros(n_groups, np.float32)
        self.sums = np.zeros(n_groups, np.float32)

    def set(self, x: Floats) -> None:
        quantize_vector(x, self.q, self.scales, self.sums)


def _are_halves(numbers: Floats) -> bool:
    with np.errstate(over="ignore"):
        halves = numbers.astype(np.float16)
    return bool(np.isfinite(halves).all() and (halves == numbers).all())


@dataclass
class QuantizedMatrix:
    """(n_rows, width) weights in panels of ROWS rows; `bits` is 4 or 8."""

    n_rows: int
    width: int
    bits: int
    packed: NDArray[Any]
    scales: Scales
    minima: Scales

    @classmethod
    def pack(cls, rows: NDArray[Any], scales: Floats, minima: Floats | None, bits: int) -> QuantizedMatrix:
        """From integers (n_rows, width), scales and minima (n_rows, n_small), of which there may be none.

        Without minima 4-bit integers count from −8. Scales that are half-precision numbers are kept as such: a fifth of
        what is read for a weight of 4 bits.
        """
        n_rows, width = rows.shape
        n_panels = -(-n_rows // ROWS)

        def interleave(values: NDArray[Any]) -> NDArray[Any]:
            """(n_rows, n) to (n_panels, n, ROWS)."""
            padded = np.zeros((n_panels * ROWS, values.shape[1]), values.dtype)
            padded[:n_rows] = values
            return np.ascontiguousarray(padded.reshape(n_panels, ROWS, -1).transpose(0, 2, 1))

        if bits == 4:
            groups = rows.reshape(n_rows, -1, GROUP)
            rows = (groups[:, :, :16] | groups[:, :, 16:] << 4).reshape(n_rows, -1).view(np.uint8)
        packed = interleave(rows).reshape(n_panels, width // GROUP, -1, ROWS)
        pair: list[Scales] = [scales, np.zeros((n_rows, 0), np.float32) if minima is None else minima]
        if all(map(_are_halves, pair)):
            pair = [numbers.astype(np.float16).view(np.uint16) for numbers in pair]
        return cls(n_rows, width, bits, packed, *map(interleave, pair))

    @property
    def nbytes(self) -> int:
        return self.packed.nbytes + self.scales.nbytes + self.minima.nbytes

    @property
    def kernels(self) -> tuple[Any, Any]:
        """Matrix times vector, with one thread and with several."""
        return MATVEC4 if self.bits == 4 else MATVEC8

    def matvec(self, x: Activation, out: Floats, threads: int) -> None:
        """out (n_rows,) becomes the product with `x`."""
        kernel = self.kernels[threads > 1 and self.n_rows * self.width >= WORTH_A_THREAD]
        kernel(self.packed, self.scales, self.minima, x.q, x.scales, x.sums, out)

    def unpack(self, threads: int) -> torch.Tensor:
        """The weights in `float32`, transposed and padded: (width, n_panels · ROWS)."""
        out = np.empty((self.width, len(self.packed) * ROWS), np.float32)
        (UNPACK4 if self.bits == 4 else UNPACK8)[threads > 1](self.packed, self.scales, self.minima, out)
        return torch.from_numpy(out)

    def matmul(self, x: torch.Tensor, threads: int) -> torch.Tensor:
        """The products with many vectors, (n, width) -> (n, n_rows)."""
        if len(x) > FEW_TOKENS:
            return (x @ self.unpack(threads))[:, : self.n_rows]
        out = np.empty((len(x), self.n_rows), np.float32)
        activation = Activation(self.width)
        for row, y in zip(x.numpy(), out):
            activation.set(row)
            self.matvec(activation, y, threads)
        return torch.from_numpy(out)


@dataclass
class FloatMatrix:
    """(n_rows, width) weights in `float32`."""

    weights: torch.Tensor

    @property
    def n_rows(self) -> int:
        return len(self.weights)

    @property
    def nbytes(self) -> int:
        return self.weights.nbytes

    def matvec(self, x: Floats, out: Floats) -> None:
        torch.mv(self.weights, torch.from_numpy(x), out=torch.from_numpy(out))

    def matmul(self, x: torch.Tensor, threads: int) -> torch.Tensor:
        return x @ self.weights.T


class Matrix:
    """One or several tensors of a file that multiply the same vector, as one matrix with their rows one after the other."""

    def __init__(self, parts: list[QuantizedMatrix | FloatMatrix]) -> None:
        self.parts = parts
        self.n_rows = sum(part.n_rows for part in parts)
        self.nbytes = sum(part.nbytes for part in parts)

    @classmethod
    def load(cls, file: GGUFFile, *names: str, order: dict[str, NDArray[np.intp]] | None = None) -> Matrix:
        """The tensors of those names; `order` says for some in which order their rows are wanted."""
        parts: list[QuantizedMatrix | FloatMatrix] = []
        pending: list[tuple[Any, ...]] = []  # integers, scales, minima of neighbours of one type

        def flush() -> None:
            if pending:
                rows, scales, minima, bits = zip(*pending)
                together = None if minima[0] is None else np.concatenate(minima)
                parts.append(QuantizedMatrix.pack(np.concatenate(rows), np.concatenate(scales), together, bits[0]))
                pending.clear()

        last: GGMLType | None = None
        for name in names:
            info = file.tensors[name]
            rows = (order or {}).get(name, np.arange(info.shape[0]))
            if info.type is not last:
                flush()
            last = info.type
            if info.type.is_quantized:
                q, scales, minima = integers(file.raw(name), info.type, info.shape)
                bits = 4 if info.type in (GGMLType.Q4_0, GGMLType.Q4_1, GGMLType.Q4_K) else 8
                pending.append((q[rows], scales[rows], None if minima is None else minima[rows], bits))
            else:
                parts.append(FloatMatrix(torch.from_numpy(file.tensor(name)[rows])))
        flush()
        return cls(parts)

    def matvec(self, x: Floats, activation: Activation, out: Floats, threads: int) -> None:
        """out (n_rows,) becomes the product with `x`, of which `activation` holds the rounded form."""
        at = 0
        for part in self.parts:
            if isinstance(part, QuantizedMatrix):
                part.matvec(activation, out[at : at + part.n_rows], threads)
            else:
                part.matvec(x, out[at : at + part.n_rows])
            at += part.n_rows

    def matmul(self, x: torch.Tensor, threads: int) -> torch.Tensor:
        """The products with many vectors, (n, width) -> (n, n_rows)."""
        products = [part.matmul(x, threads) for part in self.parts]
        return products[0] if len(products) == 1 else torch.cat(products, dim=1)
