"""What a file takes from others: by names for what to test, with all packages on the way for what to remember."""

import textwrap

import pytest

from nlpjourney.source import Sources


@pytest.fixture
def checkout(tmp_path):
    """Makes a small checkout of files, whose texts name a package `pack`; closures come back as names below its root."""

    def make(**files):
        for name, text in files.items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(textwrap.dedent(text), encoding="utf-8")
        sources = Sources(tmp_path)

        def closure(name, sound=False):
            found = {f.relative_to(tmp_path).as_posix() for f in sources.closure(tmp_path / name, sound=sound)}
            return found - {name}

        return closure

    return make


PACKAGE = {
    "src/pack/__init__.py": "def __getattr__(name):\n    from pack.late import thing\n",
    "src/pack/late.py": "thing = 1",
    "src/pack/stem/__init__.py": "from pack.stem.porter import Porter\nfrom .lancaster import Lancaster, RULES as RULES\n"
    "def warmup():\n    pass\n",
    "src/pack/stem/porter.py": "from pack.words import split\n",
    "src/pack/stem/lancaster.py": "RULES = ()",
    "src/pack/words.py": "",
    "src/pack/table.toml": "",
    "src/pack/other/__init__.py": "",
    "src/pack/other/data/a.txt": "",
}
WAY = {"src/pack/__init__.py", "src/pack/stem/__init__.py"}
PORTER = {*WAY, "src/pack/stem/porter.py", "src/pack/words.py"}
LANCASTER = {*WAY, "src/pack/stem/lancaster.py"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from pack.stem import Porter", PORTER),
        ("from pack.stem import Lancaster", LANCASTER),
        ("from pack.stem.lancaster import RULES", LANCASTER),
        ("def f():\n    from pack.stem import Porter", PORTER),
        ("import pack.stem as ours\nours.Porter()", PORTER),
        ("from pack import stem\nstem.Lancaster()", LANCASTER),
        ("from pack import stem\nprint(stem)", PORTER | LANCASTER),
        ("from pack.stem import warmup", PORTER | LANCASTER),
        ("from pack.stem import *", PORTER | LANCASTER),
        ("run(['python', '-m', 'pack.stem.porter'])", PORTER),
        ("run(['python', '-c', 'from pack.stem import Porter; Porter()'])", PORTER),
        ("run(f'from pack.stem import Porter; print({x})')", PORTER),
        ("patch('pack.stem.porter.Porter.stem')", PORTER),
        ("from pack import thing", {"src/pack/__init__.py", "src/pack/late.py"}),
        ("import numpy", set()),
        ('"""As `from pack.stem import Porter` does."""', set()),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from pack.stem import Porter", set()),
    ],
)
def test_names_are_followed_to_the_module_that_defines_them(checkout, text, expected):
    assert checkout(**PACKAGE, **{"tests/test_it.py": text})("tests/test_it.py") == expected


def test_the_sound_closure_holds_what_packages_import_on_the_way(checkout):
    closure = checkout(**PACKAGE, **{"practices/x.py": "from pack.stem.lancaster import RULES"})
    assert closure("practices/x.py") == LANCASTER
    assert closure("practices/x.py", sound=True) == LANCASTER | PORTER


def test_files_beside_one_are_read_by_name(checkout):
    closure = checkout(
        **PACKAGE,
        **{
            "src/pack/reader.py": "open(HERE / 'table.toml')",
            "src/pack/other/reader.py": "from pathlib import Path\nPath(__file__).with_name('data')",
        },
    )
    assert closure("src/pack/reader.py") == {"src/pack/table.toml"}
    assert closure("src/pack/other/reader.py") == {"src/pack/other/data/a.txt"}


def test_of_a_conftest_counts_what_the_test_uses(checkout):
    conftest = """
        import pytest
        from pack.stem import Lancaster
        from pack.words import split

        class Server:
            code = "from pack.late import thing"

        @pytest.fixture
        def server():
            return Server()

        @pytest.fixture(autouse=True)
        def everywhere():
            split()

        @pytest.fixture
        def lancaster():
            return Lancaster()
    """
    closure = checkout(
        **PACKAGE,
        **{
            "tests/conftest.py": conftest,
            "tests/a/test_plain.py": "def test(): pass",
            "tests/a/test_server.py": "def test(server): pass",
            "tests/a/test_both.py": "import pytest\n@pytest.mark.usefixtures('lancaster')\ndef test(server): pass",
        },
    )
    always = {"tests/conftest.py", "src/pack/__init__.py", "src/pack/words.py"}
    assert closure("tests/a/test_plain.py") == always
    assert closure("tests/a/test_server.py") == {*always, "src/pack/late.py"}
    assert closure("tests/a/test_both.py") == {*always, "src/pack/late.py", *LANCASTER}


def test_a_file_that_is_gone_is_still_found_by_those_who_name_it(tmp_path, checkout):
    checkout(**PACKAGE, **{"tests/test_it.py": "from pack.gone import x"})
    gone = tmp_path / "src/pack/gone.py"
    assert gone in Sources(tmp_path, gone=[gone]).closure(tmp_path / "tests/test_it.py")
    assert gone not in Sources(tmp_path).closure(tmp_path / "tests/test_it.py")
