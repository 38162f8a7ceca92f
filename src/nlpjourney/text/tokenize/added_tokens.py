"""Tokens that were added to a vocabulary beside its model: found in a text before anything else looks at it.

Special ones (`<s>`) steer a model and act only where the caller allows it (`special_tokens`). The others, such as GPT-NeoX's runs
of spaces, are ordinary text that gets an id of its own, always. Where several match at one place the longest wins, as in
Hugging Face tokenizers (Moi and Patry, 2020), whose flags these are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

_CIRCLED = re.compile("[Ⓐ-ⓩ🄰-🅉🅐-🅩🅰-🆉]")  # letters to Unicode, but not to Python
_SPACE = re.compile(r"[^\S\x1c-\x1f]")


class AddedToken(NamedTuple):
    """A token and where it is found."""

    content: str
    id: int
    special: bool = True
    single_word: bool = False  # only where no letter, digit or mark stands beside it
    lstrip: bool = False  # the white space before it belongs to it
    rstrip: bool = False  # and the one behind it
    normalized: bool = False  # looked for after normalization, in its normalized form


class Found(NamedTuple):
    """A part of a text: an added token, or what stands between two."""

    text: str
    id: int | None
    start: int  # where in the whole text, as long as nothing before it in its part was normalized


class AddedTokens:
    """The added tokens of a vocabulary, with its normalization."""

    def __init__(self, tokens: Sequence[AddedToken], normalize: Callable[[str], str] | None) -> None:
        self.tokens = tuple(tokens)
        self._normalize = normalize
        self._finders: dict[frozenset[str], tuple[_Finder, _Finder]] = {}

    def cut(self, text: str, allowed: frozenset[str]) -> Iterator[Found]:
        """The parts of `text` in order, normalized; of the special tokens only the `allowed` ones are found."""
        raw, normalized = self._finders_of(allowed)
        for start, end, id_ in raw.cut(text):
            if id_ is not None:
                yield Found(text[start:end], id_, start)
                continue
            part = text[start:end]
            if self._normalize is not None:
                part = self._normalize(part)
            for left, right, inner in normalized.cut(part):
                yield Found(part[left:right], inner, start + left)

    def _finders_of(self, allowed: frozenset[str]) -> tuple[_Finder, _Finder]:
        if allowed not in self._finders:
            acting = [token for token in self.tokens if not token.special or token.content in allowed]
            raw = [(token.content, token) for token in acting if not token.normalized]
            change = self._normalize or str
            normalized = [(change(token.content), token) for token in acting if token.normalized]
            self._finders[allowed] = _Finder(raw), _Finder(normalized)
        return self._finders[allowed]


class _Finder:
    """Finds tokens by the strings that they are written as."""

    def __init__(self, tokens: Sequence[tuple[str, AddedToken]]) -> None:
        self._tokens = {written: token for written, token in tokens if written}
        longest_first = sorted(self._tokens, key=len, reverse=True)
        self._regex = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def cut(self, text: str) -> Iterator[tuple[int, int, int | None]]:
        """(start, end, id) of each token in `text`, and (start, end, None) of what is between."""
        done = 0
        for match in self._regex.finditer(text) if self._regex else ():
            start, end = match.span()
            token = self._tokens[match[0]]
            if token.single_word and (_is_word(text[start - 1 : start]) or _is_word(text[end : end + 1])):
                continue
            while token.lstrip and start > done and _SPACE.match(text, start - 1):
                start -= 1
            while token.rstrip and _SPACE.match(text, end):
                end += 1
            if done < start:
                yield done, start, None
            yield start, end, token.id
            done = end  # a match inside the space that this one took is counted once more, as by the peer
        if done < len(text):
            yield done, len(text), None


@cache
def _is_word(char: str) -> bool:
    return char != "" and (
        char.isalpha()
        or _CIRCLED.match(char) is not None
        or unicodedata.category(char) in ("Mn", "Mc", "Me", "Nd", "Nl", "Pc")
        or char in "\u200c\u200d"
    )
