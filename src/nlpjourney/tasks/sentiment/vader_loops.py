"""The compiled loops of `vader`: the rules over the numbers of words.

In plain Python: `plain_valence`, `plain_but` and `plain_scores` (`tasks.sentiment.rules`).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpjourney.tasks.sentiment.rules import (
    AFTER_BUT,
    BEFORE_BUT,
    CAPITALS,
    DISTANCE,
    EMPHASIS,
    EXCLAMATION,
    NEGATION,
    QUESTION,
    QUESTIONS,
    SQUASH,
)

# The words that rules ask for by name. In `Tables.roles` a word has a bit for the lexicon, one
# for negations, one for each of these, one where phrases begin with it.
ROLES = ("no", "or nor", "but", "least", "at very", "never", "so this", "without", "doubt", "kind", "of")
KNOWN, NEGATES, NO, OR, BUT, LEAST, AT_VERY, NEVER, SO_THIS, WITHOUT, DOUBT, KIND, OF = [1 << i for i in range(13)]
BEGINS = 1 << 13  # phrases begin with this word


class Tables(NamedTuple):
    """By a word's number: its valence, what it adds as a booster (0: it is none), its roles as bits. And phrases."""

    valences: NDArray[np.float64]
    boosters: NDArray[np.float64]
    roles: NDArray[np.int32]
    phrases: NDArray[np.int32]  # (n_phrases, 3): the numbers of their words, 0 where there is none
    phrase_values: NDArray[np.float64]
    is_idiom: NDArray[np.bool_]


@njit(cache=True)
def _phrase(ids, a, b, tables, idiom):  # type: ignore[no-untyped-def]
    """Which idiom (or booster) of several words ids[a:b] is; -1 for none."""
    if not tables.roles[ids[a]] & BEGINS:
        return -1
    third = ids[a + 2] if b - a == 3 else 0
    for p in range(len(tables.phrases)):
        if tables.phrases[p, 0] == ids[a] and tables.phrases[p, 1] == ids[a + 1] and tables.phrases[p, 2] == third:
            if tables.is_idiom[p] == idiom and (third != 0) == (b - a == 3):
                return p
    return -1


@njit(cache=True)
def _idioms(ids, i, valence, tables):  # type: ignore[no-untyped-def]
    for a, b in ((i - 1, i + 1), (i - 2, i + 1), (i - 2, i), (i - 3, i), (i - 3, i - 1)):
        p = _phrase(ids, a, b, tables, True)
        if p >= 0:
            valence = tables.phrase_values[p]
            break
    for b in (i + 2, i + 3):
        if b <= len(ids):
            p = _phrase(ids, i, b, tables, True)
            if p >= 0:
                valence = tables.phrase_values[p]
    for a, b in ((i - 3, i), (i - 3, i - 1), (i - 2, i)):
        p = _phrase(ids, a, b, tables, False)
        if p >= 0:
            valence += tables.phrase_values[p]
    return valence


@njit(cache=True)
def _negation(ids, i, distance, valence, roles):  # type: ignore[no-untyped-def]
    role = roles[ids[i - distance]]
    last = roles[ids[i - 1]]
    if distance == 2:
        if role & NEVER and last & SO_THIS:
            return valence * EMPHASIS
        if role & WITHOUT and last & DOUBT:
            return valence
    elif distance == 3:
        middle = roles[ids[i - 2]]
        if (role & NEVER and middle & SO_THIS) or last & SO_THIS:
            return valence * EMPHASIS
        if role & WITHOUT and (middle | last) & DOUBT:
            return valence
    return valence * NEGATION if role & NEGATES else valence


