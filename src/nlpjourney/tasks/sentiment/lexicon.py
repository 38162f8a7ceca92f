"""VADER's words: a lexicon of valences, and the short lists that its rules look at.

A *lexicon* is a list of words with what they mean to us; here a number, the *valence*, from -4 to 4: the mean of what ten
people gave the word out of context (Hutto & Gilbert, 2014). Notable choice: all of it comes out of vaderSentiment's own
package, the negations, boosters and idioms from its program, which is read and not run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from nlpjourney import assets
from nlpjourney.errors import InvalidInput
from nlpjourney.tasks.sentiment.constants import read_constants


@dataclass(frozen=True, eq=False)
class Lexicon:
    """valences: of words in lower case and emoticons. boosters: what words and phrases before a word add to its strength.

    negations: words that turn the next ones round. idioms: phrases of two or three words with a valence of their own. emojis:
    characters, and the words that stand for them.
    """

    valences: Mapping[str, float]
    boosters: Mapping[str, float]
    negations: frozenset[str]
    idioms: Mapping[str, float]
    emojis: Mapping[str, str]

    def __post_init__(self) -> None:
        for phrase in [*self.idioms, *self.boosters]:
            if not 1 <= len(phrase.split()) <= 3:
                raise InvalidInput(f"{phrase!r} is too long: idioms and boosters have three words at most")
        if ascii_ones := [emoji for emoji in self.emojis if emoji.isascii()]:
            raise InvalidInput(f"{ascii_ones[0]!r} is no emoji: emoticons of ASCII characters belong to the valences")


@cache
def vader_lexicon() -> Lexicon:
    """The lexicon of vaderSentiment 3.3.2. Raises AssetError where it cannot be had."""
    lines = assets.path("vader-lexicon").read_text(encoding="utf-8").split("\n")
    rows = [line.strip().split("\t") for line in lines if line]
    emojis = [line.strip().split("\t") for line in assets.path("vader-emojis").read_text("utf-8").split("\n") if line]
    lists = read_constants(assets.path("vader-rules"), ["BOOSTER_DICT", "NEGATE", "SPECIAL_CASES"])
    return Lexicon(
        valences={row[0]: float(row[1]) for row in rows},
        boosters=lists["BOOSTER_DICT"],
        negations=frozenset(lists["NEGATE"]),
        idioms=lists["SPECIAL_CASES"],
        emojis={row[0]: row[1] for row in emojis},
    )
