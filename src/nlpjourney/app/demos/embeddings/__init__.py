"""A word among its neighbours, and analogies as arrows."""

from __future__ import annotations

from dataclasses import dataclass

from nlpjourney.app.demos.demo import Call, Demo, View, asked
from nlpjourney.errors import InvalidInput

METHODS = {"pca": "PCA", "tsne": "t-SNE"}
WORDS = ("physician", "october", "windows", "france", "good", "bank")
# The last one fails: in the news of 1987, Paris is an agreement on exchange rates.
ANALOGIES = (
    ("he", "his", "she"),
    ("go", "went", "come"),
    ("good", "better", "bad"),
    ("france", "french", "germany"),
    ("france", "paris", "germany"),
)


@dataclass(frozen=True)
class Dot:
    """A word on the drawing. kind: asked, near, given, answer, other, or target (where an analogy's arrow ends).

    rank: its row in the table, from 1, or 0 for a word that has none; label: where its name stands and which side of it is
    there (start, middle, end), or None where the name would cover another's.
    """

    word: str
    x: float
    y: float
    kind: str
    rank: int = 0
    cosine: float = 1.0
    label: tuple[float, float, str] | None = None


@dataclass(frozen=True)
class Arrow:
    x1: float
    y1: float
    x2: float
    y2: float
    kind: str


@dataclass(frozen=True)
class WordMap:
    """A drawing with its table. about: what the drawing can and cannot show."""

    dots: tuple[Dot, ...] = ()
    arrows: tuple[Arrow, ...] = ()
    about: str = ""
    n_words: int = 0
    waiting: str = ""  # why there is nothing yet
    problem: str = ""  # why there will be nothing
    unknown: tuple[tuple[str, tuple[str, ...]], ...] = ()  # words without a vector, with others that look alike

    @property
    def rows(self) -> list[Dot]:
        """The words of the table, best first."""
        return sorted((dot for dot in self.dots if dot.rank), key=lambda dot: dot.rank)


@dataclass
class EmbeddingsView(View):
    """What is asked stands in the address: `word` and `by` for neighbours, or `a`, `b`, `c` for an analogy."""

    word: str = asked("word", 60)
    by: str = asked("drawing", 10, "pca", among=METHODS)
    a: str = asked("word", 60)
    b: str = asked("word", 60)
    c: str = asked("word", 60)
    drawing: WordMap | None = None

    part = "part.html"
    limit = 60
    methods, words, analogies = METHODS, WORDS, ANALOGIES

    @property
    def analogy(self) -> tuple[str, str, str]:
        return self.a, self.b, self.c

    @property
    def query(self) -> dict[str, str]:
        """What is asked, as it stands in the address."""
        return dict(zip("abc", self.analogy)) if any(self.analogy) else {"word": self.word, "by": self.by}

    async def fill(self, asking: Call) -> None:
        self.word, self.a, self.b, self.c = (text.lower() for text in (self.word, *self.analogy))
        if all(self.analogy):
            self.drawing = await asking.run("analogy", *self.analogy)
        elif any(self.analogy):
            raise InvalidInput("An analogy needs three words.")
        elif self.word:
            self.drawing = await asking.run("neighbours", self.word, self.by)


DEMO = Demo(
    package=__name__,
    topic="1.6",
    title="Embedding map",
    heading="Words keep company",
    lead="A program read six million words of old news and posts, and nobody told it what any of them means. Look up "
    "a word to see where it put it, or ask it for an analogy.",
    look_for="Compare the nearest words with yours: they occur in the same company, and may well mean the opposite.",
    limits="Six million words are few: a rare word has poor neighbours, one that occurs fewer than ten times has none, "
    "and some analogies fail.",
    views={"": EmbeddingsView},
)