@njit(cache=True)
def _valence(ids, capitals, i, some_capitals, tables):  # type: ignore[no-untyped-def]
    """The valence of word i, which is in the lexicon."""
    roles, word = tables.roles, ids[i]
    role = roles[word]
    if tables.boosters[word] != 0.0:
        return 0.0
    if role & KIND and i + 1 < len(ids) and roles[ids[i + 1]] & OF:
        return 0.0
    valence = tables.valences[word]
    if role & NO and i + 1 < len(ids) and roles[ids[i + 1]] & KNOWN:
        valence = 0.0
    if (
        (i > 0 and roles[ids[i - 1]] & NO)
        or (i > 1 and roles[ids[i - 2]] & NO)
        or (i > 2 and roles[ids[i - 3]] & NO and roles[ids[i - 1]] & OR)
    ):
        valence = tables.valences[word] * NEGATION
    if some_capitals and capitals[i]:
        valence += CAPITALS if valence > 0 else -CAPITALS
    for distance in range(1, min(i, 3) + 1):
        before = ids[i - distance]
        if roles[before] & KNOWN:
            continue
        change = tables.boosters[before]
        if change != 0.0:
            if valence < 0:
                change = -change
            if some_capitals and capitals[i - distance]:
                change += CAPITALS if valence > 0 else -CAPITALS
            valence += change * DISTANCE[distance - 1]
        valence = _negation(ids, i, distance, valence, roles)
        if distance == 3:
            valence = _idioms(ids, i, valence, tables)
    if i > 0 and roles[ids[i - 1]] & LEAST and not roles[ids[i - 1]] & KNOWN:
        if i == 1 or not roles[ids[i - 2]] & AT_VERY:
            valence *= NEGATION
    return valence


@njit(cache=True)
def _but(ids, roles, valences):  # type: ignore[no-untyped-def]
    for place in range(len(ids)):
        if roles[ids[place]] & BUT:
            for i in range(len(ids)):
                first = 0
                while valences[first] != valences[i]:
                    first += 1
                if first < place:
                    valences[first] *= BEFORE_BUT
                elif first > place:
                    valences[first] *= AFTER_BUT
            return


@njit(cache=True)
def _sum(values, compensated):  # type: ignore[no-untyped-def]
    """As Python's `sum` adds floats: since 3.12 with what rounding loses kept apart (Neumaier, 1974)."""
    total, lost = 0.0, 0.0
    for value in values:
        new = total + value
        if compensated:
            lost += (total - new) + value if abs(total) >= abs(value) else (value - new) + total
        total = new
    return total + lost


@njit(cache=True)
def _four(valences, emphasis, compensated, out):  # type: ignore[no-untyped-def]
    total = _sum(valences, compensated)
    positive, negative, neutral = 0.0, 0.0, 0
    for v in valences:
        if v > 0:
            positive += v + 1
        elif v < 0:
            negative += 1 - v
        else:
            neutral += 1
    if total > 0:
        total += emphasis
    elif total < 0:
        total -= emphasis
    if positive > negative:
        positive += emphasis
    elif negative > positive:
        negative += emphasis
    whole = positive + negative + neutral
    out[0], out[1], out[2] = negative / whole, neutral / whole, positive / whole
    out[3] = total / math.sqrt(total * total + SQUASH)


@njit(cache=True)
def rate(words, tables, compensated, out):  # type: ignore[no-untyped-def]
    """The four numbers, not rounded, of each text of `words` (word_table.Words) into out (n, 4)."""
    longest = 0
    for t in range(len(out)):
        longest = max(longest, words.starts[t + 1] - words.starts[t])
    buffer = np.empty(longest)
    for t in range(len(out)):
        a, b = words.starts[t], words.starts[t + 1]
        if a == b:
            out[t] = 0.0
            continue
        ids, capitals, valences = words.ids[a:b], words.capitals[a:b], buffer[: b - a]
        n_capitals = capitals.sum()
        some_capitals = 0 < n_capitals < b - a
        but = False
        for i in range(b - a):
            role = tables.roles[ids[i]]
            valences[i] = _valence(ids, capitals, i, some_capitals, tables) if role & KNOWN else 0.0
            but |= role & BUT != 0
        if but:
            _but(ids, tables.roles, valences)
        questions = words.marks[t, 1]
        emphasis = min(words.marks[t, 0], 4) * EXCLAMATION
        if questions > 3:
            emphasis += QUESTIONS
        elif questions > 1:
            emphasis += questions * QUESTION
        _four(valences, emphasis, compensated, out[t])
