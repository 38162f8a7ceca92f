"""The page of four levels. What the worker computes is imported there, not here: the server itself loads no model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nlpjourney.app.demos.levels import Levels

LIMIT = 1_200  # characters

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


@dataclass
class LevelsView:
    text: str
    found: Levels | None = None
    problem: str = ""
    limit: int = LIMIT
    samples: tuple[tuple[str, str], ...] = SAMPLES


def look(text: str) -> Levels:
    """In the worker: see `demos.levels`."""
    from nlpjourney.app.demos import levels

    return levels.look(text)
