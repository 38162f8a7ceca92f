"""A plugin of pytest: where the time goes, what that comes to with all topics, and the order of tests that follows from it."""

from collections import Counter, defaultdict
from math import inf
from pathlib import PurePosixPath

import pytest

from nlpjourney.study import roadmap
from nlpjourney.study.paths import SOURCE

MINUTES = 60  # what a run may take with all topics
LAST_RUN = "journey/seconds"  # in pytest's cache
SHARED = tuple(f"tests/{name}" for name in ("app", "assets", "cli", "drawing", "http", "sandbox", "study", "town"))
DEMOS = {"demos", *(demo.stem for demo in (SOURCE / "app" / "demos").glob("*"))}  # grow, though tests/app is shared


def place_of(nodeid):
    """Where a test's time is counted, and what that grows with: "topics", "tools" or nothing ("")."""
    file, _, test = nodeid.partition("::")
    path = PurePosixPath(file)
    if str(path.parent) == "tests/practices":
        kind = test.partition("[")[0].rpartition("::")[2]
        return f"tests/practices: {kind}", "tools" if kind == "test_tool_runs_green" else "topics"
    if str(path.parent) == "tests/app" and path.stem.removeprefix("test_") in DEMOS:
        return "tests/app: demos", "topics"
    return str(path.parent), "" if str(path.parent).startswith(SHARED) or path.parent.name == "tests" else "topics"


def unit_of(item):
    """What runs in one piece: a group, a test that goes through the roadmap, otherwise a file, whose tests share fixtures."""
    if group := item.get_closest_marker("xdist_group"):
        return group.args[0]
    return item.nodeid if item.path.parent.name == "practices" else item.nodeid.partition("::")[0]


@pytest.hookimpl(trylast=True)  # when all groups are known
def pytest_collection_modifyitems(config, items):
    """The dearest first, so that no process is left with a long one at the end; what never ran may be dear."""
    cache = getattr(config, "cache", None)
    last = cache.get(LAST_RUN, {}) if cache else {}
    units = [unit_of(item) for item in items]
    first = {unit: i for i, unit in reversed(list(enumerate(units)))}
    order = sorted(range(len(items)), key=lambda i: (-last.get(units[i], inf), first[units[i]]))
    for item, unit in zip(items, units, strict=True):
        item.user_properties.append(("unit", unit))
    items[:] = [items[i] for i in order]


def pytest_terminal_summary(terminalreporter):
    """Where the time went, and what it comes to with all topics."""
    seconds, calls, grows, units = Counter(), Counter(), {}, defaultdict(float)
    full = Counter()  # what it would be if nothing were remembered
    for report in (r for reports in terminalreporter.stats.values() for r in reports if hasattr(r, "duration")):
        place, grows[place] = place_of(report.nodeid)
        said = dict(report.user_properties)
        seconds[place] += report.duration
        full[place] += said.get("seconds", report.duration) if report.when == "call" else report.duration
        units[said.get("unit", "")] += report.duration
        calls[grows[place]] += report.when == "call"
    terminalreporter.section("seconds by place, over all processes")
    for place, spent in seconds.most_common():
        terminalreporter.write_line(f"{spent:7.0f}  {place}")
    topics = roadmap.topics()
    tools = [(topic, system) for topic in topics for system in topic.systems]
    now = {"topics": sum(t.is_built for t in topics), "tools": sum(t.system_script(s).exists() for t, s in tools)}
    then = {"topics": len(topics), "tools": len(tools)}
    if calls["tools"] != now["tools"] or not calls["topics"] or not calls[""]:
        return  # not a run of everything
    if cache := getattr(terminalreporter.config, "cache", None):
        cache.set(LAST_RUN, {unit: round(spent, 2) for unit, spent in units.items()})
    processes = terminalreporter.config.getoption("numprocesses", None) or 1
    minutes = Counter(
        {
            place: spent * (then[by] / now[by] if (by := grows[place]) else 1) / processes / 60
            for place, spent in full.items()
        }
    )
    total = sum(minutes.values())
    terminalreporter.write_line(
        f"Carried from {now['topics']} topics and {now['tools']} tools to {then['topics']} and {then['tools']}: "
        f"{total:.0f} minutes in {processes} processes."
    )
    if total > MINUTES:
        dearest = ", ".join(f"{place} ({spent:.0f})" for place, spent in minutes.most_common(3))
        terminalreporter.write_line(f"That is more than {MINUTES} minutes. The dearest places: {dearest}.", bold=True)
