"""Any text before four classifiers: what each takes it for, and the words that made it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from nlpjourney.app.demos.demo import Call, Demo, View, asked

LIMIT = 600
SHOWN = 8  # features of a text that have a bar of their own


class Question(NamedTuple):
    """What is asked of a text, the two classes (a score above 0 speaks for the second), and texts to try.

    The first is what the page opens with. Those that stand in the data are held out: no classifier has seen them.
    """

    asks: str
    classes: tuple[str, str]
    about: str
    samples: tuple[tuple[str, str], ...]


QUESTIONS = {
    "headlines": Question(
        "Is this headline satire or news?",
        ("news", "satire"),
        "headlines of The Onion (satire) and of HuffPost (news)",
        (
            ("An angry badger", "'very angry badger' seizes part of 500-year-old scottish castle"),
            ("An area man", "area man excited to hear girlfriend has been doing a lot of thinking"),
            ("A peace deal", "taliban agrees to peace deal despite concerns about america's human-rights record"),
            ("A makeover", "woman injured in hostile makeover"),
            ("German", "Scholz reist zu Gesprächen nach Prag"),
        ),
    ),
    "messages": Question(
        "Is this text message spam or ham?",
        ("ham", "spam"),
        "text messages, most of them from Singapore and Britain",
        (
            ("Asked for money", "Hi mum, my phone is broken, please send 200 pounds to my friend's account"),
            ("A prize", "Congratulations! You have won a prize. Call now to claim it"),
            ("A prize, politely", "Did you hear? I won a prize at school today"),
            ("Lunch", "Running late, see you at lunch"),
        ),
    ),
}


class Part(NamedTuple):
    """Words of the text (or what stands for several), and what they add to the score of the second class."""

    words: str
    adds: float


@dataclass(frozen=True)
class Verdict:
    """What one classifier says. probability: of the class it decides for, None where it has none; score: above 0 it is the
    second class, the sum of `start` (no words yet), `parts` and `others`; accuracy: on held-out texts of the data."""

    name: str
    label: str
    probability: float | None
    score: float
    accuracy: float
    start: float
    parts: tuple[Part, ...]
    others: Part | None

    @property
    def rows(self) -> list[Part]:
        """Everything that adds up to the score, in the order of the page."""
        return [*self.parts, *([self.others] if self.others else []), Part("before any word", self.start)]

    @property
    def widest(self) -> float:
        return max((abs(part.adds) for part in self.rows), default=0.0) or 1.0


@dataclass(frozen=True)
class Judged:
    """verdicts: one a classifier; truth: the label of a text that stands in the data, else ""; learned: whether the classifiers
    have learned from it; unknown: words that none of them has met; n_train: texts that they learned from."""

    verdicts: tuple[Verdict, ...]
    truth: str
    learned: bool
    unknown: tuple[str, ...]
    n_words: int
    n_train: int
    n_test: int

    @property
    def summary(self) -> str:
        """Who says what, in one sentence."""
        by_label: dict[str, list[str]] = {}
        for verdict in self.verdicts:
            by_label.setdefault(verdict.label, []).append(verdict.name)
        if len(by_label) == 1:
            return f"All four say {self.verdicts[0].label}."
        return (
            "They disagree: " + "; ".join(f"{' and '.join(names)}: {label}" for label, names in by_label.items()) + "."
        )

    @property
    def misses(self) -> int:
        return sum(verdict.label != self.truth for verdict in self.verdicts) if self.truth else 0


@dataclass
class ClassifiersView(View):
    """The text stands in the address: looking changes nothing, and can be sent to a friend as a link."""

    text: str = asked("text", LIMIT)
    kind: str = asked("question", 20, "headlines", name="ask", among=QUESTIONS)
    judged: Judged | None = None

    part = "part.html"
    limit, questions = LIMIT, QUESTIONS

    @property
    def question(self) -> Question:
        return QUESTIONS[self.kind]

    @property
    def first(self) -> str:
        """What the field holds: the text, or the best example."""
        return self.text or self.question.samples[0][1]

    async def fill(self, asking: Call) -> None:
        if self.text:
            self.judged = await asking.run("judge", self.kind, self.text)


DEMO = Demo(
    package=__name__,
    topic="2.1",
    title="Four classifiers",
    heading="Which words made it?",
    lead="One text, four classifiers that learned from the same texts and see the same features: single words and pairs "
    "of neighbours. Each decision is a sum that can be read.",
    look_for="Delete the word with the longest bar and classify again: when the sum crosses 0, the verdict turns.",
    limits="They know two newspapers and some thousand text messages, and nothing of what a text means: on other sources "
    "expect them to be wrong, and sure.",
    views={"": ClassifiersView},
)
