"""Punkt: split text into sentences with what was learned from text like it.

T. Kiss and J. Strunk, "Unsupervised multilingual sentence boundary detection" (Computational Linguistics, 2006). Every period,
question mark and exclamation mark is a candidate. A first guess looks at the word alone (`punkt_types.py`); the second
looks at the word behind it: is the pair a known collocation, does the second word begin sentences, in which case was it
seen where?

Notable choices: borders are identical to those of NLTK's `PunktSentenceTokenizer` with the same parameters. All that is
asked of a word is kept once it was asked, so that a frequent word costs one look in a dictionary.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from nlpjourney import assets
from nlpjourney.text.sentences.punkt_parameters import (
    ANY_LOWER,
    ANY_UPPER,
    BEGIN_LOWER,
    INSIDE_UPPER,
    PunktParameters,
)
from nlpjourney.text.sentences.punkt_training import PunktTrainer
from nlpjourney.text.sentences.punkt_types import WordType
from nlpjourney.text.sentences.punkt_words import (
    END,
    NO_SPACE,
    NUMBER,
    SENTENCE_ENDS,
    SPACE,
    lines,
    type_of,
    words_of_piece,
)

# A sentence may end here: something that ends a word follows, or spaces and another word.
_CANDIDATE = re.compile(rf"[.?!](?=({END}|{SPACE}+({NO_SPACE}+)))")
_CLOSING = """"')]}‘’“”«»"""  # belongs to the sentence before when it follows its period
_CLOSING_RUN = re.compile(rf"[{re.escape(_CLOSING)}]+?(?:{SPACE}+|(?=--)|$)", re.MULTILINE)
_SPACES = " \t\n\r\v\f"
_CACHED = 1 << 18  # pieces of text whose words are kept

Span = tuple[int, int]


@dataclass(frozen=True)
class Decision:
    """Why a sentence ends at a candidate, or does not. `at`: its index in the text; `before` and `after`: the two words."""

    at: int
    before: str
    after: str
    ends: bool
    reason: str


class _Words(dict[str, list[WordType]]):
    """For each piece of text its words; each different word is made once."""

    def __init__(self, abbreviations: Set[str]) -> None:
        super().__init__()
        self.abbreviations = abbreviations
        self.made: dict[str, WordType] = {}

    def __missing__(self, piece: str) -> list[WordType]:
        if len(self) >= _CACHED:
            self.clear()
            self.made.clear()
        self[piece] = words = [self.made.get(word) or self._make(word) for word in words_of_piece(piece)]
        return words

    def _make(self, word: str) -> WordType:
        self.made[word] = made = WordType(word, type_of(word), self.abbreviations)
        return made


