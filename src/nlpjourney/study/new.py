"""The files of a new topic: all that must be there, with a mark wherever somebody has to fill in something.

As they are written they parse and are formatted, and the tests are red: a test looks for the mark in the whole checkout.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from string import Template

from nlpjourney.errors import InvalidInput
from nlpjourney.files import write_text
from nlpjourney.study.paths import BENCH, ROOT
from nlpjourney.study.roadmap import System, Topic

MARK = "«fill in»"
LETTERS = "abc"  # of the exercises: three at least

PRACTICE = """\
# %% [markdown]
# # $id $title
#
# $mark Why: the problem as somebody meets it, in one paragraph.

# %% [markdown]
# ## The idea, drawn
#
# $mark One idea; a picture that the reader could redraw from memory, made by the next cell.

# %%
# $mark The picture.

# %% [markdown]
# ## The obvious version
#
# $mark What it does, on an example small enough to check by hand. Let the reader predict the result.

# %%
# $mark 5 to 40 lines.

# %% [markdown]
# ## The library's version
#
# $mark The same result; what makes it fast, in words; ties, defaults and variants by name.

# %%
# $mark Shown equal to the obvious one.
$cells
# %% [markdown]
# ## Real data
#
# $mark The result that makes somebody say "oh", with what fails and why.

# %%
# $mark A plot or a table.

# %% [markdown]
# ## The tools of the trade
#
# $mark $tools on the same task: agreement and speed side by side.

# %%
# $mark Numbers that the text quotes are computed here.

# %% [markdown]
# ## What you should now be able to answer
#
# $mark The interview questions of this topic, each answered on the page or folded below its question.
#
# ## Where to go on
#
$links
"""

CELL = '''
# %% [markdown]
# $mark What the reader needs for exercise $id.$letter.


# %% exercise="$id.$letter"
def exercise_$letter(text: str) -> int:
    """$mark What it returns."""
    # BEGIN SOLUTION
    return len(text)
    # END SOLUTION

'''

EXERCISES = '''\
"""$mark What the exercises of this topic are about."""

from hypothesis import strategies as st

from nlpjourney.study.exercise import Exercise, Question


$references
EXERCISES = [
$exercises]

RIGHT = {  # $mark at least three for each: right answers in other styles, which must pass too
$right}

QUESTIONS = [
    Question(
        id="$id.q1",
        text="$mark What is asked",
        choices=["$mark right", "$mark wrong", "$mark wrong too"],
        answer=0,
        explanation="$mark Why.",
    ),
]
'''

REFERENCE = '''\
def exercise_$letter(text):
    """$mark The reference: usually a call of the library."""
    return len(text)


'''

EXERCISE = """\
    Exercise(
        id="$id.$letter",
        title="$mark Title",
        difficulty=$difficulty,
        task="$mark What to write, with one worked example.",
        function="exercise_$letter",
        examples=[("$mark the odd cases too",)],
        inputs=st.tuples(st.text()),
        reference=exercise_$letter,
        wrong=[],  # $mark at least five, each with the hint that names its fault
        hints=["$mark A nudge.", "$mark A stronger one, not the solution's line."],
        explanation="$mark Why it works.",
        beyond="$mark What a strong engineer would add.",
    ),
"""

RIGHT = """\
    "$id.$letter": [],
"""

HEADER = """\
# /// script
# requires-python = ">=3.11"
# dependencies = ["$mark name==version"]
# ///
"""

SYSTEM = '''\
"""$name $mark does what, on which data; what comes out equal to ours."""

import json

raise NotImplementedError("$mark real work with the tool, and an assertion for each claim")
print(json.dumps({"version": "$mark", "result": "$mark one sentence with the figures"}))
'''

TESTS = '''\
"""$title: $mark what is equal to what, on which text."""


def test_equals_its_plain_twin():
    raise NotImplementedError("$mark and a test against the library that it explains, and odd input")
'''

BENCHMARK = '''\
"""$title: $mark against which peer, on which real text."""

from __future__ import annotations

from collections.abc import Iterator

from nlpjourney.study.bench import Comparison


def comparisons() -> Iterator[Comparison]:
    raise NotImplementedError("$mark the same work by ours and by the peer")
'''


def files(t: Topic, package: str | None = None) -> dict[Path, str]:
    """The files of a topic and what stands in them; with a `package` of the library also a file of tests for it.

    Raises InvalidInput when `package` is no name like "tasks.classification".
    """
    name = t.slug.replace("-", "_")
    fill = {"mark": MARK, "id": t.id, "title": t.title}
    levels = [fill | {"letter": letter, "difficulty": str(i)} for i, letter in enumerate(LETTERS, start=1)]
    practice = fill | {
        "cells": "".join(_filled(CELL, level) for level in levels),
        "tools": ", ".join(s.name for s in t.systems) or "Other programs",
        "links": "\n".join(f"# - [{link.title}]({link.url})" for link in t.links) or f"# {MARK} Links.",
    }
    exercises = fill | {
        "references": "".join(_filled(REFERENCE, level) for level in levels).rstrip("\n") + "\n\n",
        "exercises": "".join(_filled(EXERCISE, level) for level in levels),
        "right": "".join(_filled(RIGHT, level) for level in levels),
    }
    found = {
        t.source: _filled(PRACTICE, practice),
        t.folder / "exercises.py": _filled(EXERCISES, exercises),
        **{t.system_script(s): _system(s, fill) for s in t.systems},
        BENCH / f"{name}.py": _filled(BENCHMARK, fill),
    }
    if package is not None:
        parts = package.split(".")
        if not all(part.isidentifier() for part in parts):
            raise InvalidInput(f"a package of the library is named like tasks.classification, not {package!r}")
        found[ROOT.joinpath("tests", *parts, f"test_{name}.py")] = _filled(TESTS, fill)
    return found


def _system(system: System, fill: Mapping[str, str]) -> str:
    return _filled((HEADER if system.how == "script" else "") + SYSTEM, {**fill, "name": system.name})


def _filled(template: str, values: Mapping[str, str]) -> str:
    return Template(template).substitute(values)


def write(found: Mapping[Path, str]) -> list[Path]:
    """Write the files, all or none. Raises InvalidInput with the names of those that are there already."""
    there = [str(file.relative_to(ROOT) if ROOT in file.parents else file) for file in found if file.exists()]
    if there:
        raise InvalidInput(f"nothing is overwritten: {', '.join(there)} exists; move it away to begin anew")
    for file, text in found.items():
        write_text(file, text)
    return list(found)
