"""The lock fits the project and holds nothing of any machine; it is renewed as a whole or in part; what differs is named."""

import json
import os
import re
import tomllib
from importlib.metadata import version

import pytest
from click.testing import CliRunner
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from nlpjourney import indexes
from nlpjourney.cli import lock, main
from tests.package_index import write_index, write_wheel

TEXT = lock.LOCK.read_text(encoding="utf-8")
PROJECT = tomllib.loads(lock.PROJECT.read_text(encoding="utf-8"))


def journey(*args):
    result = CliRunner().invoke(main, args, catch_exceptions=False)
    return result.exit_code, result.output


class TestTheCommittedLock:
    def test_fits_the_project_on_every_python_and_system(self):
        assert lock.misfits(PROJECT, TEXT) == []
        code, said = journey("lock")
        assert code == 0 and "requirements.lock fits pyproject.toml" in said

    def test_holds_names_versions_and_conditions_and_nothing_else(self):
        pins = lock.read_lock(TEXT)
        assert len(pins) > 200
        for line in TEXT.splitlines()[1:]:
            assert re.fullmatch(r"[a-z0-9-]+==[\w.]+( ; [\w\s.'<>=!()]+)?", line), line

    def test_one_version_of_each_package_on_all_pythons(self):
        names = [pin.name for pin in lock.read_lock(TEXT)]
        assert len(names) == len(set(names))

    def test_pytorch_is_pinned_so_that_a_cpu_build_satisfies_it(self):
        assert "\ntorch==2.13.0\n" in TEXT
        assert Requirement("torch==2.13.0").specifier.contains("2.13.0+cpu")

    def test_names_all_that_the_project_needs_here_through_others_too(self):
        names = {canonicalize_name(pin.name) for pin in lock.read_lock(TEXT)}
        needed = {canonicalize_name(r.name) for r in lock.needed_here("learn", "systems", "dev")}
        assert len(needed) > 150 and needed <= names

    def test_no_older_version_of_a_named_tool_can_come_back_unseen(self):
        extras = PROJECT["project"]["optional-dependencies"]
        for tool in map(Requirement, extras["systems"] + extras["compiled"]):
            assert any(clause.operator == ">=" for clause in tool.specifier), f"{tool.name} has no minimum"

    def test_the_library_alone_asks_for_no_certain_version(self):
        for package in map(Requirement, PROJECT["project"]["dependencies"]):
            assert not any(clause.operator in ("==", "<", "<=", "~=") for clause in package.specifier), package


def test_what_does_not_fit_is_named_once():
    project = {
        "project": {"dependencies": ["walnut>=2"], "optional-dependencies": {"dev": ["hazel; sys_platform=='win32'"]}},
        "dependency-groups": {"setup": ["beech"]},
        "build-system": {"requires": ["oak"]},
        "tool": {"uv": {"constraint-dependencies": ["elm==1.0"]}},
    }
    text = "walnut==1.9\nbeech==1.0 ; python_version < '3.13'\noak==1.0\nelm==1.1\n"
    assert sorted(lock.misfits(project, text)) == [
        "beech is not locked",
        "elm is locked at 1.1, needed ==1.0",
        "hazel is not locked",
        "walnut is locked at 1.9, needed >=2",
    ]
    assert lock.misfits(project, "walnut==2\nbeech==1\noak==1\nelm==1.0\nhazel==1 ; sys_platform == 'win32'\n") == []


@pytest.mark.parametrize(
    "line",
    [
        "walnut @ https://nowhere.invalid/walnut-1.0.whl",
        "walnut @ file:///home/me/walnut-1.0.whl",
        "--index-url https://nowhere.invalid/simple",
        "-e .",
        "walnut==1.0 --hash=sha256:0123",
        "walnut==1.0+cpu",
        "walnut==1.*",
        "walnut>=1.0",
        "walnut",
    ],
)
def test_a_line_that_is_more_or_less_than_a_version_is_refused(line):
    with pytest.raises(ValueError, match=re.escape(repr(line))):
        lock.read_lock(f"# fine\noak==1.0\n{line}\n")


