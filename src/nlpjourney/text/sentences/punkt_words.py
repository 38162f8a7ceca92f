"""The words that Punkt decides about: cut at spaces and punctuation, but with their final period kept on.

Whether the period belongs to the word ("etc.") or ends the sentence is the question, so it must not be cut off
beforehand. A word's *type* is its lower-case form, with every number called `##number##`. The borders are those of NLTK's
Punkt, so that parameters trained there mean the same here. Notable choice: what a word is does not depend on where it
stands, so text is split at spaces and each different piece is looked at once; only ". . ." reaches over spaces.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

NUMBER = "##number##"
SENTENCE_ENDS = (".", "?", "!")
ZERO_WIDTH_JOINERS = "\u200c\u200d"

# Spaces, letters and digits are Unicode's own (UTS 18), as in NLTK: Python's `\s` also has four control characters, and its
# `\w` lacks the vowel signs of many scripts.
SPACE, NO_SPACE = r"[^\S\x1c-\x1f]", r"[\S\x1c-\x1f]"

# These end a word wherever they stand; the period is missing because it may be part of one.
END = r"""[?!)}\]"';:@*({\[‘’“”«»]"""
# Dashes, dots, and dots with spaces between are one word.
RUN = rf"-{{2,}}|\.{{2,}}|(?:\.{SPACE}){{2,}}\."
# A comma ends a word only where the word would end anyway: "3,000" is one.
_STOP = rf"{SPACE}|$|{END}|{RUN}"
_WORD = re.compile(rf"{RUN}|(?![-,(\"`{{\[:;&#*@)}}\]]){NO_SPACE}+?(?={_STOP}|,(?:{_STOP}))|{NO_SPACE}")

_NOT_AT_SPACES = re.compile(rf"\.{SPACE}\.{SPACE}\.|[\x1c-\x1f]")
_NUMBER = re.compile(r"-?[.,]?\d[\d,.-]*")
_CIRCLED = re.compile("[Ⓐ-ⓩ🄰-🅉🅐-🅩🅰-🆉]")


def words_of_piece(piece: str) -> list[str]:
    """The words of a text without line ends."""
    return [piece] if piece.isalpha() else _WORD.findall(piece)


def type_of(word: str) -> str:
    """The word in lower case, or `##number##`; a final period stays, but a number's is part of the number."""
    lowered = word.lower()
    return NUMBER if not lowered[:1].isalpha() and _NUMBER.fullmatch(lowered) else lowered


@cache
def is_letter(c: str) -> bool:
    """Whether the character can be in a word and is no digit: letters, marks, the underscore and its like."""
    return (
        c.isalpha() or unicodedata.category(c) in ("Mn", "Mc", "Me", "Nl", "Pc") or c in ZERO_WIDTH_JOINERS
        or _CIRCLED.match(c) is not None
    )  # fmt: skip


def pieces(line: str) -> list[str]:
    """Parts of a line that can be cut into words independently of each other."""
    return [line] if _NOT_AT_SPACES.search(line) else line.split()


def lines(text: str) -> Iterator[tuple[list[str], bool]]:
    """The pieces of each line that is not blank, and whether a blank line stands before it."""
    after_blank = False
    for line in text.split("\n"):
        blank = not line.strip()
        if not blank:
            yield pieces(line), after_blank
        after_blank = blank
