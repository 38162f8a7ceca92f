"""Real sentences with heads: the work of spaCy's parser, which learned from treebanks that cannot be had freely.

What another program labelled is called silver, what people labelled gold. Silver says how far we agree with that program, not
how far we are right (spaCy's small English model gets some nine heads of ten right on its own kind of news). Notable
choice: a text comes back as its sentences, since what follows (coherence, reference) wants them in order.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from nlpjourney import assets

if TYPE_CHECKING:
    from spacy.language import Language


class Parsed(NamedTuple):
    """A sentence: words, Penn Treebank tags, the index of each word's head (-1: the root), and what it is to that head."""

    words: list[str]
    tags: list[str]
    heads: list[int]
    relations: list[str]


@cache
def spacy_english() -> Language:
    """spaCy's small English pipeline with tagger and parser, out of the assets.

    Raises AssetError, and ModuleNotFoundError where spaCy is not installed.
    """
    try:
        import spacy
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("silver parses are spaCy's work: pip install spacy") from error

    return spacy.load(assets.path("spacy-english"), exclude=["ner", "lemmatizer"])


def parsed_by_spacy(texts: Iterable[str]) -> list[list[Parsed]]:
    """For each text its sentences. Spaces that spaCy takes for words are left out. Raises AssetError."""
    found = []
    for doc in spacy_english().pipe(texts):
        sentences = []
        for sentence in doc.sents:
            kept = [token for token in sentence if not token.is_space]
            at = {token.i: i for i, token in enumerate(kept)}
            heads = []
            for token in kept:
                head = token.head
                while head.is_space and head.head.i != head.i:
                    head = head.head
                heads.append(-1 if head.i == token.i else at.get(head.i, -1))
            if kept:
                words, tags = [token.text for token in kept], [token.tag_ for token in kept]
                sentences.append(Parsed(words, tags, heads, [token.dep_ for token in kept]))
        found.append(sentences)
    return found