@pytest.fixture
def small_project(monkeypatch, tmp_path):
    """A project locked at versions that are no longer the newest; gives the lock's file.

    The newest of all, hazel 1.2, is not for the oldest Python: there is no lock of one version for all with it.
    """
    for name in os.environ:
        if name.startswith(("PIP_", "UV_")):
            monkeypatch.delenv(name)
    packages = [(name, number) for name in ("walnut", "hazel") for number in ("1.0", "1.1")] + [("torch", "2.0")]
    index = write_index(tmp_path, *packages, ("hazel", "1.2", ">=3.12"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", index)
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    indexes.pip_settings.cache_clear()
    project = tmp_path / "pyproject.toml"
    project.write_text(
        '[project]\nname = "small"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["walnut"]\n'
        '[project.optional-dependencies]\ndev = ["hazel"]\n[dependency-groups]\nsetup = ["torch"]\n'
        '[build-system]\nrequires = []\n[tool.uv]\nconstraint-dependencies = ["torch<3"]\n'
    )
    file = tmp_path / "requirements.lock"
    file.write_text("hazel==1.0\ntorch==2.0\nwalnut==1.0\n")
    for name, value in (("ROOT", tmp_path), ("PROJECT", project), ("LOCK", file)):
        monkeypatch.setattr(lock, name, value)
    yield file
    indexes.pip_settings.cache_clear()


class TestRenewing:
    def test_all(self, small_project):
        code, said = journey("lock", "--upgrade")
        assert code == 0, said
        assert small_project.read_text() == lock.HEAD + "hazel==1.1\ntorch==2.0\nwalnut==1.1\n"
        assert "hazel: 1.0 → 1.1\nwalnut: 1.0 → 1.1\nrequirements.lock fits pyproject.toml." in said

    def test_one_the_others_stay(self, small_project):
        code, said = journey("lock", "--upgrade", "Walnut")
        assert code == 0, said
        assert small_project.read_text() == lock.HEAD + "hazel==1.0\ntorch==2.0\nwalnut==1.1\n"

    def test_a_dependency_that_is_new_is_found_missing_and_then_added(self, small_project):
        small_project.write_text("torch==2.0\nwalnut==1.0\n")
        code, said = journey("lock")
        assert code == 1 and "hazel is not locked" in said and "journey lock --upgrade NAME" in said
        assert journey("lock", "--upgrade", "hazel")[0] == 0
        assert small_project.read_text() == lock.HEAD + "hazel==1.1\ntorch==2.0\nwalnut==1.0\n"

    def test_what_only_this_machine_has_stays_out(self, small_project, monkeypatch, tmp_path):
        write_wheel(tmp_path / "wheels", "torch", "2.0+cpu")
        extra = write_index(tmp_path / "extra", ("walnut", "9.0"))
        for name, value in (("FIND_LINKS", tmp_path / "wheels"), ("EXTRA_INDEX_URL", extra)):
            monkeypatch.setenv(f"PIP_{name}", str(value))
        monkeypatch.setenv("UV_FIND_LINKS", str(tmp_path / "wheels"))
        code, said = journey("lock", "--upgrade")
        assert code == 0, said
        assert small_project.read_text() == lock.HEAD + "hazel==1.1\ntorch==2.0\nwalnut==1.1\n"

    def test_what_cannot_be_resolved_leaves_the_lock_as_it_was(self, small_project):
        before = small_project.read_text()
        lock.PROJECT.write_text(lock.PROJECT.read_text().replace('["walnut"]', '["walnut>5"]'))
        code, said = journey("lock", "--upgrade")
        assert code == 1 and "no versions that go together" in said and "walnut" in said
        assert small_project.read_text() == before

    def test_a_package_that_nothing_needs_is_refused_by_name(self, small_project):
        before = small_project.read_text()
        code, said = journey("lock", "--upgrade", "wallnut")
        assert code == 1 and "nothing here needs 'wallnut'" in said and small_project.read_text() == before
        assert "journey lock --upgrade walnut" in journey("lock", "walnut")[1]


class TestWhatDiffers:
    def test_nothing_where_the_lock_was_installed(self):
        assert lock.differences("learn", "systems") == []

    def test_another_version_and_a_missing_package_are_named_with_the_way_to_mend_it(self, monkeypatch, tmp_path):
        file = tmp_path / "requirements.lock"
        file.write_text(re.sub(r"^(numpy)==.*$", r"\1==1.0", TEXT, flags=re.M))
        monkeypatch.setattr(lock, "LOCK", file)
        monkeypatch.setattr(lock, "distributions", lambda: [d for d in INSTALLED if d.name != "click"])
        assert lock.differences("learn", "systems") == [
            lock.Difference("click", "", version("click")),
            lock.Difference("numpy", version("numpy"), "1.0"),
        ]
        code, said = journey("doctor", "--json")
        found = next(f for f in json.loads(said) if f["what"] == "Packages")
        assert code == 1 and not found["ok"] and "run ./journey" in found["mend"]
        assert f"numpy {version('numpy')} is installed, 1.0 was tested" in found["found"]
        assert f"click {version('click')} is missing" in found["found"]

    def test_without_a_lock_what_packages_ask_for_stands_in(self, monkeypatch, tmp_path):
        monkeypatch.setattr(lock, "LOCK", tmp_path / "none")
        assert lock.differences("learn", "systems") == []
        monkeypatch.setattr(lock, "distributions", lambda: [d for d in INSTALLED if d.name != "jupytext"])
        assert lock.differences("learn") == [lock.Difference("jupytext", "", "")]


INSTALLED = list(lock.distributions())
