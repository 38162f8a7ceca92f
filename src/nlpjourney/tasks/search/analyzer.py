"""From text to terms: lower-case words, minus stop words, plus an optional stemmer.

A search engine can only match what its analyzer makes equal, so documents and queries must pass through the
same one (Manning, Raghavan & Schütze, *Introduction to Information Retrieval*, 2008, chapter 2). A word here
is a letter, digit or underscore and what follows of these and of the marks of their script (`word_characters`). Stop words
are removed after counting positions, so that the phrase "to be or not to be" keeps its gaps. The stemmer is
any function from word to stem; it runs once for each *distinct* word of a collection, which is what makes
even a slow one affordable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from nlpjourney.errors import InvalidInput
from nlpjourney.text.word_characters import continuing_class


@cache
def _word() -> re.Pattern[str]:
    return re.compile(rf"\w[\w{continuing_class()}]*")


# The 33 words that Lucene's classic English analyzer drops.
ENGLISH_STOP_WORDS = frozenset(
    """a an and are as at be but by for if in into is it no not of on or such that the their then there these they
    this to was will with""".split()  # noqa: SIM905
)


@dataclass(frozen=True)
class Analyzer:
    """Turn a text into the list of its terms: `Analyzer()("The cats!") == ["the", "cats"]`.

    stop_words: lower-case words to drop. stem: applied to every word that stays; an empty result drops the
    word. min_length: shorter words, in characters, are dropped (2 gives scikit-learn's and bm25s's default
    pattern).
    """

    stop_words: Collection[str] = frozenset()
    stem: Callable[[str], str] | None = None
    min_length: int = 1

    def __post_init__(self) -> None:
        if isinstance(self.stop_words, str):
            raise TypeError(f"stop_words must be a collection of words, not the string {self.stop_words!r}")
        object.__setattr__(self, "stop_words", frozenset(self.stop_words))

    @property
    def keeps_words(self) -> bool:
        """Whether a word that is long enough is its own term."""
        return not self.stop_words and self.stem is None

    def __call__(self, text: str) -> list[str]:
        lowered = text.lower()
        same_length = len(lowered) == len(text)
        words = (
            _word().findall(lowered) if same_length else [word.lower() for word in _word().findall(text)]
        )  # see `spans`
        if self.keeps_words:
            return [word for word in words if len(word) >= self.min_length]
        return [term for word in words if (term := self.term(word))]

    def spans(self, text: str) -> list[tuple[int, int, str]]:
        """Every word of `text` as (start, end, term); the term of a dropped word is "".

        Word number i of this list stands at position i of the document, the number that phrase queries count
        in.
        """
        # Lower-casing can change a text's length ("İ" becomes two characters), so each word is lowered by
        # itself.
        if len(lowered := text.lower()) == len(text):
            return [(m.start(), m.end(), self.term(m.group())) for m in _word().finditer(lowered)]
        return [(m.start(), m.end(), self.term(m.group().lower())) for m in _word().finditer(text)]

    def term(self, word: str) -> str:
        """The term of one lower-case word, "" when it is dropped."""
        if len(word) < self.min_length or word in self.stop_words:
            return ""
        return self.stem(word) if self.stem else word


def describe(analyzer: Analyzer) -> dict[str, Any]:
    """What must be the same for documents and queries. A stemmer is known by its name only."""
    stem = analyzer.stem
    name = None if stem is None else f"{stem.__module__}.{stem.__qualname__}"
    return {"stop_words": sorted(analyzer.stop_words), "min_length": analyzer.min_length, "stem": name}


def check_same(analyzer: Analyzer, described: Mapping[str, Any]) -> None:
    """Raises InvalidInput when an index was made with another analyzer: queries would not find what they should."""
    ours = describe(analyzer)
    for name, theirs in described.items():
        if ours[name] != theirs:
            raise InvalidInput(f"the index was made with {name} {theirs!r}, this analyzer has {ours[name]!r}")
