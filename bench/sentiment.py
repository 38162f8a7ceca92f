"""VADER's four numbers against vaderSentiment, TextBlob's two against TextBlob: all 23,703 rated sentences."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from textblob import TextBlob
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from nlpjourney.assets import corpora
from nlpjourney.study.bench import Comparison
from nlpjourney.tasks.sentiment import PatternAnalyzer, Vader


def comparisons() -> Iterator[Comparison]:
    texts = [s.text for s in corpora.rated_sentences()]
    ours, theirs, pattern = Vader(), SentimentIntensityAnalyzer(), PatternAnalyzer()
    emojis = [f"{text} 😀" for text in texts[:5_000]]
    for name, rows in (("23,703 rated sentences", texts), ("5,000 sentences, each with an emoji", emojis)):
        yield Comparison(
            work=f"VADER's four numbers, {name}",
            peer="vaderSentiment",
            topic="2.5",
            ours=lambda rows=rows: ours.score_many(rows),
            theirs=lambda rows=rows: [list(theirs.polarity_scores(text).values()) for text in rows],
            agree=lambda a, b: bool(np.array_equal(a, b)),
            goal=20.0 if rows is texts else 2.0,
        )
    yield Comparison(
        work="polarity and subjectivity, 5,000 rated sentences",
        peer="TextBlob",
        topic="2.5",
        ours=lambda: [tuple(pattern.score(text)) for text in texts[:5_000]],
        theirs=lambda: [tuple(TextBlob(text).sentiment) for text in texts[:5_000]],
        agree=lambda a, b: a == b,
        goal=1.0,
    )
