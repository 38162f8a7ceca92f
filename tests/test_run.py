"""How the tests themselves run: what comes first, what is chosen, what is believed, and what the end of a run says."""

import subprocess
import sys
import tomllib
from types import SimpleNamespace

import pytest

from nlpjourney.cli.test import processes
from nlpjourney.study import roadmap, selection, systems, verdicts
from nlpjourney.study.paths import ROOT
from nlpjourney.study.roadmap import System
from tests import remembering, timing
from tests.practices.test_systems import test_tool_runs_green as tool_runs_green


def pytest_run(*args, cwd=ROOT):
    command = [sys.executable, "-m", "pytest", *args]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=300).stdout


def test_of_the_practices_and_tools_only_those_asked_for_run():
    said = pytest_run("tests/practices", "--collect-only", "--practice=1.3", "--tool=1.4/nltk")
    tests = [line for line in said.splitlines() if "::" in line]
    tools = [line for line in tests if "test_tool_runs_green" in line]
    assert len(tools) == 1 and "[1.4-nltk]" in tools[0]
    assert len(tests) > 20 and all("[1.3" in line for line in tests if line not in tools)
    assert any("test_runs_offline" in line for line in tests)


def test_what_failed_last_can_be_run_alone(tmp_path):
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    (tmp_path / "pytest.ini").write_text(
        f"[pytest]\naddopts = {settings['addopts']}\ncache_dir = {settings['cache_dir']}\n"
    )
    (tmp_path / "test_two.py").write_text("def test_a(): pass\ndef test_b(): assert False\n")
    assert "1 failed, 1 passed" in pytest_run(cwd=tmp_path)
    again = pytest_run("--lf", cwd=tmp_path)
    assert "1 failed" in again and "passed" not in again
    assert [path.name for path in tmp_path.iterdir() if path.name != "__pycache__"] != [] and (
        tmp_path / ".venv"
    ).exists()


class Item(SimpleNamespace):
    def __init__(self, nodeid, group=None):
        path = ROOT / nodeid.partition("::")[0]
        super().__init__(nodeid=nodeid, path=path, group=group, user_properties=[])

    def __hash__(self):
        return id(self)

    def get_closest_marker(self, name):
        return self.group and SimpleNamespace(args=[self.group])


def test_the_dearest_runs_first_and_what_shares_something_stays_together():
    names = [
        ("tests/a/test_a.py::test_1", None), ("tests/b/test_b.py::test_1", None), ("tests/a/test_a.py::test_2", None),
        ("tests/practices/test_practices.py::test_runs[1.1]", None), ("tests/practices/test_practices.py::test_runs[1.2]", None),
        ("tests/c/test_c.py::test_1", "server"), ("tests/d/test_d.py::test_1", None), ("tests/c/test_c.py::test_2", "server"),
    ]  # fmt: skip
    items = [Item(*name) for name in names]
    last = {
        "tests/a/test_a.py": 5.0, "tests/b/test_b.py": 9.0, "server": 7.0,
        "tests/practices/test_practices.py::test_runs[1.1]": 1.0, "tests/practices/test_practices.py::test_runs[1.2]": 60.0,
    }  # fmt: skip
    config = SimpleNamespace(cache=SimpleNamespace(get=lambda name, default: last))
    timing.pytest_collection_modifyitems(config, items)
    assert [item.nodeid.rpartition("/")[2] for item in items] == [
        "test_d.py::test_1",  # never ran
        "test_practices.py::test_runs[1.2]", "test_b.py::test_1", "test_c.py::test_1", "test_c.py::test_2",
        "test_a.py::test_1", "test_a.py::test_2", "test_practices.py::test_runs[1.1]",
    ]  # fmt: skip
    assert items[3].user_properties == [("unit", "server")]


class Reporter:
    """Takes what a summary writes."""

    def __init__(self, reports, cache=None):
        self.stats = {"passed": reports}
        self.config = SimpleNamespace(getoption=lambda name, default: 2, cache=cache)
        self.lines = []

    def section(self, title):
        self.lines.append((title, False))

    def write_line(self, line, bold=False):
        self.lines.append((line, bold))


def report(nodeid, duration, **said):
    return SimpleNamespace(nodeid=nodeid, duration=duration, when="call", user_properties=list(said.items()))


def a_full_run(seconds_a_tool, **said):
    n_tools = sum(t.system_script(s).exists() for t in roadmap.topics() for s in t.systems)
    tool = "tests/practices/test_systems.py::test_tool_runs_green"
    return [
        report("tests/study/test_a.py::test", 10.0, unit="tests/study/test_a.py"),
        report("tests/practices/test_practices.py::test_runs[1.1]", 30.0, unit="practice"),
        *(report(f"{tool}[{i}]", seconds_a_tool, **said) for i in range(n_tools)),
    ]


