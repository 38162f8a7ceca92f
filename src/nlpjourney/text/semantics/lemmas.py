"""Base forms for looking words up in a WordNet: Morphy over the graph's own words."""

from __future__ import annotations

from nlpjourney import assets
from nlpjourney.text.lemma.morphy import POS, MorphyLemmatizer
from nlpjourney.text.semantics.graph import WordNet

PARTS: dict[str, POS] = {"n": "noun", "v": "verb", "a": "adj", "s": "adj", "r": "adv"}  # WordNet's letters


def lemmatizer_of(net: WordNet) -> MorphyLemmatizer:
    """Morphy with the words of `net` as its dictionary, and WordNet's irregular forms where that asset is here."""
    dictionary: dict[str, set[str]] = {pos: set() for pos in PARTS.values()}
    for synset in net.synsets.values():
        dictionary[PARTS[synset.pos]].update(lemma.lower() for lemma in synset.lemmas)
    exceptions: dict[str, dict[str, list[str]]] = {}
    if assets.is_cached("wordnet"):
        for pos in dictionary:
            lines = (assets.path("wordnet") / f"{pos}.exc").read_text(encoding="utf-8").splitlines()
            exceptions[pos] = {form: lemmas for form, *lemmas in map(str.split, lines)}
    return MorphyLemmatizer(dictionary, exceptions)
