"""Porter's stemmer: five steps that take English suffixes off, each only where enough of the word is left.

M. F. Porter, "An algorithm for suffix stripping" (Program, 1980). What "enough" means is the measure m: with C a run of
consonants and V one of vowels, every word has the form [C](VC)^m[V]; "tree" has m = 0, "trouble" 1, "private" 2.

Notable choice: three dialects are in use, and all three are here. "original" is the paper; "martin" has the three
departures that Porter made later in his own program; "nltk", the default of NLTK, adds its own, among them a list
of irregular words. The stems are NLTK's, word for word.

In plain Python: `plain_measure` and `plain_step` (`text.stem.plain`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numba import njit

from nlpjourney.text.stem.rules import Codes, Offsets, Stemmer, find, finish, output, replace, suffix_rules, suffixes

Mode = Literal["nltk", "martin", "original"]
NLTK, MARTIN, ORIGINAL = range(3)

# Stems for whole words, in NLTK's dialect.
IRREGULAR = {
    "sky": "sky", "skies": "sky", "dying": "die", "lying": "lie", "tying": "tie", "news": "news", "innings": "inning",
    "inning": "inning", "outings": "outing", "outing": "outing", "cannings": "canning", "canning": "canning",
    "howe": "howe", "proceed": "proceed", "exceed": "exceed", "succeed": "succeed",
}  # fmt: skip

STEP_1A = suffix_rules(("sses", "ss"), ("ies", "i"), ("ss", "ss"), ("s", ""))
STEP_1B = suffixes("ed", "ing")
RESTORED = suffix_rules(("at", "ate"), ("bl", "ble"), ("iz", "ize"))
_STEP_2 = (
    ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"), ("bli", "ble"),
    ("alli", "al"), ("entli", "ent"), ("eli", "e"), ("ousli", "ous"), ("ization", "ize"), ("ation", "ate"),
    ("ator", "ate"), ("alism", "al"), ("iveness", "ive"), ("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"),
    ("iviti", "ive"), ("biliti", "ble"),
)  # fmt: skip
STEP_2_ORIGINAL = suffix_rules(*(rule if rule[0] != "bli" else ("abli", "able") for rule in _STEP_2))
STEP_2_MARTIN = suffix_rules(*_STEP_2, ("logi", "log"))
STEP_2_NLTK = suffix_rules(*_STEP_2, ("fulli", "ful"), ("logi", "log"))
ALLI = suffixes("alli")
STEP_3 = suffix_rules(
    ("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""), ("ness", "")
)
STEP_4 = suffixes(
    "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism", "ate", "iti",
    "ous", "ive", "ize",
)  # fmt: skip
ION = 11  # its place in STEP_4
IES, IED, EED = suffixes("ies"), suffixes("ied"), suffixes("eed")

A, E, I, L, O, S, T, U, W, X, Y, Z = (ord(c) for c in "aeilostuwxyz")


class PorterStemmer(Stemmer):
    """Porter's stemmer in one of its dialects.

    >>> PorterStemmer().stem_words(["caresses", "ponies", "relational", "skies"])
    ['caress', 'poni', 'relat', 'sky']

    Words are lower-cased first. Raises ValueError for an unknown mode.
    """

    def __init__(self, mode: Mode = "nltk") -> None:
        if mode not in ("nltk", "martin", "original"):
            raise ValueError(f"mode must be 'nltk', 'martin' or 'original', not {mode!r}")
        self.mode = mode

    def stem_words(self, words: Sequence[str]) -> list[str]:
        stems = super().stem_words(words)
        if self.mode == "nltk":
            return [IRREGULAR.get(word.lower(), stem) for word, stem in zip(words, stems)]
        return stems

    def _prepare(self, words: Sequence[str]) -> Sequence[str]:
        return [word.lower() for word in words]

    def _stem_codes(self, codes: Codes, offsets: Offsets) -> tuple[Codes, Offsets]:
        stems: tuple[Codes, Offsets] = _stem_all(
            codes, offsets, {"nltk": NLTK, "martin": MARTIN, "original": ORIGINAL}[self.mode]
        )
        return stems


@njit(cache=True)
def _stem_all(codes: Codes, offsets: Offsets, mode: int) -> tuple[Codes, Offsets]:
    stems, ends = output(codes, offsets)
    end = 0
    for i in range(len(offsets) - 1):
        word, n = stems[end:], offsets[i + 1] - offsets[i]
        word[:n] = codes[offsets[i] : offsets[i + 1]]
        if n > 2 or mode == ORIGINAL:
            n = step_1a(word, n, mode)
            n = step_1b(word, n, mode)
            n = step_1c(word, n, mode)
            n = step_2(word, n, mode)
            n = step_3(word, n)
            n = step_4(word, n)
            n = step_5(word, n, mode)
        end = finish(stems, ends, i, end + n)
    return stems[:end].copy(), ends


@njit(cache=True)
def is_consonant(word: Codes, i: int) -> bool:
    """A letter other than a, e, i, o, u, and other than a y after a consonant."""
    after_ys = False
    while i > 0 and word[i] == Y:  # each y turns the class of the letter before it around
        after_ys = not after_ys
        i -= 1
    return bool(_may_be_consonant(word[i]) != after_ys)


@njit(cache=True, inline="always")
def _may_be_consonant(c: np.int32) -> bool:
    return bool(c not in (A, E, I, O, U))


@njit(cache=True)
def measure(word: Codes, n: int) -> int:
    """m of word[:n]: how often a vowel is followed by a consonant."""
    m, was_vowel = 0, False
    for i in range(n):
        vowel = was_vowel_y(word, i, was_vowel)
        if was_vowel and not vowel:
            m += 1
        was_vowel = vowel
    return m


@njit(cache=True, inline="always")
def was_vowel_y(word: Codes, i: int, after_vowel: bool) -> bool:
    """Whether letter i is a vowel, when it is known whether the one before is."""
    if word[i] == Y:
        return i > 0 and not after_vowel
    return not _may_be_consonant(word[i])


@njit(cache=True)
def has_vowel(word: Codes, n: int) -> bool:
    for i in range(n):
        if not is_consonant(word, i):
            return True
    return False


@njit(cache=True)
def ends_cvc(word: Codes, n: int, mode: int) -> bool:
    """Consonant, vowel, consonant other than w, x, y: "-wil", "-hop". NLTK also counts vowel and consonant alone."""
    if n >= 3 and is_consonant(word, n - 3) and not is_consonant(word, n - 2) and is_consonant(word, n - 1):
        return bool(word[n - 1] not in (W, X, Y))
    return bool(mode == NLTK and n == 2 and not is_consonant(word, 0) and is_consonant(word, 1))


@njit(cache=True)
def ends_double_consonant(word: Codes, n: int) -> bool:
    return bool(n >= 2 and word[n - 1] == word[n - 2] and is_consonant(word, n - 1))


@njit(cache=True)
def step_1a(word: Codes, n: int, mode: int) -> int:
    """Plurals: caresses → caress, ponies → poni, cats → cat."""
    if mode == NLTK and n == 4 and find(word, n, IES) >= 0:
        return 3  # dies → die, where the paper has di
    rule = find(word, n, STEP_1A)
    return replace(word, n, STEP_1A, rule) if rule >= 0 else n


@njit(cache=True)
def step_1b(word: Codes, n: int, mode: int) -> int:
    """Past tense and -ing: agreed → agree, plastered → plaster, motoring → motor."""
    if mode == NLTK and find(word, n, IED) >= 0:
        return n - 1 if n == 4 else n - 2  # died → die, spied → spi
    if find(word, n, EED) >= 0:
        return n - 1 if measure(word, n - 3) > 0 else n
    rule = find(word, n, STEP_1B)
    if rule < 0 or not has_vowel(word, n - STEP_1B[rule, 0]):
        return n
    n -= int(STEP_1B[rule, 0])
    rule = find(word, n, RESTORED)
    if rule >= 0:
        return replace(word, n, RESTORED, rule)  # conflat(ed) → conflate
    if ends_double_consonant(word, n):
        return n if word[n - 1] in (L, S, Z) else n - 1  # hopp(ing) → hop, but fall(ing) → fall
    if measure(word, n) == 1 and ends_cvc(word, n, mode):
        word[n] = E  # fil(ing) → file
        return n + 1
    return n


@njit(cache=True)
def step_1c(word: Codes, n: int, mode: int) -> int:
    """happy → happi; NLTK asks for a consonant before the y, the paper for a vowel anywhere before it."""
    if n > 0 and word[n - 1] == Y:
        if mode == NLTK:
            changes = n > 2 and is_consonant(word, n - 2)
        else:
            changes = has_vowel(word, n - 1)
        if changes:
            word[n - 1] = I
    return n


@njit(cache=True)
def step_2(word: Codes, n: int, mode: int) -> int:
    """Two suffixes in one: relational → relate, operator → operate, hopefulness → hopeful."""
    while mode == NLTK and find(word, n, ALLI) >= 0 and measure(word, n - 4) > 0:
        n -= 2  # radicalli → radical, which may end in another suffix
    rules = STEP_2_NLTK if mode == NLTK else STEP_2_MARTIN if mode == MARTIN else STEP_2_ORIGINAL
    rule = find(word, n, rules)
    if rule < 0:
        return n
    stem = n - rules[rule, 0]
    if mode == NLTK and rule == len(rules) - 1:
        stem += 1  # the l of -logi counts to the stem: geology
    return replace(word, n, rules, rule) if measure(word, stem) > 0 else n


@njit(cache=True)
def step_3(word: Codes, n: int) -> int:
    """triplicate → triplic, hopeful → hope."""
    rule = find(word, n, STEP_3)
    if rule >= 0 and measure(word, n - STEP_3[rule, 0]) > 0:
        return replace(word, n, STEP_3, rule)
    return n


@njit(cache=True)
def step_4(word: Codes, n: int) -> int:
    """What is left of suffixes goes, if the stem is long: allowance → allow, adoption → adopt."""
    rule = find(word, n, STEP_4)
    if rule < 0:
        return n
    stem = n - int(STEP_4[rule, 0])
    if measure(word, stem) > 1 and (rule != ION or word[stem - 1] in (S, T)):
        return stem
    return n


@njit(cache=True)
def step_5(word: Codes, n: int, mode: int) -> int:
    """Tidying up: probate → probat, rate stays; controll → control, roll stays."""
    if n > 0 and word[n - 1] == E:
        m = measure(word, n - 1)
        if m > 1 or (m == 1 and not ends_cvc(word, n - 1, mode)):
            n -= 1
    if n >= 2 and word[n - 1] == L and word[n - 2] == L and measure(word, n - 1) > 1:
        n -= 1
    return n
