"""RoPE, rotary positions: turn queries and keys by an angle that grows with the position.

Su et al., 2021: pairs of coordinates are points in a plane; pair i of the token at position m is turned by m·θᵢ with θᵢ =
base^(−2i/d). The dot product of a query at m and a key at n then depends on m − n only: relative positions, for the price of
a multiplication. Longer texts than those of training need the angles changed; the scalings that config.json names are
  linear   all angles divided by `factor` (Chen et al., 2023)
  dynamic  the base grows with the length of the text, NTK-aware (bloc97 and emozilla, 2023)
  yarn     fast pairs kept, slow ones divided, a ramp between, and a temperature (Peng et al., 2023)
  llama3   like yarn's ramp, by wavelength (Llama 3.1, 2024)
  longrope each pair has its own searched factor, one set for short and one for long texts (Ding et al., 2024)
Notable choice: pairs are (x[i], x[i + d/2]) as in Llama's published weights for Transformers, not neighbours (x[2i], x[2i+1])
as in the paper and in DeepSeek's (`interleaved=True`); which of them is a matter of the order of the weights' rows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

NEEDED = {
    "default": (),
    "linear": ("factor",),
    "dynamic": ("factor",),
    "yarn": ("factor",),
    "llama3": ("factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings"),
    "longrope": ("short_factor", "long_factor"),
}
# Those of them that have the same name in config.json
SETTINGS: tuple[str, ...] = (
    "factor",
    "attention_factor",
    "beta_fast",
    "beta_slow",
    "mscale",
    "mscale_all_dim",
    "truncate",
)
SETTINGS += ("low_freq_factor", "high_freq_factor", "short_factor", "long_factor")
LISTS = ("short_factor", "long_factor")
# … and those that are read in another way
OTHERS = ("rope_type", "type", "rope_theta", "original_max_position_embeddings", "partial_rotary_factor")


def _is_positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf


def _fits(name: str, value: Any) -> bool:
    if name in ("rope_type", "type"):
        return isinstance(value, str)
    if name == "truncate":
        return isinstance(value, bool)
    if name in LISTS:
        return isinstance(value, list | tuple) and all(map(_is_positive, value))
    if name in ("mscale", "mscale_all_dim"):  # 0 switches them off
        return value == 0 or _is_positive(value)
    return _is_positive(value)


def _wanted(name: str) -> str:
    if name in ("rope_type", "type"):
        return "a name"
    if name == "truncate":
        return "true or false"
    return "a list of positive numbers" if name in LISTS else "a positive number"


@dataclass(frozen=True, kw_only=True)
class RopeScaling:
    """The settings of the angles. `max_positions` is the length that the model as published is made for."""

    theta: float = 10_000.0
    kind: str = "default"
    max_positions: int = 2048
    original_max_positions: int | None = None  # the length of the training before the scaling
    factor: float | None = None
    attention_factor: float | None = None
    beta_fast: float = 32.0
    beta_slow: float = 1.0
    mscale: float | None = None
    mscale_all_dim: float | None = None
    truncate: bool = True
    low_freq_factor: float = 1.0
    high_freq_factor: float = 4.0
    short_factor: Sequence[float] = ()
    long_factor: Sequence[float] = ()

    @classmethod
    def from_config(cls, values: Mapping[str, Any], max_positions: int, theta: float = 10_000.0) -> RopeScaling:
        """From the dictionary `rope_parameters` (or, in older files, `rope_scaling`) of a config.json.

        Raises ValueError for a scaling or a setting that is not known, one that is no number, settings that are incomplete, and
        a partial rotation.
        """
        kind = values.get("rope_type", values.get("type", "default"))
        if not isinstance(kind, str) or kind not in NEEDED:
            raise ValueError(f"unknown RoPE scaling {kind!r}: known are {', '.join(NEEDED)}")
        missing = [name for name in NEEDED[kind] if values.get(name) is None]
        if missing:
            raise ValueError(f"RoPE scaling {kind!r} needs {', '.join(missing)}")
        if values.get("partial_rotary_factor") not in (None, 1, 1.0):
            raise ValueError(
                f"only whole heads are rotated here, not partial_rotary_factor {values['partial_rotary_factor']}"
            )
        unknown = [name for name, value in values.items() if value is not None and name not in (*SETTINGS, *OTHERS)]
        if unknown:
            raise ValueError(f"RoPE settings that are not known here: {', '.join(map(repr, sorted(unknown)))}")
        for name, value in values.items():
            if value is not None and not _fits(name, value):
                raise ValueError(f"{name!r} of the RoPE settings is {value!r}, expected {_wanted(name)}")
        given = {name: values[name] for name in SETTINGS if values.get(name) is not None}
        return cls(
            theta=float(values.get("rope_theta") or theta),
            kind=kind,
            max_positions=max_positions,
            original_max_positions=values.get("original_max_position_embeddings"),
            **given,
        )

    def to_config(self) -> dict[str, Any]:
        """As `rope_parameters` of config.json: what differs from the defaults."""
        out: dict[str, Any] = {"rope_type": self.kind, "rope_theta": self.theta}
        if self.original_max_positions is not None:
            out["original_max_position_embeddings"] = self.original_max_positions
        defaults = RopeScaling()
        for name in SETTINGS:
            value = getattr(self, name)
            if value != getattr(defaults, name) or (self.kind == "llama3" and name.endswith("freq_factor")):
                out[name] = list(value) if isinstance(value, (list, tuple)) else value
        return out


def frequencies(scaling: RopeScaling, d_head: int, length: int) -> tuple[Tensor, float]:
    """The angle per position of each of the d_head / 2 pairs (float32), and the factor on cos and sin.

    `length` is the length of the text so far: "dynamic" and "longrope" depend on it.
    """
    s, exponents = scaling, torch.arange(0, d_head, 2).float() / d_head  # (d_head / 2,)
    original = s.original_max_positions or s.max_positions
    plain = 1.0 / s.theta**exponents
    if s.kind == "linear":
        return plain / _factor(s, original), 1.0
    if s.kind == "dynamic":
        # Up to the trained length nothing changes; beyond, the base grows so that the slowest pair just fits the text.
        factor, length = _factor(s, original), max(length, s.max_positions)
        grown = s.theta * (factor * length / s.max_positions - (factor - 1)) ** (d_head / (d_head - 2))
        return 1.0 / grown**exponents, 1.0
    if s.kind == "llama3":
        return _llama3(s, plain, original), 1.0
    if s.kind == "yarn":
        return _yarn(s, plain, d_head, original)
    if s.kind == "longrope":
        factors = torch.tensor(s.long_factor if length > original else s.short_factor)
        if len(factors) != d_head // 2:
            raise ValueError(f"longrope needs {d_head // 2} factors for heads of {d_head}, got {len(factors)}")
        factor = _factor(s, original)
        widened = math.sqrt(1 + math.log(factor) / math.log(original)) if factor > 1 else 1.0
        attention = s.attention_factor if s.attention_factor is not None else widened
        return 1.0 / (factors * s.theta**exponents), attention
    return plain, 1.0


def _factor(s: RopeScaling, original: int) -> float:
    return s.factor if s.factor is not None else s.max_positions / original


def _llama3(s: RopeScaling, plain: Tensor, original: int) -> Tensor:
    wavelength = 2 * math.pi / plain  # positions in a full turn
    turns = original / wavelength  # … and how often a pair turned in training
    keep = ((turns - s.low_freq_factor) / (s.high_freq_factor - s.low_freq_factor)).clamp(0, 1)
    return (1 - keep) * plain / _factor(s, original) + keep * plain


def _yarn(s: RopeScaling, plain: Tensor, d_head: int, original: int) -> tuple[Tensor, float]:
    def pair_that_turns(n: float) -> float:  # the pair, as a real number, that turns n times in the trained length
        return d_head * math.log(original / (n * 2 * math.pi)) / (2 * math.log(s.theta))

    low, high = pair_that_turns(s.beta_fast), pair_that_turns(s.beta_slow)
    if s.truncate:
        low, high = math.floor(low), math.ceil(high)
    low, high = max(low, 0), min(high, d_head - 1)
    ramp = (torch.arange(d_head // 2).float() - low) / max(high - low, 0.001)
    divide = ramp.clamp(0, 1)  # 0: turns fast, keep; 1: turns slowly, divide
    factor = _factor(s, original)

    def temperature(mscale: float) -> float:
        return 0.1 * mscale * math.log(factor) + 1.0 if factor > 1 else 1.0

    if s.attention_factor is not None:
        attention = s.attention_factor
    elif s.mscale and s.mscale_all_dim:
        attention = temperature(s.mscale) / temperature(s.mscale_all_dim)
    else:
        attention = temperature(1.0)
    return plain / factor * divide + plain * (1 - divide), attention


class Rope:
    """The tables of one model: cos and sin for every position, made when first needed and kept."""

    def __init__(self, scaling: RopeScaling, d_head: int) -> None:
        if d_head % 2:
            raise ValueError(f"RoPE turns pairs: heads must have an even size, not {d_head}")
        self.scaling, self.d_head = scaling, d_head
        self._tables: tuple[Tensor, Tensor] | None = None
        self._made_for: tuple[Any, ...] = ()

    def tables(self, positions: Tensor, dtype: torch.dtype, length: int) -> tuple[Tensor, Tensor]:
        """cos and sin (..., d_head / 2) of `positions` (T,) or (B, T), all below `length`."""
        depends = length if self.scaling.kind == "dynamic" else length > (self.scaling.original_max_positions or 0)
        wanted = (dtype, positions.device, depends if self.scaling.kind in ("dynamic", "longrope") else None)
        if self._tables is None or self._made_for != wanted or self._tables[0].shape[0] < length:
            theta, attention = frequencies(self.scaling, self.d_head, length)
            rows = max(length, 256) if self.scaling.kind == "dynamic" else 1 << max(length - 1, 255).bit_length()
            angles = torch.arange(rows).float()[:, None] * theta  # (rows, d_head / 2)
            cos, sin = (angles.cos() * attention), (angles.sin() * attention)
            self._tables = (cos.to(positions.device, dtype), sin.to(positions.device, dtype))
            self._made_for = wanted
        cos, sin = self._tables
        return cos[positions], sin[positions]


def rotate(x: Tensor, cos: Tensor, sin: Tensor, interleaved: bool = False) -> Tensor:
    """`x` (B, H, T, d_head) turned: each pair (a, b) becomes (a·cos − b·sin, b·cos + a·sin)."""
    if cos.dim() == 3:  # positions differ from text to text
        cos, sin = cos[:, None], sin[:, None]  # (B, 1, T, d_head / 2)
    if interleaved:
        a, b = x[..., 0::2], x[..., 1::2]
        return torch.stack([a * cos - b * sin, b * cos + a * sin], dim=-1).flatten(-2)
    cos, sin = torch.cat([cos, cos], dim=-1), torch.cat([-sin, sin], dim=-1)
    if torch.is_grad_enabled() and x.requires_grad:
        turned: Tensor = _Turn.apply(x, cos, sin)  # type: ignore[no-untyped-call]
        return turned
    return _turn(x, cos, sin)


def _turn(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """(a, b) · cos + (b, a) · sin; `sin` has the signs."""
    return (x * cos).addcmul_(x.roll(x.shape[-1] // 2, dims=-1), sin)


class _Turn(torch.autograd.Function):
    """The gradient of a turn is the turn back."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        ctx.save_for_backward(cos, sin)
        return _turn(x, cos, sin)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        cos, sin = ctx.saved_tensors
        return _turn(grad, cos, -sin), None, None
