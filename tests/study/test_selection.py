"""What a change can touch and what belongs to a topic, on the checkout as it is."""

import subprocess

import pytest

from nlpjourney.source import Sources
from nlpjourney.study import selection
from nlpjourney.study.paths import ROOT
from nlpjourney.study.roadmap import topic, topics
from nlpjourney.study.selection import Selection, changed_since, of_change, of_topic

SRC = "src/nlpjourney"


@pytest.fixture(scope="module")
def sources():
    return Sources(ROOT)


@pytest.fixture(scope="module")
def everything(sources):
    return selection.select(selection.units(sources))


def find(name):
    """The one file of the library with this name, wherever it stands now."""
    (file,) = (ROOT / SRC).rglob(name)
    return file.relative_to(ROOT).as_posix()


def test_one_line_of_the_porter_stemmer_touches_little(sources, everything):
    chosen = of_change({find("porter.py"): ""}, sources)
    assert "tests/text/stem/test_stemmers.py" in chosen.files and len(chosen.files) < 10 < len(everything.files)
    assert chosen.practices == ("1.3",) and "1.3/nltk" in chosen.tools and len(chosen.tools) < 5
    assert set(selection.ALWAYS) <= set(chosen.files)
    said = " ".join(chosen.report(everything))
    assert f"of {len(everything.files)} files" in said and "not run: " in said and "a full run runs all" in said
    assert "practices 1.1 1.2 1.4" in said


@pytest.mark.parametrize("name", ["pyproject.toml", f"{SRC}/files.py", f"{SRC}/__init__.py", "tests/conftest.py"])
def test_what_everything_stands_on_touches_everything(sources, everything, name):
    chosen = of_change({"README.md": "", name: ""}, sources)
    assert chosen == Selection(why_all=name) and chosen.arguments() == []
    assert chosen.report(everything) == [f"All tests: everything stands on {name}."]


def test_a_changed_test_runs_and_nothing_else(sources):
    chosen = of_change({"tests/text/stem/test_stemmers.py": ""}, sources)
    assert chosen.files == ("tests/text/stem/test_stemmers.py", *selection.ALWAYS)
    assert not chosen.practices and not chosen.tools


def test_what_all_practices_go_through_touches_all_of_them(sources, everything):
    chosen = of_change({selection.PRACTICES: ""}, sources)
    assert chosen.practices == everything.practices and not chosen.tools
    assert of_change({f"{SRC}/study/build.py": ""}, sources).practices == everything.practices
    assert of_change({f"{SRC}/study/systems.py": ""}, sources).tools == everything.tools


def test_the_files_of_a_topic_touch_what_they_are_part_of(sources):
    folder = topic("2.6").folder.relative_to(ROOT).as_posix()
    for name in ("practice.py", "practice.ipynb", "exercises.py"):
        chosen = of_change({f"{folder}/{name}": ""}, sources)
        assert chosen.practices == ("2.6",) and not chosen.tools
    chosen = of_change({f"{folder}/systems/faiss.py": ""}, sources)
    assert not chosen.practices and chosen.tools == ("2.6/faiss",)


def test_a_row_of_the_catalog_touches_whoever_names_the_asset(sources, everything):
    name = find("catalog.toml")
    text = (ROOT / name).read_text(encoding="utf-8")
    archive = text.index("[archive.")
    before = text[:archive] + text[archive:].replace('sha256 = "', 'sha256 = "0', 1)  # one package was another
    assert before != text
    chosen = of_change({name: before}, sources)
    assert "tests/assets/test_store.py" in chosen.files and len(chosen.files) < len(everything.files)
    same = of_change({name: text}, sources)
    assert same.files == selection.ALWAYS and not same.practices and not same.tools


def test_a_row_of_the_roadmap_touches_its_topic(sources):
    name = find("roadmap.toml")
    before = (ROOT / name).read_text(encoding="utf-8").replace('slug = "tokenization"', 'slug = "tokens"')
    chosen = of_change({name: before}, sources)
    assert chosen.practices == ("1.2",) and {t.partition("/")[0] for t in chosen.tools} == {"1.2"}


def test_a_page_touches_its_own_tests_and_a_common_style_those_of_all(sources):
    page = of_change({f"{SRC}/app/templates/chat.html": ""}, sources)
    assert "tests/app/test_chat.py" in page.files and "tests/app/test_levels.py" not in page.files
    assert not page.practices
    style = of_change({f"{SRC}/app/static/base.css": ""}, sources)
    assert {"tests/app/test_chat.py", "tests/app/test_levels.py", "tests/app/test_pages.py"} <= set(style.files)


def test_what_no_test_reads_is_named(sources, everything):
    unread = "AGENTS" + ".md"  # in one piece it would be mentioned by this test
    chosen = of_change({unread: "", "README.md": ""}, sources)
    assert chosen.unknown == (unread,)
    assert f"no test is seen to read: {unread}" in chosen.report(everything)


def test_a_topic_has_its_practice_its_tools_and_the_tests_of_its_modules(sources):
    chosen = of_topic(topic("1.3"), sources)
    assert chosen.practices == ("1.3",) and chosen.tools == ("1.3/nltk", "1.3/spacy", "1.3/snowballstemmer")
    assert {"tests/text/stem/test_stemmers.py", "tests/text/lemma/test_lemma.py"} <= set(chosen.files)
    assert not any(file.startswith(("tests/app", "tests/llm")) for file in chosen.files)
    options = chosen.arguments()
    assert selection.PRACTICES in options and "--practice=1.3" in options and "--tool=1.3/nltk" in options


def test_a_topic_without_a_practice_has_no_tests_of_its_own(sources):
    for t in topics():
        if not t.source.exists():
            assert of_topic(t, sources) == Selection(files=selection.ALWAYS)


def test_what_differs_from_a_commit_with_new_and_deleted_files(tmp_path):
    def git(*args):
        who = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", *who, *args], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-b", "main")
    for name in ("kept.py", "changed.py", "gone.py", "catalog.toml"):
        (tmp_path / name).write_text("old = 1\n")
    git("add", ".")
    git("commit", "-m", "one")
    git("checkout", "-b", "branch")
    (tmp_path / "gone.py").unlink()
    (tmp_path / "catalog.toml").write_text("new = 1\n")
    git("commit", "-am", "two")
    (tmp_path / "changed.py").write_text("new = 1\n")
    (tmp_path / "an added file.py").write_text("")
    assert changed_since("HEAD", tmp_path) == {"an added file.py": None, "changed.py": ""}
    assert changed_since("main", tmp_path) == {
        "an added file.py": None, "catalog.toml": "old = 1\n", "changed.py": "", "gone.py": "",
    }  # fmt: skip
    with pytest.raises(LookupError, match="nothere"):
        changed_since("nothere", tmp_path)
