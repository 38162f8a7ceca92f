"""Which sense of a word is meant: the one whose dictionary entry shares most words with the text around it.

Lesk (1986), in the simplified form of Kilgarriff & Rosenzweig (2000). Notable choices: examples count like the definition,
because they show the company that a sense keeps; frequent words are left out on demand; with no evidence, or as much for
two senses, the first sense wins, which is the most frequent and hard to beat.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from nlpjourney.text.semantics.graph import Synset
from nlpjourney.text.tokenize.words import tokenize


class Overlap(NamedTuple):
    """A sense and the words that speak for it."""

    synset: Synset
    words: set[str]


def lesk(
    context: Iterable[str], senses: Sequence[Synset], *, stop_words: Collection[str] = (), examples: bool = True
) -> Synset | None:
    """The best sense; None if there are none to choose from. Case does not matter."""
    found = overlaps(context, senses, stop_words=stop_words, examples=examples)
    return max(found, key=lambda overlap: len(overlap.words)).synset if found else None


def overlaps(
    context: Iterable[str], senses: Sequence[Synset], *, stop_words: Collection[str] = (), examples: bool = True
) -> list[Overlap]:
    """For each sense the words that its entry shares with the context."""
    around = {word.lower() for word in context} - {word.lower() for word in stop_words}
    found = []
    for synset in senses:
        entry = " ".join([synset.definition, *(synset.examples if examples else ())]).lower()
        found.append(Overlap(synset, around & set(tokenize(entry))))
    return found
