"""The attention explorer's page. What is asked stands in the address, so that a link shows the same to everybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from nlpjourney.app.demos.attention import Reading

TEXT_LIMIT = 300  # characters
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


@dataclass
class AttentionView:
    """layer, head, token: as numbers, or None where the address leaves them out."""

    text: str
    score: str
    layer: int | None = None
    head: int | None = None
    token: int | None = None
    reading: Reading | None = None
    problem: str = ""
    limit: int = TEXT_LIMIT

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
        return last if self.token is None else min(self.token, last)

    def query(self, layer: int, head: int, token: int | None = None) -> str:
        """The address's question for a head, and a token, of the same text."""
        values = {"text": self.text, "score": self.score, "layer": layer, "head": head}
        token = self.token if token is None else token
        return urlencode(values if token is None else values | {"token": token})

    @staticmethod
    def heat(share: float) -> int:
        """One of ten shades."""
        return min(9, int(share * 10))


def read(text: str, score: str, layer: int | None, head: int | None) -> Reading:
    """In the worker: see `demos.attention`."""
    from nlpjourney.app.demos import attention

    return attention.read(text, score, layer, head)
