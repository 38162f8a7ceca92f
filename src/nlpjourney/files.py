"""Files written aside and renamed, so that a cut leaves the old one whole, and files that grow. Below every other package."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any


def read_json_lines(file: Path, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
    """The entries from byte `offset` on, and the offset to go on from; a line that is being written is left for later."""
    if not file.exists():
        return [], 0
    with file.open("rb") as f:
        f.seek(offset)
        data = f.read()
    end = data.rfind(b"\n") + 1
    return [json.loads(line) for line in data[:end].splitlines() if line.strip()], offset + end


def write_text(file: Path, text: str) -> None:
    """Write `text` as UTF-8, line ends as they are; the folder is made when missing."""
    write_bytes(file, text.encode())


def write_bytes(file: Path, data: bytes) -> None:
    """Write `data` aside and rename it; the folder is made when missing."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, aside = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
        os.chmod(aside, 0o644)
        os.replace(aside, file)
    except BaseException:
        os.unlink(aside)
        raise
