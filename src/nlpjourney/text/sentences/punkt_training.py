"""Training Punkt: abbreviations, collocations and sentence starters, out of plain text without a single label.

T. Kiss and J. Strunk, "Unsupervised multilingual sentence boundary detection" (Computational Linguistics, 2006). An
abbreviation is a collocation of a word and a period: it is nearly always followed by one, it is short, and it often has
periods inside. Dunning's likelihood ratio measures the first, two factors the others. The same ratio finds words that
begin sentences, and pairs that belong together over a period ("No. 5").

Notable choices: every decision and every constant is that of NLTK's `PunktTrainer`, corner cases included, so that the
parameters are identical. But all that is asked of a word depends on the word alone, or on the one before it. So each
*different* word is looked at once, and the text becomes an array of numbers.
"""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
from numpy.typing import NDArray

from nlpjourney.text.sentences import punkt_words as words
from nlpjourney.text.sentences.punkt_parameters import (
    BEGIN_LOWER,
    BEGIN_UPPER,
    INSIDE_LOWER,
    INSIDE_UPPER,
    UNSURE_LOWER,
    UNSURE_UPPER,
    PunktParameters,
)
from nlpjourney.text.sentences.punkt_types import WordType

ABBREVIATION = 0.3  # least score of an abbreviation
RARE = 5  # words seen less often are also judged by what follows them
COLLOCATION = 7.88  # least log-likelihood of a collocation: p < 0.005
SENTENCE_STARTER = 30.0  # least log-likelihood of a sentence starter

INITIAL, INTERNAL, UNKNOWN = range(3)  # where a word stands in its sentence
NO_CASE, UPPER, LOWER = range(3)
FLAGS = np.array(
    [[0, BEGIN_UPPER, BEGIN_LOWER], [0, INSIDE_UPPER, INSIDE_LOWER], [0, UNSURE_UPPER, UNSURE_LOWER]], dtype=np.int64
)  # (place, case)


