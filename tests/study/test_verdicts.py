"""Runs that are remembered: only green ones, under a key of all that goes in, and not when something else went in."""

import json
import random
import sys
from datetime import UTC, datetime, timedelta

import pytest

from nlpjourney.study import systems, verdicts
from nlpjourney.study.roadmap import System
from nlpjourney.study.verdicts import Verdict

GREEN = 'print(\'{"version": "1.0", "result": "fine"}\')\n'


@pytest.fixture
def tool(small_practice, tmp_path, monkeypatch):
    """A tool of topic 1.2, whose script takes one module of the checkout: what it does is given as its code."""
    monkeypatch.setenv("NLP_JOURNEY_CACHE", str(tmp_path / "cache"))
    checkout = tmp_path / "checkout"
    (checkout / "src" / "helping").mkdir(parents=True)
    (checkout / "src" / "helping" / "__init__.py").write_text("")
    monkeypatch.setattr(verdicts, "ROOT", checkout)
    monkeypatch.setattr(verdicts, "sources", lambda: verdicts.Sources(checkout))
    monkeypatch.setenv("PYTHONPATH", str(checkout / "src"))

    class Tool:
        system = System("Sample", "sample", "core")
        topic = small_practice
        script = small_practice.system_script(system)
        module = checkout / "src" / "helping" / "words.py"

        def write(self, code, module="WORDS = 3"):
            self.script.parent.mkdir(parents=True, exist_ok=True)
            self.script.write_text(code, encoding="utf-8")
            self.module.write_text(module, encoding="utf-8")
            return self

        def run(self):
            return verdicts.run(self.topic, self.system)

        def recall(self):
            return verdicts.recall(self.topic, self.system)

    return Tool()


USING = "from helping.words import WORDS\n" + GREEN


def test_a_green_run_is_remembered_with_when_and_how_long(tool):
    assert tool.write(USING).recall() is None
    run, why = tool.run()
    assert run.ok and why == ""
    verdict = tool.recall()
    assert (verdict.version, verdict.result, verdict.seconds, verdict.at) == ("1.0", "fine", run.seconds, run.at)


def test_a_changed_script_or_module_is_run_again_and_the_old_one_is_known_again(tool):
    tool.write(USING).run()
    assert tool.write(USING + "# changed").recall() is None
    assert tool.write(USING, "WORDS = 4").recall() is None
    assert tool.write(USING).recall() is not None


def test_what_the_module_takes_counts_too(tool):
    deeper = tool.module.with_name("deeper.py")
    deeper.write_text("X = 1")
    tool.write(USING, "def f():\n    from helping.deeper import X\nWORDS = 3").run()
    assert tool.recall() is not None
    deeper.write_text("X = 2")
    assert tool.recall() is None


def test_what_a_package_imports_on_the_way_counts_too(tool):
    deeper = tool.module.with_name("deeper.py")
    deeper.write_text("X = 1")
    tool.module.with_name("__init__.py").write_text("from helping import deeper\n")
    assert tool.write(USING).run()[1] == "" and tool.recall() is not None
    deeper.write_text("X = 2")
    assert tool.recall() is None


@pytest.mark.parametrize("changed", ["installed", "machine_kind"])
def test_other_versions_and_another_machine_are_another_key(tool, monkeypatch, changed):
    tool.write(GREEN).run()
    assert tool.recall() is not None
    monkeypatch.setattr(verdicts, changed, lambda *_: ["something else"])
    assert tool.recall() is None


def test_settings_of_the_environment_are_part_of_the_key(tool, monkeypatch):
    tool.write(GREEN).run()
    monkeypatch.setenv("OMP_SCHEDULE", "static")
    assert tool.recall() is None


def test_an_asset_that_the_script_names_is_part_of_the_key(tool, monkeypatch):
    from dataclasses import replace

    from nlpjourney.assets import catalog

    known = catalog()
    name = next(iter(known))
    tool.write(f"NAME = {name!r}\n" + GREEN).run()
    assert tool.recall() is not None
    other = {**known, name: replace(known[name], archives=(replace(known[name].archive, sha256="0"),))}
    monkeypatch.setattr(verdicts, "catalog", lambda: other)
    assert tool.recall() is None


