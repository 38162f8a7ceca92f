"""The lock: which version of each package was tested, and is therefore the one that gets installed.

`pyproject.toml` says what is needed, `requirements.lock` in which version: one of each package, whatever the machine and the
Python, found by uv. Installers take it as constraints, so that the extras choose the packages and the lock their versions. It
holds no address, no path and no hash: a company's mirror serves it as well, and a CPU build of PyTorch satisfies it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, distributions, requires
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from nlpjourney.cli.output import next_step, say
from nlpjourney.errors import FileFormatError, InvalidInput, UnknownName
from nlpjourney.study.paths import ROOT

if TYPE_CHECKING:
    from packaging.requirements import Requirement
    from packaging.utils import NormalizedName

PROJECT, LOCK = ROOT / "pyproject.toml", ROOT / "requirements.lock"
HEAD = "# The versions that were tested together, for Python 3.11 to 3.13. Written by `journey lock --upgrade`.\n"
PYTHONS = ("3.11", "3.12", "3.13")
SYSTEMS = (("linux", "posix", "Linux"), ("darwin", "posix", "Darwin"), ("win32", "nt", "Windows"))
# What only one machine has is no part of a lock for all: local builds such as 2.13.0+cpu would come from there.
OF_ONE_MACHINE = ("UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_CONSTRAINT", "UV_TORCH_BACKEND")


class Difference(NamedTuple):
    """A package that is not installed as it should be; `installed` is empty when it is not installed at all."""

    package: str
    installed: str
    wanted: str


def read_lock(text: str) -> list[Requirement]:
    """The lines of a lock. Raises FileFormatError for one that is more, or less, than a name, a version and a condition."""
    from packaging.requirements import InvalidRequirement, Requirement

    pins = []
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        try:
            pin = Requirement(line)
        except InvalidRequirement:
            pin = None
        clauses = list(pin.specifier) if pin else []
        if pin is None or pin.url or pin.extras or len(clauses) != 1 or clauses[0].operator != "==":
            raise FileFormatError(f"{line!r} is not of the form name==version, and a lock holds nothing else")
        if "+" in clauses[0].version or "*" in clauses[0].version:
            raise FileFormatError(f"{line!r} names a version that not every package index has")
        pins.append(pin)
    return pins


def versions(pins: Iterable[Requirement], machine: dict[str, str] | None = None) -> dict[NormalizedName, str]:
    """The locked version of each package, by its normalized name, on a machine (this one by default)."""
    from packaging.utils import canonicalize_name

    return {
        canonicalize_name(pin.name): next(iter(pin.specifier)).version
        for pin in pins
        if pin.marker is None or pin.marker.evaluate(machine)
    }


def misfits(project: dict[str, Any], lock: str) -> list[str]:
    """What `pyproject.toml` asks for and the lock does not give, on any Python and system; empty when it fits."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    pins = read_lock(lock)
    needed = [
        *project["project"]["dependencies"],
        *(line for extra in project["project"]["optional-dependencies"].values() for line in extra),
        *(line for group in project["dependency-groups"].values() for line in group),
        *project["build-system"]["requires"],
        *project["tool"]["uv"]["constraint-dependencies"],
    ]
    found: dict[str, None] = {}  # each once, in order
    for machine in _machines():
        locked = versions(pins, machine)
        for requirement in map(Requirement, needed):
            if requirement.marker is not None and not requirement.marker.evaluate(machine):
                continue
            version = locked.get(canonicalize_name(requirement.name))
            if version is None:
                found[f"{requirement.name} is not locked"] = None
            elif not requirement.specifier.contains(version, prereleases=True):
                found[f"{requirement.name} is locked at {version}, needed {requirement.specifier}"] = None
    return list(found)


def _machines() -> Iterator[dict[str, str]]:
    for python in PYTHONS:
        for platform, name, system in SYSTEMS:
            yield {
                "python_version": python,
                "python_full_version": f"{python}.0",
                "sys_platform": platform,
                "os_name": name,
                "platform_system": system,
                "extra": "",
            }


