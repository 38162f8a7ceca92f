"""A text's sentiment by rules, word by word: VADER and TextBlob side by side."""

from __future__ import annotations

from dataclasses import dataclass

from nlpjourney.app.demos.demo import Call, Demo, View, asked

SAMPLES = (
    ("Rules at work", "The food was VERY good and the waiters kind, but the music was not nice at all!"),
    ("Isn't good", "This isn't good. This isn’t good."),
    ("Irony", "Great, my train is late again."),
    ("Domain", "An unpredictable plot and a script that never finds its feet."),
    ("Emoji", "I did not expect this 😍😍"),
)


@dataclass(frozen=True)
class Word:
    """A word as VADER sees it: which rules were applied to it, in order, and what it adds to the sum."""

    word: str
    steps: tuple[tuple[str, str, float], ...]  # rule, the words that made it apply, the valence after it
    valence: float


@dataclass(frozen=True)
class Chunk:
    """Words that TextBlob takes together, and what they score."""

    words: str
    polarity: float
    subjectivity: float


@dataclass(frozen=True)
class Scored:
    words: tuple[Word, ...]
    total: float
    punctuation: float
    neg: float
    neu: float
    pos: float
    compound: float
    picture: str  # an SVG, or "" where no word counts
    chunks: tuple[Chunk, ...]
    polarity: float
    subjectivity: float


@dataclass
class SentimentView(View):
    """The text stands in the address: scoring changes nothing, and can be sent to a friend as a link."""

    text: str = asked("text", 500, SAMPLES[0][1])
    scored: Scored | None = None

    part = "part.html"
    samples = SAMPLES
    limit = 500

    async def fill(self, asking: Call) -> None:
        self.scored = await asking.run("score", self.text)


DEMO = Demo(
    package=__name__,
    topic="2.5",
    title="Sentiment, word by word",
    heading="Which word made it positive?",
    lead="VADER looks words up in a lexicon and lets the words before them change their valence. Watch each rule at work, "
    "and what TextBlob says to the same text.",
    look_for="Put “not” before a word, write it in capitals, add “but” and an exclamation mark; then try irony, which no "
    "rule sees.",
    limits="Both are lists of English words with a few rules: they understand nothing, and a word that is not in the list "
    "does not count.",
    views={"": SentimentView},
)
