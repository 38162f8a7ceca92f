"""One query, several rankers, and why each document scored what it did."""

from __future__ import annotations

from dataclasses import dataclass

from nlpjourney.app.demos.demo import Call, Demo, View, asked

COLLECTIONS = {"wikipedia": "Wikipedia, long articles of 2008", "django": "Django's documentation"}
QUERIES = {
    "wikipedia": (
        "who built the pyramids",
        "animals that live in water and on land",
        "illness with trouble in social contact",
    ),
    "django": ("how do I log a user out", "protect a form against forged requests", "speed up slow pages"),
}


@dataclass(frozen=True)
class Part:
    """A row of an explanation: what, the calculation in words, what it adds to the score."""

    what: str
    how: str
    adds: float


@dataclass(frozen=True)
class Found:
    """A result: `extract` is HTML, already escaped, with the matches marked."""

    doc: int
    title: str
    extract: str
    score: float
    why: tuple[Part, ...]
    note: str = ""


@dataclass(frozen=True)
class Ranking:
    name: str
    about: str
    found: tuple[Found, ...]
    waiting: str = ""  # why there is nothing yet
    problem: str = ""  # why there will be nothing


@dataclass(frozen=True)
class Answer:
    collection: str
    n_passages: int
    rankings: tuple[Ranking, ...]


@dataclass
class SearchView(View):
    """A query stands in the address: a search changes nothing, and can be sent to a friend as a link."""

    query: str = asked("query", 300, name="q")
    collection: str = asked("collection", 20, "wikipedia", name="in", among=COLLECTIONS)
    answer: Answer | None = None

    part = "part.html"
    limit = 300
    collections = COLLECTIONS

    @property
    def examples(self) -> tuple[str, ...]:
        return QUERIES[self.collection]

    async def fill(self, asking: Call) -> None:
        if self.query:
            self.answer = await asking.run("search", self.collection, self.query)


DEMO = Demo(
    package=__name__,
    topic="2.6",
    title="Search explorer",
    heading="Who finds the answer?",
    lead="One query, four rankers, the same passages. Open “Why” to see how a score comes about.",
    look_for="Ask for something in words that the answer does not use, and see which rankers find it all the same.",
    limits="The passages come from long Wikipedia articles of 2008, or from Django's documentation; nothing else can "
    "be found.",
    views={"": SearchView},
)