def differences(*extras: str) -> list[Difference]:
    """What is installed otherwise than locked, and what the project with these extras needs and is missing.

    Without a lock (the package was installed from a wheel), the versions that packages ask for stand in.
    """
    from packaging.specifiers import SpecifierSet
    from packaging.utils import canonicalize_name

    installed = {canonicalize_name(found.name): found.version for found in distributions()}
    locked = versions(read_lock(LOCK.read_text(encoding="utf-8"))) if LOCK.exists() else {}
    wanted = {name: SpecifierSet(f"=={version}") for name, version in locked.items()}  # 2.13.0+cpu satisfies ==2.13.0
    needed = set()
    for requirement in needed_here(*extras):
        name = canonicalize_name(requirement.name)
        needed.add(name)
        if name not in locked:
            wanted[name] = wanted.get(name, SpecifierSet()) & requirement.specifier
    return [
        Difference(name, installed.get(name, ""), str(wanted[name]).removeprefix("=="))
        for name in sorted(wanted)
        if (name in installed and not wanted[name].contains(installed[name], prereleases=True))
        or (name in needed and name not in installed)
    ]


def needed_here(*extras: str) -> Iterator[Requirement]:
    """All that the installed project needs on this machine, directly and through others; what is missing is named too."""
    from packaging.requirements import Requirement

    waiting = [Requirement(f"nlp-journey[{','.join(extras)}]")]
    seen: set[str] = set()
    while waiting:
        parent = waiting.pop()
        if str(parent) in seen:
            continue
        seen.add(str(parent))
        try:
            lines = requires(parent.name) or []
        except PackageNotFoundError:
            continue
        for child in map(Requirement, lines):
            if child.marker is None or any(child.marker.evaluate({"extra": extra}) for extra in ("", *parent.extras)):
                child.marker = None
                waiting.append(child)
                yield child


def renew(packages: Sequence[str] = ()) -> list[Difference]:
    """Write the lock anew: the newest versions that go together, or only these packages'. Returns what has changed.

    Raises InvalidInput when no versions go together or the index cannot be read, and UnknownName; the lock stays as it was.
    """
    from packaging.utils import canonicalize_name

    from nlpjourney.files import write_text
    from nlpjourney.indexes import for_uv, pip_settings

    before = versions(read_lock(LOCK.read_text(encoding="utf-8"))) if LOCK.exists() else {}
    environment = os.environ | for_uv(pip_settings())
    for variable in OF_ONE_MACHINE:
        environment.pop(variable, None)
    with tempfile.TemporaryDirectory(prefix="nlp-journey-lock-") as folder:
        target = Path(folder) / LOCK.name
        if packages:
            shutil.copy(LOCK, target)  # what stands there already is kept
        command = [sys.executable, "-m", "uv", "pip", "compile", str(PROJECT), "--output-file", str(target)]
        command += ["--all-extras", "--group", "setup", "--no-annotate", "--no-header", "--quiet"]
        # One version for all Pythons: what mypy and the tests see is the same everywhere.
        command += ["--universal", "--python-version", PYTHONS[0], "--fork-strategy", "fewest"]
        command += [f"--upgrade-package={package}" for package in packages]
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise InvalidInput(f"uv found no versions that go together: {done.stderr.strip()}")
        lock = HEAD + target.read_text(encoding="utf-8")
    after = versions(read_lock(lock))
    for package in packages:
        if canonicalize_name(package) not in after:
            raise UnknownName(f"nothing here needs {package!r}; name it in {PROJECT.name} first")
    write_text(LOCK, lock)
    changed = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    return [Difference(name, before.get(name, ""), after.get(name, "")) for name in changed]


@click.command()
@click.option("--upgrade", is_flag=True, help="Look for newer versions and write the lock.")
@click.argument("packages", nargs=-1)
def lock(upgrade: bool, packages: tuple[str, ...]) -> None:
    """Does the lock fit pyproject.toml? With --upgrade: renew it, or only the named PACKAGES in it."""
    if packages and not upgrade:
        raise click.UsageError(f"to renew them: journey lock --upgrade {' '.join(packages)}")
    if upgrade:
        for change in renew(packages):
            say(f"{change.package}: {change.installed or 'new'} → {change.wanted or 'no longer needed'}")
    with PROJECT.open("rb") as project:
        wrong = misfits(tomllib.load(project), LOCK.read_text(encoding="utf-8"))
    if wrong:
        raise click.ClickException("\n".join([f"{LOCK.name} does not fit {PROJECT.name}:", *wrong, MEND]))
    say(f"{LOCK.name} fits {PROJECT.name}.")
    next_step("./journey test, which installs it" if upgrade else "journey lock --upgrade looks for newer versions")


MEND = "For a package that is new: journey lock --upgrade NAME. For the newest of all: journey lock --upgrade."
COMMANDS = [lock]
