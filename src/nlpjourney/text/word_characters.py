r"""Which characters make words, in any script.

Python's `\w` has letters, digits and the underscore, but not the marks that follow them: the vowel signs of Hindi, Tamil or Thai,
the accent of a decomposed é. Cut there, "की" and "को" are one word. Unicode's rule (UAX 29, which Lucene's
StandardTokenizer follows) lets marks and format characters, such as the joiners of Persian, go on with the word that they
follow. Notable choice: only behind a letter or digit; the variation selector behind a heart is no word. Unlike there a run of
Chinese stays in one piece.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import numpy as np
from numpy.typing import NDArray

N_CODE_POINTS = 0x110000
STARTS, CONTINUES = 1, 2  # in `any_script`: a word character, and what is one only behind another
_ZERO_WIDTH_SPACE = "\u200b"  # which is there to end a word


@cache
def python_words() -> NDArray[np.uint8]:
    r"""For each code point STARTS where `\w` of Python's `re` has it, else 0. Shape (0x110000,)."""
    every = "".join(map(chr, range(N_CODE_POINTS)))
    table = np.zeros(N_CODE_POINTS, dtype=np.uint8)
    for match in re.finditer(r"\w+", every):
        table[match.start() : match.end()] = STARTS
    return table


@cache
def any_script() -> NDArray[np.uint8]:
    r"""For each code point STARTS (`\w`), CONTINUES (marks and format characters) or 0. Shape (0x110000,)."""
    table = python_words().copy()
    table[[ord(c) for c in _continuing() if not table[ord(c)]]] = CONTINUES
    return table


@cache
def continuing_class() -> str:
    """The marks and format characters, to stand in a regular expression between [ and ]."""
    codes = [*map(ord, _continuing())]
    starts = [code for code, before in zip(codes, [-1, *codes]) if code != before + 1]
    ends = [code for code, after in zip(codes, [*codes[1:], -1]) if code != after - 1]
    return "".join(f"\\U{start:08X}-\\U{end:08X}" for start, end in zip(starts, ends))


def _continuing() -> list[str]:
    # Planes 2 to 13 have neither, nor have 15 and 16.
    chars = map(chr, [*range(0x20000), *range(0xE0000, 0xE0200)])
    return [c for c in chars if unicodedata.category(c) in ("Mn", "Mc", "Me", "Cf") and c != _ZERO_WIDTH_SPACE]
