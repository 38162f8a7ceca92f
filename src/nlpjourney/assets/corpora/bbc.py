"""BBC News (Greene & Cunningham, 2006): articles of 2004 and 2005 in five classes; for research that is not commercial."""

from __future__ import annotations

from nlpjourney.assets.corpora.orange_table import Document
from nlpjourney.assets.store import path


def bbc_news() -> list[Document]:
    """2,225 articles, headline and text, labelled with their class: business, entertainment, politics, sports or tech.

    Some stand there twice.
    """
    files = sorted(path("bbc-news").rglob("*.txt"), key=lambda file: (file.parent.name, file.name))
    return [Document(file.read_bytes().decode("utf-8", "replace"), file.parent.name) for file in files]
