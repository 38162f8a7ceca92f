"""A text at four levels: how each sentence is built, what its words mean, what is implied, how it hangs together."""

from __future__ import annotations

from dataclasses import dataclass

from nlpjourney.app.demos.demo import Call, Demo, View, asked

# Each shows something at another level.
SAMPLES = (
    ("A telescope", "The old man saw the girl with the telescope."),
    ("Two banks", "They pulled the boat up on the bank of the river. The bank lends money and holds the mortgage."),
    ("Some, not all", "Some of the guests liked the soup. It was warm."),
    (
        "A story",
        "Nora lost her kite in the park. She looked everywhere. A boy found the kite near the river. He gave it to Nora.",
    ),
    ("Nonsense", "The blorp zibbled two frimpy snargs. Snargs the two frimpy zibbled blorp."),
)


@dataclass(frozen=True)
class Syntax:
    """A sentence and its trees; `problem` where there are none. surprise: in nats a word; above: the share of the treebank's
    held-out sentences that surprise less."""

    words: tuple[str, ...]
    tags: tuple[str, ...] = ()
    heads: tuple[int, ...] = ()
    brackets: str = ""
    tree: str = ""
    arcs: str = ""
    unknown: tuple[str, ...] = ()
    surprise: float = 0.0
    above: float = 0.0
    problem: str = ""


@dataclass(frozen=True)
class Sense:
    name: str
    definition: str
    shared: tuple[str, ...]  # words of the text that speak for it


@dataclass(frozen=True)
class Meaning:
    """A word with its senses, the one that Lesk chooses first, then those with shared words, then the most frequent."""

    word: str
    lemma: str
    sentence: int  # from 1
    senses: tuple[Sense, ...]
    n_senses: int


@dataclass(frozen=True)
class Similarity:
    one: str
    other: str
    value: float


@dataclass(frozen=True)
class Scalar:
    """A word that stands on a scale: in which sentence (from 1), the scale, what its speaker did not say (`stronger`), how far a
    listener who takes words as they are (`literal`) and one who thinks of the speaker (`implied`) believe that nothing stronger
    holds, and the word before it that turns the scale round, or ""."""

    sentence: int
    word: str
    scale: tuple[str, ...]
    stronger: tuple[str, ...]
    literal: float
    implied: float
    turned: str


@dataclass(frozen=True)
class Discourse:
    """chains: mentions with the number of their sentence (from 1), of what is mentioned twice or more; pieces: the text cut at
    mentions, each with the number of its chain (0: none); segments: what TextTiling makes of it, () for a short text."""

    chains: tuple[tuple[tuple[str, int], ...], ...]
    pieces: tuple[tuple[str, int], ...]
    segments: tuple[str, ...]
    n_orders: int  # that were tried, the text's own among them; 0 where there is nothing to compare
    n_better: int  # orders that the ranker takes for more coherent than the text's own
    best: tuple[int, ...]  # the most coherent order found, numbers of sentences


@dataclass(frozen=True)
class Levels:
    syntax: tuple[Syntax, ...]
    meanings: tuple[Meaning, ...]
    similarities: tuple[Similarity, ...]
    scalar: tuple[Scalar, ...]
    apples: tuple[
        tuple[str, tuple[float, ...], tuple[float, ...]], ...
    ]  # a word, the literal and the pragmatic listener
    discourse: Discourse | None
    notes: tuple[str, ...]  # what stands in for what could not be had
    grammar: str  # where the grammar comes from
    n_words: int  # of its treebank
    accuracy: float  # the share of unseen pairs that the coherence ranker gets right; 0 without one
    wordnet: str
    cut: bool  # whether sentences were left out

    @property
    def scale_words(self) -> frozenset[str]:
        """The words of the text that stand on a scale, in small letters."""
        return frozenset(found.word.lower() for found in self.scalar)


@dataclass
class LevelsView(View):
    """The text stands in the address: looking changes nothing, and a sentence can be sent to a friend as a link."""

    text: str = asked("text", 1_200, strip=False)
    found: Levels | None = None

    part = "part.html"
    limit, samples = 1_200, SAMPLES

    async def fill(self, asking: Call) -> None:
        if self.text.strip():
            self.found = await asking.run("look", self.text)


DEMO = Demo(
    package=__name__,
    topic="1.1",
    title="Four levels",
    heading="One sentence, four levels",
    lead="How it is built, what its words mean, what its speaker implies, how it hangs together with the next. Type "
    "a sentence, or two or three.",
    look_for="Try a sentence that can be read in two ways: each parser draws one tree, the most probable, and does not "
    "mention the other.",
    limits="Grammar and parsers were learned from 200 news texts, which is little: long sentences and other kinds of "
    "text often get a wrong tree.",
    views={"": LevelsView},
)
