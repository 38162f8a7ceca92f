"""What all architectures share: reading and writing the published form, and first weights.

The seam to every file format is one mapping: tensors by the names of the Hugging Face hub. `load_weights` takes it, `weights`
gives it; safetensors folders are read by `folder.py`, and any other reader only has to produce the same names. Our modules
carry those names themselves wherever they are readable; where not, `to_published` renames.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from nlpjourney.errors import FileFormatError
from nlpjourney.llm.blocks.experts import Router
from nlpjourney.llm.config_json import read_settings
from nlpjourney.llm.gguf import read_published
from nlpjourney.llm.models.folder import read_config, read_tensors, write_folder


@contextmanager
def naming(path: str | Path) -> Iterator[None]:
    """What is found wrong in here is said to be wrong with `path`."""
    try:
        yield
    except ValueError as error:
        raise FileFormatError(f"{path}: {error}") from None


def one_by_one(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """All experts of a layer in one tensor, as Transformers 5 holds them in memory and some tools write them, taken apart.

    `….experts.gate_up_proj` (E, 2·F, D) and `….experts.down_proj` (E, D, F) become `….experts.0.gate_proj.weight` and so on.
    """
    out: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        stem, _, last = name.rpartition(".")
        if not stem.endswith(".experts") or last not in ("gate_up_proj", "down_proj") or tensor.dim() != 3:
            out[name] = tensor
            continue
        parts = tensor.chunk(2, dim=1) if last == "gate_up_proj" else (tensor,)
        for part, called in zip(parts, ("gate_proj", "up_proj") if len(parts) == 2 else ("down_proj",)):
            out |= {f"{stem}.{e}.{called}.weight": matrix.contiguous() for e, matrix in enumerate(part)}
    return out


class _NoInitialisation(TorchFunctionMode):
    """Within it, the functions of `torch.nn.init` do nothing; on tensors without data they would do so very slowly."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if getattr(func, "__module__", None) == "torch.nn.init":
            return args[0] if args else kwargs["tensor"]
        return func(*args, **(kwargs or {}))


FEW_MODULES = 1000  # are built in no time


def _check_counts(settings: Any, tensors: Mapping[str, Tensor]) -> None:
    """Each layer and each expert is built, if only to be found missing: many need many tensors (experts may share one)."""
    stacked = max((tensor.shape[0] for tensor in tensors.values() if tensor.dim() == 3), default=0)
    for name, most in (
        ("n_layers", len(tensors)),
        ("n_decoder_layers", len(tensors)),
        ("n_experts", len(tensors) + stacked),
    ):
        if getattr(settings, name, 0) > max(most, FEW_MODULES):
            raise FileFormatError(
                f"the configuration asks for {name} = {getattr(settings, name)}, but there are only {len(tensors)} tensors"
            )


class ModelConfig(Protocol):
    """A frozen dataclass: an architecture's settings in the papers' words, and the way from and to config.json."""

    @classmethod
    def from_published(cls, values: Mapping[str, Any]) -> Self: ...

    def to_published(self) -> dict[str, Any]: ...


C = TypeVar("C", bound=ModelConfig)


