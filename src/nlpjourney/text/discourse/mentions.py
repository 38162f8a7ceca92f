"""Mentions in plain text: which words speak of somebody or something.

A mention is a noun phrase without what follows its noun, found by its parts of speech alone (Ramshaw & Marcus, 1995, call it a
base noun phrase): a determiner, adjectives, nouns; or names; or a pronoun. Times and amounts ("on Monday", "67 crowns") have
the same form and are left out by their nouns. Notable choices: a name in front of a possessive 's is a mention of its own, as
is a possessive pronoun ("her kite"); "it" is taken for a mention always, though "it rains" has none.
"""

from __future__ import annotations

from collections.abc import Sequence

from nlpjourney.text.discourse.coreference import PRONOUNS, Span

_TIMES = """second minute hour day night morning afternoon evening noon week weekend month year decade century time today
yesterday tomorrow tonight monday tuesday wednesday thursday friday saturday sunday january february march april may june july
august september october november december"""
_FEMALE = "woman girl mother mum lady queen sister daughter wife aunt grandmother princess actress waitress mrs ms miss"
_MALE = "man boy father dad king brother son husband uncle grandfather prince actor waiter mr gentleman"
_PEOPLE = """person people doctor teacher student baker friend neighbour neighbor child baby player driver farmer singer
artist writer author president minister judge lawyer nurse officer police witness leader captain victim patient visitor
speaker musician worker boss guest mechanic cook tailor painter"""

# The gender of nouns for `resolve`: "" may be a man or a woman.
GENDERS = dict.fromkeys(_FEMALE.split(), "f") | dict.fromkeys(_MALE.split(), "m") | dict.fromkeys(_PEOPLE.split(), "")


def find_mentions(words: Sequence[str], tags: Sequence[str], spans: Sequence[Span]) -> list[Span]:
    """The mentions of a sentence, from its words, their Penn Treebank tags, and where they stand in the text.

    Raises ValueError for lists of different lengths.
    """
    if not len(words) == len(tags) == len(spans):
        raise ValueError(f"{len(words)} words, {len(tags)} tags and {len(spans)} spans: give as many of each")
    found = []
    start = 0
    while start < len(words):
        end = _phrase_end(words, tags, start)
        if end > start:
            found.append((spans[start][0], spans[end - 1][1]))
        start = max(abs(end), start + 1)
    return found


def _phrase_end(words: Sequence[str], tags: Sequence[str], start: int) -> int:
    """Where the mention that begins here ends; `start` where there is none; minus its end for a time or an amount."""
    if tags[start] in ("PRP", "PRP$"):
        return start + 1 if words[start].lower() in PRONOUNS else start
    at = start + (tags[start] in ("DT", "PDT"))
    while at < len(words) and (tags[at] in ("JJ", "JJR", "JJS", "CD", "VBN", "VBG") or _is_noun(tags[at])):
        at += 1
        if at + 1 < len(words) and words[at] == "&" and _is_noun(tags[at - 1]) and _is_noun(tags[at + 1]):
            at += 1  # a firm's name
    while at > start and not _is_noun(tags[at - 1]):
        at -= 1
    noun = words[at - 1].lower() if at > start else ""
    is_amount = tags[start] == "CD" and at > start + 1 and tags[at - 1] == "NNS"
    is_time = noun.removesuffix("s") in _TIMES.split()
    if not noun:
        return start
    return -at if is_amount or is_time else at


def _is_noun(tag: str) -> bool:
    return tag.startswith("NN")
