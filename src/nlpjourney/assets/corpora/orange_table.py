"""Tables as the Orange program writes them (`.tab`), and collections of labelled texts in that form."""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from nlpjourney.assets.store import path

Subset = Literal["train", "test", "all"]


@dataclass(frozen=True)
class Document:
    text: str
    label: str


def rows_of(file: Path) -> list[dict[str, str]]:
    """Rows of an Orange `.tab` file (tab-separated; names, types and roles in the first three lines), by column."""
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    with file.open(encoding="utf-8", newline="") as f:
        columns, _, _, *rows = csv.reader(f, delimiter="\t")
    return [dict(zip(columns, row)) for row in rows if any(row)]  # some have an empty row


def labelled_texts(asset: str, stem: str, subset: Subset) -> list[Document]:
    """The texts of an asset's files `stem`-train.tab and `stem`-test.tab. Raises ValueError for another subset."""
    if subset not in ("train", "test", "all"):
        raise ValueError(f"subset must be 'train', 'test' or 'all', not {subset!r}")
    parts = ("train", "test") if subset == "all" else (subset,)
    folder = path(asset)
    rows = (row for part in parts for row in rows_of(folder / f"{stem}-{part}.tab"))
    return [Document(row["Text"], row["Category"]) for row in rows]
