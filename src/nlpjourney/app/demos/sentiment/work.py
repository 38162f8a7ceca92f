"""VADER's and TextBlob's scores of a text, with their reasons."""

from __future__ import annotations

from functools import cache

from nlpjourney.app.demos.sentiment import Chunk, Scored, Word
from nlpjourney.tasks.sentiment import PatternAnalyzer, Vader
from nlpjourney.tasks.sentiment.pictures import waterfall

vader = cache(Vader)
pattern = cache(PatternAnalyzer)


def score(text: str) -> Scored:
    """Both scorers on the text. Raises AssetError where a lexicon cannot be had."""
    found, polarity = vader().explain(text), pattern().score(text)
    words = tuple(Word(w.word, tuple((s.rule, s.because, s.valence) for s in w.steps), w.valence) for w in found.words)
    picture = waterfall(found, "How the sum comes about").svg if any(w.steps for w in words) else ""
    chunks = tuple(Chunk(" ".join(a.words), a.polarity, a.subjectivity) for a in pattern().assess(text))
    return Scored(words, found.total, found.punctuation, *found.scores, picture, chunks, *polarity)
