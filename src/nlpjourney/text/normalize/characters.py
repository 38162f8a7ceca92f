"""Characters that look alike made equal: Unicode normal forms, quotes, dashes, spaces, and what cannot be seen.

Unicode can write "é" as one character or as "e" with an accent behind it; they look the same and compare unequal. Its
annex 15 defines normal forms: NFC composes, NFD takes apart, NFKC and NFKD also replace characters kept for old standards
("ﬁ" → "fi", "①" → "1"). Python's `unicodedata` computes them. The rest is convention: typographic quotes, dashes and spaces
become those of a keyboard, control characters and invisible ones go.

Notable choices: K forms are not the default, since "2⁵" becomes "25". The two joiners are not always noise: between
letters of the scripts that use them, and inside emoji, they change what is read, and stay.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal, get_args

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]

_SINGLE_QUOTES = "‘’‚‛′‹›`´ʼ＇"
_DOUBLE_QUOTES = "“”„‟″«»＂"
_HYPHENS = "‐‑‒−﹣－"  # as long as a hyphen: they stand inside words and before numbers
_DASHES = "–—―"
_TABLE = str.maketrans(
    {
        **dict.fromkeys(_SINGLE_QUOTES, "'"),
        **dict.fromkeys(_DOUBLE_QUOTES, '"'),
        **dict.fromkeys(_HYPHENS, "-"),
        **dict.fromkeys(_DASHES, "--"),
        "…": "...",
    }
)
_ACCENTS = frozenset(map(chr, range(0x300, 0x370)))  # not the vowel signs of Indian scripts, which are combining too
ZWNJ, ZWJ = "\u200c", "\u200d"
# Arabic to Myanmar, Khmer and Mongolian, and the later blocks of South and South-East Asia: a joiner there changes the form of
# a letter or where a word is thought to end.
_JOINING_SCRIPTS = re.compile("[\u0600-\u109f\u1780-\u18af\u1a20-\u1cff\ua800-\uabff\U00010a00-\U00011fff]")
# Line ends of other systems; form feed and vertical tab end a line too.
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_SPACES = re.compile(r"[^\S\n]+")
_HAS_UNSEEN = re.compile(r"[^\x09\x0a\x20-\x7e\xa1-\xac\xae-\u02ff]")  # a quick look: most text has none


def clean(text: str, form: Form | None = "NFC", *, ascii_signs: bool = True, accents: bool = True) -> str:
    """`text` with one way of writing for everything that looks the same.

    form: the Unicode normal form, or None to leave characters as they are. ascii_signs: quotes, dashes and dots become
    those of a keyboard (– and — become --). accents: False drops them ("é" → "e"), for search that should forgive; "ø" and
    "ł" have none to drop. Control characters and invisible ones always go, line ends become line feeds, any run of spaces
    becomes one, and none is left at the ends of lines. Raises ValueError for an unknown form.

    >>> clean("“Cafe\\u0301”\\u200b – it’s\\u00a0open…")
    '"Café" -- it\\'s open...'
    """
    if form is not None and form not in get_args(Form):
        raise ValueError(f"form must be one of {', '.join(get_args(Form))} or None, not {form!r}")
    text = _LINE_ENDS.sub("\n", text)
    if _HAS_UNSEEN.search(text):
        text = "".join(c for i, c in enumerate(text) if not _is_noise(text, i))
    if ascii_signs:  # before the K forms, which would take "´" apart into a space and an accent
        text = text.translate(_TABLE)
    if form is not None:
        text = unicodedata.normalize(form, text)
    if not accents:  # after them, as they take accents out of signs
        text = "".join(c for c in unicodedata.normalize("NFD", text) if c not in _ACCENTS)
        text = unicodedata.normalize(form or "NFC", text)
    if ascii_signs:  # a small or vertical dash is a dash now
        text = text.translate(_TABLE)
    return "\n".join(_SPACES.sub(" ", line).strip(" ") for line in text.split("\n"))


def _is_noise(text: str, i: int) -> bool:
    """Whether the character is a control character or an invisible one that changes nothing here."""
    c = text[i]
    if c in "\t\n":
        return False
    if c in (ZWNJ, ZWJ):
        return not _joins(text, i)
    # Cc: control characters; Cf: marks of layout (zero-width space, direction, soft hyphen, byte order mark). Tags
    # (U+E0000 …) spell the flags of England and Wales, so they stay.
    return (
        unicodedata.category(c) in ("Cc", "Cf") and not "\U000e0020" <= c <= "\U000e007f" and not _is_sign_of_script(c)
    )


def _is_sign_of_script(c: str) -> bool:
    """The few format characters that are printed: Arabic and Syriac number signs and their like."""
    return unicodedata.bidirectional(c) in ("AN", "AL") or unicodedata.name(c, "").startswith("KAITHI")


def _joins(text: str, i: int) -> bool:
    """Whether a joiner stands behind a letter or mark of a script that uses it, or inside an emoji."""
    before, after = text[i - 1 : i], text[i + 1 : i + 2]
    if not before or not after:
        return False
    if text[i] == ZWJ and unicodedata.category(after) == "So":
        return unicodedata.category(before) in (
            "So",
            "Sk",
            "Mn",
        )  # an emoji, its skin colour, or its variation selector
    return _JOINING_SCRIPTS.match(before) is not None and unicodedata.category(before)[0] in "LM"
