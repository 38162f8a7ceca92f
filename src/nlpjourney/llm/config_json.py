"""Reading config.json: every value with its type, and a clear error for what we do not have or cannot do.

Every setting has its effect or is refused by name. So whoever opens a configuration from outside does it through
`read_settings`: what its reader did not ask for, and what is not known to leave the numbers alone, is an error.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Protocol, TypeVar

from nlpjourney.errors import FileFormatError
from nlpjourney.llm.blocks.rope import RopeScaling

_REQUIRED: Any = object()
MOST = (1 << 31) - 1  # no published size comes near it, and a matrix of two such sizes can still be counted

# What changes no logit of a model that is only run, or says again what another setting says
WITHOUT_EFFECT = re.compile(
    r"""
    # what it is called, and by which program it was written
      _.* | architectures | auto_map | model_type | name_or_path | .*version | transformers\.js_config | unsloth_.*
    | is_llama_config | torch_dtype | dtype | finetuning_task | problem_type | tokenizer_class | prefix | license
    | id2label | label2id | num_labels | task_specific_params | summary_.* | classifier_.* | pooler_.*
    | directionality | pad_vocab_size_multiple
    # how it is run
    | use_cache | cache_implementation | attn_implementation | output_(attentions|hidden_states|past|router_logits|scores)
    | return_dict(_in_generate)? | torchscript | use_bfloat16 | use_(mambapy|mamba_kernels|associative_scan) | num_logits_to_keep
    | reorder_and_upcast_attn | pretraining_tp | ep_size | chunk_size_feed_forward | fused_add_norm | residual_in_fp32
    | gradient_checkpointing
    # how it was trained
    | .*dropout.* | .*_pdrop | initializer_.* | rescale_prenorm_residual | time_step_(min|max|floor|scale|init_scheme)
    | router_aux_loss_coef | aux_loss_alpha | seq_aux | router_jitter_noise
    # how text is written with it
    | (bos|eos|pad|sep|cls|mask|unk|decoder_start|forced_bos|forced_eos)_token_id | (max|min)_(new_tokens|length) | temperature
    | top_[kp] | typical_p | do_sample | early_stopping | num_(beams|beam_groups|return_sequences) | bad_words_ids
    | (length|repetition|diversity)_penalty | (encoder_)?no_repeat_ngram_size | (begin_)?suppress_tokens
    | exponential_decay_length_penalty | remove_invalid_values
    # what is also said elsewhere
    | is_encoder_decoder | n_ctx | is_gated_act | dense_act_fn | max_window_layers
    """,
    re.VERBOSE,
)


class Readable(Protocol):
    """What the settings of a model are made of: a class that reads config.json's dictionary."""

    @classmethod
    def from_published(cls, values: Mapping[str, Any]) -> Any: ...


R = TypeVar("R", bound=Readable)


class _Watched(Mapping[str, Any]):
    """A dictionary that remembers what was asked for."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._inner, self.asked = values, set[str]()

    def __getitem__(self, name: str) -> Any:
        self.asked.add(name)
        return self._inner[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._inner)

    def __len__(self) -> int:
        return len(self._inner)


def _says_nothing(value: Any) -> bool:
    return value is None or value is False or value in ([], (), {}, "")


def read_settings(config_class: type[R], values: Mapping[str, Any]) -> R:
    """`config_class.from_published(values)`; a ValueError names the settings that would be dropped.

    A setting is not dropped if it is null, false or empty, or is known to have no effect on what the model computes.
    """
    watched = _Watched(values)
    config: R = config_class.from_published(watched)
    dropped = [
        f"{name!r} = {value!r}"
        for name, value in values.items()
        if name not in watched.asked and not _says_nothing(value) and not WITHOUT_EFFECT.fullmatch(name)
    ]
    if dropped:
        raise FileFormatError(
            f"the configuration of this {values.get('model_type', 'model')} has settings that are not known here: "
            f"{', '.join(sorted(dropped))}; remove those that change nothing"
        )
    return config


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
        if value is not None and not 1 <= value <= MOST:
            raise FileFormatError(f"{name!r} of the configuration must be at least 1 and at most {MOST}, not {value}")
        return value

    def index(self, name: str, default: int = _REQUIRED) -> int:
        """A whole number from 0."""
        value: int = self._get(name, default, (int,), "a whole number")
        if not 0 <= value <= MOST:
            raise FileFormatError(f"{name!r} of the configuration must be at least 0 and at most {MOST}, not {value}")
        return value

    def optional_integer(self, name: str) -> int | None:
        """A positive whole number, or None when missing or null."""
        return self.integer(name) if self.values.get(name) is not None else None

    def optional_index(self, name: str) -> int | None:
        """A whole number from 0, or None when missing or null."""
        return self.index(name) if self.values.get(name) is not None else None

    def number(self, name: str, default: float = _REQUIRED) -> float:
        value = self._get(name, default, (int, float), "a number")
        if not math.isfinite(value):
            raise FileFormatError(f"{name!r} of the configuration must be a finite number, not {value}")
        return float(value)

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
        value = self._get(name, (), (int, list, tuple), "a token id or a list of them")
        ids = tuple(value) if isinstance(value, list | tuple) else (value,)
        if not all(isinstance(id_, int) and not isinstance(id_, bool) for id_ in ids):
            raise FileFormatError(f"{name!r} of the configuration must be a token id or a list of them, not {value!r}")
        return ids

    def is_saved_as(self, class_name: str) -> bool:
        """Whether `architectures` names this class of Transformers."""
        names: list[Any] = self._get("architectures", [], (list, tuple), "a list of class names")
        return class_name in names

    def table(self, name: str) -> dict[str, Any]:
        """A dictionary, empty when missing or null."""
        value: Mapping[str, Any] = self._get(name, {}, (Mapping,), "a JSON object")
        return dict(value)

    def ignore(self, *names: str) -> None:
        """These settings say nothing about this model, or say again what others say."""
        for name in names:
            self.values.get(name)

    def layer_types(self, n_layers: int) -> tuple[str, ...] | None:
        """The list `layer_types`, one entry a layer, or None when the file has none."""
        value = self._get("layer_types", None, (list, tuple), "a list")
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
        new, old = self.table("rope_parameters"), self.table("rope_scaling")
        if new and old and new != old:
            raise FileFormatError("the configuration has both 'rope_parameters' and 'rope_scaling', and they differ")
        values = new or old
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
