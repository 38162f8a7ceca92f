"""Shakespeare's works, from Project Gutenberg."""

from __future__ import annotations

import re
from typing import Literal

from nlpjourney.assets.store import path


def shakespeare(edition: Literal["modern", "folio"] = "modern") -> dict[str, str]:
    """Plays and poems by file name, without the publisher's preface.

    "modern" spelling holds all of Shakespeare and Milton's poems; "folio" is the spelling of 1623, the plays only.
    """
    ending = {"modern": "_gut.txt", "folio": "_gut_f.txt"}[edition]
    texts = {}
    for file in sorted(path("shakespeare").rglob(f"*{ending}")):
        text = file.read_text(encoding="latin-1").replace("\r\n", "\n")
        # Project Gutenberg marks where the work ends and, in most files, where it starts.
        text = re.split(r"\*\*\* ?START[^\n]*\n|\*END\*?THE SMALL PRINT[^\n]*\n|\*END\*[^\n]*\n", text)[-1]
        text = re.split(r"\n\**\s*(?:\*\*\* ?)?END OF (?:THE|THIS) PROJECT", text, flags=re.I)[0]
        texts[file.name.removesuffix(ending)] = text.strip() + "\n"
    return texts
