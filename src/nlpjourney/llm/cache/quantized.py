"""A quantized cache: keys and values in 8, 4 or 2 bits.

For a long text the cache is larger than the weights. KIVI (Liu et al., 2024) found how to round it: a few *channels* of the keys
are large for all tokens, so keys need a scale for each channel over a group of tokens; values have no such channels, and get
a scale for each token. The newest tokens, which matter most, stay as they are until a group of them is full.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from nlpjourney.llm.blocks.cache import KVCache


@dataclass(frozen=True)
class Rounded:
    """Integers with a scale and a minimum for each slice along `axis`; those below 8 bits lie packed in bytes."""

    codes: Tensor  # uint8, flat
    scale: Tensor  # float16
    minimum: Tensor  # float16
    shape: torch.Size
    bits: int

    @property
    def n_bytes(self) -> int:
        return self.codes.numel() + 2 * (self.scale.numel() + self.minimum.numel())

    def numbers(self, dtype: torch.dtype = torch.float32) -> Tensor:
        """The numbers that the integers stand for, in the shape they had."""
        codes = self.codes
        if self.bits < 8:
            shifts = torch.arange(0, 8, self.bits, dtype=torch.uint8)
            codes = (codes[:, None] >> shifts & (1 << self.bits) - 1).flatten()[: self.shape.numel()]
        return codes.reshape(self.shape).to(dtype) * self.scale.to(dtype) + self.minimum.to(dtype)


def round_to(x: Tensor, bits: int, axis: int) -> Rounded:
    """`x` in integers of `bits` (2, 4 or 8), one scale for all numbers that differ along `axis` only.

    axis −1 of (…, T, d): a scale for each token; axis −2: for each channel. Raises ValueError for other bits.
    """
    if bits not in (2, 4, 8):
        raise ValueError(f"a cache is rounded to 2, 4 or 8 bits here, not {bits}")
    low, high = x.amin(axis, keepdim=True).float(), x.amax(axis, keepdim=True).float()
    minimum = low.half()
    scale = ((high - minimum.float()).clamp(min=0) / (2**bits - 1)).half()
    step = scale.float()
    # Half precision may round the step down: the clamp keeps the largest number at the last integer.
    codes = (
        ((x.float() - minimum.float()) / step.where(step > 0, 1))
        .round()
        .clamp(0, 2**bits - 1)
        .to(torch.uint8)
        .flatten()
    )
    if bits < 8:
        per_byte = 8 // bits
        codes = torch.nn.functional.pad(codes, (0, -len(codes) % per_byte)).reshape(-1, per_byte)
        shifts = torch.arange(0, 8, bits, dtype=torch.uint8)
        codes = (codes << shifts).sum(1).to(torch.uint8)
    return Rounded(codes, scale, minimum, x.shape, bits)


class QuantizedKVCache(KVCache):
    """A cache that rounds each group of `group` tokens as it fills up: for one text at a time or a batch of equal length."""

    def __init__(self, key_bits: int = 4, value_bits: int = 4, group: int = 32, keys_by_channel: bool = True) -> None:
        super().__init__()
        self.key_bits, self.value_bits, self.group = key_bits, value_bits, group
        self.key_axis = -2 if keys_by_channel else -1
        self._rounded: dict[int, list[tuple[Rounded, Rounded]]] = {}
        self._recent: dict[int, tuple[Tensor, Tensor]] = {}

    def append(self, layer: int, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """As in KVCache; what is handed out are the rounded numbers, and the newest as they are."""
        rounded = self._rounded.setdefault(layer, [])
        if layer in self._recent:
            k, v = (torch.cat([old, new], dim=2) for old, new in zip(self._recent[layer], (k, v)))
        parts = [(a.numbers(k.dtype), b.numbers(v.dtype)) for a, b in rounded]
        keys = torch.cat([*(a for a, _ in parts), k], dim=2)
        values = torch.cat([*(b for _, b in parts), v], dim=2)
        # Rounded only after it has been handed out: a token sees the newest group exactly.
        while k.shape[2] >= self.group:
            first = k[:, :, : self.group], v[:, :, : self.group]
            rounded.append((round_to(first[0], self.key_bits, self.key_axis), round_to(first[1], self.value_bits, -1)))
            k, v = k[:, :, self.group :], v[:, :, self.group :]
        self._recent[layer] = k.clone(), v.clone()
        return keys, values

    def truncate(self, length: int) -> None:
        if length != self.length:
            raise ValueError("a quantized cache cannot be cut: start again with a new one")

    @property
    def n_bytes(self) -> int:
        """Bytes in use: integers, scales and minima, and the newest tokens."""
        rounded = sum(a.n_bytes + b.n_bytes for groups in self._rounded.values() for a, b in groups)
        return rounded + sum(t.numel() * t.element_size() for pair in self._recent.values() for t in pair)
