"""The logbook of a run: one line of JSON for each thing that happened, as it happens.

OPT's and BLOOM's public logbooks taught the field how trainings really go. Ours is for people and pages to follow: `{"step": …,
"loss": …, "lr": …}` for a step, `{"step": …, "val_loss": …}` for an evaluation, `{"step": …, "sample": …}` for a text.
Notable choices: a line is written with one call and flushed, so a killed run loses at most the line it was writing, and a
reader that meets half a line leaves it for later; a run that goes on from a checkpoint first takes out what it will do again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nlpjourney.files import read_json_lines, write_bytes


def read_logbook(file: str | Path, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
    """The entries from byte `offset` on, and the offset to go on from: for a page that follows a run."""
    return read_json_lines(Path(file), offset)


class Logbook:
    """Appends to `file`; with `resume_at`, entries of later steps and a broken last line are taken out first."""

    def __init__(self, file: str | Path, resume_at: int | None = None) -> None:
        self.file = Path(file)
        entries = [e for e in read_logbook(file)[0] if e["step"] <= resume_at] if resume_at is not None else []
        write_bytes(self.file, b"".join(_line(entry) for entry in entries))
        self._out = self.file.open("ab", buffering=0)

    def write(self, step: int, **values: Any) -> None:
        """Add an entry of `step` with `values` that JSON can hold: ValueError for a NaN or an infinity, which it cannot."""
        self._out.write(_line({"step": step, **values}))

    def close(self) -> None:
        self._out.close()


def _line(entry: dict[str, Any]) -> bytes:
    return json.dumps(entry, ensure_ascii=False, allow_nan=False).encode() + b"\n"
