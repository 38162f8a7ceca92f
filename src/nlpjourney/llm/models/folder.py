"""A model as the Hugging Face hub keeps it: a folder with `config.json` and its tensors in safetensors files.

One file `model.safetensors`, or several with `model.safetensors.index.json`, which says where each tensor is. A safetensors
file is a JSON header (name, dtype, shape, place) and then the bytes: nothing in it can run, unlike the pickles that it
replaced.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from nlpjourney.errors import FileFormatError, MissingFile
from nlpjourney.files import write_text

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"


def read_config(folder: str | Path) -> dict[str, Any]:
    """The dictionary of the folder's config.json."""
    file = Path(folder) / "config.json"
    if not file.is_file():
        raise MissingFile(f"{folder} holds no config.json: a model's folder has one beside its safetensors files")
    return _read_object(file)


def _read_object(file: Path) -> dict[str, Any]:
    try:
        values = json.loads(file.read_bytes().decode())
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FileFormatError(f"{file} is not valid JSON: {error}") from None
    if not isinstance(values, dict):
        raise FileFormatError(f"{file} must hold a JSON object, not {type(values).__name__}")
    return values


def read_tensors(folder: str | Path) -> dict[str, Tensor]:
    """All tensors of the folder by their names, as stored. One whole file is preferred to an index, as Transformers does."""
    folder = Path(folder)
    places: dict[str, str] = {}
    if (folder / WEIGHTS).is_file():
        files = [WEIGHTS]
    elif (folder / INDEX).is_file():
        places = _read_places(folder / INDEX)
        files = sorted(set(places.values()))
    else:
        raise MissingFile(f"{folder} holds neither {WEIGHTS} nor {INDEX}")
    tensors: dict[str, Tensor] = {}
    for name in files:
        if Path(name).name != name:
            raise FileFormatError(f"{INDEX} points outside its folder: {name!r}")
        if not (folder / name).is_file():
            raise MissingFile(f"{INDEX} names {name}, which is not in {folder}")
        try:
            with safe_open(folder / name, framework="pt") as file:
                for key in file.keys():  # noqa: SIM118 (not a dictionary)
                    tensors[key] = file.get_tensor(key)
        except SafetensorError as error:
            raise FileFormatError(f"{folder / name} is damaged: {error}") from None
    lost = sorted(set(places) - set(tensors))
    if lost:
        raise FileFormatError(f"{INDEX} names tensors that its files do not hold: {', '.join(lost[:5])}")
    return tensors


def _read_places(index: Path) -> dict[str, str]:
    """In which file each tensor is."""
    places = _read_object(index).get("weight_map")
    if not isinstance(places, dict) or not all(isinstance(file, str) for file in places.values()):
        raise FileFormatError(f"{index} must have a 'weight_map' that says for each tensor the name of its file")
    return places


def write_folder(
    folder: str | Path, config: Mapping[str, Any], tensors: Mapping[str, Tensor], max_shard_bytes: int = 5_000_000_000
) -> None:
    """Write config.json and the tensors, in files of at most `max_shard_bytes`, each written aside and renamed."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    shards: list[dict[str, Tensor]] = [{}]
    used = 0
    for name, tensor in tensors.items():
        size = tensor.numel() * tensor.element_size()
        if used and used + size > max_shard_bytes:
            shards.append({})
            used = 0
        shards[-1][name] = tensor.detach().contiguous()
        used += size
    if len(shards) == 1:
        _write_shard(folder / WEIGHTS, shards[0])
    else:
        where: dict[str, str] = {}
        for i, shard in enumerate(shards, 1):
            file = f"model-{i:05}-of-{len(shards):05}.safetensors"
            _write_shard(folder / file, shard)
            where.update(dict.fromkeys(shard, file))
        total = sum(t.numel() * t.element_size() for t in tensors.values())
        write_text(
            folder / INDEX, json.dumps({"metadata": {"total_size": total}, "weight_map": where}, indent=2) + "\n"
        )
    # What an earlier model left in the same folder would be read instead of, or beside, this one.
    current = {WEIGHTS} if len(shards) == 1 else {INDEX, *where.values()}
    for old in (*folder.glob("model-*-of-*.safetensors"), folder / WEIGHTS, folder / INDEX):
        if old.name not in current:
            old.unlink(missing_ok=True)
    write_text(folder / "config.json", json.dumps(config, indent=2, sort_keys=True) + "\n")


def _write_shard(file: Path, tensors: dict[str, Tensor]) -> None:
    aside = file.with_name(f".{file.name}.part")
    try:
        save_file(tensors, aside, metadata={"format": "pt"})
        aside.replace(file)
    finally:
        aside.unlink(missing_ok=True)