def test_a_full_run_is_carried_to_all_topics_and_kept_for_the_order_of_the_next():
    kept = {}
    reporter = Reporter(a_full_run(1.0), SimpleNamespace(set=kept.__setitem__))
    timing.pytest_terminal_summary(reporter)
    built, all_ = sum(t.is_built for t in roadmap.topics()), len(roadmap.topics())
    n_tools = sum(len(t.systems) for t in roadmap.topics())
    minutes = (10 + 30 * all_ / built + n_tools) / 2 / 60
    text, bold = reporter.lines[-1]
    assert f" to {all_} and {n_tools}: {minutes:.0f} minutes in 2 processes." in text and not bold
    assert kept[timing.LAST_RUN]["practice"] == 30.0 and kept[timing.LAST_RUN]["tests/study/test_a.py"] == 10.0


def test_more_than_an_hour_is_said_in_bold_with_the_dearest_places():
    reporter = Reporter(a_full_run(60.0))
    timing.pytest_terminal_summary(reporter)
    text, bold = reporter.lines[-1]
    assert bold and text.startswith(
        "That is more than 60 minutes. The dearest places: tests/practices: test_tool_runs_green"
    )


def test_what_was_remembered_counts_with_the_time_of_its_run():
    reporter = Reporter(a_full_run(0.0, seconds=60.0))
    timing.pytest_terminal_summary(reporter)
    assert reporter.lines[-1][1]


def test_a_run_of_some_tests_is_not_carried_anywhere():
    reporter = Reporter(a_full_run(60.0)[:5])
    timing.pytest_terminal_summary(reporter)
    assert not any("minutes" in line for line, _ in reporter.lines)


def test_the_summary_says_how_many_tools_were_believed():
    reporter = Reporter(
        [
            report("", 1.0, tool="executed", name="1.1/a", **{"not kept": "it read what the key does not hold: x"}),
            report("", 0.0, tool="memory", name="1.1/b", days=2),
            report("", 0.0, tool="memory", name="1.1/c", days=6),
            report("", 1.0, tool="audited", name="1.1/d", **{"not kept": ""}),
        ]
    )
    remembering.pytest_terminal_summary(reporter)
    assert [line for line, _ in reporter.lines] == [
        "tools",
        "executed 1, from memory 2 (oldest 6 days), audited 1",
        "not remembered: 1.1/a: it read what the key does not hold: x",
    ]


@pytest.fixture
def tool(small_practice, monkeypatch, tmp_path):
    monkeypatch.setenv("NLP_JOURNEY_CACHE", str(tmp_path / "cache"))
    system = System("Sample", "sample", "core")
    script = small_practice.system_script(system)
    script.parent.mkdir()
    script.write_text('print(\'{"version": "1.0", "result": "three of three are equal"}\')')
    assert verdicts.run(small_practice, system)[1] == ""
    return small_practice, system, script


def test_what_is_remembered_is_not_run(tool):
    t, system, script = tool
    said = {}
    script.write_text("this would be red")
    tool_runs_green(t, system, {"again": False, "days": 3, "seconds": 2.0}, said.__setitem__)
    assert said == {"name": "1.2/sample", "tool": "memory", "days": 3, "seconds": 2.0}


def test_an_audit_that_is_red_fails_and_drops_all_of_its_class(tool):
    t, system, script = tool
    tool_runs_green(t, system, {"again": True}, lambda *_: None)  # green: nothing happens
    assert verdicts.recall(t, system)
    script.write_text("assert False, 'a clock, say'")
    with pytest.raises(pytest.fail.Exception, match=r"the key lacks something(.|\n)*a clock, say"):
        tool_runs_green(t, system, {"again": True}, lambda *_: None)
    assert not (systems.cache_folder() / "verdicts" / "core").exists()


def test_one_process_decides_for_all_and_a_few_tools_are_not_all_run_again(monkeypatch):
    verdict = verdicts.Verdict("", "", "", 1.5, "2020-01-01T00:00:00+00:00")
    monkeypatch.setattr(verdicts, "recall", lambda t, system: verdict)
    monkeypatch.setattr(verdicts, "AUDITED_SHARE", 0.0)
    everything = remembering.plan([])
    assert len(everything) == sum(len(selection.with_script(t)) for t in selection.built())
    assert sum(row["again"] for row in everything.values()) == 3
    few = remembering.plan(["1.3/nltk"])
    assert list(few) == ["1.3/nltk"] and not few["1.3/nltk"]["again"] and few["1.3/nltk"]["seconds"] == 1.5


def test_processes_are_bounded_by_cores_and_memory(monkeypatch):
    import os

    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)), raising=False)
    monkeypatch.setattr(os, "sysconf", {"SC_PAGE_SIZE": 2**12, "SC_PHYS_PAGES": 2**21}.__getitem__)  # 8 GB
    assert processes() == 4
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)
    assert processes() == 1
