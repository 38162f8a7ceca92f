"""What is computed once and kept: vectors that were learned, texts that were parsed, a tokenizer that was trained.

One rule for all of it: a thing lies in `cache_folder()/derived/<name>/<key>`, and the key is a hash of what goes in (the bytes of
the inputs) and of the code that makes it. So another corpus or a new line of the algorithm makes it anew, and an edit elsewhere
does not. The code is the file that defines the function, and of our package all that this file takes, by names (see `source`);
hence such a function stands in a module of its own, beside nothing that it does not need. The versions of Python and of other
packages count only where the caller puts them among the inputs.
"""

from __future__ import annotations

import hashlib
import inspect
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from filelock import FileLock

from nlpjourney.assets.entries import Asset
from nlpjourney.assets.store import cache_folder
from nlpjourney.errors import InvalidInput
from nlpjourney.source import Sources

PACKAGE = Path(__file__).parents[1]
# These bring and keep files; what is in them is settled by the assets' own hashes.
CARRIERS = {PACKAGE / "assets" / "store.py", Path(__file__)}


def derived(name: str, inputs: Iterable[Asset | Path | str | bytes], make: Callable[[Path], object]) -> Path:
    """The file or folder that `make(path)` writes at `path`; it is called only when there is none of these inputs and this code.

    name: letters, digits, dots and hyphens. One thing is kept a name: an older one, of other inputs or other code, is removed.
    inputs: all that `make` reads. An asset counts by the hashes in the catalog, so that nobody has to read or fetch it to find
    what was made of it; a file, and a text, by its bytes.

    Of several processes one makes it while the others wait. It is written aside and renamed, so that there is never half of one;
    where `make` raises an error, that error is the caller's and nothing is kept.
    """
    if not re.fullmatch(r"\w[\w.-]*", name):
        raise InvalidInput(f"a derived thing is called by letters, digits, dots and hyphens, unlike {name!r}")
    folder, locks = cache_folder() / "derived" / name, cache_folder() / "locks"
    place = folder / _key(inputs, make)
    if not place.exists():
        locks.mkdir(parents=True, exist_ok=True)
        with FileLock(locks / f"derived-{name}.lock"):
            if not place.exists():
                _make(place, make)
    return place


def _key(inputs: Iterable[Asset | Path | str | bytes], make: Callable[[Path], object]) -> str:
    digest = hashlib.sha256()
    for part in (*map(_bytes, inputs), *map(Path.read_bytes, _code(Path(inspect.getfile(make))))):
        digest.update(len(part).to_bytes(8, "little") + part)  # with its length: "ab", "c" is not "a", "bc"
    return digest.hexdigest()[:16]


def _bytes(one: Asset | Path | str | bytes) -> bytes:
    match one:
        case Asset():
            return repr((one.archives, one.member, one.file, one.sha256)).encode()
        case Path():
            return one.read_bytes()
        case str():
            return one.encode("utf-8", "surrogatepass")
        case _:
            return one


def _code(file: Path) -> list[Path]:
    """The modules that decide what a function of `file` makes."""
    sources = Sources(PACKAGE.parent, folders=[PACKAGE.name])
    sources.files -= CARRIERS
    return sorted(f for f in sources.used(file) if f.suffix == ".py")


def _make(place: Path, make: Callable[[Path], object]) -> None:
    """Make it aside, rename it, and drop what stood there before."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent.parent, prefix=f".{place.parent.name}-") as aside:
        made = Path(aside) / place.name
        make(made)
        os.replace(made, place)
    for old in set(place.parent.iterdir()) - {place}:
        if old.is_dir():
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.unlink(missing_ok=True)
