"""A plugin of pytest: which practices and tools a run goes through, and which tools are believed without being run.

`journey test` gives the options. By hand, `pytest tests/practices` runs everything, from no memory.
"""

import random

import pytest

from nlpjourney.study import selection, verdicts

PLAN = pytest.StashKey()


def pytest_addoption(parser):
    group = parser.getgroup("journey")
    group.addoption("--practice", action="append", default=[], help="Of the practices only that of this topic.")
    group.addoption("--tool", action="append", default=[], help="Of the tools only this one, like 2.6/faiss.")
    group.addoption("--remember", action="store_true", help="Believe green runs of tools into which nothing new goes.")


def pytest_configure(config):
    """One process decides for all which tools are run all the same."""
    worker = getattr(config, "workerinput", None)
    config.stash[PLAN] = worker["tools"] if worker else plan(config.option.tool) if config.option.remember else {}


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    node.workerinput["tools"] = node.config.stash[PLAN]


def plan(chosen):
    """For each tool with a green run that still holds: how old that is, how long it took, whether it is run all the same."""
    remembered = {}
    for t in selection.built():
        for system in selection.with_script(t):
            name = selection.tool(t, system)
            if (name in chosen or not chosen) and (verdict := verdicts.recall(t, system)):
                remembered[name] = verdict
    # A run of a few tools would run all of them if it took the oldest.
    again = verdicts.draw(remembered, random.Random(), *([0] if chosen else []))
    return {
        name: {"days": v.age.days, "seconds": v.seconds, "again": name in again}
        for name, v in sorted(remembered.items())
    }


@pytest.fixture
def remembered(request):
    """What is remembered of the test's tool, or None."""
    params = request.node.callspec.params
    return request.config.stash[PLAN].get(selection.tool(params["t"], params["system"]))


def pytest_collection_modifyitems(config, items):
    practices, tools = config.option.practice, config.option.tool
    if not practices and not tools:
        return
    dropped = [item for item in items if item.path.parent.name == "practices" and not is_chosen(item, practices, tools)]
    config.hook.pytest_deselected(items=dropped)
    gone = set(dropped)
    items[:] = [item for item in items if item not in gone]


def is_chosen(item, practices, tools):
    params = item.callspec.params
    if "system" in params:
        return selection.tool(params["t"], params["system"]) in tools
    return (params["t"].id if "t" in params else params["exercise"].topic) in practices


def pytest_terminal_summary(terminalreporter):
    said = [
        dict(report.user_properties)
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "call"
    ]
    runs = [properties for properties in said if "tool" in properties]
    if not runs:
        return
    count = {how: [r for r in runs if r["tool"] == how] for how in ("executed", "memory", "audited")}
    oldest = max((r["days"] for r in count["memory"]), default=0)
    terminalreporter.section("tools")
    terminalreporter.write_line(
        f"executed {len(count['executed'])}, from memory {len(count['memory'])} (oldest {oldest} days), "
        f"audited {len(count['audited'])}"
    )
    for run in runs:
        if run.get("not kept") not in (None, "", "red"):
            terminalreporter.write_line(f"not remembered: {run['name']}: {run['not kept']}")
