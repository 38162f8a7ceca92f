"""Shakespeare for language models: what is learned from, what settings are chosen on, and what is reported.

Whole plays are held out, so that no scene is known by its other half. Two for validation, two for the test: a tragedy (or
history) and a comedy each. The text is plain ASCII, in which a character is a byte.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from nlpjourney.assets import corpora

VALIDATION, TEST = ("julius_caesar", "much_ado_about_nothing"), ("macbeth", "twelfth_night")
MILTON = ("areopagitica", "comus", "lallegro_il", "paradise_", "poemata", "poetical_works")


class Split(NamedTuple):
    """Three texts. `training` joins all works but the four held-out plays."""

    training: str
    validation: str
    test: str


def shakespeare_split() -> Split:
    """Shakespeare's plays and poems, without Milton's, who is in the same package."""
    works = {name: tidy(text) for name, text in corpora.shakespeare("modern").items() if not name.startswith(MILTON)}
    held_out = set(VALIDATION + TEST)
    return Split(
        "\n".join(text for name, text in works.items() if name not in held_out),
        "\n".join(works[name] for name in VALIDATION),
        "\n".join(works[name] for name in TEST),
    )


def tidy(text: str) -> str:
    """One kind of line end, no spaces at either end of a line nor several in a row, one empty line at most."""
    lines = "\n".join(" ".join(line.split()) for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"
