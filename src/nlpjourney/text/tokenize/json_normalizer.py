"""The normalizer of a `tokenizer.json` as a function from text to text.

A sequence of named steps (Hugging Face tokenizers). Notable choice: what a step does to one character is a table that fills
itself, for `str.translate`. Two steps are known to differ. StripAccents takes Python's table of marks, theirs is older. And a
compiled character map is followed here as SentencePiece follows it, the longest entry at each place; there a whole grapheme
cluster is looked up, and what the map has for its start replaces all of it, so that a combining mark behind a character that the
map rewrites is lost.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Callable
from functools import partial
from typing import Literal

from nlpjourney.text.tokenize import unicode_tables
from nlpjourney.text.tokenize.json_section import Section
from nlpjourney.text.tokenize.sp_normalizer import SPACE_SIGN, SentencePieceNormalizer

Step = Callable[[str], str]
_FORMS: tuple[Literal["NFC", "NFD", "NFKC", "NFKD"], ...] = ("NFC", "NFD", "NFKC", "NFKD")


class _Lower(dict[int, str]):
    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = unicode_tables.LOWER_CASE.get(char) or char.lower()
        return self[code]


class _NoMarks(dict[int, int | None]):
    def __missing__(self, code: int) -> int | None:
        self[code] = None if unicodedata.category(chr(code)) in ("Mn", "Mc", "Me") else code
        return self[code]


def read(part: Section | None) -> Step | None:
    """The function; None when the file has no normalizer. Raises FileFormatError for a step that is not known here."""
    steps = _steps(part)
    if not steps:
        return None

    def normalize(text: str) -> str:
        for step in steps:
            text = step(text)
        return text

    return normalize


def _steps(part: Section | None) -> list[Step]:
    if part is None:
        return []
    kind = part.get("type", str)
    steps: list[Step]
    if kind == "Sequence":
        steps = [step for inner in part.sections("normalizers") for step in _steps(inner)]
    elif kind in _FORMS:
        steps = [partial(unicodedata.normalize, form) for form in _FORMS if form == kind]
    elif kind == "Lowercase":
        steps = [partial(_translated, table=_Lower())]
    elif kind == "StripAccents":
        steps = [partial(_translated, table=_NoMarks())]
    elif kind == "Prepend":
        prefix = part.get("prepend", str)
        steps = [lambda text: prefix + text if text else text]
    elif kind == "Strip":
        left, right = part.get("strip_left", bool), part.get("strip_right", bool)
        steps = [partial(_strip, left=left, right=right)]
    elif kind == "Replace":
        steps = [replacement(part)]
    elif kind == "Precompiled":
        steps = [partial(_mapped, normalizer=charsmap(part))]
    else:
        part.fail(
            f"is {kind!r}; read here are {', '.join(_FORMS)}, Lowercase, StripAccents, Strip, Prepend, Replace, Precompiled"
            " and Sequence"
        )
    part.finish()
    return steps


def _translated(text: str, table: _Lower | _NoMarks) -> str:
    return text.translate(table)


def replacement(part: Section) -> Step:
    """The step of `Replace`: a string, or one of the regular expressions that mean the same in Python."""
    pattern = part.section("pattern")
    if pattern is None:
        part.fail("must have 'pattern'")
    content = part.get("content", str)
    if (old := pattern.optional("String", str)) is not None:
        pattern.finish()
        if not old:
            part.fail("replaces the empty string")
        return lambda text: text.replace(old, content)
    regex = pattern.get("Regex", str)
    pattern.finish()
    if regex not in _REGEXES:
        part.fail(f"replaces {regex!r}; of regular expressions read here are {', '.join(map(repr, _REGEXES))}")
    compiled = re.compile(_REGEXES[regex])
    return lambda text: compiled.sub(lambda _: content, text)


# Oniguruma's, with what they are to Python's `re`. (Spaces at an end are not looked for from each space of a long run.)
_REGEXES = {" {2,}": " {2,}", r"\A +| +\z": r"\A +|(?<! ) +\Z", r"\s+": r"[^\S\x1c-\x1f]+", "\\n": "\n", "\n": "\n"}


def charsmap(part: Section) -> SentencePieceNormalizer:
    """The normalization of a `Precompiled` step: its map alone. Refused when it is broken."""
    try:
        data = base64.b64decode(part.get("precompiled_charsmap", str), validate=True)
        return SentencePieceNormalizer(data, dummy_prefix=False, remove_extra_spaces=False)
    except (ValueError, IndexError, binascii.Error) as error:
        part.fail(f"has a precompiled_charsmap that cannot be read: {error}")


def _mapped(text: str, normalizer: SentencePieceNormalizer) -> str:
    # The normalizer writes ▁ for a space, so a ▁ that the text itself has, and the map leaves, is kept apart.
    if normalizer.maps(SPACE_SIGN):
        return normalizer.normalize(text).data.tobytes().decode().replace(SPACE_SIGN, " ")
    parts = [normalizer.normalize(p).data.tobytes().decode().replace(SPACE_SIGN, " ") for p in text.split(SPACE_SIGN)]
    return SPACE_SIGN.join(parts)


def _strip(text: str, left: bool, right: bool) -> str:
    start, end = 0, len(text)
    while left and start < end and _is_space(text[start]):
        start += 1
    while right and end > start and _is_space(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_space(char: str) -> bool:
    return char.isspace() and not "\x1c" <= char <= "\x1f"
