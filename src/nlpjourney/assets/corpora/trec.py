"""TREC questions (Li & Roth, 2002), labelled with what they ask for; for research."""

from __future__ import annotations

from nlpjourney.assets.corpora.orange_table import Document
from nlpjourney.assets.store import path


def trec_questions() -> list[Document]:
    """5,381 distinct questions, labelled "LOC:city", "HUM:ind" and so on: one of 6 kinds, a colon, one of 50 finer kinds.

    The file holds training sets of several sizes one after the other, so most lines come several times; the first counts.
    """
    rows = (
        line.partition(" ")
        for line in path("trec-questions").read_text(encoding="latin-1").splitlines()
        if line.strip()
    )
    distinct: dict[str, str] = {}
    for label, _, text in rows:
        distinct.setdefault(text.strip(), label)
    return [Document(text, label) for text, label in distinct.items()]
