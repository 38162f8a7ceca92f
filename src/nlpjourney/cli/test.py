"""The verb `test`: everything, what a topic has, or what a change can touch."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

import click

from nlpjourney.cli.output import say

GIGABYTES_A_PROCESS = 2


@click.command(context_settings={"ignore_unknown_options": True})
@click.option(
    "--topic", "topic_id", metavar="ID", help="What belongs to a topic: its practice, exercises, tools, modules."
)
@click.option(
    "--changed",
    "base",
    is_flag=False,
    flag_value="HEAD",
    metavar="[BASE]",
    help="What can be touched by the changes since BASE (a branch or commit; by default the last commit).",
)
@click.option(
    "--no-cache",
    is_flag=True,
    envvar="NLP_JOURNEY_NO_CACHE",
    help="Run tools that were green with the same inputs, too (or set NLP_JOURNEY_NO_CACHE=1).",
)
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED)
def test(topic_id: str | None, base: str | None, no_cache: bool, pytest_args: tuple[str, ...]) -> None:
    """Run all checks: ruff, mypy, import rules, and pytest.

    With arguments of yours and no option: pytest alone. With --topic or --changed they are handed on to it.
    """
    from nlpjourney.study.paths import ROOT

    if topic_id and base:
        raise click.UsageError("--topic and --changed choose differently: give one of them")
    pytest = [sys.executable, "-m", "pytest"]
    if pytest_args and not (topic_id or base):
        sys.exit(subprocess.call([*pytest, *pytest_args], cwd=ROOT))
    chosen = _chosen(topic_id, base) if topic_id or base else []
    everything = not chosen
    ruff = [sys.executable, "-m", "ruff"]
    steps = [
        [*ruff, "format", "--check", "."],
        [*ruff, "check", "."],
        [sys.executable, "-m", "mypy"],
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
    ]
    if everything:
        steps.append([sys.executable, "-m", "nlpjourney.cli", "assets", "fetch"])
    # What is dear begins first, which xdist would undo by beginning with groups of many tests.
    parallel = ["-n", str(processes()), "--dist", "loadgroup", "--no-loadscope-reorder"]
    cover = ["-rs", "--cov", "--cov-report=term:skip-covered", "--durations=15"] if everything else []
    tools = everything or any(argument.startswith("--tool=") for argument in chosen)
    memory = ["--remember"] if tools and not no_cache else []
    steps.append([*pytest, *parallel, *cover, *memory, *chosen, *pytest_args])
    failed = []
    for step in steps:
        shown = " ".join(step[1:])
        say(f"\n$ {shown}", style="bold")
        if subprocess.call(step, cwd=ROOT):
            failed.append(shown)
    for step_name in failed:
        say(f"FAILED: {step_name}", style="bold red")
    sys.exit(1 if failed else 0)


def _chosen(topic_id: str | None, base: str | None) -> Sequence[str]:
    """What to hand to pytest; nothing when all is to be run. Says what is left out."""
    from nlpjourney.source import Sources
    from nlpjourney.study import selection
    from nlpjourney.study.paths import ROOT
    from nlpjourney.study.roadmap import topic

    if topic_id:
        sources = Sources(ROOT)
        found = selection.of_topic(topic(topic_id), sources)
    else:
        changed = selection.changed_since(base or "HEAD", ROOT)
        if not changed:
            raise click.ClickException(f"nothing differs from {base}; `--changed main` compares with the branch main")
        sources = Sources(ROOT, gone=[ROOT / name for name in changed if name.endswith(".py")])
        found = selection.of_change(changed, sources)
    for line in found.report(selection.select(selection.units(sources))):
        say(line)
    return found.arguments()


def processes() -> int:
    """One for each core that we may use, as far as memory goes."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not hasattr(os, "sysconf"):
        return cores
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return max(1, min(cores, int(memory / GIGABYTES_A_PROCESS)))


COMMANDS = [test]
