"""The news as spaCy parses them, which takes half a minute: kept, so that later starts need neither spaCy nor its model."""

from __future__ import annotations

import json
from pathlib import Path

from nlpjourney import assets
from nlpjourney.assets import corpora
from nlpjourney.text.syntax import Parsed, parsed_by_spacy


def parsed_news() -> list[list[Parsed]]:
    """The texts, each a list of sentences. Raises AssetError."""
    file = assets.derived("parsed-news", [assets.find("lee-news"), assets.find("spacy-english")], _parse)
    return [[Parsed(*row) for row in text] for text in json.loads(file.read_text(encoding="utf-8"))]


def _parse(file: Path) -> None:
    file.write_text(json.dumps(parsed_by_spacy(corpora.lee_news()[0])), encoding="utf-8")
