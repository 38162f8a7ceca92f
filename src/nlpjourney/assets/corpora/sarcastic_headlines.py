"""Headlines of The Onion, which are satire, and of HuffPost, which are not (Misra & Arora, 2019)."""

from __future__ import annotations

import json

from nlpjourney.assets.corpora.orange_table import Document
from nlpjourney.assets.store import path


def headlines() -> list[Document]:
    """28,614 lower-cased headlines, labelled "satire" or "news". 116 of them stand there twice."""
    lines = path("headlines-sarcasm").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [Document(row["input"][-1]["content"], "satire" if row["ideal"] == "1" else "news") for row in rows]
