"""From source to notebook: stubs, checks, reproducible bytes, and the network really refused."""

import subprocess
import sys

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

from nlpjourney.study import build
from nlpjourney.study.practice import practice
from nlpjourney.study.progress import Progress
from nlpjourney.study.roadmap import topics


def sources(book):
    return [cell.source for cell in book.cells]


def test_notebook_has_tasks_stubs_and_checks(small_practice):
    book = build.notebook(practice("1.2"))
    assert sources(book)[2:5] == [
        "from nlpjourney import check, hint, solution",
        "### Exercise 1.2.a: Add (easy)\n\nAdd *a* and *b*.",
        'def add(a, b):\n    """The sum."""\n    raise NotImplementedError("your turn")\n\n\ncheck("1.2.a", add)',
    ]
    assert not any("SOLUTION" in source or "a + b" in source for source in sources(book))
    nbformat.validate(book)


def test_solutions_are_whole(small_practice):
    book = build.notebook(practice("1.2"), "solution")
    assert 'def add_twice(a, b):\n    return double(add(a, b))\n\n\ncheck("1.2.b", add_twice)' in sources(book)
    assert not any("SOLUTION" in source for source in sources(book))


def test_built_twice_the_bytes_are_the_same_and_current(small_practice):
    first = build.build(small_practice).read_bytes()
    assert build.build(small_practice).read_bytes() == first
    assert build.is_current(small_practice)
    text = first.decode()
    assert "between" in text and "iopub" not in text and '"version": "3' not in text
    small_practice.source.write_text(small_practice.source.read_text().replace("between", "among"))
    practice.cache_clear()
    assert not build.is_current(small_practice)


def test_building_records_nothing_for_the_learner(small_practice):
    build.build(small_practice)
    assert Progress().events() == []


def test_a_cell_that_fails_stops_the_build_and_keeps_the_old_notebook(small_practice):
    old = build.build(small_practice).read_bytes()
    small_practice.source.write_text(small_practice.source.read_text() + "\n# %%\n1 / 0\n")
    practice.cache_clear()
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        build.build(small_practice)
    assert small_practice.notebook.read_bytes() == old


NETWORK = """
import socket, subprocess, sys, urllib.request
def refused(action):
    try:
        action()
    except OSError as error:
        assert "switched off" in str(error), error
        return True
assert refused(lambda: socket.create_connection(("192.0.2.1", 80), timeout=1))
assert refused(lambda: socket.getaddrinfo("example.com", 80))
assert refused(lambda: urllib.request.urlopen("http://example.com", timeout=1))
assert refused(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53)))
child = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"
done = subprocess.run([sys.executable, "-c", child], capture_output=True, text=True)
assert "switched off" in done.stderr, done.stderr
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(server.getsockname()).close()  # this machine may be talked to
print("refused")
"""


def test_offline_really_refuses(small_practice):
    book = build.notebook(practice("1.2"))
    book.cells.append(nbformat.v4.new_code_cell(NETWORK))
    build.execute(book, offline=True)
    assert book.cells[-1].outputs[0].text == "refused\n"


def test_without_the_guard_the_same_cell_fails():
    """So the guard is what refuses, and not the lack of a network."""
    assert subprocess.run([sys.executable, "-c", NETWORK], capture_output=True, check=False, timeout=60).returncode != 0


def test_checks_in_the_notebook_are_graded_and_recorded(small_practice, workspace):
    build.execute(build.notebook(practice("1.2")), workspace=workspace)
    assert Progress().events("attempt") == [], "stubs are no attempts"
    book = build.execute(build.notebook(practice("1.2"), "solution"), workspace=workspace)
    state = Progress().state()
    assert state.item("1.2.a").passed and state.item("1.2.b").passed
    shown = [
        out.data["text/html"]
        for cell in book.cells
        for out in cell.get("outputs", [])
        if "text/html" in out.get("data", {})
    ]
    assert len(shown) == 2 and all("passed" in html for html in shown)


def test_readme_table_is_replaced_between_its_marks():
    count = "1 of the 2 topics are finished so far"
    old = f"# T\n{count}\n<!-- roadmap: made by `journey build` -->\nold\n<!-- end of roadmap -->\nafter\n"
    new = build.readme_with_table(old)
    assert (
        new.startswith("# T\n")
        and f" of the {len(topics())} topics are finished" in new
        and count not in new
        and new.endswith("after\n")
        and "\nold\n" not in new
        and "| 1.2 Tokenization" in new
    )
    assert build.readme_with_table(new) == new
    with pytest.raises(ValueError, match="lost the two comments"):
        build.readme_with_table("# T\n")
