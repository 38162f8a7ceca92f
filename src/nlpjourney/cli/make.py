"""The verbs of those who write topics, and of the curious: build, bench, systems, system."""

from __future__ import annotations

import sys
import time
from dataclasses import asdict

import click

from nlpjourney.cli.output import json_option, next_step, say, say_json, say_table


@click.command()
@click.argument("topic", required=False)
def build(topic: str | None) -> None:
    """Execute practices and write their notebooks: one topic, or all whose source has changed."""
    from nlpjourney.study import build as builder
    from nlpjourney.study.roadmap import topic as find
    from nlpjourney.study.roadmap import topics

    changed = (t for t in topics() if t.source.exists() and not (t.is_built and builder.is_current(t)))
    chosen = [find(topic)] if topic else list(changed)
    for t in chosen:
        start = time.monotonic()
        say(f"{t} …")
        builder.build(t)
        say(f"  executed in {time.monotonic() - start:.0f} s")
    readme = builder.update_readme()
    say(f"{len(chosen)} built; the README's table is {'rewritten' if readme else 'up to date'}.")
    next_step("journey test")


@click.command()
@click.argument("names", nargs=-1)
@click.option("--list", "list_only", is_flag=True, help="Which there are.")
@json_option
def bench(names: tuple[str, ...], list_only: bool, as_json: bool) -> None:
    """Measure ours against its peers: all comparisons, or those of the named files of bench/."""
    from nlpjourney.study import bench as benches

    if list_only:
        say("\n".join(benches.names()))
        return
    for name in names or benches.names():
        measured = []
        for comparison in benches.load(name):
            row = benches.measure(name, comparison)
            benches.save([row])  # at once: the next may be cut short
            measured.append(row)
            if as_json:
                say_json(asdict(row))
            else:
                say(
                    f"{row.work} against {row.peer}: {row.ratio:.2f}× ({row.ratio_low:.2f}–{row.ratio_high:.2f}) {row.speed}"
                )
        benches.forget_others(name, measured)
    if not as_json:
        next_step("docs/benchmarks.md has the table")


@click.command()
@json_option
@click.option("--run", "run_all", is_flag=True, help="Run all that have a script.")
def systems(as_json: bool, run_all: bool) -> None:
    """The named tools: how each is used, and when it last ran here with what result."""
    from nlpjourney.study import systems as tools
    from nlpjourney.study.practice import demand_practices
    from nlpjourney.study.roadmap import topics

    demand_practices()
    ready = [(t, s) for t in topics() for s in t.systems if t.system_script(s).exists()]
    if run_all:
        for t, s in ready:
            _report(tools.run(t, s), s.name)
    last = tools.results()
    rows = []
    for t in topics():
        for s in t.systems:
            run = last.get((t.id, s.slug))
            state = ("green" if run.ok else "red") if run else "not run here" if (t, s) in ready else "to come"
            rows.append((t, s, state, run))
    if as_json:
        say_json(
            [
                {"topic": t.id, "tool": s.name, "how": s.how, "state": state, "run": r and asdict(r)}
                for t, s, state, r in rows
            ]
        )
        return
    say_table(
        ["Topic", "Tool", "How", "State", "Last run"],
        [
            (t.id, s.name, s.how, state, f"{r.at[:10]} {r.version}: {r.line}" if r else s.note)
            for t, s, state, r in rows
            if state != "to come"
        ],
    )
    later = sum(state == "to come" for _, _, state, _ in rows)
    say(f"{later} more tools belong to topics that have no notebook yet: they cannot be run.")
    next_step("journey system NAME runs one")


@click.command()
@click.argument("name")
@click.option("--topic", "topic_id", help="Only that of this topic.")
@json_option
def system(name: str, topic_id: str | None, as_json: bool) -> None:
    """Run a named tool for real."""
    from nlpjourney.study import systems as tools

    found = [(t, s) for t, s in tools.find(name, topic_id) if t.system_script(s).exists()]
    if not found:
        raise click.ClickException(f"{name} belongs to a topic that has no notebook yet: it cannot be run")
    runs = [(s.name, tools.run(t, s)) for t, s in found]
    if as_json:
        say_json([asdict(run) for _, run in runs])
    else:
        for tool, run in runs:
            _report(run, tool)
        next_step("journey systems")
    sys.exit(0 if all(run.ok for _, run in runs) else 1)


def _report(run: object, name: str) -> None:
    from nlpjourney.study.systems import Run

    assert isinstance(run, Run)
    say(f"{run.topic} {name} {run.version}: {'green' if run.ok else 'RED'}, {run.seconds:.0f} s. {run.result}")


COMMANDS = [build, bench, systems, system]
