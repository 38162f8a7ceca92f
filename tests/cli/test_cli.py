"""The command as a learner types it: words, next steps, exit codes, JSON."""

import json
import os
import re
import subprocess
import sys

import pytest
from click.testing import CliRunner

from nlpjourney.cli import compiled, doctor, main
from nlpjourney.study.build import build
from nlpjourney.study.exercise import Question
from nlpjourney.study.roadmap import UnknownTopic


def journey(*args, input=None):
    result = CliRunner().invoke(main, args, input=input, catch_exceptions=False)
    return result.exit_code, result.output


def answer(tmp_path, text):
    file = tmp_path / "answer.py"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_wrong_hint_right_progress(small_practice, tmp_path):
    code, said = journey("check", "1.2.a", "--file", answer(tmp_path, "def add(a, b):\n    return a - b"))
    assert code == 1 and "not yet" in said and "That is minus." in said and "→ journey hint 1.2.a" in said
    assert journey("hint", "1.2.a")[1].startswith("Hint 1 of 2: Plus.")
    code, said = journey("check", "1.2.a", "--file", answer(tmp_path, "def add(a, b):\n    return a + b"))
    assert code == 0 and "passed" in said and "Why it works: Sums." in said and "→ journey next" in said
    assert "1 of 2 exercises passed" in journey("progress")[1]
    assert "return a + b" in journey("solution", "1.2.a")[1]


def test_check_reads_the_learners_notebook(small_practice):
    build(small_practice)
    code, said = journey("check", "1.2")
    assert code == 1 and said.count("not started") == 2


def test_solution_before_a_try_is_refused_in_one_sentence(small_practice):
    code, said = journey("solution", "1.2.a")
    assert code == 1 and said.startswith("Error: The solution of 1.2.a opens after your first try")


def test_next_and_list(small_practice):
    build(small_practice)
    code, said = journey("next")
    assert code == 0 and "1.2 Tokenization" in said and "0 of 2" in said
    assert "0 of 2" in journey("list")[1]
    data = json.loads(journey("list", "--json")[1])
    assert len(data) == 58 and [t["id"] for t in data if t["has_practice"]] == ["1.2"]
    assert json.loads(journey("next", "--json")[1])["topic"] == "1.2"


@pytest.fixture
def in_order(monkeypatch):
    """Choices as they are written, so that a test can pick one by its number."""
    monkeypatch.setattr(Question, "shuffled", lambda self: list(enumerate(self.choices)))


def test_skip_by_answering(small_practice, in_order):
    assert "1 of 2 right" in journey("skip", "1.2", input="2\n2\n")[1]
    assert "proved" in journey("skip", "1.2", input="2\n1\n")[1]
    assert json.loads(journey("progress", "--json")[1])["proved"] == ["1.2"]


def test_review_asks_what_is_due(small_practice, in_order):
    from datetime import UTC, datetime

    from nlpjourney.study.progress import Progress

    assert "Nothing is due." in journey("review")[1]
    Progress().record("answer", "1.2.q1", at=datetime(2020, 1, 1, tzinfo=UTC), passed=True)
    said = journey("review", input="1\n")[1]
    assert "1 + 1?" in said and "No: 2" in said and "Two." in said


def test_the_number_that_is_typed_is_the_choice_that_is_shown(small_practice, monkeypatch):
    monkeypatch.setattr(Question, "shuffled", lambda self: list(enumerate(self.choices))[::-1])
    said = journey("skip", "1.2", input="2\n2\n")[1]
    assert "1. 3\n  2. 2\n  3. 1" in said and "proved" in said


def test_choices_stand_in_another_order_each_time():
    question = Question("1.2.q1", "Which?", ("a", "b", "c", "d"), 2, "")
    orders = [question.shuffled() for _ in range(60)]
    assert all(sorted(order) == list(enumerate("abcd")) for order in orders)
    assert {[i for i, _ in order].index(2) for order in orders} == {0, 1, 2, 3}


