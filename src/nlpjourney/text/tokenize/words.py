"""Tokenizers by rule, for words as people mean them: a short list of patterns, and the convention of the Penn Treebank.

The rule tokenizer takes the first pattern that matches at each place: web and mail addresses and numbers stay whole, a word
may hold apostrophes and hyphens, anything else is a token of its own. The Treebank convention (Marcus et al., 1993; as a
script of substitutions: MacIntyre, 1995) splits "don't" into "do n't" and turns quotes into `` and ''; corpora and parsers
of thirty years follow it. Its substitutions put spaces where tokens end, in a fixed order that matters. Notable choice:
they are applied to text that knows for each character where it came from, so that offsets are exact even where a quote
was rewritten.
"""

import re
from functools import cache
from typing import NamedTuple

from nlpjourney.text.word_characters import continuing_class

Span = tuple[int, int]


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The rules but for mail addresses, and mail addresses.

    The first part of an address is looked for only where it begins: it may begin at any character, so that a long text of
    letters and dots would be read from each of them to its end.
    """
    word = rf"\w[\w{continuing_class()}]*"
    rules = rf"""
        # a web address, without the punctuation that ends the sentence
        (?P<web> (?:https?://|www\.) [^\s<>"']* [^\s<>"'.,;:!?)\]}}])
      | [@#] {word}                                           # a mention or hashtag
      | \d+ (?:[.,:/-]\d+)* (?:st|nd|rd|th\b|%)?              # a number, date, time or per cent
      | (?:[^\W\d_]\.){{2,}}                                  # U.S.A.; `[^\W\d_]` is a letter
      | {word} (?:['’-]{word})*                               # a word: don't, well-known
      | \.{{2,}} | (?P<sign>[^\w\s])(?P=sign)*                 # a run of the same sign: ... or !!
    """
    return re.compile(rules, re.VERBOSE), re.compile(r"(?<![\w.+-])[\w.+-]++(?=@([\w-]+(?:\.[\w-]+)+))")


def tokenize(text: str) -> list[str]:
    """The words, numbers and signs of `text`.

    >>> tokenize("Don't pay $3.50 at www.example.org!!")
    ["Don't", 'pay', '$', '3.50', 'at', 'www.example.org', '!!']
    """
    return [text[start:end] for start, end in spans(text)]


def spans(text: str) -> list[Span]:
    """Where the tokens of `tokenize` stand (start, end in characters)."""
    rules, mail = _patterns()
    found: list[Span] = []
    at = 0
    for address in mail.finditer(text) if "@" in text else ():
        if at >= address.end():
            continue  # a web address reached into it
        for match in rules.finditer(text, at):
            if match.start() >= address.start() and not match["web"]:
                at = address.end(1)
                found.append((match.start(), at))  # what of its name no web address or mention has taken
                break
            found.append(match.span())
            at = match.end()
            if at >= address.end():
                break
    found += [match.span() for match in rules.finditer(text, at)]
    return found


class _Rule(NamedTuple):
    """Replace what matches by `parts`: numbers are groups (0: the whole), a rewritten sign comes from the last group."""

    regex: re.Pattern[str]
    parts: tuple[int | str, ...]

    @property
    def template(self) -> str:
        return "".join(part if isinstance(part, str) else rf"\g<{part}>" for part in self.parts)


def _rule(regex: str, *parts: int | str) -> _Rule:
    return _Rule(re.compile(regex), parts)


_APART = (" ", 0, " ")
_BEFORE_ENDINGS = [
    # Quotes that open: at the start of the text, or behind a space or bracket
    _rule(r'^"', "``"),
    _rule(r"``", *_APART),
    _rule(r"([ (\[{<])(\"|'')", 1, " ", "``", " "),
    # Commas and colons, but not in 1,000 or 12:30; three dots; signs
    _rule(r"([:,])(\D)", " ", 1, " ", 2),
    _rule(r"[:,]$", *_APART),
    _rule(r"\.\.\.", *_APART),
    _rule(r"[;@#$%&]", *_APART),
    _rule(r"([^.])(\.)([\])}>\"']*)\s*$", 1, " ", 2, 3, " "),  # the last full stop only
    _rule(r"[?!]", *_APART),
    _rule(r"([^'])(') ", 1, " ", 2, " "),
    _rule(r"[\]\[(){}<>]", *_APART),
    _rule(r"--", *_APART),
]
_ENDINGS = [
    # Quotes that close, and what is cut off the end of a word; then words that are two
    _rule(r"''", *_APART),
    _rule(r'"', " ", "''", " "),
    _rule(r"([^' ])('[sSmMdD]|') ", 1, " ", 2, " "),
    _rule(r"([^' ])('ll|'LL|'re|'RE|'ve|'VE|n't|N'T) ", 1, " ", 2, " "),
    *(
        _rule(rf"(?i)\b({pair.replace('+', ')(')})\b", " ", 1, " ", 2, " ")
        for pair in ("can+not", "d+'ye", "gim+me", "gon+na", "got+ta", "lem+me", "more+'n")
    ),
    _rule(r"(?i)\b(wan)(na)(?=\s)", " ", 1, " ", 2, " "),
    _rule(r"(?i) ('t)(is|was)\b", " ", 1, " ", 2, " "),
]


def treebank(text: str) -> list[str]:
    """The tokens of one sentence by the Penn Treebank's convention.

    >>> treebank('They gave "up".')
    ['They', 'gave', '``', 'up', "''", '.']
    """
    for rule in _BEFORE_ENDINGS:
        text = rule.regex.sub(rule.template, text)
    text = f" {text} "
    for rule in _ENDINGS:
        text = rule.regex.sub(rule.template, text)
    return text.split()


def treebank_with_offsets(text: str) -> tuple[list[str], list[Span]]:
    """`treebank`, and where in `text` each token comes from; a rewritten quote covers the quote."""
    origins = [(i, i + 1) for i in range(len(text))]
    for rule in _BEFORE_ENDINGS:
        text, origins = _substitute(rule, text, origins)
    end = (origins[-1][1], origins[-1][1]) if origins else (0, 0)
    text, origins = f" {text} ", [(0, 0), *origins, end]
    for rule in _ENDINGS:
        text, origins = _substitute(rule, text, origins)
    found = list(re.finditer(r"\S+", text))
    return [match[0] for match in found], [(origins[m.start()][0], origins[m.end() - 1][1]) for m in found]


def _substitute(rule: _Rule, text: str, origins: list[Span]) -> tuple[str, list[Span]]:
    """`rule.regex.sub` for text whose characters have origins."""
    pieces: list[str] = []
    found: list[Span] = []
    at = 0
    for match in rule.regex.finditer(text):
        pieces.append(text[at : match.start()])
        found += origins[at : match.start()]
        literal = rule.regex.groups  # a rewritten sign stands for the last group
        for part in rule.parts:
            if isinstance(part, int):
                pieces.append(match[part])
                found += origins[match.start(part) : match.end(part)]
            else:
                pieces.append(part)
                start, end = match.span(literal)
                found += [(origins[start][0], origins[end - 1][1]) if part != " " else (0, 0)] * len(part)
        at = match.end()
    return "".join(pieces) + text[at:], found + origins[at:]
