"""What can be said of a word by itself, before looking at its neighbours: Punkt's first, type-based pass."""

from __future__ import annotations

from collections.abc import Set

from nlpjourney.text.sentences.punkt_words import NUMBER, SENTENCE_ENDS, is_letter


class WordType:
    """A word with its form, its type, and the first guess: is it an abbreviation, does a sentence end with it?

    type_: its type, see `punkt_words.type_of`. A word with a final period ends a sentence unless its part before the period,
    or the part behind its last hyphen, is in `abbreviations`.
    """

    __slots__ = (
        "has_period", "is_abbreviation", "is_break", "is_ellipsis", "type", "type_no_period", "type_no_sentperiod", "word",
    )  # fmt: skip

    def __init__(self, word: str, type_: str, abbreviations: Set[str]) -> None:
        self.word = word
        self.type = self.type_no_period = self.type_no_sentperiod = type_
        self.has_period = word.endswith(".")
        self.is_break = self.is_abbreviation = self.is_ellipsis = False
        if word in SENTENCE_ENDS:
            self.is_break = True
        elif self.has_period:
            if len(word) > 1 and word.count(".") == len(word):
                self.is_ellipsis = True
            elif not word.endswith(".."):
                base = word[:-1].lower()
                self.is_abbreviation = base in abbreviations or base.split("-")[-1] in abbreviations
                self.is_break = not self.is_abbreviation
            if len(type_) > 1:
                self.type_no_period = type_.removesuffix(".")
            if self.is_break:
                self.type_no_sentperiod = self.type_no_period

    @property
    def is_upper(self) -> bool:
        return self.word[0].isupper()

    @property
    def is_lower(self) -> bool:
        return self.word[0].islower()

    @property
    def is_initial(self) -> bool:
        return len(self.word) == 2 and self.has_period and is_letter(self.word[0])

    @property
    def is_number(self) -> bool:
        return self.type.startswith(NUMBER)

    @property
    def is_alpha(self) -> bool:
        return self.word.isalpha() or all(map(is_letter, self.word))

    @property
    def has_letters(self) -> bool:
        return any(map(is_letter, self.type))  # the name of a number has some too
