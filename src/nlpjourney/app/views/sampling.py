"""The sampling explorer's page. Everything that was chosen stands in the address; a link repeats it, draws included."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from nlpjourney.errors import JourneyError

if TYPE_CHECKING:
    from nlpjourney.app.demos.sampling import Distribution

TEXT_LIMIT = 500  # characters
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


@dataclass
class SamplingView:
    """values: the settings as they were typed; added: tokens after the prompt, before a draw."""

    text: str = ""
    values: dict[str, str] = field(default_factory=PLAIN.copy)
    added: tuple[int, ...] = ()
    drawing: bool = False
    found: Distribution | None = None
    problem: str = ""
    limit: int = TEXT_LIMIT

    max_seed = MAX_SEED

    @property
    def examples(self) -> list[tuple[str, str]]:
        return [(name, urlencode({"text": text, **values})) for name, text, values in EXAMPLES]

    @property
    def then(self) -> tuple[int, ...]:
        """The tokens after the prompt, a drawn one included."""
        return self.found.added if self.found and not self.found.problem else self.added

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


def read_settings(values: Mapping[str, str]) -> tuple[float, int | None, float | None, float | None, int]:
    """Temperature, top-k, top-p, min-p and seed out of a form; None for a rule that is off. Raises BadSetting."""
    temperature = _number(values["temperature"], "The temperature", 0.1, 5)
    k = _number(values["top_k"], "Top-k", 0, 100_000, int)
    p = _number(values["top_p"], "Top-p", 0.01, 1)
    low = _number(values["min_p"], "Min-p", 0, 1)
    seed = _number(values["seed"], "The seed", 0, MAX_SEED, int)
    return temperature, int(k) or None, p if p < 1 else None, low or None, int(seed)


def _number(text: str, what: str, low: float, high: float, kind: Callable[[str], float] = float) -> float:
    try:
        value = kind(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:  # false for not-a-number too
        raise BadSetting(f"{what} must be a {'whole ' if kind is int else ''}number from {low:,} to {high:,}.")
    return value


def look(
    text: str,
    added: tuple[int, ...],
    temperature: float,
    top_k: int | None,
    top_p: float | None,
    min_p: float | None,
    seed: int | None,
) -> Distribution:
    """In the worker: see `demos.sampling`."""
    from nlpjourney.app.demos import sampling

    return sampling.look(text, added, sampling.Settings(temperature, top_k, top_p, min_p), seed)
