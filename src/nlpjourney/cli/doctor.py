"""What a working installation needs, each thing looked at for real."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import requires
from pathlib import Path


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `needed`: nothing works without it."""

    what: str
    ok: bool
    found: str
    mend: str = ""
    needed: bool = True


def examine() -> list[Finding]:
    """All findings, in the order in which they should be mended."""
    checks: list[Callable[[], Iterator[Finding]]] = [
        _python,
        _packages,
        _imports,
        _numba,
        _folders,
        _assets,
        _memory,
        _browser,
    ]
    found: list[Finding] = []
    for check in checks:
        try:
            found += check()
        except Exception as error:  # a check that cannot even run is itself a finding
            found.append(
                Finding(check.__name__.strip("_"), False, f"{type(error).__name__}: {error}", "Run ./journey again.")
            )
    return found


def _python() -> Iterator[Finding]:
    now = ".".join(map(str, sys.version_info[:3]))
    tested = (3, 11) <= sys.version_info[:2] <= (3, 13)
    mend = "Tested are 3.11, 3.12 and 3.13: install one of them, delete .venv, run ./journey with it."
    yield Finding("Python", tested, now, mend, needed=sys.version_info < (3, 11))
    inside = sys.prefix != sys.base_prefix
    yield Finding("Virtual environment", inside, sys.prefix, "Run ./journey, which makes one.", needed=False)


def _packages() -> Iterator[Finding]:
    from nlpjourney.cli.lock import differences

    wrong = [
        f"{package} {installed} is installed, {wanted} was tested"
        if installed
        else f"{package} {wanted}".strip() + " is missing"
        for package, installed, wanted in differences("learn", "systems")
    ]
    mend = "Delete .venv/installed-* and run ./journey: it installs the versions that were tested."
    yield Finding("Packages", not wrong, "; ".join(wrong) or "all there, as they were tested", mend)


IMPORTS = """
import importlib, json, sys
failed = {}
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except BaseException as error:
        failed[name] = f"{type(error).__name__}: {error}"[:300]
print(json.dumps(failed))
"""
OURS = ("scipy.sparse", "nlpjourney.study.learner", "nlpjourney.app.launch", "nlpjourney.app.extension")


def _imports() -> Iterator[Finding]:
    """Whether what `journey start` needs can be imported: that a package is listed as installed does not say so."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS, *_modules(), *OURS], capture_output=True, text=True, check=False
    )
    lines = done.stdout.strip().splitlines()
    failed: dict[str, str] = json.loads(lines[-1]) if done.returncode == 0 and lines else {"Python": "it died"}
    # What fails because of another is named behind it.
    found = "; ".join(f"{name} cannot be imported ({why})" for name, why in failed.items())
    mend = "Delete .venv and run ./journey: it installs everything anew."
    yield Finding("What start needs", not failed, found or "all of it can be imported", mend)


def _modules() -> list[str]:
    """The modules of the packages that the core and the app are built on."""
    from importlib.metadata import packages_distributions

    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    named = [Requirement(line) for line in requires("nlp-journey") or []]
    wanted = {
        canonicalize_name(r.name)
        for r in named
        if r.marker is None or any(r.marker.evaluate({"extra": group}) for group in ("", "learn"))
    }
    modules: dict[str, list[str]] = {}
    for module, names in packages_distributions().items():
        for name in map(canonicalize_name, names):
            if name in wanted and module.isidentifier() and not module.startswith("_"):
                modules.setdefault(name, []).append(module)
    own = {name: name.replace("-", "_") for name in modules}
    return sorted(m for name, found in modules.items() for m in ([own[name]] if own[name] in found else found))


def _numba() -> Iterator[Finding]:
    code = "import numba; assert numba.njit(lambda x: x + 1)(2) == 3; print(numba.__version__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    found = done.stdout.strip() or (done.stderr.strip().splitlines() or ["it died"])[-1]
    yield Finding(
        "Compiler (Numba)",
        done.returncode == 0,
        found,
        "Run: .venv/bin/pip install --force-reinstall -c requirements.lock numba llvmlite",
    )


def _folders() -> Iterator[Finding]:
    from nlpjourney.assets import cache_folder

    work = Path(os.environ.get("NLP_JOURNEY_WORKSPACE") or Path.home() / "nlp-journey-workspace")
    for name, folder, variable in (
        ("Cache", cache_folder(), "NLP_JOURNEY_CACHE"),
        ("Workspace", work, "NLP_JOURNEY_WORKSPACE"),
    ):
        mend = f"Set {variable} to a folder in which you may write and that has 2 GB free."
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
            free = shutil.disk_usage(folder).free / 1e9
            yield Finding(name, free > 2, f"{folder}, {free:.0f} GB free", mend)
        except OSError as error:
            yield Finding(name, False, f"{folder}: {error.strerror}", mend)


def _assets() -> Iterator[Finding]:
    from nlpjourney.assets import catalog, is_cached

    needed = [asset.name for asset in catalog().values() if not asset.opt_in]
    missing = [name for name in needed if not is_cached(name)]
    found = f"{len(missing)} of {len(needed)} not fetched yet" if missing else "all here: practices need no network"
    yield Finding("Data and models", not missing, found, "Run: journey assets fetch", needed=False)


def _memory() -> Iterator[Finding]:
    if not hasattr(os, "sysconf"):
        return
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    yield Finding(
        "Memory",
        gigabytes > 3.5,
        f"{gigabytes:.0f} GB",
        "Close other programs; some practices need 4 GB.",
        needed=False,
    )


def _browser() -> Iterator[Finding]:
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), "")
    yield Finding(
        "Chromium, for the tests", bool(found), found or "not found", "Only `journey test` needs it.", needed=False
    )
