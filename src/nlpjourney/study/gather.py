"""From a notebook's cells, the code that one function needs: itself and what it uses, directly or not.

A check runs the learner's function in another process. Sending the whole notebook would run it all again; so the names that
the function uses are followed backwards through the statements that bind or change them (a program slice, Weiser 1981), by
reading the code and not by running it. What reading cannot tell (whether `fill(table)` changes the table) is left out, and said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nlpjourney.errors import JourneyError
from nlpjourney.study.statements import Statement, statements


class NotFound(LookupError, JourneyError):
    """No cell defines the function."""


@dataclass(frozen=True)
class Gathered:
    """The source, and the statements left out that may change something it uses, each with its place."""

    source: str
    left_out: tuple[str, ...] = ()


def gather(cells: Sequence[str], names: Iterable[str]) -> str:
    """Source that defines `names` and, before them, everything at top level of `cells` that they use.

    A name has the value that it has after the last cell, or where a statement at top level asks for it; statements that
    change it since it was bound (`n += 1`, `T[k] = v`, `stop.add(w)`, loops, `if`, `try`, `with`) come along. Cells that
    neither Python nor IPython can read (half-typed code) are passed over. Raises NotFound when a name of `names` is bound
    nowhere.
    """
    return gather_all(cells, names).source


def gather_all(cells: Sequence[str], names: Iterable[str]) -> Gathered:
    """`gather`, and what it had to leave out."""
    placed = [(number, s) for number, cell in enumerate(cells, start=1) for s in statements(cell)]
    found = [s for _, s in placed]
    wanted = list(names)
    for name in wanted:
        if not any(name in s.binds | s.changes for s in found):
            raise NotFound(f"no cell defines {name!r}: write `def {name}(…):` in a cell and run it first")
    chosen, needed = _slice(found, wanted)
    data = needed - {name for s in found if s.is_definition for name in s.binds}
    bodies = {name: s.later for s in found for name in s.binds if name not in needed}
    left_out = tuple(
        f"{s.source.splitlines()[0]} (cell {number}, line {s.line})"
        for i, (number, s) in enumerate(placed)
        if i not in chosen and data & s.given.union(*(bodies.get(name, frozenset()) for name in s.given))
    )
    text = [
        *(s.source for s in found if s.is_future),
        *(found[i].source for i in sorted(chosen) if not found[i].is_future),
    ]
    return Gathered("\n\n".join(text) + "\n", left_out)


def _slice(found: Sequence[Statement], wanted: Sequence[str]) -> tuple[set[int], set[str]]:
    """The places of the statements that give the wanted names their values, and all names that were followed."""
    end = len(found)
    stars = [i for i, s in enumerate(found) if "*" in s.binds | s.changes]  # `from math import *` may bind any name
    chosen: set[int] = set()
    queue, seen = [(name, end) for name in wanted], {(name, end) for name in wanted}

    def ask(names: Iterable[str], before: int) -> None:
        new = {(name, before) for name in names} - seen
        seen.update(new)
        queue.extend(new)

    while queue:
        name, before = queue.pop()
        # In a file, unlike in a notebook's history, a name may be bound below its use.
        for i in _reaching(found, name, before) or _reaching(found, name, end) or stars:
            chosen.add(i)
            ask(found[i].uses, i)
            ask(found[i].later, before)  # the body of a function sees what its caller sees
    return chosen, {name for name, _ in seen}


def _reaching(found: Sequence[Statement], name: str, before: int) -> list[int]:
    """Where a name's value just before one place comes from: the last statement that binds it, and those that change it since."""
    places: list[int] = []
    for i in range(before - 1, -1, -1):
        if name in found[i].binds:
            # A call of a module's function (`plt.show()`) does not change the module.
            return [*(p for p in places if not (found[i].is_import and name in found[p].called)), i]
        if name in found[i].changes:
            places.append(i)
    return places
