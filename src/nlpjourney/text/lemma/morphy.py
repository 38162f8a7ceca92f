"""Morphy: take an ending off, and believe the result only if the dictionary has it.

WordNet's own lemmatizer (Miller, Beckwith, Fellbaum, Gross & Miller, 1990). Irregular forms stand in a list of
exceptions; for the others each part of speech has a few endings with what takes their place ("-ies" → "-y"), tried until
a word of the dictionary comes out. That is why it never invents a word, as a stemmer does, and why it needs to know the part of
speech: "meeting" is a noun, or a form of "meet". Notable choice: of several lemmas the shortest counts, as in NLTK.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Literal

from nlpjourney import assets

POS = Literal["noun", "verb", "adj", "adv"]

ENDINGS: dict[str, tuple[tuple[str, str], ...]] = {
    "noun": (
        ("s", ""), ("ses", "s"), ("ves", "f"), ("xes", "x"), ("zes", "z"), ("ches", "ch"), ("shes", "sh"), ("men", "man"),
        ("ies", "y"),
    ),
    "verb": (("s", ""), ("ies", "y"), ("es", "e"), ("es", ""), ("ed", "e"), ("ed", ""), ("ing", "e"), ("ing", "")),
    "adj": (("er", ""), ("est", ""), ("er", "e"), ("est", "e")),
    "adv": (),
}  # fmt: skip


class MorphyLemmatizer:
    """Lemmas by rule and dictionary.

    dictionary: the lemmas of each part of speech; exceptions: for each part of speech, irregular forms with their lemmas.

    >>> MorphyLemmatizer({"noun": {"wolf"}, "verb": {"see"}}, {"verb": {"saw": ["see"]}}).lemmatize("wolves")
    'wolf'
    """

    def __init__(
        self,
        dictionary: Mapping[str, Collection[str]],
        exceptions: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
    ) -> None:
        if unknown := sorted({*dictionary, *(exceptions or {})} - set(ENDINGS)):
            raise ValueError(f"parts of speech are {', '.join(ENDINGS)}, not {unknown[0]!r}")
        self.dictionary = {pos: frozenset(dictionary.get(pos, ())) for pos in ENDINGS}
        self.exceptions = {pos: dict((exceptions or {}).get(pos, {})) for pos in ENDINGS}

    @classmethod
    def english(cls) -> MorphyLemmatizer:
        """With WordNet's English dictionary and exceptions."""
        folder = assets.path("english-lemmas")
        dictionary, exceptions = (
            json.loads(gzip.decompress((folder / f"en_lemma_{name}.json.gz").read_bytes())) for name in ("index", "exc")
        )
        return cls(dictionary, exceptions)

    def candidates(self, word: str, pos: POS = "noun") -> list[str]:
        """All lemmas that the word may have as that part of speech, itself first if it is one; [] if there is none.

        Raises ValueError for an unknown part of speech.
        """
        if pos not in ENDINGS:
            raise ValueError(f"pos must be one of {', '.join(ENDINGS)}, not {pos!r}")
        known = self.dictionary[pos]
        if word in self.exceptions[pos]:
            irregular = self.exceptions[pos][word]  # believed without asking the dictionary, which may lack rare ones
            return list(dict.fromkeys([*([word] if word in known else []), *irregular]))
        forms = tried = [word]
        while tried:  # an ending may hide another: the rules go on until a word comes out or none applies
            tried = [
                form[: len(form) - len(ending)] + new
                for form in tried
                for ending, new in ENDINGS[pos]
                if form.endswith(ending)
            ]
            forms = forms + tried
            if any(form in known for form in forms):
                break
        return [form for form in dict.fromkeys(forms) if form in known]

    def lemmatize(self, word: str, pos: POS = "noun") -> str:
        """The shortest lemma; the word itself when the dictionary knows none. Case is kept: lower-case the word first."""
        return min(self.candidates(word, pos), key=len, default=word)