def test_reset_asks_first(small_practice, tmp_path):
    journey("check", "1.2.a", "--file", answer(tmp_path, "def add(a, b):\n    return a + b"))
    journey("reset", "1.2", input="n\n")
    assert "1 of 2" in journey("list")[1]
    journey("reset", "1.2", input="y\n")
    assert "0 of 2" in journey("list")[1]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["check", "8.8"], "there is no topic '8.8'"),
        (["check", "7.16"], "has no practice yet"),
        (["hint", "1.2.z"], "has no exercise '1.2.z'"),
        (["bench", "nothing"], "there is no benchmark 'nothing'"),
        (["system", "nothing"], "names no tool 'nothing'"),
        (["assets", "path", "nothing"], "no asset named 'nothing'"),
        (["new", "8.8"], "there is no topic '8.8'"),
        (["new", "1.2"], "nothing is overwritten: "),
        (["test", "--topic", "8.8"], "there is no topic '8.8'"),
        (["test", "--changed", "no-such-branch"], "no-such-branch"),
    ],
)
def test_mistakes_get_one_sentence(small_practice, args, words):
    code, said = journey(*args)
    assert code == 1 and words in said and "Traceback" not in said and said.startswith("Error: ")


@pytest.mark.parametrize("args", [["next"], ["list"], ["systems"], ["check", "1.2"], ["skip", "1.2"]])
def test_an_installation_without_practices_says_so(monkeypatch, tmp_path, args):
    monkeypatch.setattr("nlpjourney.study.practice.PRACTICES", tmp_path / "none")
    code, said = journey(*args)
    assert code == 1 and said.startswith("Error: no practices lie at") and "Clone the repository" in said


def test_build_executes_what_changed_and_says_so(small_practice, monkeypatch):
    from nlpjourney.study import build as builder

    monkeypatch.setattr(builder, "update_readme", lambda: False)
    code, said = journey("build")
    assert code == 0 and "1.2 Tokenization" in said and "1 built" in said
    assert "0 built" in journey("build")[1]


def test_doctor_looks_at_everything_and_json_says_the_same():
    code, said = journey("doctor")
    for what in ("Python", "Packages", "What start needs", "Compiler (Numba)", "Cache", "Workspace", "Memory"):
        assert what in said
    findings = json.loads(journey("doctor", "--json")[1])
    assert code == int(any(f["needed"] and not f["ok"] for f in findings))


