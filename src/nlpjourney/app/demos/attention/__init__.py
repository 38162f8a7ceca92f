"""Where the heads of a model look. What is asked stands in the address, so that a link shows the same to everybody."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from nlpjourney.app.demos.demo import Call, Demo, View, asked
from nlpjourney.errors import InvalidInput

STRONGEST = 3  # sources that are told in words
LAYERS, HEADS = 30, 9  # of SmolLM2-135M
LABEL = 96  # room for names in the drawing
SCORES = {  # what the address calls it: what it is called, and what it is
    "induction": ("what came after the same token last time", "induction head"),
    "previous": ("the token before", "previous-token head"),
    "first": ("the first token", "attention sink"),
}
NAMES = "Mr Dursley met Mrs Potter. Later Mr Dursley met Mrs Potter"
EXAMPLES = (
    ("An induction head", NAMES, "induction", 11),  # the second “urs” looks at “ley”, which came after the first
    ("A head that looks one token back", "The quick brown fox jumps over the lazy dog.", "previous", 8),
    ("An attention sink", "The quick brown fox jumps over the lazy dog.", "first", 8),
    ("Four words, three times", "zebra lamp river oak zebra lamp river oak zebra lamp river oak", "induction", 9),
)


@dataclass(frozen=True)
class Source:
    """A token that is looked at: its position from 0, its name, and its share of the attention."""

    at: int
    token: str
    share: float


@dataclass(frozen=True)
class Score:
    """How much a head is of one kind: its score, the mean over all heads, and the head with the highest (layer, head).

    All are None where the text is too short for the score, or repeats nothing.
    """

    here: float | None
    mean: float | None
    best: tuple[int, int] | None


@dataclass(frozen=True)
class Reading:
    """The text as the model read it, and what the chosen head does."""

    tokens: tuple[str, ...] = ()
    layer: int = 0
    head: int = 0
    weights: tuple[tuple[float, ...], ...] = ()  # row i: what token i looks at, i + 1 numbers that sum to 1
    overview: tuple[tuple[float | None, ...], ...] = ()  # a row for each head, in it a score for each layer
    scores: tuple[tuple[str, Score], ...] = ()
    problem: str = ""

    def sources(self, i: int) -> list[Source]:
        """What token `i` looks at most, strongest first, as far as it rounds to one per cent."""
        order = sorted(range(i + 1), key=lambda j: -self.weights[i][j])[:STRONGEST]
        return [Source(j, self.tokens[j], self.weights[i][j]) for j in order if self.weights[i][j] >= 0.005]


@dataclass
class AttentionView(View):
    text: str = asked("text", 300)
    score: str = asked("score", 20, "induction", among=SCORES)
    layer: str = asked("layer", 3)
    head: str = asked("head", 3)
    token: str = asked("token", 3)
    reading: Reading | None = None

    limit = 300
    scores = SCORES
    last_layer, last_head = LAYERS - 1, HEADS - 1
    label = LABEL

    @property
    def examples(self) -> list[tuple[str, str]]:
        """A name and the address's question."""
        return [(name, urlencode({"text": text, "score": score, "token": at})) for name, text, score, at in EXAMPLES]

    @property
    def cell(self) -> int:
        """The side of a cell of the drawing: larger for a short text."""
        assert self.reading is not None
        return max(18, min(30, 520 // len(self.reading.tokens)))

    @property
    def chosen(self) -> int:
        """The token whose sources are shown: the last one unless the address names another."""
        assert self.reading is not None
        last = len(self.reading.tokens) - 1
        return min(int(self.token), last) if self.token else last

    def query(self, layer: int, head: int, token: int | None = None) -> str:
        """The address's question for a head, and a token, of the same text."""
        values = {"text": self.text, "score": self.score, "layer": layer, "head": head}
        named = self.token if token is None else str(token)
        return urlencode(values | {"token": named} if named else values)

    @staticmethod
    def heat(share: float) -> int:
        """One of ten shades."""
        return min(9, int(share * 10))

    async def fill(self, asking: Call) -> None:
        layer, head, _ = (_number(name, getattr(self, name)) for name in ("layer", "head", "token"))
        if (layer is None) != (head is None):
            raise InvalidInput("A head is named by its layer and its number: give both, or neither.")
        if self.text:
            self.reading = await asking.run("read", self.text, self.score, layer, head)
            self.problem = self.reading.problem


def _number(name: str, text: str) -> int | None:
    """A number of the address; None where there is none."""
    if text and not (text.isascii() and text.isdigit()):
        raise InvalidInput(f"The {name} must be a number from 0.")
    return int(text) if text else None


DEMO = Demo(
    package=__name__,
    topic="4.1",
    title="Attention explorer",
    heading="Where does a head look?",
    lead="SmolLM2 reads your text with 270 heads, nine in each of its 30 layers. Nobody told any of them what to do. "
    "Some do something that has a name.",
    look_for="Repeat a name in your text: at its second occurrence an induction head looks at what came after the first.",
    limits="A text may have 40 tokens. Attention shows where a head takes something from, not what it does with it.",
    views={"": AttentionView},
    holds="smollm2",
)
