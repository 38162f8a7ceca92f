"""Who is meant: a coreference resolver that takes the sure steps first.

Raghunathan et al. (2010), Lee et al. (2013). Several sieves pass over the mentions, the most precise first, and join them
into chains. Here: the same name or description; a name that is part of one name before ("Ada" after "Ada Holt"); a definite
description whose noun and adjectives fit one before ("the kite" after "a huge kite"); pronouns, which take the first
mention of their gender in their sentence, else in the sentence before, and so on. Notable choices: mentions are given, by
people (the usual "gold mentions" setting) or by `find_mentions`; genders of names come from a list; "a kite" is always a
new one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Span = tuple[int, int]

PRONOUNS = {
    "she": "f", "her": "f", "hers": "f", "herself": "f", "he": "m", "him": "m", "his": "m", "himself": "m", "it": "n",
    "its": "n", "itself": "n",
}  # fmt: skip
_INDEFINITE, _DEFINITE = ("a", "an"), ("the", "this", "that")


@dataclass
class _Mention:
    """A mention with what its words tell: "f", "m", "n" (a thing or place) or "" (unknown)."""

    start: int
    words: list[str]
    sentence: int
    gender: str
    kind: str  # pronoun, name, definite, indefinite
    chain: int = field(default=-1)


def resolve(
    text: str,
    mentions: Sequence[Span],
    sentences: Sequence[Span],
    genders: Mapping[str, str] | None = None,
    *,
    other_names: str = "n",
) -> list[list[Span]]:
    """Chains of mentions of one entity each, in the order of their first mentions; a chain may have one mention only.

    mentions, sentences: (start, end) in characters, in order; genders: "f", "m" or "" (either) for given names, titles such as
    "Mr" and the nouns of descriptions; other_names: what a name is that the list does not have, "n" (a place, a firm) where the
    list has all people, else "". Raises ValueError for a mention that lies in no sentence.
    """
    found = [_read(text, span, sentences, genders or {}, other_names if genders else "") for span in mentions]
    for i, mention in enumerate(found):
        mention.chain = i
    for sieve in (_same_words, _part_of_a_name, _same_head, _pronoun):
        for i, mention in enumerate(found):
            antecedent = sieve(mention, found[:i])
            if antecedent is not None and antecedent.chain != mention.chain:
                old, new = mention.chain, antecedent.chain
                gender = antecedent.gender or mention.gender
                for other in found:
                    if other.chain in (old, new):  # now that they are one, what is known of one holds for all
                        other.chain, other.gender = new, other.gender or gender
    chains: dict[int, list[Span]] = {}
    for mention, span in zip(found, mentions):
        chains.setdefault(mention.chain, []).append(span)
    return list(chains.values())


def _read(text: str, span: Span, sentences: Sequence[Span], genders: Mapping[str, str], other_names: str) -> _Mention:
    words = text[span[0] : span[1]].split()
    sentence = next((i for i, (start, end) in enumerate(sentences) if start <= span[0] and span[1] <= end), -1)
    if sentence < 0 or not words:
        raise ValueError(f"the mention {text[span[0] : span[1]]!r} at {span} lies in no sentence")
    first = words[0].lower()
    if len(words) == 1 and first in PRONOUNS:
        return _Mention(span[0], [first], sentence, PRONOUNS[first], "pronoun")
    if first in _INDEFINITE:
        return _Mention(span[0], words[1:], sentence, genders.get(words[-1], "n"), "indefinite")
    if first in _DEFINITE and not any(word[0].isupper() for word in words[1:]):
        return _Mention(span[0], words[1:], sentence, genders.get(words[-1], "n"), "definite")
    if not any(word[0].isupper() for word in words):  # "old friends", "coffee": nobody and nothing in particular
        return _Mention(span[0], words, sentence, genders.get(words[-1], "n"), "indefinite")
    name = words[1:] if first in _DEFINITE else words
    gender = genders.get(words[0], genders.get(first.strip("."), other_names))
    return _Mention(span[0], name, sentence, gender, "name")


def _same_words(mention: _Mention, before: list[_Mention]) -> _Mention | None:
    """The same name, or the same description that is not new."""
    if mention.kind not in ("name", "definite"):
        return None
    for other in reversed(before):
        if (
            other.words == mention.words
            and (other.kind == "name") == (mention.kind == "name")
            and other.kind != "pronoun"
        ):
            return other
    return None


def _part_of_a_name(mention: _Mention, before: list[_Mention]) -> _Mention | None:
    """A name whose words all stand in one longer name before, if there is only one such."""
    if mention.kind != "name":
        return None
    longer = [other for other in before if other.kind == "name" and set(mention.words) < set(other.words)]
    return longer[-1] if len({" ".join(other.words) for other in longer}) == 1 else None


def _same_head(mention: _Mention, before: list[_Mention]) -> _Mention | None:
    """A description before with the same noun and at least the same adjectives."""
    if mention.kind != "definite":
        return None
    for other in reversed(before):
        if other.kind in ("definite", "indefinite") and other.words[-1:] == mention.words[-1:]:
            if set(mention.words) <= set(other.words):
                return other
    return None


def _pronoun(mention: _Mention, before: list[_Mention]) -> _Mention | None:
    """The first mention that fits in this sentence, else in the one before, and so on: it is most often the subject."""
    if mention.kind != "pronoun":
        return None
    for sentence in range(mention.sentence, -1, -1):
        fitting = [other for other in before if other.sentence == sentence and other.gender in (mention.gender, "")]
        if (
            mention.gender == "n"
        ):  # things come up late in a sentence, and a description is more often meant than a place
            fitting = [other for other in fitting if other.kind != "name"] or fitting
        if fitting:
            return fitting[0]
    return None
