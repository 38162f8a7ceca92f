"""Splitting text into words before BPE: the published patterns of GPT-2, cl100k (GPT-4) and o200k (GPT-4o) and their kin.

BPE merges only inside these words, so that no token spans "dog." or "dog the" (Radford et al., 2019). The patterns
are regular expressions; each is written out here by hand as a scanner, which looks at every character about once. A
regular expression tries its alternatives in order and backtracks; the comments say which alternative a branch stands
for and where backtracking would have mattered. Notable choices: first every byte gets the class of the character
it belongs to, so that the scanners need not decode; and the classes come from a table that matches tiktoken's and
tokenizers' Unicode version, not Python's (see `unicode_classes`).

In plain Python: `plain_split` (`text.tokenize.plain`), for GPT-2's pattern.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpjourney.text.tokenize import utf8
from nlpjourney.text.tokenize.unicode_classes import (
    LOWER,
    MARK,
    NEWLINE,
    NUMBER,
    OTHER,
    SPACE,
    UNCASED,
    UPPER,
    split_classes,
)

GPT2, CL100K, O200K, WHOLE = range(4)
BLANK, APOSTROPHE, SLASH = b" '/"

_CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
_SPACES = r"\s*[\r\n]+|\s+(?!\S)|\s+"
_GPT2_REGEX = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


class Pattern(NamedTuple):
    """How to split: which scanner, and the two points in which its kin differ."""

    family: int  # GPT2, CL100K, O200K or WHOLE
    max_digits: int  # so many digits make a word; 0: any number
    whole_tail: bool  # white space at the very end of a text is one word, even with line ends in it


PATTERNS = {
    "gpt2": Pattern(GPT2, 0, True),
    "smollm": Pattern(GPT2, 1, True),  # every digit first cut off by itself, then GPT-2's pattern in what is between
    "cl100k": Pattern(CL100K, 3, True),
    "llama3": Pattern(CL100K, 3, False),
    "qwen2": Pattern(CL100K, 1, False),
    "o200k": Pattern(O200K, 3, False),
    "whole": Pattern(WHOLE, 0, False),  # no splitting: the text is one word
}

# The same as regular expressions of the `regex` package (`\Z` is the end; Rust, tiktoken's language, writes `$`).
REGEXES = {
    "gpt2": _GPT2_REGEX,
    "smollm": r"\p{N}|'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?[^\s\p{L}\p{N}]+|\s+(?=\p{N})|\s+(?!\S)|\s+",
    "cl100k": _CONTRACTION
    + r"|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++\Z|\s*[\r\n]|\s+(?!\S)|\s",
    "llama3": _CONTRACTION + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + _SPACES,
    "qwen2": _CONTRACTION + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + _SPACES,
    "o200k": (
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+" + _CONTRACTION + "?"
        r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*" + _CONTRACTION + "?"
        r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|" + _SPACES
    ),
    "whole": r"(?s:.+)",
}


def find_pattern(name: str) -> Pattern:
    """The pattern of that name. Raises ValueError with the names there are."""
    if name not in PATTERNS:
        raise ValueError(f"unknown split pattern {name!r}; there are {', '.join(PATTERNS)}")
    return PATTERNS[name]


def split(text: str, pattern: str = "cl100k") -> list[str]:
    """The words of `text`, which together are `text` again (lone surrogates become U+FFFD).

    >>> split("It's 2024!", "gpt2")
    ['It', "'s", ' 2024', '!']
    """
    data = utf8.to_bytes(text)
    ends = word_ends(data, classify(data, split_classes()), find_pattern(pattern)).tolist()
    if text.isascii():  # bytes are characters
        return [text[start:end] for start, end in zip([0, *ends], ends)]
    words = data.tobytes()
    return [words[start:end].decode() for start, end in zip([0, *ends], ends)]


def classify(data: NDArray[np.uint8], classes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """For each byte of UTF-8 text the class (of `split_classes`) of its character, shape (n_bytes,)."""
    kinds = np.empty(len(data), dtype=np.uint8)
    _classify(data, classes, kinds)
    return kinds


@njit(cache=True)
def _classify(data: NDArray[np.uint8], classes: NDArray[np.uint8], kinds: NDArray[np.uint8]) -> None:
    at = 0
    while at < len(data):
        if data[at] < 0x80:
            kinds[at] = classes[data[at]]
            at += 1
        else:
            code, after = utf8.code_point(data, at)
            kinds[at:after] = classes[code]
            at = after


def word_ends(data: NDArray[np.uint8], kinds: NDArray[np.uint8], pattern: Pattern) -> NDArray[np.int64]:
    """Where each word of the UTF-8 text `data` with the classes `kinds` ends, shape (n_words,)."""
    # Too long, but untouched memory costs nothing. Made by NumPy, which asks for large pages, as Numba does not.
    ends = np.empty(len(data), dtype=np.int64)
    return ends[: _find_ends(data, kinds, pattern, ends)]


@njit(cache=True)
def _find_ends(data: NDArray[np.uint8], kinds: NDArray[np.uint8], pattern: Pattern, ends: NDArray[np.int64]) -> int:
    """Fill `ends`; the number of words."""
    n = 0
    at = 0
    while at < len(data):
        at = next_end(data, kinds, at, len(data), pattern)
        ends[n] = at
        n += 1
    return n


@njit(cache=True, inline="always")
def next_end(data: NDArray[np.uint8], kinds: NDArray[np.uint8], at: int, end: int, pattern: Pattern) -> int:
    """Where the word that starts at byte `at` ends, in a text that ends at `end` > `at`."""
    if pattern.family == GPT2:
        return _gpt2_end(data, kinds, at, end, pattern)
    if pattern.family == CL100K:
        return _cl100k_end(data, kinds, at, end, pattern)
    if pattern.family == WHOLE:
        return end
    return _o200k_end(data, kinds, at, end, pattern)


@njit(cache=True, inline="always")
def _gpt2_end(data: NDArray[np.uint8], kinds: NDArray[np.uint8], at: int, end: int, pattern: Pattern) -> int:
    digits_alone = pattern.max_digits == 1
    if data[at] == APOSTROPHE:
        stop = _contraction_end(data, at, end, False)
        if stop > at:
            return stop
    start = at
    if data[at] == BLANK and at + 1 < end and kinds[at + 1] < SPACE:  # ` ?`: a space goes with the word behind it
        if not (digits_alone and kinds[at + 1] == NUMBER):
            start = at + 1
    kind = kinds[start]
    if _is_letter(kind):  # \p{L}+
        return _letters_end(kinds, start, end)
    if kind == NUMBER:  # \p{N}+
        return _digits_end(data, kinds, start, end, pattern.max_digits)
    if kind < SPACE:  # [^\s\p{L}\p{N}]+
        return _symbols_end(kinds, start, end)
    stop, last, _ = _spaces_end(data, kinds, at, end)
    # \s+(?!\S) leaves the last one to the next word, unless the text ends (as it does before a digit cut off by itself)
    ends_here = stop == end or last == at or (digits_alone and kinds[stop] == NUMBER)
    return stop if ends_here else last


@njit(cache=True, inline="always")
def _cl100k_end(data: NDArray[np.uint8], kinds: NDArray[np.uint8], at: int, end: int, pattern: Pattern) -> int:
    if data[at] == APOSTROPHE:
        stop = _contraction_end(data, at, end, True)
        if stop > at:
            return stop
    kind = kinds[at]
    if _is_letter(kind):  # \p{L}+
        return _letters_end(kinds, at, end)
    if kind == NUMBER:  # \p{N}{1,3}
        return _digits_end(data, kinds, at, end, pattern.max_digits)
    after = at + utf8.char_length(data[at])
    if kind != NEWLINE and after < end and _is_letter(kinds[after]):  # [^\r\n\p{L}\p{N}]\p{L}+
        return _letters_end(kinds, after, end)
    if kind < SPACE or (data[at] == BLANK and after < end and (kinds[after] == OTHER or kinds[after] == MARK)):
        stop = _symbols_end(kinds, after, end)  # ` ?[^\s\p{L}\p{N}]+[\r\n]*`
        while stop < end and kinds[stop] == NEWLINE:
            stop += 1
        return stop
    return _line_end(data, kinds, at, end, pattern)


@njit(cache=True, inline="always")
def _o200k_end(data: NDArray[np.uint8], kinds: NDArray[np.uint8], at: int, end: int, pattern: Pattern) -> int:
    kind = kinds[at]
    if kind == NUMBER:  # \p{N}{1,3}
        return _digits_end(data, kinds, at, end, pattern.max_digits)
    # [^\r\n\p{L}\p{N}]? and a cased word: with the character in front if that works, else without
    after = at if _is_letter(kind) or kind == NEWLINE else at + utf8.char_length(data[at])
    stop = _cased_end(kinds, after, end)
    if kind == MARK and (stop == after or kinds[stop - 1] == UPPER):  # a mark in front is no letter without case
        after, stop = at, _cased_end(kinds, at, end)
    if stop > after:
        if stop < end and data[stop] == APOSTROPHE:
            return _contraction_end(data, stop, end, True)
        return stop
    if kind < SPACE or (data[at] == BLANK and after < end and (kinds[after] == OTHER or kinds[after] == MARK)):
        stop = _symbols_end(kinds, after, end)  # ` ?[^\s\p{L}\p{N}]+[\r\n/]*`
        while stop < end and (kinds[stop] == NEWLINE or data[stop] == SLASH):
            stop += 1
        return stop
    return _line_end(data, kinds, at, end, pattern)


@njit(cache=True, inline="always")
def _is_letter(kind: np.uint8) -> bool:
    return bool(UPPER <= kind <= UNCASED)


@njit(cache=True, inline="always")
def _letters_end(kinds: NDArray[np.uint8], at: int, end: int) -> int:
    while at < end and _is_letter(kinds[at]):
        at += 1
    return at


@njit(cache=True, inline="always")
def _symbols_end(kinds: NDArray[np.uint8], at: int, end: int) -> int:
    while at < end and (kinds[at] == OTHER or kinds[at] == MARK):
        at += 1
    return at


@njit(cache=True)
def _digits_end(data: NDArray[np.uint8], kinds: NDArray[np.uint8], at: int, end: int, at_most: int) -> int:
    """The end of a run of digits, of at most `at_most` (0: any number)."""
    n = 0
    while at < end and kinds[at] == NUMBER and (n < at_most or at_most == 0):
        at += utf8.char_length(data[at])
        n += 1
    return at


@njit(cache=True)
def _cased_end(kinds: NDArray[np.uint8], at: int, end: int) -> int:
    """The end of `upper* lower+`; without that, the end of `upper+`; without that, `at`.

    Letters without case (and marks) are in both classes: when nothing of `lower` follows the upper ones, the
    expression backs up to the last such character and lets `lower+` match that one.
    """
    stop = at
    backed_up = at
    while stop < end and (kinds[stop] == UPPER or kinds[stop] == UNCASED or kinds[stop] == MARK):
        stop += 1
        if kinds[stop - 1] != UPPER:
            backed_up = stop
    upper_end = stop
    while stop < end and (kinds[stop] == LOWER or kinds[stop] == UNCASED or kinds[stop] == MARK):
        stop += 1
    if stop == upper_end and backed_up > at:
        return backed_up
    return stop


@njit(cache=True)
def _line_end(data: NDArray[np.uint8], kinds: NDArray[np.uint8], at: int, end: int, pattern: Pattern) -> int:
    r"""`\s+$` (with `whole_tail`), else `\s*[\r\n]+`, else `\s+(?!\S)`, else `\s+`."""
    stop, last, newline = _spaces_end(data, kinds, at, end)
    if newline > at and not (stop == end and pattern.whole_tail):
        return newline  # back to behind the last line end
    return stop if stop == end or last == at else last


@njit(cache=True)
def _spaces_end(data: NDArray[np.uint8], kinds: NDArray[np.uint8], at: int, end: int) -> tuple[int, int, int]:
    """Of a run of white space: its end, where its last character starts, where its last line end ends (or `at`)."""
    newline = at
    while at < end and kinds[at] >= SPACE:
        at += 1
        if kinds[at - 1] == NEWLINE:
            newline = at
    last = at - 1
    while data[last] & 0xC0 == 0x80:  # a byte that continues a character
        last -= 1
    return at, last, newline


@njit(cache=True)
def _contraction_end(data: NDArray[np.uint8], at: int, end: int, any_case: bool) -> int:
    """The end of 's 't 're 've 'm 'll 'd at `at`, where an apostrophe stands; `at` when there is none.

    In any case, the long s (U+017F) counts as s.
    """
    if at + 1 >= end:
        return at
    first = data[at + 1] | 0x20 if any_case and data[at + 1] < 0x80 else data[at + 1]
    if first == 0x73 or first == 0x74 or first == 0x6D or first == 0x64:  # s t m d
        return at + 2
    if at + 2 >= end:
        return at
    if any_case and data[at + 1] == 0xC5 and data[at + 2] == 0xBF:  # ſ
        return at + 3
    second = data[at + 2] | 0x20 if any_case and data[at + 2] < 0x80 else data[at + 2]
    if (first == 0x72 or first == 0x76) and second == 0x65:  # re ve
        return at + 3
    return at + 3 if first == 0x6C and second == 0x6C else at  # ll
