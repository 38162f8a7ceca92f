"""From dependencies to phrases: every word with what depends on it is a phrase.

The way back from what `treebank.heads` does (Xia & Palmer, 2001): a noun with its dependents makes an NP, a verb a VP, and an S
when its subject is there. So a corpus with heads becomes a treebank, from which a grammar can be estimated. Notable choices:
labels and shapes follow the Penn Treebank where dependencies tell enough: auxiliaries stand in a VP around the VP, what
follows a noun makes a larger NP, coordinated phrases lie side by side in one of their kind. What a dependency tree does not
say, such as the shape of a noun's premodifiers, stays flat.
"""

from __future__ import annotations

from nlpjourney.text.syntax.silver import Parsed
from nlpjourney.text.syntax.tree import Tree

SUBJECTS = ("nsubj", "nsubjpass", "csubj", "csubjpass", "expl")
_PHRASES = {
    "N": "NP",
    "P": "NP",
    "V": "VP",
    "M": "VP",
    "J": "ADJP",
    "R": "ADVP",
    "D": "NP",
    "C": "NP",
    "E": "NP",
    "$": "NP",
}
_OTHERS = {"IN": "PP", "TO": "PP", "RP": "PRT", "WRB": "WHADVP", "WP": "WHNP", "WDT": "WHNP", "WP$": "WHNP", "UH": "INTJ",
           "POS": "NP", "CC": "CONJP"}  # fmt: skip


def phrases(sentence: Parsed) -> Tree:
    """The tree of a sentence without crossing arcs, an S. Its leaves are the words in their order.

    Raises ValueError where a phrase's words are not together, as crossing arcs have it.
    """
    below: list[list[int]] = [[] for _ in sentence.words]
    for word, head in enumerate(sentence.heads):
        if head >= 0:
            below[head].append(word)
    tree = _Builder(sentence, below).build(sentence.heads.index(-1))
    found = tree if tree.label == "S" else Tree("S", (tree,))
    if found.leaves() != list(sentence.words):
        raise ValueError(f"arcs cross in {' '.join(sentence.words)!r}: a phrase would have a hole")
    return found


class _Builder:
    def __init__(self, sentence: Parsed, below: list[list[int]]) -> None:
        self.words, self.tags, self.relations = sentence.words, sentence.tags, sentence.relations
        self.below = below

    def build(self, head: int) -> Tree:
        """The phrase of a word and all that depends on it."""
        left = [word for word in self.below[head] if word < head]
        right = [word for word in self.below[head] if word > head]
        joined = next((i for i, word in enumerate(right) if self.relations[word] in ("cc", "conj")), len(right))
        right, joined_words = right[:joined], right[joined:]
        if _phrase(self.tags[head]) == "VP":
            return self.clause(head, left, right, joined_words)
        label = _phrase(self.tags[head])
        base = [*map(self.modifier, left), self.leaf(head)]
        if label == "NP":
            while right and self.relations[right[0]] in ("case", "punct", "nummod") and not joined_words:
                base.append(self.modifier(right.pop(0)))
            core = _wrap("NP", base)
            if right:
                core = Tree("NP", (core, *map(self.build_or_leaf, right)))
        else:
            core = _wrap(label, [*base, *map(self.build_or_leaf, right)])
        return self.coordinated(core, joined_words)

    def clause(self, head: int, left: list[int], right: list[int], joined: list[int]) -> Tree:
        """A verb's phrase: VP without a subject, S with one, SBAR with a word in front that subordinates it."""
        last = max((i for i, word in enumerate(left) if self.relations[word] in SUBJECTS), default=-1)
        outside, inside = left[: last + 1], left[last + 1 :]
        ends: list[int] = []
        while right and self.tags[right[-1]] in (".", "''", "``") and not joined:
            ends.insert(0, right.pop())
        core = Tree("VP", (self.leaf(head), *map(self.build_or_leaf, right)))
        mark = next((i for i, word in enumerate(inside) if self.relations[word] == "mark"), -1)
        outside, inside = [*outside, *inside[: mark + 1]], inside[mark + 1 :]
        for word in reversed(inside):
            if self.relations[word] in ("aux", "auxpass"):
                core = Tree("VP", (self.build_or_leaf(word), core))
            else:
                core = Tree("VP", (self.build_or_leaf(word), *core.children))
        own = [word for word in joined if self.relations[word] == "conj" and self.has_subject(word)]
        if not own:
            core = self.coordinated(core, [word for word in joined if self.tags[word] not in (".", "''")])
            ends += [word for word in joined if self.tags[word] in (".", "''")]
        marks = [word for word in outside if self.relations[word] == "mark" and word == outside[0]]
        rest = outside[len(marks) :]
        is_sentence = bool(ends or last >= 0 or self.relations[head] == "ROOT")
        if rest or ends or is_sentence:
            core = Tree("S", (*map(self.build_or_leaf, rest), core, *map(self.build_or_leaf, ends)))
        if own:
            stops = [word for word in joined if self.tags[word] in (".", "''")]
            core = self.coordinated(core, [word for word in joined if word not in stops])
            if stops:
                core = Tree(core.label, (*core.children, *map(self.build_or_leaf, stops)))
        return Tree("SBAR", (*map(self.build_or_leaf, marks), core)) if marks else core

    def has_subject(self, verb: int) -> bool:
        return any(self.relations[word] in SUBJECTS for word in self.below[verb])

    def coordinated(self, core: Tree, joined: list[int]) -> Tree:
        return Tree(core.label, (core, *map(self.build_or_leaf, joined))) if joined else core

    def leaf(self, word: int) -> Tree:
        return Tree(self.tags[word], (self.words[word],))

    def modifier(self, word: int) -> Tree:
        """What stands before a noun: alone only its part of speech."""
        return self.build(word) if self.below[word] else self.leaf(word)

    def build_or_leaf(self, word: int) -> Tree:
        """A phrase, but of signs, conjunctions and auxiliaries only the part of speech."""
        alone = not self.below[word] and (
            not self.tags[word][0].isalpha()
            or self.tags[word] in ("CC", "IN", "HYPH", "-LRB-", "-RRB-", "LS", "NFP", "SYM", "XX", "EX")
            or self.relations[word] in ("aux", "auxpass", "neg", "mark", "punct")
        )
        return self.leaf(word) if alone else self.build(word)


def _phrase(tag: str) -> str:
    return _OTHERS.get(tag) or _PHRASES.get(tag[0], "NP")


def _wrap(label: str, parts: list[Tree]) -> Tree:
    """A phrase; one part that is such a phrase already stays as it is."""
    return parts[0] if len(parts) == 1 and parts[0].label == label else Tree(label, tuple(parts))