@pytest.mark.parametrize("broken", ["scipy", "jupyter_server"])
def test_doctor_names_a_package_that_is_listed_and_cannot_be_imported(broken, monkeypatch, tmp_path):
    """As after a cut installation: its metadata is there, its files are damaged."""
    folder = tmp_path / broken
    folder.mkdir()
    (folder / "__init__.py").write_text("raise ImportError('this file is damaged')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    [finding] = doctor._imports()
    assert not finding.ok and finding.needed
    assert f"{broken} cannot be imported (ImportError: this file is damaged)" in finding.found


def test_doctor_names_a_folder_that_cannot_be_written(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NLP_JOURNEY_CACHE", str(tmp_path / "file" / "cache"))
    found = {f["what"]: f for f in json.loads(journey("doctor", "--json")[1])}
    assert not found["Cache"]["ok"] and "NLP_JOURNEY_CACHE" in found["Cache"]["mend"]


def test_help_names_every_verb_and_loads_nothing_heavy():
    code = (
        "import sys; from nlpjourney.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'numpy', 'numba', 'torch', 'rich', 'jupytext', 'tornado', 'hypothesis'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    verbs = re.findall(r"^  (\w+) ", done.stdout.partition("Commands:")[2], re.M)
    assert verbs[:3] == ["start", "next", "list"]
    assert {"check", "hint", "solution", "reset", "progress", "build", "bench", "system", "systems"} <= set(verbs)
    assert {"assets", "warmup", "doctor", "test", "new"} <= set(verbs)


@pytest.fixture
def called(monkeypatch):
    """What `journey test` calls: nothing is run."""
    calls = []
    monkeypatch.setattr(subprocess, "call", lambda command, cwd: calls.append(command[1:]) or 0)
    return calls


def test_test_runs_everything_believes_what_is_remembered_and_can_be_told_not_to(called, monkeypatch):
    assert journey("test")[0] == 0
    assert [command[:3] for command in called[:3]] == [
        ["-m", "ruff", "format"],
        ["-m", "ruff", "check"],
        ["-m", "mypy"],
    ]
    assert "--remember" in called[-1] and "--cov" in called[-1] and not any("tests/" in a for a in called[-1])
    journey("test", "--no-cache")
    assert "--remember" not in called[-1] and "--cov" in called[-1]
    monkeypatch.setenv("NLP_JOURNEY_NO_CACHE", "1")
    journey("test")
    assert "--remember" not in called[-1]


def test_test_hands_arguments_on_to_pytest_alone_or_with_what_was_chosen(called, monkeypatch):
    from nlpjourney.study import selection

    journey("test", "--lf", "-x")
    assert called == [["-m", "pytest", "--lf", "-x"]]
    code, said = journey("test", "--topic", "1.3", "-k", "porter")
    assert code == 0 and "a full run runs all" in said and re.search(r" 1 of \d+ practices", said)
    assert "tests/text/stem/test_stemmers.py" in called[-1] and called[-1][-2:] == ["-k", "porter"]
    assert "--remember" in called[-1]
    monkeypatch.setattr(selection, "changed_since", lambda base, root: {"tests/test_groups.py": base})
    journey("test", "--changed", "-x")
    assert "tests/test_groups.py" in called[-1] and called[-1][-1] == "-x"
    assert "--cov" not in called[-1] and "--remember" not in called[-1]  # no tools, nothing to remember
    monkeypatch.setattr(selection, "changed_since", lambda base, root: {"pyproject.toml": ""})
    assert "everything stands on pyproject.toml" in journey("test", "--changed", "main")[1]
    assert "--cov" in called[-1]
    monkeypatch.setattr(selection, "changed_since", lambda base, root: {})
    code, said = journey("test", "--changed")
    assert code == 1 and "nothing differs from HEAD" in said
    assert "give one of them" in journey("test", "--changed", "main", "--topic", "1.3")[1]


def test_a_step_that_fails_is_named_at_the_end(called, monkeypatch):
    monkeypatch.setattr(subprocess, "call", lambda command, cwd: "mypy" in command)
    code, said = journey("test")
    assert code == 1 and said.rstrip().endswith("FAILED: -m mypy")


def test_no_colour_where_none_is_wanted():
    env = os.environ | {"NO_COLOR": "1", "FORCE_COLOR": ""}
    done = subprocess.run(
        [sys.executable, "-m", "nlpjourney.cli", "assets", "list"], capture_output=True, text=True, env=env, check=True
    )
    assert "\x1b[" not in done.stdout and "minilm" in done.stdout


def test_what_is_on_request_is_fetched_by_name_only(monkeypatch):
    from nlpjourney import assets

    asked = []
    monkeypatch.setattr(assets, "is_cached", lambda name: False)
    monkeypatch.setattr(assets, "path", asked.append)
    on_request = {asset.name for asset in assets.catalog().values() if asset.opt_in}
    code, said = journey("assets", "fetch")
    assert code == 0 and on_request and not on_request & set(asked)
    assert f"{len(asked)} assets are here" in said and len(asked) == len(assets.catalog()) - len(on_request)
    asked.clear()
    assert journey("assets", "fetch", *on_request)[0] == 0 and set(asked) == on_request
    rows = json.loads(journey("assets", "list", "--json")[1])
    assert {row["name"] for row in rows if row["opt_in"]} == on_request
    assert "on request" in journey("assets", "list")[1]


def test_warmup_says_what_could_not_be_compiled(monkeypatch):
    quick = compiled.packages_with_kernels()[-1]
    names = [quick, "nlpjourney.text.pragmatics"]  # the other has no loops, and no `warmup`
    monkeypatch.setattr(compiled, "packages_with_kernels", lambda: names)
    done = CliRunner().invoke(main, ["warmup"])
    assert done.exit_code == 1
    assert "text.pragmatics" in done.output and f"\n{quick}: " not in done.output


def test_only_what_a_user_can_mend_is_told_in_a_sentence(monkeypatch):
    code, said = journey("check", "9.9")
    assert code == 1 and "9.9" in said and "Traceback" not in said
    with pytest.raises(UnknownTopic):
        CliRunner().invoke(main, ["--trace", "check", "9.9"], catch_exceptions=False)
    broken = "from nlpjourney.study import roadmap; roadmap.topic = lambda *a: {}['ours']; import nlpjourney.cli as c; c.main()"
    done = subprocess.run([sys.executable, "-c", broken, "check", "1.2"], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "Traceback" in done.stderr and "KeyError: 'ours'" in done.stderr
