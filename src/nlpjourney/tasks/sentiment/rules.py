"""VADER's rules in plain Python, each change of a word's valence written down: what the compiled loops of `vader` compute.

VADER (Hutto & Gilbert, 2014) looks each word up and lets the three words before it change its valence: boosters (*very*),
dampeners (*slightly*), negations. Then come *but*, exclamation marks, and a squash of the sum to -1 … 1. The numbers were
estimated from ratings of sentences that differ in just that. Notable choice: everything is as in vaderSentiment 3.3.2, its slips
included, each marked here: what people cite as "VADER's score" is what that program says.
"""

from __future__ import annotations

import math
import re
import string
from collections.abc import Sequence
from typing import NamedTuple

from nlpjourney.tasks.sentiment.lexicon import Lexicon

CAPITALS = 0.733
NEGATION = -0.74
EMPHASIS = 1.25  # never so, never this
DISTANCE = (1.0, 0.95, 0.9)  # how much of a booster arrives one, two and three words later
BEFORE_BUT, AFTER_BUT = 0.5, 1.5
EXCLAMATION, QUESTION, QUESTIONS = 0.292, 0.18, 0.96
SQUASH = 15.0
BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")  # a set of the emojis themselves takes far longer to look through


class Step(NamedTuple):
    """A rule that was applied to a word, the words that made it apply, and the valence after it."""

    rule: str
    because: str
    valence: float


class Scores(NamedTuple):
    """The shares of negative, neutral and positive words, and their sum squashed to -1 … 1."""

    neg: float
    neu: float
    pos: float
    compound: float


def split_words(text: str) -> list[str]:
    """What stands between white space, without punctuation around it; what would be left with two characters stays whole."""
    bare = [(token, token.strip(string.punctuation)) for token in text.split()]
    return [word if len(word) > 2 else token for token, word in bare]


def replace_emojis(text: str, lexicon: Lexicon) -> str:
    """Each emoji as its words; a space goes before them where there is none."""

    def in_words(found: re.Match[str]) -> str:
        words = lexicon.emojis.get(found.group())
        if words is None:
            return found.group()
        return words if found.start() == 0 or text[found.start() - 1] == " " else " " + words

    return BEYOND_ASCII.sub(in_words, text).strip()


def negates(word: str, lexicon: Lexicon) -> bool:
    """Whether a word in lower case turns those after it round."""
    return word in lexicon.negations or "n't" in word


def plain_valence(words: Sequence[str], i: int, some_capitals: bool, lexicon: Lexicon) -> list[Step]:
    """The valence of word i, step by step; no step for a word that has none."""
    low = [word.lower() for word in words[max(0, i - 3) : i + 3]]
    at = min(i, 3)  # where word i stands in `low`
    before, word = low[:at], low[at]
    if word not in lexicon.valences or word in lexicon.boosters or low[at : at + 2] == ["kind", "of"]:
        return []
    steps = [Step("lexicon", word, lexicon.valences[word])]
    if word == "no" and len(low) > at + 1 and low[at + 1] in lexicon.valences:
        steps.append(Step("negates the next word", low[at + 1], 0.0))
    if "no" in before[-2:] or (before[-3:-2] == ["no"] and before[-1] in ("or", "nor")):
        steps.append(Step("negation", "no", lexicon.valences[word] * NEGATION))
    if some_capitals and words[i].isupper():
        valence = steps[-1].valence  # a slip: 0 counts as negative
        steps.append(Step("capitals", words[i], valence + (CAPITALS if valence > 0 else -CAPITALS)))
    for distance in range(1, len(before) + 1):
        if before[-distance] in lexicon.valences:
            continue  # words of the lexicon are no boosters and no negations
        valence = steps[-1].valence
        if change := plain_boost(words[i - distance], valence, some_capitals, lexicon) * DISTANCE[distance - 1]:
            steps.append(Step("booster", before[-distance], valence + change))
        steps += plain_negation(before, distance, steps[-1].valence, lexicon)
        if distance == 3:
            steps += plain_idioms(low, at, steps[-1].valence, lexicon)
    if before[-1:] == ["least"] and "least" not in lexicon.valences and before[-2:-1] not in (["at"], ["very"]):
        steps.append(Step("negation", "least", steps[-1].valence * NEGATION))
    return steps