class PunktSentenceTokenizer:
    """Split text into sentences.

    >>> punkt = PunktSentenceTokenizer.from_pretrained("english")
    >>> punkt.tokenize("Dr. Smith paid $3.50. He left.")
    ['Dr. Smith paid $3.50.', 'He left.']
    """

    def __init__(self, params: PunktParameters | None = None) -> None:
        self.params = params or PunktParameters()
        self._words = _Words(self.params.abbrev_types)

    @classmethod
    def train(cls, text: str) -> PunktSentenceTokenizer:
        """Learn from a text, which need not be split or labelled; the longer, the better."""
        trainer = PunktTrainer()
        trainer.train(text)
        return cls(trainer.params())

    @classmethod
    def from_pretrained(cls, name: str = "english") -> PunktSentenceTokenizer:
        """The parameters that NLTK ships for a language, or those of a folder in the format of `punkt_tab`.

        Raises ValueError, with the languages there are, for a name that is neither.
        """
        if Path(name).is_dir():
            return cls(PunktParameters.load(name))
        folder = assets.path("punkt")
        languages = sorted(f.name for f in folder.iterdir() if f.is_dir())
        if name not in languages:
            raise ValueError(f"{name!r} is no folder and no language of punkt_tab; there are {', '.join(languages)}")
        return cls(PunktParameters.load(folder / name))

    def tokenize(self, text: str) -> list[str]:
        """The sentences, without the spaces between them."""
        return [text[start:end] for start, end in self.span_tokenize(text)]

    def span_tokenize(self, text: str) -> list[Span]:
        """Where the sentences stand: (start, end) in characters. A closing quote or bracket goes to the sentence before it."""
        spans = self._raw_spans(text)
        found = []
        moved = 0  # how far the next sentence begins later, as its first signs went to the one before
        for (raw_start, end), (next_start, next_end) in pairwise([*spans, (0, 0)]):
            start, moved = raw_start + moved, 0
            if text[next_start : next_start + 1] in _CLOSING and next_start < next_end:
                if match := _CLOSING_RUN.match(text[next_start:next_end]):
                    found.append((start, next_start + len(match[0].rstrip())))
                    moved = match.end()
                    continue
            if start < end:
                found.append((start, end))
        return found

    def _raw_spans(self, text: str) -> list[Span]:
        spans = []
        start = 0
        for match, context in _candidates(text):
            pairs = pairwise(self._words_of(context))
            if any(self._decide(a, b)[0] for a, b in pairs if a.has_period or a.is_break):
                spans.append((start, match.end()))
                start = match.end() if match[2] is None else match.start(2)
        spans.append((start, len(text.rstrip())))
        return spans

    def explain(self, text: str) -> list[Decision]:
        """The decision at every candidate, with its reason."""
        decisions = []
        for match, context in _candidates(text):
            pairs = list(pairwise(self._words_of(context)))
            judged = [(*self._decide(a, b), a.word, b.word) for a, b in pairs if a.word.endswith(SENTENCE_ENDS)]
            for ends, reason, before, after in sorted(judged, key=lambda row: not row[0])[:1]:
                decisions.append(Decision(match.start(), before, after, ends, reason))
        return decisions

    def _words_of(self, context: str) -> list[WordType]:
        known = self._words
        return [word for found, _ in lines(context) for piece in found for word in known[piece]]

    def _decide(self, word: WordType, following: WordType) -> tuple[bool, str]:
        """Whether a sentence ends between the two words, and why."""
        if not word.has_period:
            return word.is_break, "a question or exclamation mark"
        if (word.type_no_period, following.type_no_sentperiod) in self.params.collocations:
            return False, "a collocation"
        if (word.is_abbreviation or word.is_ellipsis) and not word.is_initial:
            if self._begins(following):
                return True, "an abbreviation or dots, but the next word's case says that a sentence begins"
            if following.is_upper and following.type_no_sentperiod in self.params.sent_starters:
                return True, "an abbreviation or dots, but the next word often begins sentences"
        if word.is_initial or word.type_no_period == NUMBER:
            begins = self._begins(following)
            if begins is False:
                return False, "an initial or number, and the next word's case says that the sentence goes on"
            if begins is None and word.is_initial and following.is_upper and not self._context(following) & ANY_LOWER:
                return False, "an initial before a name"
        if word.is_break:
            return True, "no abbreviation"
        return False, "an ellipsis" if word.is_ellipsis else "an abbreviation"

    def _context(self, word: WordType) -> int:
        return self.params.ortho_context.get(word.type_no_sentperiod, 0)

    def _begins(self, word: WordType) -> bool | None:
        """Whether a sentence begins with the word, as far as its case tells."""
        if word.word in tuple(";:,.!?"):
            return False
        context = self._context(word)
        if word.is_upper and context & ANY_LOWER and not context & INSIDE_UPPER:
            return True  # a common word in upper case, which it never is inside a sentence
        if word.is_lower and (context & ANY_UPPER or not context & BEGIN_LOWER):
            return False
        return None


def _candidates(text: str) -> Iterator[tuple[re.Match[str], str]]:
    """Places where a sentence may end, each with the word before and what follows.

    Of several in one word ("What?!") the last stands for all.
    """
    last: tuple[re.Match[str], int, int] | None = None  # with the borders of the word before
    word_start = word_end = 0
    for match in _CANDIDATE.finditer(text):
        space = _last_space(text, word_end, match.start())
        word_start, word_end = (space + 1 if space > word_end else word_start), match.start()
        if last and last[2] <= word_start:
            yield last[0], text[last[1] : last[2]] + last[0][0] + last[0][1]
        last = match, word_start, word_end
    if last:
        yield last[0], text[last[1] : last[2]] + last[0][0] + last[0][1]


def _last_space(text: str, start: int, end: int) -> int:
    """The index of the last space in text[start:end], or `start`."""
    for i in range(end - 1, start, -1):
        if text[i] in _SPACES:
            return i
    return start
