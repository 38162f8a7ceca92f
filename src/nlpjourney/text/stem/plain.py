"""Stemming in plain Python: the ideas that `porter`, `snowball` and `lancaster` are made of.

Read this first. Porter's stemmer (1980) is a list of steps, each a list of rules with a condition on what is left: the condition
is `plain_measure`, a step is `plain_step`. Snowball's English stemmer (2001) has regions instead, `plain_regions`. Lancaster
(Paice, 1990) is one list of rules applied again and again, `plain_lancaster`. `rules` holds the tables that the fast ones read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

VOWELS = "aeiouy"


def plain_measure(stem: str) -> int:
    """Porter's m: how often a vowel is followed by a consonant in [C](VC)^m[V]. A y after a consonant is a vowel."""
    shape = ""
    for i, c in enumerate(stem):
        is_vowel = c in "aeiou" or (c == "y" and i > 0 and shape[-1] == "C")
        shape += "V" if is_vowel else "C"
    return shape.count("VC")


def plain_step(word: str, rules: Sequence[tuple[str, str]], least: int = 1) -> str:
    """One step of Porter's: the first suffix that the word has is replaced, if what is left of it measures `least` or more."""
    for suffix, replacement in rules:
        if word.endswith(suffix):
            stem = word[: len(word) - len(suffix)]
            return stem + replacement if plain_measure(stem) >= least else word
    return word


def plain_regions(word: str) -> tuple[str, str]:
    """Snowball's R1 and R2: what follows the first consonant after a vowel; and the same again within R1."""

    def after(part: str) -> str:
        found = re.search(f"[{VOWELS}][^{VOWELS}]", part)
        return part[found.end() :] if found else ""

    return after(word), after(after(word))


def plain_lancaster(word: str, rules: Sequence[str]) -> str:
    """Paice's rules, such as "nois4j>": an ending (written backwards), * if the word must be as it came, how many letters go,
    what is added, and > to go on or . to stop. The rules for the last letter are tried in their order."""
    word, intact = word.lower(), True
    while True:
        for rule in rules:
            ending, star, n, added, end = re.fullmatch(r"([a-z]+)(\*?)(\d)([a-z]*)([>.])", rule).groups()  # type: ignore[union-attr]
            left = len(word) - int(n)
            enough = left >= 2 if word[:1] in tuple(VOWELS) else left >= 3 and bool(re.search(f"[{VOWELS}]", word[1:3]))
            if word.endswith(ending[::-1]) and (intact or not star) and enough:
                break
        else:
            return word
        word, intact = word[:left] + added, intact and n == "0"
        if end == ".":
            return word
