"""What a learner has done: an append-only log in SQLite, from which everything else is derived.

Nothing is ever changed or deleted: a reset is one more event, after which earlier ones no longer count. SQLite in WAL mode lets
the notebook, the app and the terminal write at the same time.

Review follows Leitner's boxes (1972): what was remembered waits longer, what was forgotten starts again tomorrow.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from nlpjourney.errors import JourneyError
from nlpjourney.study.paths import workspace

INTERVALS = (1, 3, 7, 16, 35, 90)  # days in each box

SCHEMA = """
create table if not exists event (
    id integer primary key,
    at text not null,              -- UTC, ISO 8601
    kind text not null,            -- attempt, hint, solution, answer, proved, opened, copied, reset
    item text not null,            -- an exercise, a question or a topic ("" with reset: everything)
    data text not null default '{}'
);
create index if not exists event_item on event (item);
"""


class ProgressError(RuntimeError, JourneyError):
    """The log cannot be read or written."""


@dataclass
class ItemState:
    """Where the learner stands with one exercise or question."""

    attempts: int = 0
    passed: bool = False
    hints: int = 0
    solution_seen: bool = False
    source: str = ""  # of the last try
    passed_source: str = ""  # of the last that passed
    box: int = 0
    due: datetime | None = None


@dataclass
class State:
    items: dict[str, ItemState] = field(default_factory=dict)
    opened: dict[str, datetime] = field(default_factory=dict)
    proved: set[str] = field(default_factory=set)

    def item(self, id: str) -> ItemState:
        return self.items.get(id, ItemState())

    def due(self, now: datetime | None = None) -> list[str]:
        """Items whose review is due, the longest waiting first."""
        now = now or datetime.now(UTC)
        waiting = [(state.due, id) for id, state in self.items.items() if state.due is not None and state.due <= now]
        return [id for _, id in sorted(waiting)]


class Progress:
    """The log of one workspace. Open as often as you like; every method is one transaction."""

    def __init__(self, file: Path | None = None) -> None:
        self.file = file or workspace() / "progress.sqlite3"
        with self._open() as db:
            db.executescript(SCHEMA)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.file, timeout=30)) as db:
                db.execute("pragma journal_mode = wal")
                with db:
                    yield db
        except sqlite3.Error as error:
            raise ProgressError(
                f"your progress in {self.file} cannot be used ({error}). Is the disk full, or the folder closed to you? If the "
                "file is damaged, move it away, or put a copy of it back: a new one is begun, and your notebooks stay."
            ) from error

    def record(self, kind: str, item: str, *, at: datetime | None = None, **data: Any) -> None:
        """Append one event."""
        when = (at or datetime.now(UTC)).astimezone(UTC).isoformat()
        with self._open() as db:
            db.execute(
                "insert into event (at, kind, item, data) values (?, ?, ?, ?)", (when, kind, item, json.dumps(data))
            )

    def events(self, kind: str | None = None) -> list[tuple[datetime, str, str, dict[str, Any]]]:
        """All events in order: (when, kind, item, data). A row that nobody of us can have written is passed over."""
        with self._open() as db:
            rows = db.execute("select at, kind, item, data from event order by id").fetchall()
        return [event for row in rows if (event := _event(row)) is not None and kind in (None, event[1])]

    def state(self) -> State:
        """Everything derived from the log, as it stands now."""
        state = State()
        for at, kind, item, data in self.events():
            if kind == "reset":
                _forget(state, item)
            elif kind == "opened":
                state.opened[item] = at
            elif kind == "proved":
                state.proved.add(item)
            elif kind in ("attempt", "hint", "solution", "answer"):
                _apply(state.items.setdefault(item, ItemState()), kind, at, data)
        return state

    def reset(self, item: str = "") -> None:
        """Start over with one exercise, one topic, or (with "") everything."""
        self.record("reset", item)


def _event(row: tuple[Any, ...]) -> tuple[datetime, str, str, dict[str, Any]] | None:
    at, kind, item, data = row
    try:
        when, content = datetime.fromisoformat(at), json.loads(data)
    except (ValueError, TypeError, RecursionError):
        return None
    right = when.tzinfo is not None and isinstance(kind, str) and isinstance(item, str) and isinstance(content, dict)
    return (when, kind, item, content) if right else None


def _forget(state: State, item: str) -> None:
    def concerned(id: str) -> bool:
        return not item or id == item or id.startswith(item + ".")

    state.items = {id: s for id, s in state.items.items() if not concerned(id)}
    state.opened = {id: at for id, at in state.opened.items() if not concerned(id)}
    state.proved = {id for id in state.proved if not concerned(id)}


def _apply(state: ItemState, kind: str, at: datetime, data: dict[str, Any]) -> None:
    if kind == "hint":
        state.hints += 1
    elif kind == "solution":
        state.solution_seen = True
    else:
        right = bool(data.get("passed"))
        state.attempts += 1
        if kind == "attempt":
            state.source = str(data.get("source", ""))
            state.passed_source = state.source if right else state.passed_source
        _review(state, at, right, known=state.passed or kind == "answer")
        state.passed = state.passed or right


def _review(state: ItemState, at: datetime, right: bool, known: bool) -> None:
    """Move the item to its next box. Trying again before it is due neither helps nor harms."""
    if right and state.due is None:
        state.box = 0
    elif right and state.due is not None and at >= state.due:
        state.box = min(state.box + 1, len(INTERVALS) - 1)
    elif not right and known:
        state.box = 0
    else:
        return
    state.due = at + timedelta(days=INTERVALS[state.box])
