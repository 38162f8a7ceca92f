"""A treebank of Tinytown: the stories' own sentences with their trees, and the head of every word.

The sentences come from a small number of patterns, so a tree is drawn once for each pattern, with slots, and filled for each
sentence from the labels that its text carries. Trees follow the Penn Treebank's habits. Heads follow from trees by rule
(Magerman, 1995; Collins, 1999): each kind of phrase says which of its parts is the head; the others depend on it. Notable
choices: a preposition heads its phrase, the finite verb its sentence, punctuation depends on the head of its phrase.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from nlpjourney.text.syntax.tree import Tree
from nlpjourney.town import Annotated
from nlpjourney.town.stories import NUMBERS

# Slots: {} for who or what is mentioned, <when> for a time, <#> for a number, <street>, <job>.
_PATTERNS = """
(S (PP (IN <when>)) (, ,) (NP {}) (VP (VBD bought) (NP {}) (PP (IN from) (NP {})) (PP (IN at) (NP {})) (PP (IN for)
    (NP (CD <#>) (NNS crowns)))) (. .))
(S (S (PP (IN <when>)) (, ,) (NP {}) (VP (VBD sold) (NP {}) (PP (TO to) (NP {})) (PP (IN at) (NP {})))) (: ;) (S (NP
    (DT the) (NN price)) (VP (VBD was) (NP (CD <#>) (NNS crowns)))) (. .))
(S (NP {}) (VP (VBD counted) (NP (DT the) (NNS coins)) (ADVP (RB twice))) (. .))
(S (NP (PRP they)) (VP (VBD shook) (NP (NNS hands)) (PP (IN on) (NP (PRP it)))) (. .))
(S (PP (IN <when>)) (, ,) (NP {}) (VP (VBD gave) (NP {}) (PP (TO to) (NP {})) (PP (IN at) (NP {}))) (. .))
(S (PP (IN <when>)) (, ,) (PP (IN at) (NP {})) (, ,) (NP {}) (VP (VBD got) (NP {}) (PP (IN from) (NP {})) (PP (IN as)
    (NP (DT a) (NN present)))) (. .))
(S (NP {}) (VP (VBD did) (RB not) (VP (VB know) (SBAR (WHNP (WP what)) (S (VP (TO to) (VP (VB say))))))) (. .))
(S (NP (PRP it)) (VP (VBD was) (RB not) (ADVP (RB even)) (NP (DT a) (NN birthday))) (. .))
(S (PP (IN <when>)) (, ,) (NP {}) (VP (VBD lost) (NP {}) (PP (IN at) (NP {}))) (. .))
(S (PP (IN <when>)) (, ,) (NP {}) (VP (VBD left) (NP {}) (PP (IN without) (NP {}))) (. .))
(S (NP {}) (VP (VBD looked) (ADVP (RB everywhere)) (, ,) (CC but) (PP (IN in) (ADJP (JJ vain)))) (. .))
(S (NP {}) (VP (VBD noticed) (NP (PRP it)) (ADVP (RB too) (RB late))) (. .))
(S (PP (IN <when>)) (, ,) (NP {}) (VP (VP (VBD found) (NP {}) (PP (IN at) (NP {}))) (CC and) (VP (VBD brought) (NP
    (PRP it)) (PP (TO to) (NP {})))) (. .))
(S (S (PP (IN <when>)) (, ,) (NP {}) (VP (VBD turned) (PRT (RP up)) (PP (IN at) (NP {})))) (: :) (S (NP {}) (VP (VP
    (VBD had) (VP (VBN seen) (NP (PRP it)) (ADVP (RB there)))) (CC and) (VP (VBD took) (NP (PRP it)) (PP (TO to) (NP
    {}))))) (. .))
(S (NP {}) (VP (VBD was) (ADJP (JJ overjoyed))) (. .))
(S (NP {}) (VP (VBD had) (ADVP (RB almost)) (VP (VBN given) (PRT (RP up)) (NP (NN hope)))) (. .))
(S (PP (IN <when>)) (, ,) (NP {}) (VP (VBD borrowed) (NP {}) (PP (IN from) (NP {})) (PP (IN at) (NP {}))) (. .))
(S (PP (IN <when>)) (, ,) (PP (IN at) (NP {})) (, ,) (NP {}) (VP (VBD lent) (NP {}) (PP (TO to) (NP {}))) (. .))
(S (NP {}) (VP (VBD promised) (S (VP (TO to) (VP (VB be) (ADJP (JJ careful)))))) (. .))
(S (PP (IN <when>)) (, ,) (NP {}) (VP (VBD gave) (NP {}) (ADVP (RB back)) (PP (TO to) (NP {})) (PP (IN at) (NP {})))
    (. .))
(S (PP (IN <when>)) (, ,) (NP {}) (VP (VBD got) (NP {}) (ADVP (RB back)) (PP (IN from) (NP {})) (PP (IN at) (NP {})))
    (. .))
(S (NP (NN nothing)) (VP (VBD was) (ADJP (JJ missing))) (. .))
(S (NP {}) (VP (VBD said) (INTJ (VB thank) (PRP you))) (. .))
(S (PP (IN <when>)) (, ,) (NP {}) (VP (VBD met) (NP {}) (PP (IN at) (NP {}))) (. .))
(S (PP (IN <when>)) (, ,) (NP (NP {}) (CC and) (NP {})) (VP (VBD ran) (PP (IN into) (NP (DT each) (JJ other))) (PP (IN
    at) (NP {}))) (. .))
(S (NP (PRP they)) (VP (VBD talked) (PP (IN for) (NP (DT an) (NN hour)))) (. .))
(S (NP (PRP they)) (VP (VBD had) (NP (JJ much)) (S (VP (TO to) (VP (VB tell))))) (. .))
(S (PP (IN <when>)) (, ,) (NP {}) (VP (VBD repaired) (NP {}) (PP (IN for) (NP {})) (PP (IN at) (NP {}))) (. .))
(S (PP (IN <when>)) (, ,) (NP {}) (VP (VBD had) (NP {}) (VP (VBN repaired) (PP (IN by) (NP {})) (PP (IN at) (NP {}))))
    (. .))
(S (NP (PRP it)) (VP (VBD was) (ADJP (RB as) (JJ good) (PP (IN as) (ADJP (JJ new))))) (. .))
(S (PP (IN <when>)) (, ,) (NP {}) (VP (VBD beat) (NP {}) (PP (IN at) (NP (NN chess))) (PP (IN in) (NP {}))) (. .))
(S (PP (IN <when>)) (, ,) (NP {}) (VP (VBD won) (NP (NP (DT a) (NN game)) (PP (IN of) (NP (NN chess)))) (PP (IN
    against) (NP {})) (PP (IN at) (NP {}))) (. .))
(S (NP {}) (VP (VBD asked) (PP (IN for) (NP (DT another) (NN game)))) (. .))
(S (S (PP (IN <when>)) (, ,) (NP {}) (VP (VBD began) (S (VP (TO to) (VP (VB work) (PP (IN at) (NP {}))))))) (: ;) (S
    (ADVP (RB before)) (, ,) (NP {}) (VP (VBD had) (VP (VBN worked) (PP (IN at) (NP {}))))) (. .))
(S (PP (IN <when>)) (, ,) (NP {}) (VP (VBD left) (NP {}) (PP (IN for) (NP (NP (DT a) (JJ new) (NN job)) (PP (IN at)
    (NP {}))))) (. .))
(S (NP {}) (VP (VBD was) (ADJP (JJ nervous)) (PP (IN on) (NP (DT the) (JJ first) (NN day)))) (. .))
(S (NP (DT that)) (VP (VBZ is) (SBAR (WHADVP (WRB how)) (S (NP (PRP it)) (VP (VBD was))))) (. .))
(S (NP (NP (NNS people)) (PP (IN in) (NP (NNP Tinytown)))) (ADVP (RB still)) (VP (VBP talk) (PP (IN about) (NP (PRP
    it)))) (. .))
(S (CC and) (NP (DT that)) (VP (VBD was) (NP (DT that))) (. .))
(S (NP (DT this)) (VP (VBZ is) (NP (NP (DT the) (NN story)) (PP (IN of) (NP {}))) (PP (IN in) (NP (NNP Tinytown)))) (.
    .))
(S (NP {}) (VP (VP (VBD lived) (PP (IN in) (NP <street>))) (CC and) (VP (VBD worked) (PP (IN at) (NP {})) (PP (IN as)
    (NP <job>)))) (. .))
(S (NP (NP {}) (, ,) (SBAR (WHNP (WP who)) (S (VP (VBD was) (NP (CD <#>))))) (, ,)) (VP (VBD lived) (PP (IN in) (NP
    <street>))) (. .))
"""

# Which part is the head: of the first of these labels that is there, the last occurrence or the first (see `_chosen`).
HEADS: dict[str, tuple[str, ...]] = {
    "S": ("VP", "S"), "VP": ("VBD", "VBZ", "VBP", "VB", "VBN", "TO", "VP"),
    "NP": ("NN", "NNS", "NNP", "NP", "CD", "PRP", "JJ", "DT"), "PP": ("IN", "TO"), "SBAR": ("S",), "ADVP": ("RB", "ADVP"),
    "ADJP": ("JJ",), "PRT": ("RP",), "INTJ": ("VB",), "WHNP": ("WP",), "WHADVP": ("WRB",),
}  # fmt: skip


@dataclass(frozen=True)
class Sentence:
    """A sentence with its analysis; `pattern` is the number of the pattern that it comes from."""

    tree: Tree
    words: list[str]
    tags: list[str]
    heads: list[int]  # of each word: the index of the word that it depends on, -1 for the root
    pattern: int


def sentences(text: Annotated) -> Iterator[Sentence]:
    """The sentences of a story of Tinytown. Raises ValueError for one of no known pattern, as those of the news are."""
    for start, end in text.sentences:
        mentions = [m for m in text.mentions if start <= m.start < end]
        skeleton, at = "", start
        for mention in mentions:
            skeleton += text.text[at : mention.start] + "{}"
            at = mention.end
        skeleton = (skeleton + text.text[at:end]).replace("{}", "\0")
        skeleton = skeleton[0].lower() + skeleton[1:]
        for number, (regex, tree) in enumerate(_patterns()):
            if match := re.fullmatch(regex, skeleton):
                fillers = iter([text.text[m.start : m.end] for m in mentions])
                filled = _fill(tree, fillers, match.groupdict())
                assert isinstance(filled, Tree)
                filled = _capital(filled)
                tags = [tag for _, tag in filled.tags()]
                yield Sentence(filled, filled.leaves(), tags, heads(filled), number)
                break
        else:
            raise ValueError(f"no pattern fits the sentence {text.text[start:end]!r}")


def heads(tree: Tree) -> list[int]:
    """For each word of a tree the index of its head, -1 for the root, by the rules of `HEADS`.

    Raises ValueError for a phrase that has none of its possible heads.
    """
    found = [-1] * len(tree.leaves())

    def head(phrase: Tree, first: int) -> int:
        """The head word of a phrase whose first word is number `first`."""
        parts: list[tuple[str, int]] = []
        for child in phrase.children:
            if isinstance(child, str):
                parts.append((phrase.label, first))
                first += 1
            else:
                parts.append((child.label, head(child, first)))
                first += len(child.leaves())
        chosen = parts[0][1] if len(parts) == 1 else _chosen(phrase.label, parts)
        for _, word in parts:
            if word != chosen:
                found[word] = chosen
        return chosen

    head(tree, 0)
    return found


def _chosen(label: str, parts: list[tuple[str, int]]) -> int:
    last = label == "ADVP" or (
        label == "NP" and parts[0][0] != "NP"
    )  # of "the old clock", but the first of "clock and key"
    for candidate in HEADS.get(label, ()):
        words = [word for part, word in parts if part == candidate]
        if words:
            return words[-1] if last else words[0]
    raise ValueError(
        f"{label} has none of its possible heads ({', '.join(HEADS.get(label, ()))}) among {[p for p, _ in parts]}"
    )


@cache
def _patterns() -> list[tuple[re.Pattern[str], Tree]]:
    """Each pattern as a regular expression for the sentence, mentions cut out, and as a tree."""
    slots = {"{}": "\0", "<when>": "(?P<when>[^,]+(?:, in the [a-z]+)?)", "<#>": r"(?P<number>\d+)",
             "<street>": r"(?P<street>[A-Z]\w+ [A-Z]\w+)", "<job>": r"(?P<job>an? [a-z]+)"}  # fmt: skip
    found = []
    for pattern in re.split(r"\n(?=\()", _PATTERNS.strip()):
        tree = Tree.parse(pattern)
        parts = [slots.get(leaf) or re.escape(leaf) for leaf in tree.leaves()]
        text = " ".join(parts)
        for sign in (",", ";", ":", re.escape(".")):
            text = text.replace(f" {sign}", sign)
        found.append((re.compile(text), tree))
    return found


def _fill(part: Tree | str, mentions: Iterator[str], groups: dict[str, str]) -> Tree | str:
    """The tree of a pattern with its slots filled."""
    if isinstance(part, str):
        return part
    if part.children == (Tree("IN", ("<when>",)),):
        return _when(groups["when"])
    if part.children == ("<#>",):
        return Tree(part.label, (groups["number"],))
    if part.children in (("{}",), ("<street>",), ("<job>",)):
        slot = str(part.children[0])
        return _noun_phrase(next(mentions) if slot == "{}" else groups[slot.strip("<>")])
    return Tree(part.label, tuple(_fill(child, mentions, groups) for child in part.children))


def _when(text: str) -> Tree:
    """The tree of a time: "on Monday", "two weeks later", "the next day, in the morning" and their like."""
    start, comma, rest = text.partition(", ")
    words = start.split()
    if comma:
        tree = _when(start)
        return Tree(tree.label, (tree, Tree(",", (",",)), _prepositional(rest.split())))
    if words[-1] == "later":
        return Tree("ADVP", (_noun_phrase(" ".join(words[:-1])), Tree("RB", ("later",))))
    if words[0] == "later":
        return Tree("ADVP", (Tree("RB", ("later",)), _noun_phrase(" ".join(words[1:]))))
    if words[0] != "on":
        return _noun_phrase(start)
    if "in" not in words:
        return _prepositional(words)
    at = words.index("in")
    day, month = _noun_phrase(" ".join(words[1:at])), _prepositional(words[at:])
    return Tree("PP", (Tree("IN", ("on",)), Tree("NP", (day, month))))


def _prepositional(words: list[str]) -> Tree:
    return Tree("PP", (Tree("IN", (words[0],)), _noun_phrase(" ".join(words[1:]))))


def _noun_phrase(text: str) -> Tree:
    """A name, pronoun, description or time as Tinytown has them."""
    words = text.split()
    if text.lower() in ("he", "she", "it", "him", "her"):
        return Tree("NP", (Tree("PRP", (text,)),))
    tags = [_tag(word, last=i == len(words) - 1) for i, word in enumerate(words)]
    return Tree("NP", tuple(Tree(tag, (word,)) for tag, word in zip(tags, words)))


def _tag(word: str, *, last: bool) -> str:
    if word.lower() in ("a", "an", "the", "that"):
        return "DT"
    if word == "&":
        return "CC"
    if word[0].isupper() or word == "café":
        return "NNP"
    if last:
        return "NNS" if word in ("days", "weeks") else "NN"
    return "CD" if word in NUMBERS else "JJ"


def _capital(tree: Tree) -> Tree:
    """The tree with a capital at the beginning of its first word."""
    first, *others = tree.children
    start = first[0].upper() + first[1:] if isinstance(first, str) else _capital(first)
    return Tree(tree.label, (start, *others))
