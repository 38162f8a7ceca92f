"""Aspects: what a sentence praises or blames. Terms are found, opinion words are linked to them, and each term gets a polarity.

Hu & Liu (2004) looked for the nouns of product reviews and the opinion words near them; Qiu et al. (2011) followed the
dependencies between the two. Here: a *term* is a run of nouns; an *opinion word* is one that VADER's rules give a valence,
negations included; each opinion word goes to the nearest term, counted in steps through the dependency tree or in words. A term
that no opinion word reaches is no aspect. Notable choices: no training, one number (`reach`) to choose; the product as a whole
(*camera*) is no aspect of itself, so the caller names such words.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple

from nlpjourney.errors import InvalidInput
from nlpjourney.tasks.sentiment.lexicon import Lexicon
from nlpjourney.tasks.sentiment.rules import plain_valence
from nlpjourney.text.syntax import Parsed

Distance = Literal["tree", "words"]
NOUNS = ("NN", "NNS", "NNP", "NNPS")


class Aspect(NamedTuple):
    """The term words[start:end], the sum of the valences that reach it, and which words those are of."""

    start: int
    end: int
    valence: float
    opinions: tuple[int, ...]


def one_sentence(parts: Sequence[Parsed]) -> Parsed:
    """The sentences of a text as one; each keeps its own root."""
    words, tags, heads, relations = list[str](), list[str](), list[int](), list[str]()
    for part in parts:
        heads += [head + len(words) if head >= 0 else -1 for head in part.heads]
        words, tags, relations = words + part.words, tags + part.tags, relations + part.relations
    return Parsed(words, tags, heads, relations)


def noun_terms(sentence: Parsed) -> list[tuple[int, int]]:
    """The longest runs of nouns, (start, end) each."""
    terms, start = [], -1
    for i, tag in enumerate([*sentence.tags, ""]):
        if tag in NOUNS and start < 0:
            start = i
        elif tag not in NOUNS and start >= 0:
            terms.append((start, i))
            start = -1
    return terms


def opinion_words(words: Sequence[str], lexicon: Lexicon) -> dict[int, float]:
    """The words with a valence, by their place; negations and boosters before them are counted in."""
    found = {}
    for i in range(len(words)):
        steps = plain_valence(words, i, False, lexicon)
        if steps and steps[-1].valence:
            found[i] = steps[-1].valence
    return found


def tree_steps(heads: Sequence[int], start: int) -> list[int]:
    """How many steps each word is away from word `start` in the tree; -1 where there is no way (another tree)."""
    neighbours: list[list[int]] = [[] for _ in heads]
    for i, head in enumerate(heads):
        if head >= 0:
            neighbours[i].append(head)
            neighbours[head].append(i)
    steps, here = [-1] * len(heads), [start]
    steps[start] = 0
    while here:
        there = [j for i in here for j in neighbours[i] if steps[j] < 0]
        for j in there:
            steps[j] = steps[here[0]] + 1
        here = there
    return steps


def find_aspects(
    sentence: Parsed, lexicon: Lexicon, *, reach: int = 3, distance: Distance = "tree", products: Collection[str] = ()
) -> list[Aspect]:
    """The terms that an opinion word reaches within `reach` steps. products: nouns, in lower case, that name the product.

    An opinion word goes to the nearest term, to all of them if several are equally near; one that is part of a term says nothing
    about it. Raises InvalidInput for a negative reach or an unknown distance.
    """
    if reach < 0 or distance not in ("tree", "words"):
        raise InvalidInput(f"reach must be at least 0 and distance 'tree' or 'words', not {reach} and {distance!r}")
    terms = [t for t in noun_terms(sentence) if sentence.words[t[1] - 1].lower() not in products]
    linked: dict[tuple[int, int], list[tuple[int, float]]] = {}
    for i, valence in opinion_words(sentence.words, lexicon).items():
        steps = (
            tree_steps(sentence.heads, i) if distance == "tree" else [abs(i - j) for j in range(len(sentence.words))]
        )
        # A run of nouns ends with the one that the others describe.
        far = {term: steps[term[1] - 1] for term in terms if not term[0] <= i < term[1] and steps[term[1] - 1] >= 0}
        nearest = min(far.values(), default=reach + 1)
        if nearest <= reach:
            for term in (t for t, its in far.items() if its == nearest):
                linked.setdefault(term, []).append((i, valence))
    return [
        Aspect(*term, sum(valence for _, valence in found), tuple(i for i, _ in found))
        for term, found in sorted(linked.items())
    ]