def plain_boost(word: str, valence: float, some_capitals: bool, lexicon: Lexicon) -> float:
    """What a word adds to the valence of a word after it: away from 0, or towards it for a dampener."""
    change = lexicon.boosters.get(word.lower(), 0.0)
    if valence < 0:
        change = -change
    if change and some_capitals and word.isupper():
        change += CAPITALS if valence > 0 else -CAPITALS
    return change


def plain_negation(before: Sequence[str], distance: int, valence: float, lexicon: Lexicon) -> list[Step]:
    """What the word `distance` places before does to a valence, if it is a negation; *never so* and *without doubt* are none."""
    word = before[-distance]
    between = before[len(before) - distance + 1 :]
    if distance == 2 and word == "never" and between[0] in ("so", "this"):
        return [Step("emphasis", f"never {between[0]}", valence * EMPHASIS)]
    # A slip: "never" is asked for with the word behind it alone, so that any "so" or "this" before a word is emphasis.
    if distance == 3 and ((word == "never" and between[0] in ("so", "this")) or between[1] in ("so", "this")):
        return [Step("emphasis", between[1] if between[1] in ("so", "this") else between[0], valence * EMPHASIS)]
    if word == "without" and "doubt" in between:
        return []
    return [Step("negation", word, valence * NEGATION)] if negates(word, lexicon) else []


def plain_idioms(low: Sequence[str], at: int, valence: float, lexicon: Lexicon) -> list[Step]:
    """Phrases around word `at`, which has three before it: an idiom replaces its valence, *kind of* before it adds to it."""
    steps = []
    places = [(at - 1, at), (at - 2, at), (at - 2, at - 1), (at - 3, at - 1), (at - 3, at - 2)]
    phrases = [" ".join(low[a : b + 1]) for a, b in places]
    first = [phrase for phrase in phrases if phrase in lexicon.idioms][:1]
    later = [" ".join(low[at : at + n]) for n in (2, 3) if at + n <= len(low)]
    for phrase in first + [phrase for phrase in later if phrase in lexicon.idioms]:
        valence = lexicon.idioms[phrase]
        steps.append(Step("idiom", phrase, valence))
    for phrase in (phrases[3], phrases[4], phrases[2]):
        if phrase in lexicon.boosters:
            valence += lexicon.boosters[phrase]
            steps.append(Step("booster", phrase, valence))
    return steps


def plain_but(words: Sequence[str], valences: Sequence[float]) -> list[float]:
    """Half of what stands before the first *but*, one and a half times what stands after it.

    A slip: each valence is looked for by its value, so of two equal ones the first may be changed twice, the second never.
    """
    found = list(valences)
    low = [word.lower() for word in words]
    if "but" in low:
        for i in range(len(found)):
            first = found.index(found[i])
            if first != low.index("but"):
                found[first] *= BEFORE_BUT if first < low.index("but") else AFTER_BUT
    return found


def punctuation(text: str) -> float:
    """What exclamation marks (up to four) and question marks (from two on) add to the strength of a text."""
    questions = text.count("?")
    of_questions = 0.0 if questions < 2 else questions * QUESTION if questions <= 3 else QUESTIONS
    return min(text.count("!"), 4) * EXCLAMATION + of_questions


def plain_scores(valences: Sequence[float], emphasis: float) -> Scores:
    """The four numbers of a text, whose punctuation adds `emphasis`."""
    if not valences:
        return Scores(0.0, 0.0, 0.0, 0.0)
    total = float(sum(valences))
    total += emphasis if total > 0 else -emphasis if total < 0 else 0.0
    # Each word counts its valence and 1, which is what a neutral word counts.
    positive = negative = 0.0
    for v in valences:
        positive += v + 1 if v > 0 else 0.0
        negative += 1 - v if v < 0 else 0.0
    neutral = sum(v == 0 for v in valences)
    if positive > negative:
        positive += emphasis
    elif negative > positive:
        negative += emphasis
    whole = positive + negative + neutral
    compound = total / math.sqrt(total * total + SQUASH)
    return Scores(round(negative / whole, 3), round(neutral / whole, 3), round(positive / whole, 3), round(compound, 4))
