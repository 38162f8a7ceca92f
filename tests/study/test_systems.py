"""Runs of named tools: green only by a run that went well, red with the reason otherwise."""

import shutil
import sys

import pytest

from nlpjourney.study import roadmap, systems
from nlpjourney.study.roadmap import System, topic


@pytest.fixture
def tool(small_practice, tmp_path, monkeypatch):
    """Makes a script for tool "sample" of topic 1.2 and runs it."""
    monkeypatch.setenv("NLP_JOURNEY_CACHE", str(tmp_path / "cache"))

    def run(code: str, seconds: float = 60, how="core"):
        system = System("Sample", "sample", how)
        script = small_practice.system_script(system)
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(code, encoding="utf-8")
        return systems.run(small_practice, system, seconds)

    return run


def test_green_after_a_real_run_and_remembered(tool):
    run = tool('print("noise")\nprint(\'{"version": "1.0", "result": "3 of 3 equal"}\')')
    assert (run.ok, run.version, run.result) == (True, "1.0", "3 of 3 equal")
    assert systems.results()["1.2", "sample"] == run


def test_a_failed_assertion_is_red_and_replaces_the_green(tool):
    tool('print(\'{"version": "1.0", "result": "fine"}\')')
    run = tool('assert 1 == 2, "one is not two"')
    assert not run.ok and "one is not two" in run.result
    assert not systems.results()["1.2", "sample"].ok


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("print('all well')", "not a JSON result"),
        ("pass", "said nothing"),
        ("import sys; sys.exit(3)", "ended with code 3"),
        ('print(\'{"result": "no version"}\')', "not a JSON result"),
        ("import time; time.sleep(60)", "no result within 2 seconds"),
    ],
)
def test_nothing_but_a_result_is_green(tool, code, reason):
    run = tool(code, seconds=2 if "sleep" in code else 60)
    assert not run.ok and reason in run.result


def test_a_run_gets_a_home_of_its_own_and_knows_our_interpreter(tool):
    code = """
import json, os, pathlib, sys
assert not list(pathlib.Path.home().iterdir())
assert os.environ["NLP_JOURNEY_PYTHON"] == sys.executable
print(json.dumps({"version": "1", "result": str(pathlib.Path.home())}))
"""
    assert "nlp-journey-system-" in tool(code).result


def test_a_script_has_an_environment_of_its_own_that_lasts_and_that_all_clones_share(tool, monkeypatch, tmp_path):
    code = """
# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
import json, pathlib, sys
been_here = pathlib.Path(sys.prefix, "been_here")
print(json.dumps({"version": str(been_here.exists()), "result": sys.prefix}))
been_here.touch()
"""
    here = tool(code, how="script")
    assert here.ok and here.result != sys.prefix and here.version == "False", here
    shutil.copytree(roadmap.PRACTICES, tmp_path / "another" / "practices")
    monkeypatch.setattr(roadmap, "PRACTICES", tmp_path / "another" / "practices")
    there = tool(code + "# changed", how="script")
    assert there.ok and there.result == here.result and there.version == "True", there


def test_scripts_that_need_the_same_share_an_environment(tool):
    header = "# /// script\n# requires-python = '>=3.11'\n# dependencies = [{}]\n# ///\n"
    code = "import json, sys\nprint(json.dumps({'version': '1', 'result': sys.prefix}))\n"
    a, b = (f"\"{name}; python_version < '3'\"" for name in ("click", "rich"))  # so that nothing is fetched
    one = tool(header.format(f"{a}, {b}") + code, how="script")
    assert one.ok and tool(header.format(f"{b}, {a}") + "# another\n" + code, how="script").result == one.result
    assert tool(header.format(a) + code, how="script").result != one.result


def test_an_isolated_script_without_a_header_or_with_a_package_that_is_none_is_red(tool):
    assert "has no PEP 723 header" in tool("print(1)", how="script").result
    run = tool("# /// script\n# dependencies = ['click @ file:///nowhere/click.whl']\n# ///\nprint(1)\n", how="script")
    assert not run.ok and "nowhere" in run.result


def test_what_fell_says_why_in_its_last_lines_without_rules(tool):
    """As torchrun ends: the cause, then a frame of `=`."""
    code = """
import sys
print("=" * 60, *[f"line {i}" for i in range(30)], "E: the cause", "-" * 9, "Root Cause:", "  rank: 1", "=" * 60,
      sep="\\n", file=sys.stderr)
sys.exit(1)
"""
    run = tool(code)
    assert run.result.splitlines()[-3:] == ["E: the cause", "Root Cause:", "  rank: 1"] and run.line == "  rank: 1"
    assert "===" not in run.result and "---" not in run.result and len(run.result.splitlines()) == 15


def test_what_a_run_leaves_in_its_temporary_folder_goes_with_it(tool):
    code = """
import json, tempfile
from pathlib import Path
folder = tempfile.mkdtemp()
assert Path.home() in Path(folder).parents
print(json.dumps({"version": "1", "result": folder}))
"""
    assert not systems.Path(tool(code).result).exists()


def test_find_by_name_by_slug_and_with_a_near_one_when_mistyped():
    assert systems.find("Hugging Face tokenizers")[0][1].slug == "tokenizers"
    assert {t.id for t, _ in systems.find("nltk")} >= {"1.1", "1.2"}
    assert systems.find("nltk", "1.2") == [(topic("1.2"), systems.find("nltk", "1.2")[0][1])]
    assert systems.find("sentence-transformers", "2.6")[0][1].how == "script"
    with pytest.raises(LookupError, match="near: tiktoken"):
        systems.find("tiktokn")


def test_a_tool_without_a_script_is_said_to_have_none(small_practice):
    with pytest.raises(FileNotFoundError, match="has no script yet"):
        systems.run(small_practice, System("Nothing", "nothing", "core"))
