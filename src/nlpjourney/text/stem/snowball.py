"""The English Snowball stemmer ("Porter2"): Porter's idea with regions instead of the measure, and twenty years of repairs.

M. F. Porter, "Snowball: a language for stemming algorithms" (2001); this is the English algorithm of Snowball 3.1. R1 is
what comes after the first consonant that follows a vowel, R2 the same within R1: a suffix goes only if it lies in the
region that its rule names. A y at the beginning or after a vowel is a consonant; the program writes it Y meanwhile.

Notable choice: like Snowball's own programs it takes words as they are. Lower-case them first.

In plain Python: `plain_regions` and `plain_step` (`text.stem.plain`).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from nlpjourney.text.stem.rules import Codes, Offsets, Stemmer, find, finish, output, replace, suffix_rules, suffixes

EXCEPTIONS = {
    "skis": "ski", "skies": "sky", "idly": "idl", "gently": "gentl", "ugly": "ugli", "early": "earli", "only": "onli",
    "singly": "singl", "sky": "sky", "news": "news", "howe": "howe", "atlas": "atlas", "cosmos": "cosmos", "bias": "bias",
    "andes": "andes",
}  # fmt: skip

# Words that start so have R1 behind it: general and generous, university and universe stay apart.
PREFIXES = ("arsen", "commun", "emerg", "gener", "inter", "later", "organ", "past", "univers")

APOSTROPHES = suffixes("'s'", "'s", "'")
STEP_1A = suffix_rules(("sses", "ss"), ("ied", "i"), ("ies", "i"), ("us", "us"), ("ss", "ss"), ("s", ""))
STEP_1B = suffixes("eedly", "ingly", "edly", "eed", "ing", "ed")
EEDLY, INGLY, EDLY, EED, ING, ED = range(6)
KEEP_EED = suffixes("succ", "proc", "exc")
KEEP_ING = suffixes("even", "cann", "inn", "earr", "herr", "out")
RESTORED = suffix_rules(("at", "ate"), ("bl", "ble"), ("iz", "ize"))
DOUBLES = suffixes("bb", "dd", "ff", "gg", "mm", "nn", "pp", "rr", "tt")
# Longest first, as the longest suffix decides.
STEP_2 = suffix_rules(
    ("ational", "ate"), ("ization", "ize"), ("iveness", "ive"), ("fulness", "ful"), ("ousness", "ous"),
    ("tional", "tion"), ("biliti", "ble"), ("lessli", "less"), ("entli", "ent"), ("ation", "ate"), ("alism", "al"),
    ("aliti", "al"), ("ousli", "ous"), ("iviti", "ive"), ("fulli", "ful"), ("ogist", "og"), ("enci", "ence"),
    ("anci", "ance"), ("abli", "able"), ("izer", "ize"), ("ator", "ate"), ("alli", "al"), ("bli", "ble"), ("ogi", "og"),
    ("li", ""),
)  # fmt: skip
OGI, LI = 23, 24
STEP_3 = suffix_rules(
    ("ational", "ate"), ("tional", "tion"), ("alize", "al"), ("icate", "ic"), ("iciti", "ic"), ("ative", ""),
    ("ical", "ic"), ("ness", ""), ("ful", ""),
)  # fmt: skip
ATIVE = 5
STEP_4 = suffixes(
    "ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ism", "ate", "iti", "ous", "ive", "ize", "ion", "al",
    "er", "ic",
)  # fmt: skip
ION = 14
PAST = suffixes("past")

A, E, I, L, O, S, T, U, W, X, Y, CAPITAL_Y, APOSTROPHE = (ord(c) for c in "aeilostuwxyY'")
C, D, G, H, K, M, N, R = (ord(c) for c in "cdghkmnr")


def _padded(words: tuple[str, ...]) -> Codes:
    """Words as rows of code points, filled with 0."""
    table = np.zeros((len(words), max(map(len, words)) + 1), dtype=np.int32)
    for row, word in zip(table, words):
        row[: len(word)] = [ord(c) for c in word]
    return table


_PREFIXES = _padded(PREFIXES)
_EXCEPTIONS = _padded(tuple(EXCEPTIONS))
_EXCEPTION_STEMS = _padded(tuple(EXCEPTIONS.values()))


class EnglishStemmer(Stemmer):
    """The English Snowball stemmer.

    >>> EnglishStemmer().stem_words(["generously", "running", "dying", "flies"])
    ['generous', 'run', 'die', 'fli']
    """

    def _stem_codes(self, codes: Codes, offsets: Offsets) -> tuple[Codes, Offsets]:
        stems: tuple[Codes, Offsets] = _stem_all(codes, offsets)
        return stems


@njit(cache=True)
def _stem_all(codes: Codes, offsets: Offsets) -> tuple[Codes, Offsets]:
    stems, ends = output(codes, offsets)
    end = 0
    for i in range(len(offsets) - 1):
        word, n = stems[end:], offsets[i + 1] - offsets[i]
        word[:n] = codes[offsets[i] : offsets[i + 1]]
        if n > 2:
            n = _stem(word, n)
        end = finish(stems, ends, i, end + n)
    return stems[:end].copy(), ends


@njit(cache=True)
def _stem(word: Codes, n: int) -> int:
    for e in range(len(_EXCEPTIONS)):
        if _EXCEPTIONS[e, 0] == word[0] and _starts(word, n, _EXCEPTIONS[e]) == n:
            length = 0
            while _EXCEPTION_STEMS[e, length] != 0:
                word[length] = _EXCEPTION_STEMS[e, length]
                length += 1
            return length
    if word[0] == APOSTROPHE:
        n -= 1
        for i in range(n):
            word[i] = word[i + 1]
    marked = False
    for i in range(n):
        if word[i] == Y and (i == 0 or is_vowel(word[i - 1])):
            word[i] = CAPITAL_Y
            marked = True
    r1, r2 = regions(word, n)
    n = step_1a(word, n)
    n = step_1b(word, n, r1)
    if n > 2 and word[n - 1] in (Y, CAPITAL_Y) and not is_vowel(word[n - 2]):
        word[n - 1] = I  # step 1c: cry → cri, but by and say stay
    n = step_2(word, n, r1)
    n = step_3(word, n, r1, r2)
    n = step_4(word, n, r2)
    n = step_5(word, n, r1, r2)
    if marked:
        for i in range(n):
            if word[i] == CAPITAL_Y:
                word[i] = Y
    return n


@njit(cache=True)
def _starts(word: Codes, n: int, prefix: Codes) -> int:
    """The length of `prefix` (ended by 0) if the word starts with it, else 0."""
    i = 0
    while prefix[i] != 0:
        if i == n or word[i] != prefix[i]:
            return 0
        i += 1
    return i


@njit(cache=True, inline="always")
def is_vowel(c: np.int32) -> bool:
    return bool(c in (A, E, I, O, U, Y))


@njit(cache=True)
def _after_vc(word: Codes, n: int, start: int) -> int:
    """The place after the first consonant that follows a vowel, from `start` on; n if there is none."""
    i = start
    while i < n and not is_vowel(word[i]):
        i += 1
    while i < n and is_vowel(word[i]):
        i += 1
    return min(i + 1, n)


@njit(cache=True)
def regions(word: Codes, n: int) -> tuple[int, int]:
    """Where R1 and R2 begin."""
    r1 = 0
    for p in range(len(_PREFIXES)):
        r1 = max(r1, _starts(word, n, _PREFIXES[p]))
    if r1 == 0:
        r1 = _after_vc(word, n, 0)
    return r1, _after_vc(word, n, r1)


@njit(cache=True)
def ends_short(word: Codes, n: int) -> bool:
    """Whether word[:n] ends in a short syllable: "rap", "trap", "ow", "past"; not "uproot", "bestow"."""
    if n >= 3 and not is_vowel(word[n - 1]) and word[n - 1] not in (W, X, CAPITAL_Y):
        if is_vowel(word[n - 2]) and not is_vowel(word[n - 3]):
            return True
    if n == 2 and not is_vowel(word[1]) and is_vowel(word[0]):
        return True
    return find(word, n, PAST) >= 0


@njit(cache=True)
def _has_vowel(word: Codes, n: int) -> bool:
    for i in range(n):
        if is_vowel(word[i]):
            return True
    return False


@njit(cache=True)
def step_1a(word: Codes, n: int) -> int:
    """Apostrophes and plurals: ties → tie, cries → cri, gaps → gap, gas stays."""
    rule = find(word, n, APOSTROPHES)
    if rule >= 0:
        n -= int(APOSTROPHES[rule, 0])
    rule = find(word, n, STEP_1A)
    if rule in (1, 2) and n <= 4:
        return n - 1  # with one letter before it: tied → tie
    if rule == 5 and not _has_vowel(word, n - 2):
        return n  # the vowel must not stand right before the s
    return replace(word, n, STEP_1A, rule) if rule >= 0 else n


@njit(cache=True)
def step_1b(word: Codes, n: int, r1: int) -> int:
    """-eed, -ed, -ing with their adverbs: agreed → agree, hoped → hope, hopping → hop, dying → die."""
    rule = find(word, n, STEP_1B)
    if rule < 0:
        return n
    stem = n - int(STEP_1B[rule, 0])
    if rule in (EEDLY, EED):
        if stem < r1 or _is_one_of(word, stem, KEEP_EED):
            return n
        return stem + 2
    if rule == ING:
        if _is_one_of(word, stem, KEEP_ING):
            return n
        if stem == 2 and word[1] == Y and not is_vowel(word[0]):
            word[1], word[2] = I, E
            return 3
    if not _has_vowel(word, stem):
        return n
    n = stem
    rule = find(word, n, RESTORED)
    if rule >= 0:
        return replace(word, n, RESTORED, rule)
    if find(word, n, DOUBLES) >= 0:
        return n if n == 3 and word[0] in (A, E, O) else n - 1  # hopp → hop, but add, egg, off
    if n == r1 and ends_short(word, n):
        word[n] = E
        return n + 1
    return n


@njit(cache=True)
def _is_one_of(word: Codes, n: int, table: Codes) -> bool:
    rule = find(word, n, table)
    return bool(rule >= 0 and table[rule, 0] == n)


@njit(cache=True)
def step_2(word: Codes, n: int, r1: int) -> int:
    rule = find(word, n, STEP_2)
    if rule < 0:
        return n
    stem = n - int(STEP_2[rule, 0])
    if stem < r1 or (rule == OGI and (stem == 0 or word[stem - 1] != L)):
        return n
    if rule == LI and (stem == 0 or word[stem - 1] not in (C, D, E, G, H, K, M, N, R, T)):
        return n
    return replace(word, n, STEP_2, rule)


@njit(cache=True)
def step_3(word: Codes, n: int, r1: int, r2: int) -> int:
    rule = find(word, n, STEP_3)
    if rule < 0:
        return n
    stem = n - STEP_3[rule, 0]
    if stem < r1 or (rule == ATIVE and stem < r2):
        return n
    return replace(word, n, STEP_3, rule)


@njit(cache=True)
def step_4(word: Codes, n: int, r2: int) -> int:
    rule = find(word, n, STEP_4)
    if rule < 0:
        return n
    stem = n - int(STEP_4[rule, 0])
    if stem < r2 or (rule == ION and (stem == 0 or word[stem - 1] not in (S, T))):
        return n
    return stem


@njit(cache=True)
def step_5(word: Codes, n: int, r1: int, r2: int) -> int:
    if n > 0 and word[n - 1] == E:
        if n - 1 >= r2 or (n - 1 >= r1 and not ends_short(word, n - 1)):
            return n - 1
    elif n > 1 and word[n - 1] == L and n - 1 >= r2 and word[n - 2] == L:
        return n - 1
    return n