class _Numbering(dict[str, list[int]]):
    """For each piece of text the numbers of its words; words are numbered as they come."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers: dict[str, int] = {}

    def __missing__(self, piece: str) -> list[int]:
        self[piece] = [self.numbers.setdefault(w, len(self.numbers)) for w in words.words_of_piece(piece)]
        return self[piece]


class PunktTrainer:
    """Learn from one text or several, then ask for the parameters.

    >>> trainer = PunktTrainer()
    >>> trainer.train("The co. paid. The co. is big. Its boss, of the co. here, sold the co. to us. The co. grew.")
    >>> sorted(trainer.params().abbrev_types)
    ['co']
    """

    def __init__(self) -> None:
        self._n_types: Counter[str] = Counter()
        self._n_words = 0
        self._n_periods = 0
        self._n_breaks = 0
        self._starts: Counter[str] = Counter()
        self._pairs: Counter[tuple[str, str]] = Counter()
        self._abbreviations: set[str] = set()
        self._contexts: Counter[str] = Counter()

    def train(self, text: str) -> None:
        """Count what is in `text`; more than one call adds up. A blank line is taken for the end of a paragraph."""
        ids, line_starts, paragraph_starts, distinct = _number(text)
        if not len(ids):
            return
        n_seen = np.bincount(ids, minlength=len(distinct))
        types = [words.type_of(word) for word in distinct]
        for word, type_, n in zip(distinct, types, n_seen.tolist()):
            self._n_types[type_] += n
            self._n_periods += n * word.endswith(".")
        self._n_words += len(ids)
        for type_ in set(types):
            self._classify(type_)
        annotated = [WordType(word, type_, self._abbreviations) for word, type_ in zip(distinct, types)]
        self._n_breaks += int(n_seen[[word.is_break for word in annotated]].sum())
        self._add_contexts(annotated, ids, line_starts, paragraph_starts)
        self._add_pairs(annotated, ids)

    def params(self) -> PunktParameters:
        """What was learned so far."""
        starters = frozenset(type_ for type_ in self._starts if self._is_starter(type_))
        return PunktParameters(
            abbrev_types=frozenset(self._abbreviations),
            sent_starters=starters,
            collocations=frozenset(pair for pair in self._pairs if self._is_collocation(*pair, starters)),
            ortho_context=dict(self._contexts),
        )

    def _classify(self, type_: str) -> None:
        """Add a word that was seen with a period to the abbreviations, or take one out that no longer deserves it."""
        if type_ == words.NUMBER or not any(map(words.is_letter, type_)):
            return
        base = type_.removesuffix(".")
        if base == type_ and type_ not in self._abbreviations:
            return  # nothing new: neither a period here nor one before
        if self.abbreviation_score(base) >= ABBREVIATION:
            self._abbreviations.add(base)
        elif base == type_:
            self._abbreviations.discard(base)

    def abbreviation_score(self, base: str) -> float:
        """How much `base` (lower case, without its final period) looks like an abbreviation; from 0.3 on it is one.

        Raises ValueError before any training.
        """
        if not self._n_words:
            raise ValueError("nothing was learned yet: call train(text) first")
        n_with, n_without = self._n_types[base + "."], self._n_types[base]
        return abbreviation_score(base, n_with, n_without, self._n_periods, self._n_words)

    def _add_contexts(
        self,
        annotated: list[WordType],
        ids: NDArray[np.int64],
        line_starts: NDArray[np.bool_],
        paragraph_starts: NDArray[np.bool_],
    ) -> None:
        """Note for each word in which case it was seen in which place."""
        after = np.array([_place_after(word) for word in annotated])
        place = np.concatenate(([INTERNAL], after[ids[:-1]]))  # (n,): what the word before says
        place[paragraph_starts & (place != UNKNOWN)] = INITIAL
        place[line_starts & (place == INTERNAL)] = UNKNOWN
        case = np.array([UPPER if w.is_upper else LOWER if w.is_lower else NO_CASE for w in annotated])
        seen = np.unique(ids * 3 + place)  # each word in each place once
        for id_, flag in zip((seen // 3).tolist(), FLAGS[seen % 3, case[seen // 3]].tolist()):
            if flag:
                self._contexts[annotated[id_].type_no_sentperiod] |= flag

    def _add_pairs(self, annotated: list[WordType], ids: NDArray[np.int64]) -> None:
        """Look at pairs of neighbours of which the first ends in a period."""
        with_period = np.array([word.has_period for word in annotated])
        at = np.flatnonzero(with_period[ids[:-1]])
        pairs, counts = np.unique(ids[at] * len(annotated) + ids[at + 1], return_counts=True)
        for pair, n in zip(pairs.tolist(), counts.tolist()):
            first, second = annotated[pair // len(annotated)], annotated[pair % len(annotated)]
            if self._is_rare_abbreviation(first, second):
                self._abbreviations.add(first.type_no_period)
            if first.is_break:
                ordinal = first.is_number or first.is_initial
                if not ordinal and second.is_alpha:
                    self._starts[second.type] += n
                if ordinal and first.has_letters and second.has_letters:
                    self._pairs[first.type_no_period, second.type_no_sentperiod] += n

    def _is_rare_abbreviation(self, first: WordType, second: WordType) -> bool:
        """A rare word whose period is followed by a comma, or by a lower-case word that would be a capital at a beginning."""
        if not first.is_break:
            return False
        base = first.type_no_period
        # (Meant is surely the count with the period; that it counts the word less its last letter is NLTK's way.)
        if base in self._abbreviations or self._n_types[base] + self._n_types[base[:-1]] >= RARE:
            return False
        if second.word[0] in ",:;":
            return True
        context = self._contexts[second.type_no_sentperiod]
        return bool(second.is_lower and context & BEGIN_UPPER and not context & INSIDE_UPPER)

    def _is_starter(self, type_: str) -> bool:
        n_type, n_start = self._n_types[type_] + self._n_types[type_ + "."], self._starts[type_]
        if log_likelihood(self._n_breaks, n_type, n_start, self._n_words) < SENTENCE_STARTER:
            return False
        return self._n_words / self._n_breaks > n_type / n_start  # more often than chance, not less

    def _is_collocation(self, first: str, second: str, starters: frozenset[str]) -> bool:
        n_first, n_second = (self._n_types[type_] + self._n_types[type_ + "."] for type_ in (first, second))
        n_both = self._pairs[first, second]
        if second in starters or not 1 < n_both <= min(n_first, n_second):
            return False
        if log_likelihood(n_first, n_second, n_both, self._n_words) < COLLOCATION:
            return False
        return self._n_words / n_first > n_second / n_both


def _number(text: str) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_], list[str]]:
    """The text as numbers of words (n,), which of them start a line, which a paragraph, and the different words."""
    cache = _Numbering()
    ids: list[int] = []
    lines, paragraphs = [], []
    for pieces, after_blank in words.lines(text):
        lines.append(len(ids))
        if after_blank:
            paragraphs.append(len(ids))
        for piece in pieces:
            ids += cache[piece]
    starts = np.zeros((2, len(ids)), dtype=np.bool_)
    starts[0, lines] = True
    starts[1, paragraphs] = True
    return np.array(ids, dtype=np.int64), starts[0], starts[1], list(cache.numbers)


def _place_after(word: WordType) -> int:
    """Where the word that follows this one stands in its sentence."""
    if word.is_break:
        return UNKNOWN if word.is_number or word.is_initial else INITIAL
    return UNKNOWN if word.is_ellipsis or word.is_abbreviation else INTERNAL


def abbreviation_score(base: str, n_with: int, n_without: int, n_periods: int, n_words: int) -> float:
    """Kiss and Strunk's score of `base` as an abbreviation: likelihood ratio × length × inner periods × penalty.

    n_with, n_without: how often it was seen with and without a final period; n_periods: words that end in a period; n_words: all
    words. The ratio compares "a period follows as often as after any word" with "a period follows 99 times of 100".
    """
    p_chance, p_bound = n_periods / n_words, 0.99
    tiny = 1e-8  # NLTK's guard against the logarithm of 0
    chance = n_with * math.log(p_chance + tiny) + n_without * math.log(1.0 - p_chance + tiny)
    bound = n_with * math.log(p_bound) + n_without * math.log(1.0 - p_bound)
    n_inner = base.count(".") + 1
    n_letters = len(base) - n_inner + 1
    penalty = math.pow(n_letters, -n_without)  # each time without a period counts against it, the more the longer it is
    return -2.0 * (chance - bound) * math.exp(-n_letters) * n_inner * penalty


def log_likelihood(n_a: int, n_b: int, n_ab: int, n: int) -> float:
    """Dunning's ratio (1993): how surprising it is that b follows a `n_ab` times, if both came independently.

    n_a, n_b: how often each was seen, of n words in all.
    """
    p = n_b / n
    p_after = n_ab / n_a
    p_else = (n_b - n_ab) / (n - n_a) if n != n_a else 1.0
    n_neither = n - n_a - n_b + n_ab
    independent = [_binomial(n_ab, n_a - n_ab, p), _binomial(n_b - n_ab, n_neither, p)]
    dependent_after = 0.0 if n_a == n_ab else _binomial(n_ab, n_a - n_ab, p_after)
    dependent_else = 0.0 if n_b == n_ab else _binomial(n_b - n_ab, n_neither, p_else)
    return -2.0 * (independent[0] + independent[1] - dependent_after - dependent_else)


def _binomial(n_yes: int, n_no: int, p: float) -> float:
    """The logarithm of the probability of `n_yes` and `n_no` outcomes in a row; 0 where p leaves nothing to chance."""
    if not 0 < p < 1:
        return 0.0
    return n_yes * math.log(p) + n_no * math.log(1.0 - p)
