"""Punctuation: what it is in Unicode, and taking it out without breaking the words.

Python's `string.punctuation` is the 32 signs of ASCII. Unicode has hundreds more in the categories P (punctuation); $, + and
€ are in none of them, they are symbols (S). Notable choices: mathematical signs, currencies and modifiers count as
punctuation, other symbols (©, emoji) do not, for they mean something by themselves. And a single sign between two letters or
digits is part of the word by default ("don't", "well-known", "3.5", "and/or"): without it there is another word.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import cache

SKIN_COLOURS = "🏻🏼🏽🏾🏿"  # of emoji


def is_punctuation(c: str) -> bool:
    """Whether the character is punctuation, a mathematical sign, a currency, or a modifier such as ^. TypeError if not one."""
    category = unicodedata.category(c)
    return category[0] == "P" or (category in ("Sm", "Sc", "Sk") and c not in SKIN_COLOURS)


@cache
def _signs() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Patterns for a run of signs, and for one with something else than a word on at least one side."""
    signs = re.escape("".join(filter(is_punctuation, map(chr, range(sys.maxunicode + 1)))))
    # A lookbehind looks at one character, so a run inside a word is found by what stands around all of it.
    return re.compile(f"[{signs}]+"), re.compile(f"(?<![^\\W_])[{signs}]+|[{signs}]+(?![^\\W_{signs}])|[{signs}]{{2,}}")


def remove_punctuation(text: str, *, inside_words: bool = False) -> str:
    """`text` with a space in the place of every run of punctuation and symbols, and no two spaces in a row.

    inside_words: also take out single signs between letters or digits ("don't" → "don t").

    >>> remove_punctuation("“Don't,” she said -- and paid $3.50 (well-known!).")
    "Don't she said and paid 3.50 well-known"
    """
    everywhere, around = _signs()
    return " ".join((everywhere if inside_words else around).sub(" ", text).split())
