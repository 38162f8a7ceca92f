"""Stemmers: words that belong together get one name, by cutting their ends."""

from nlpjourney.text.stem.lancaster import LancasterStemmer
from nlpjourney.text.stem.porter import PorterStemmer
from nlpjourney.text.stem.rules import Stemmer
from nlpjourney.text.stem.snowball import EnglishStemmer

__all__ = ["EnglishStemmer", "LancasterStemmer", "PorterStemmer", "Stemmer"]


def warmup() -> None:
    """Compile every kernel of this package by running it on a word."""
    for stemmer in (PorterStemmer(), EnglishStemmer(), LancasterStemmer()):
        stemmer.stem("running")