def test_red_is_not_remembered(tool):
    run, why = tool.write("assert False, 'so it is'").run()
    assert not run.ok and why == "red" and tool.recall() is None


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("open({outside!r}).read()\n", "secret.txt"),
        (
            "import subprocess, sys; subprocess.run([sys.executable, '-c', \"open({outside!r})\"], check=True)\n",
            "secret.txt",
        ),
        ("import os; os.close(os.open({outside!r}, os.O_RDWR))\n", "secret.txt"),
        ("import sqlite3; sqlite3.connect({outside!r})\n", "secret.txt"),
        (
            "import importlib; importlib.import_module('help' + 'ing.' + 'unread')\n",
            "unread",
        ),
        (
            "import subprocess, sys; subprocess.run([sys.executable, '-c', '1'], env={{}}, check=True)\n",
            "unrecorded process (",
        ),
        ("import socket\ntry: socket.getaddrinfo('example.com', 80)\nexcept OSError: pass\n", "network (example.com)"),
    ],
)
def test_a_run_that_reads_what_is_not_in_the_key_is_not_remembered(tool, tmp_path, code, words):
    outside = tmp_path / "secret.txt"
    outside.write_text("")
    tool.module.with_name("unread.py").write_text("")
    run, why = tool.write(code.format(outside=str(outside)) + GREEN).run()
    assert run.ok and words in why and tool.recall() is None


def test_no_folder_of_the_system_makes_a_file_of_the_checkout_known_nor_another_machine(tool, monkeypatch):
    inside = tool.write(GREEN).module
    monkeypatch.setattr(verdicts, "SYSTEM_FOLDERS", (str(inside.anchor), "/usr"))
    known = verdicts.inputs(tool.topic, tool.system)
    monkeypatch.chdir(inside.anchor)
    noted = [f"file\t{inside}", f"file\t{tool.script}", "file\t/somewhere/else", "network\texample.com"]
    noted += ["unrecorded process\t/usr/bin/ldconfig", "unrecorded process\t/usr/bin/python3"]
    assert verdicts.undeclared(noted, known) == [
        str(inside), "network (example.com)", "unrecorded process (/usr/bin/python3)",
    ]  # fmt: skip


def test_its_own_temporary_files_and_what_it_writes_do_not_count(tool, tmp_path):
    code = f"""
import tempfile
from pathlib import Path
with tempfile.TemporaryDirectory() as folder:
    file = Path(folder, "a")
    file.write_text("a")
    assert file.read_text() == "a"
Path({str(tmp_path / "written")!r}).write_text("left")
Path("/etc/hosts").exists() and Path("/etc/hosts").read_text()
"""
    run, why = tool.write(code + GREEN).run()
    assert run.ok, run.result
    assert why == ""


def test_an_isolated_script_is_remembered_with_what_is_installed_for_it(tool, monkeypatch):
    tool.system = System("Sample", "sample", "script")
    tool.write('# /// script\n# requires-python = ">=3.11"\n# dependencies = []\n# ///\n' + GREEN)
    run, why = tool.run()
    assert run.ok and why == "" and tool.recall() is not None
    before = verdicts.installed
    monkeypatch.setattr(verdicts, "installed", lambda python=None: [*before(python), *(["new==1"] if python else [])])
    assert tool.recall() is None


def test_nothing_older_than_a_month_counts(tool):
    tool.write(GREEN).run()
    (file,) = (systems.cache_folder() / "verdicts").rglob("*.json")
    row = json.loads(file.read_text())
    row["at"] = (datetime.now(UTC) - timedelta(days=31)).isoformat()
    file.write_text(json.dumps(row))
    assert tool.recall() is None


def test_what_is_remembered_does_not_turn_the_table_green(tool):
    tool.write(GREEN).run()
    (systems.cache_folder() / "systems.json").unlink()
    assert tool.recall() is not None and systems.results() == {}


def test_a_class_is_forgotten_together(tool):
    tool.write(GREEN).run()
    verdicts.forget("script")
    assert tool.recall() is not None
    verdicts.forget("core")
    assert tool.recall() is None


def test_the_oldest_are_run_again_and_a_share_of_the_rest():
    rows = {f"tool{i}": Verdict("", "", "", 1.0, f"2026-01-{i + 1:02}T00:00:00+00:00") for i in range(28)}
    drawn = [verdicts.draw(rows, random.Random(seed)) for seed in range(300)]
    assert all({"tool0", "tool1", "tool2"} <= names for names in drawn)
    assert {name for names in drawn for name in names} == set(rows)
    assert 0.03 < sum(len(names) - 3 for names in drawn) / (300 * 25) < 0.07
    assert verdicts.draw({}, random.Random()) == set()


def test_the_versions_of_another_interpreter_are_its_own():
    assert verdicts.installed(systems.Path(sys.executable)) == verdicts.installed()
