"""A small Unigram vocabulary, trained on Wikipedia the first time (some seconds) and kept."""

from __future__ import annotations

from pathlib import Path

from nlpjourney import assets
from nlpjourney.assets import corpora
from nlpjourney.text.tokenize import Unigram

N_PIECES = 8_000
N_CHARACTERS = 2_000_000


def trained_here() -> Unigram:
    """The vocabulary. Raises AssetError."""
    return Unigram.from_pretrained(assets.derived("unigram-wikipedia", [assets.find("wikipedia-sample")], _train))


def _train(folder: Path) -> None:
    text = "\n".join(corpora.wikipedia().values())[:N_CHARACTERS]
    Unigram.train(text.splitlines(), N_PIECES, byte_fallback=True).save_pretrained(folder)
