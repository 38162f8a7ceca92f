"""Sentiment: is a text positive or negative, how strongly, and about what?"""

from nlpjourney.tasks.sentiment.aspects import Aspect, find_aspects
from nlpjourney.tasks.sentiment.lexicon import Lexicon, vader_lexicon
from nlpjourney.tasks.sentiment.negation import mark_negation, words
from nlpjourney.tasks.sentiment.pattern import Assessed, PatternAnalyzer, Polarity
from nlpjourney.tasks.sentiment.vader import Explanation, Judged, Vader

__all__ = [
    "Aspect",
    "Assessed",
    "Explanation",
    "Judged",
    "Lexicon",
    "PatternAnalyzer",
    "Polarity",
    "Vader",
    "find_aspects",
    "mark_negation",
    "vader_lexicon",
    "words",
]  # fmt: skip


def warmup() -> None:
    """Compile every kernel of this package by running it on a few words."""
    tiny = Lexicon({"good": 1.9}, {"very": 0.293}, frozenset(["not"]), {"to die for": 3.0}, {})
    Vader(tiny).score_many(["Not a VERY good film, but good!", "déjà vu"])
