"""Reading config.json: every value with its type, and a clear error for what we do not have or cannot do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlpjourney.errors import FileFormatError
from nlpjourney.llm.blocks.rope import RopeScaling

_REQUIRED: Any = object()


class Settings:
    """The values of a config.json. A value that is missing or null takes the default, where there is one."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values
        self.model_type = str(values.get("model_type", "model"))

    def _get(self, name: str, default: Any, kinds: tuple[type, ...], called: str) -> Any:
        value = self.values.get(name)
        if value is None:
            if default is _REQUIRED:
                raise FileFormatError(f"the configuration of this {self.model_type} lacks {name!r}")
            return default
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise FileFormatError(f"{name!r} of the configuration must be {called}, not {value!r}")
        return value

    def integer(self, name: str, default: int = _REQUIRED) -> int:
        """A positive whole number."""
        value: int = self._get(name, default, (int,), "a whole number")
        if value is not None and value < 1:
            raise FileFormatError(f"{name!r} of the configuration must be at least 1, not {value}")
        return value

    def index(self, name: str, default: int = _REQUIRED) -> int:
        """A whole number from 0."""
        value: int = self._get(name, default, (int,), "a whole number")
        if value < 0:
            raise FileFormatError(f"{name!r} of the configuration must be at least 0, not {value}")
        return value

    def optional_integer(self, name: str) -> int | None:
        """A positive whole number, or None when missing or null."""
        return self.integer(name) if self.values.get(name) is not None else None

    def optional_index(self, name: str) -> int | None:
        """A whole number from 0, or None when missing or null."""
        return self.index(name) if self.values.get(name) is not None else None

    def number(self, name: str, default: float = _REQUIRED) -> float:
        return float(self._get(name, default, (int, float), "a number"))

    def optional_number(self, name: str) -> float | None:
        return self.number(name) if self.values.get(name) is not None else None

    def flag(self, name: str, default: bool = _REQUIRED) -> bool:
        value: bool = self._get(name, default, (bool,), "true or false")
        return value

    def text(self, name: str, default: str = _REQUIRED) -> str:
        value: str = self._get(name, default, (str,), "a text")
        return value

    def token_ids(self, name: str) -> tuple[int, ...]:
        """One token id or a list of them; none when missing."""
        value = self._get(name, (), (int, list), "a token id or a list of them")
        return (value,) if isinstance(value, int) else tuple(int(v) for v in value)

    def layer_types(self, n_layers: int) -> tuple[str, ...] | None:
        """The list `layer_types`, one entry a layer, or None when the file has none."""
        value = self._get("layer_types", None, (list,), "a list")
        if value is None:
            return None
        for kind in value:
            if kind not in ("full_attention", "sliding_attention"):
                raise FileFormatError(f"unknown layer type {kind!r}: known are full_attention, sliding_attention")
        if len(value) != n_layers:
            raise FileFormatError(f"'layer_types' names {len(value)} layers, the model has {n_layers}")
        return tuple(value)

    def rope(self, max_positions: int, theta: float = 10_000.0) -> RopeScaling:
        """From `rope_parameters` (Transformers 5) or from `rope_theta` and `rope_scaling` (before)."""
        values: dict[str, Any] = dict(self.values.get("rope_parameters") or self.values.get("rope_scaling") or {})
        values.setdefault("rope_theta", self.values.get("rope_theta"))
        if self.values.get("original_max_position_embeddings") is not None:
            values["original_max_position_embeddings"] = self.values["original_max_position_embeddings"]
        if self.values.get("partial_rotary_factor") is not None:
            values.setdefault("partial_rotary_factor", self.values["partial_rotary_factor"])
        return RopeScaling.from_config(values, max_positions, theta)

    def expect(self, name: str, *allowed: Any) -> None:
        """The value must be missing or one of `allowed`: this is a setting that we only have in that form."""
        value = self.values.get(name)
        if value is not None and value not in allowed:
            wanted = " or ".join(repr(a) for a in allowed)
            raise FileFormatError(f"{name!r} = {value!r} is not supported for {self.model_type}: only {wanted}")
