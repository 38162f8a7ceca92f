"""Which token comes next, and how it is chosen. All that was chosen stands in the address: a link repeats it, draws included."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from nlpjourney.app.demos.demo import Call, Demo, View, asked
from nlpjourney.errors import JourneyError

MAX_SEED = 1_000_000
MAX_ADDED = 60  # tokens
PLAIN = {"temperature": "1", "top_k": "0", "top_p": "1", "min_p": "0", "seed": "1"}  # every rule off
USUAL = {"temperature": "0.7", "top_k": "50", "top_p": "0.9", "min_p": "0", "seed": "1"}
EXAMPLES = (
    ("A fact", "The capital of France is", PLAIN),
    ("A taste", "My favourite colour is", PLAIN),
    ("A story, as chats do it", "Once upon a time, there was a", USUAL),
    ("Too hot", "Once upon a time, there was a", PLAIN | {"temperature": "2"}),
    ("Too hot, rescued by min-p", "Once upon a time, there was a", PLAIN | {"temperature": "2", "min_p": "0.1"}),
)


class BadSetting(ValueError, JourneyError):
    """A setting that is no number, or out of its range; the message says which."""


@dataclass(frozen=True)
class Settings:
    """Of the sampler. top_k, top_p and min_p are None where they are off."""

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None


@dataclass(frozen=True)
class Choice:
    """A token that may come next. before, after: its probability; cut_by: the rule that removed it, or nothing."""

    id: int
    token: str
    before: float
    after: float
    cut_by: str = ""


@dataclass(frozen=True)
class Distribution:
    """What may come after the prompt and the tokens added to it.

    choices: the likeliest, best first; kept: how many tokens of the vocabulary can be drawn; effective: among how many equally
    likely tokens it would be as hard to guess (e to the entropy), before and after the rules; kept_mass: what the kept tokens
    held before, at temperature 1.
    """

    added: tuple[int, ...] = ()
    added_tokens: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    n_vocab: int = 0
    kept: int = 0
    kept_mass: float = 0.0
    effective: tuple[float, float] = (0.0, 0.0)
    drawn: Choice | None = None  # the last of the added tokens, when it was drawn now
    ended: bool = False  # the last of the added tokens ends the text
    problem: str = ""

    @property
    def rest(self) -> tuple[float, float]:
        """What all tokens that are not among the choices hold, before and after."""
        return max(0.0, 1 - sum(c.before for c in self.choices)), max(0.0, 1 - sum(c.after for c in self.choices))


@dataclass
class SamplingView(View):
    """tokens: those after the prompt, before a draw, as they stand in the address; draw: whether one more is drawn."""

    text: str = asked("prompt", 500)
    temperature: str = asked("temperature", 20, PLAIN["temperature"])
    top_k: str = asked("top-k", 20, PLAIN["top_k"])
    top_p: str = asked("top-p", 20, PLAIN["top_p"])
    min_p: str = asked("min-p", 20, PLAIN["min_p"])
    seed: str = asked("seed", 20, PLAIN["seed"])
    tokens: str = asked("list of tokens", 500, name="then")
    draw: str = asked("draw", 1)
    added: tuple[int, ...] = ()
    found: Distribution | None = None

    limit = 500
    max_seed = MAX_SEED

    @property
    def values(self) -> dict[str, str]:
        """The settings as they were typed."""
        return {name: getattr(self, name) for name in PLAIN}

    @property
    def examples(self) -> list[tuple[str, str]]:
        return [(name, urlencode({"text": text, **values})) for name, text, values in EXAMPLES]

    @property
    def then(self) -> tuple[int, ...]:
        """The tokens after the prompt, a drawn one included."""
        return self.found.added if self.found and not self.problem else self.added

    @property
    def then_text(self) -> str:
        """The same as it stands in the address."""
        return joined(self.then)

    def with_token(self, id_: int) -> str:
        """What the address calls `then`, with one more token."""
        return joined((*self.then, id_))

    def query(self, then: tuple[int, ...]) -> str:
        """The address's question for the same prompt and settings with these tokens after it."""
        return urlencode({"text": self.text, **self.values, "then": joined(then)})

    async def fill(self, asking: Call) -> None:
        self.added = read_ids(self.tokens)
        settings, seed = read_settings(self.values)
        if self.text:
            self.found = await asking.run("look", self.text, self.added, settings, seed if self.draw else None)
            self.problem = self.found.problem

    @staticmethod
    def width(share: float) -> str:
        """A bar's width, of 100."""
        return f"{100 * share:.1f}"


def joined(ids: tuple[int, ...]) -> str:
    return ".".join(map(str, ids))


def read_ids(text: str) -> tuple[int, ...]:
    """The tokens in the address: their numbers with dots between them."""
    parts = text.split(".") if text else []
    if len(parts) > MAX_ADDED or not all(p.isascii() and p.isdigit() and len(p) <= 6 for p in parts):
        raise BadSetting("The tokens in this address cannot be read. Start over.")
    return tuple(map(int, parts))


def read_settings(values: Mapping[str, str]) -> tuple[Settings, int]:
    """The settings and the seed out of a form. Raises BadSetting."""
    temperature = _number(values["temperature"], "The temperature", 0.1, 5)
    k = _number(values["top_k"], "Top-k", 0, 100_000, int)
    p = _number(values["top_p"], "Top-p", 0.01, 1)
    low = _number(values["min_p"], "Min-p", 0, 1)
    seed = _number(values["seed"], "The seed", 0, MAX_SEED, int)
    return Settings(temperature, int(k) or None, p if p < 1 else None, low or None), int(seed)


def _number(text: str, what: str, low: float, high: float, kind: Callable[[str], float] = float) -> float:
    try:
        value = kind(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:  # false for not-a-number too
        raise BadSetting(f"{what} must be a {'whole ' if kind is int else ''}number from {low:,} to {high:,}.")
    return value


DEMO = Demo(
    package=__name__,
    topic="4.2",
    title="Sampling explorer",
    heading="Which word comes next?",
    lead="A model gives a probability to each of its 49,152 tokens. What is written depends on how one of them is "
    "chosen.",
    look_for="Compare a prompt that leaves one answer with a prompt that leaves many: top-k keeps as many tokens of "
    "both, top-p does not.",
    limits="A prompt may have 100 tokens. The engine computes with 8 bits, which moves a probability by a hundredth or "
    "so.",
    views={"": SamplingView},
    holds="smollm2",
)