class PretrainedModel(nn.Module, Generic[C]):
    """Base of all architectures. A subclass sets `config_class`, builds its modules, and calls `initialise` at the end."""

    config_class: ClassVar[type[Any]]
    model_types: ClassVar[tuple[str, ...]] = ()  # the `model_type`s of config.json that this class reads
    names: ClassVar[
        Sequence[tuple[str, str]]
    ] = ()  # (regular expression in our names, its replacement) → published names
    transposed: ClassVar[str | None] = None  # published names whose matrices are stored (in, out)
    ignored: ClassVar[Sequence[str]] = (r"rotary_emb\.inv_freq$",)  # published tensors that hold nothing learned
    prefix: ClassVar[str] = ""  # of all published names but those of the head; files of the bare model lack it
    tied: ClassVar[tuple[str, str] | None] = ("lm_head.weight", "model.embed_tokens.weight")

    def __init__(self, config: C) -> None:
        super().__init__()
        self.config = config

    @classmethod
    def from_pretrained(cls, path: str | Path, dtype: torch.dtype = torch.float32) -> Self:
        """The model of a folder (config.json and safetensors) or of a GGUF file, in `eval` mode, its weights as `dtype`."""
        if Path(path).is_file():
            config, tensors = read_published(path)
        else:
            config, tensors = read_config(path), read_tensors(path)
        with naming(path):
            return cls.from_tensors(config, tensors, dtype)

    @classmethod
    def from_tensors(
        cls, config: Mapping[str, Any], tensors: dict[str, Tensor], dtype: torch.dtype = torch.float32
    ) -> Self:
        """The same from the dictionary of a config.json and tensors by their published names. `tensors` is changed to `dtype`.

        Raises ValueError for a setting that is not known or not supported, and for tensors that do not fit.
        """
        settings = read_settings(cls.config_class, config)
        _check_counts(settings, tensors)
        try:
            with torch.device("meta"), _NoInitialisation():  # shapes only: the weights are about to be replaced
                model = cls(settings)
        except RuntimeError as error:  # PyTorch cannot count so many numbers
            raise FileFormatError(f"the sizes of the configuration make no model: {error}") from None
        for name, tensor in tensors.items():  # one at a time, so that a model is in memory once
            if tensor.is_floating_point():
                tensors[name] = tensor.to(dtype)
        model.load_weights(tensors)
        return model.eval()

    def save_pretrained(self, folder: str | Path, max_shard_bytes: int = 5_000_000_000) -> None:
        """Write a folder that `from_pretrained` reads, ours and that of Transformers."""
        dtype = str(next(self.parameters()).dtype).removeprefix("torch.")
        write_folder(folder, {**self.config.to_published(), "dtype": dtype}, self.weights(), max_shard_bytes)

    def to_published(self, name: str) -> str:
        """The published name of our parameter `name`."""
        for pattern, replacement in self.names:
            name = re.sub(pattern, replacement, name)
        return name

    def weights(self) -> dict[str, Tensor]:
        """All tensors by their published names."""
        out = {}
        for name, tensor in self.state_dict().items():
            published = self.to_published(name)
            turned = self.transposed is not None and re.search(self.transposed, published)
            out[published] = tensor.T if turned else tensor
        return out

    def load_weights(self, tensors: Mapping[str, Tensor]) -> None:
        """Take the weights from tensors by their published names, without copying them.

        Raises ValueError that names the tensors which are missing, too many, or of another shape.
        """
        if not any(name.startswith(self.prefix) for name in tensors):
            tensors = {name if name.startswith("lm_head.") else self.prefix + name: t for name, t in tensors.items()}
        known = {name: t for name, t in tensors.items() if not any(re.search(p, name) for p in self.ignored)}
        given = {self.canonical(name): t for name, t in one_by_one(known).items()}
        published_tensors = dict(given)
        state, missing, wrong = {}, [], []
        for name, parameter in self.state_dict().items():
            published = self.to_published(name)
            tensor = given.pop(published, None)
            if tensor is None:
                missing.append(published)
                continue
            if self.transposed is not None and re.search(self.transposed, published):
                tensor = tensor.T.contiguous()
            if tensor.shape != parameter.shape:
                wrong.append(
                    f"{published} is {tuple(tensor.shape)}, the configuration asks for {tuple(parameter.shape)}"
                )
            state[name] = tensor
        if self.tied is not None and self.tied[0] in given:
            head, embedding = given.pop(self.tied[0]), published_tensors.get(self.tied[1])
            if embedding is None or not torch.equal(head, embedding):
                wrong.append(
                    f"{self.tied[0]} differs from {self.tied[1]}, though the configuration says that they are one"
                )
        if missing == ["lm_head.weight"]:
            raise FileFormatError(
                "the tensor lm_head.weight is missing, which makes logits: the folder holds the bare model without its head, "
                "and the configuration does not say that the embedding takes its place (tie_word_embeddings)"
            )
        for what, names in (
            ("are missing", missing),
            ("are not part of this model", sorted(given)),
            ("do not fit", wrong),
        ):
            if names:
                more = f" and {len(names) - 5} more" if len(names) > 5 else ""
                raise FileFormatError(f"{len(names)} tensors {what}: {'; '.join(names[:5])}{more}")
        self.load_state_dict(state, assign=True)

    def canonical(self, name: str) -> str:
        """The current published name of a tensor that older files call otherwise."""
        return name

    def initialise(self, std: float = 0.02, seed: int = 0) -> None:
        """Weights to start training from: matrices normal with `std`, biases 0, norms as they are."""
        generator = torch.Generator().manual_seed(seed)
        for module in self.modules():
            if isinstance(module, (nn.Linear, nn.Embedding, Router)) and not module.weight.is_meta:
                nn.init.normal_(module.weight, 0.0, std, generator=generator)
                if isinstance(module, nn.Linear) and module.bias is not None:
                    nn.init.zeros_(module.bias)

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device

    @property
    def n_parameters(self) -> int:
        """How many numbers are learned, tied ones once."""
        return sum(p.numel() for p in self.parameters())
