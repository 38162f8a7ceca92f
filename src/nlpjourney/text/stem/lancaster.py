"""The Lancaster stemmer: one list of rules, applied again and again until none fits. It cuts deeper than Porter's.

C. D. Paice, "Another stemmer" (SIGIR Forum, 1990). A rule is written as in the paper: the ending from its last letter
on, `*` if the word must be as it came, how many letters go, what is added, and `>` (go on) or `.` (stop): "nois4j>" turns
-sion into -j and goes on. A rule applies only if what is left can be a word: two letters after a vowel at the beginning, three
with a vowel after a consonant. The rules and their order are NLTK's.

In plain Python: `plain_lancaster` (`text.stem.plain`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpjourney.text.stem.rules import Codes, Offsets, Stemmer, ends_in, finish, output, replace, suffix_rules

RULES = (
    "ai*2. a*1. bb1. city3s. ci2> cn1t> dd1. dei3y> deec2ss. dee1. de2> dooh4> e1> feil1v. fi2> gni3> gai3y. ga2> gg1. "
    "ht*2. hsiug5ct. hsi3> i*1. i1y> ji1d. juf1s. ju1d. jo1d. jeh1r. jrev1t. jsim2t. jn1d. j1s. lbaifi6. lbai4y. lba3> "
    "lbi3. lib2l> lc1. lufi4y. luf3> lu2. lai3> lau3> la2> ll1. mui3. mu*2. msi3> mm1. nois4j> noix4ct. noi3> nai3> na2> "
    "nee0. ne2> nn1. pihs4> pp1. re2> rae0. ra2. ro2> ru2> rr1. rt1> rei3y> sei3y> sis2. si2> ssen4> ss0. suo3> su*2. "
    "s*1> s0. tacilp4y. ta2> tnem4> tne3> tna3> tpir2b. tpro2b. tcud1. tpmus2. tpec2iv. tulo2v. tsis0. tsi3> tt1. uqi3. "
    "ugo1. vis3j> vie0. vi2> ylb1> yli3y> ylp0. yl2> ygo1. yhp1. ymo1. ypo1. yti3> yte3> ytl2. yrtsi5. yra3> yro3> "
    "yfi3. ycn2t> yca3> zi2> zy1s."
)

LONGEST = 1000  # longer words are left alone, as in NLTK
A, E, I, O, U, Y = (ord(c) for c in "aeiouy")


def _tables(rules: Sequence[str]) -> tuple[Codes, Codes, NDArray[np.int32], NDArray[np.bool_], NDArray[np.bool_]]:
    """Endings, (removed, added) pairs as suffix rules, how many letters go, whether intact, whether to go on."""
    endings, changes, removed, intact, goes_on = [], [], [], [], []
    for rule in rules:
        match = re.fullmatch(r"([a-z]+)(\*?)(\d)([a-z]*)([>.])", rule)
        assert match is not None, rule
        ending = match[1][::-1]
        n = int(match[3])
        endings.append((ending, ""))
        changes.append((ending[len(ending) - n :], match[4]))
        removed.append(n)
        intact.append(bool(match[2]))
        goes_on.append(match[5] == ">")
    return (
        suffix_rules(*endings), suffix_rules(*changes),
        np.array(removed, dtype=np.int32), np.array(intact), np.array(goes_on),
    )  # fmt: skip


ENDINGS, CHANGES, REMOVED, INTACT, GOES_ON = _tables(RULES.split())


@cache
def _letters() -> NDArray[np.bool_]:
    """For each code point whether it is a letter."""
    return np.array([chr(c).isalpha() for c in range(0x110000)])


class LancasterStemmer(Stemmer):
    """The Lancaster stemmer. Words are lower-cased first.

    >>> LancasterStemmer().stem_words(["maximum", "presumably", "provision", "ear"])
    ['maxim', 'presum', 'provid', 'ear']
    """

    def _prepare(self, words: Sequence[str]) -> Sequence[str]:
        return [word.lower() for word in words]

    def _stem_codes(self, codes: Codes, offsets: Offsets) -> tuple[Codes, Offsets]:
        stems: tuple[Codes, Offsets] = _stem_all(codes, offsets, _letters())
        return stems


@njit(cache=True)
def _stem_all(codes: Codes, offsets: Offsets, letters: NDArray[np.bool_]) -> tuple[Codes, Offsets]:
    stems, ends = output(codes, offsets)
    end = 0
    for i in range(len(offsets) - 1):
        word, n = stems[end:], offsets[i + 1] - offsets[i]
        word[:n] = codes[offsets[i] : offsets[i + 1]]
        if n <= LONGEST:
            n = _stem(word, n, letters)
        end = finish(stems, ends, i, end + n)
    return stems[:end].copy(), ends


@njit(cache=True)
def _stem(word: Codes, n: int, letters: NDArray[np.bool_]) -> int:
    changed = False
    while True:
        last = -1  # the last letter before anything that is none
        while last + 1 < n and letters[word[last + 1]]:
            last += 1
        if last < 0:
            return n
        rule = _applicable(word, n, word[last], changed)
        if rule < 0:
            return n
        n = replace(word, n, CHANGES, rule)
        changed = changed or CHANGES[rule, 0] > 0
        if not GOES_ON[rule]:
            return n


@njit(cache=True)
def _applicable(word: Codes, n: int, letter: np.int32, changed: bool) -> int:
    """The first rule for that letter that fits and leaves enough, or -1."""
    for rule in range(len(ENDINGS)):
        if ENDINGS[rule, 1] != letter or (INTACT[rule] and changed):
            continue
        if ends_in(word, n, ENDINGS[rule]) and _leaves_enough(word, n - REMOVED[rule]):
            return rule
    return -1


@njit(cache=True)
def _leaves_enough(word: Codes, n: int) -> bool:
    if is_vowel(word[0]):
        return n >= 2
    return n >= 3 and (is_vowel(word[1]) or is_vowel(word[2]))


@njit(cache=True, inline="always")
def is_vowel(c: np.int32) -> bool:
    return bool(c in (A, E, I, O, U, Y))
