"""Lemmas learned from pairs: what changes from a form to its lemma is a small tree, and the word's ending tells which.

Idea (Chrupała, 2008; Müller, Cotterell, Fraser & Schütze, 2015): the longest stretch that form and lemma share is kept;
what stands before and after it is changed in the same way, recursively, until nothing is shared and one string replaces
another. The tree says how many letters lie outside the shared stretch, not which, so the tree of "walked" → "walk"
also fits "talked". German "gesagt" → "sagen", which changes both ends, is one tree as well.

Notable choice: no classifier. Each suffix of the training words remembers how often it came with each tree; the longest
suffix of a new word that is remembered decides, and among its trees the most frequent one that fits. This is what a
decision tree over endings would learn, and one can look at it: see `why`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from nlpjourney.ml.estimator import Saved


class Replace(NamedTuple):
    """A leaf: `old` must stand here, `new` takes its place."""

    old: str
    new: str


class Keep(NamedTuple):
    """An inner node: all but the first `n_before` and the last `n_after` letters stay; the rest is changed by the subtrees."""

    n_before: int
    n_after: int
    before: Tree
    after: Tree


Tree = Replace | Keep


def edit_tree(form: str, lemma: str) -> Tree:
    """The tree that turns `form` into `lemma`."""
    start, other, length = _longest_shared(form, lemma)
    if length == 0:
        return Replace(form, lemma)
    end, other_end = start + length, other + length
    return Keep(
        start, len(form) - end, edit_tree(form[:start], lemma[:other]), edit_tree(form[end:], lemma[other_end:])
    )


def apply_tree(tree: Tree, form: str) -> str | None:
    """What the tree makes of a form; None when it does not fit."""
    if isinstance(tree, Replace):
        return tree.new if tree.old == form else None
    middle = len(form) - tree.n_before - tree.n_after
    if middle <= 0:
        return None
    end = tree.n_before + middle
    before, after = apply_tree(tree.before, form[: tree.n_before]), apply_tree(tree.after, form[end:])
    return None if before is None or after is None else before + form[tree.n_before : end] + after


def _longest_shared(a: str, b: str) -> tuple[int, int, int]:
    """Where the longest common stretch starts in a and in b, and its length; the first of equally long ones."""
    best = (0, 0, 0)
    lengths = [0] * (len(b) + 1)  # lengths[j]: of the stretch that ends before a[i], b[j]
    for i in range(len(a)):
        for j in range(len(b), 0, -1):
            lengths[j] = lengths[j - 1] + 1 if a[i] == b[j - 1] else 0
            if lengths[j] > best[2] or (lengths[j] == best[2] > 0 and i + 1 - lengths[j] == best[0]):
                best = (i + 1 - lengths[j], j - lengths[j], lengths[j])
    return best


def _as_tuple(tree: Tree) -> tuple[Any, ...]:
    """The tree without its classes: two strings, or two numbers and two tuples."""
    if isinstance(tree, Replace):
        return (tree.old, tree.new)
    return (tree.n_before, tree.n_after, _as_tuple(tree.before), _as_tuple(tree.after))


def _as_tree(parts: tuple[Any, ...]) -> Tree:
    if len(parts) == 2:
        return Replace(*parts)
    n_before, n_after, before, after = parts
    return Keep(n_before, n_after, _as_tree(before), _as_tree(after))


class Vote(NamedTuple):
    """How a lemma came about: the suffix that decided, the tree, and how often they were seen together."""

    suffix: str
    tree: Tree
    n_seen: int


class EditTreeLemmatizer(Saved):
    """Learns lemmas from (form, lemma) pairs, with parts of speech where there are any.

    max_suffix: the longest suffix that is remembered, in letters.

    >>> pairs = [("walked", "walk"), ("talks", "talk"), ("tried", "try")]
    >>> EditTreeLemmatizer().fit(*zip(*pairs)).predict(["jumped", "cried"])
    ['jump', 'cry']
    """

    learned = ("trees_",)
    trees_: dict[tuple[str, str], Counter[Tree]]  # by (part of speech, suffix)

    def __init__(self, max_suffix: int = 8) -> None:
        if max_suffix < 1:
            raise ValueError(f"max_suffix must be at least 1, not {max_suffix}")
        self.max_suffix = max_suffix

    def fit(self, forms: Sequence[str], lemmas: Sequence[str], pos: Sequence[str] | None = None) -> EditTreeLemmatizer:
        """Learn from forms and their lemmas; `pos`: the part of speech of each. Returns self.

        Raises ValueError when the lists have different lengths or are empty.
        """
        tags = [""] * len(forms) if pos is None else pos
        if not len(forms) == len(lemmas) == len(tags):
            raise ValueError(
                f"{len(forms)} forms, {len(lemmas)} lemmas and {len(tags)} parts of speech: give as many of each"
            )
        if not forms:
            raise ValueError("there is nothing to learn from: give at least one form")
        trees: dict[tuple[str, str], Counter[Tree]] = defaultdict(Counter)
        for form, lemma, tag in zip(forms, lemmas, tags):
            tree = edit_tree(form, lemma)
            for suffix in self._suffixes(form):
                trees[tag, suffix][tree] += 1
        self.trees_ = dict(trees)
        return self

    def _state(self) -> dict[str, Any]:
        return {
            "trees": {key: [(_as_tuple(tree), n) for tree, n in votes.items()] for key, votes in self.trees_.items()}
        }

    def _restore(self, state: dict[str, Any]) -> None:
        self.trees_ = {key: Counter({_as_tree(t): n for t, n in votes}) for key, votes in state["trees"].items()}

    def predict(self, forms: Sequence[str], pos: Sequence[str] | None = None) -> list[str]:
        """The lemma of each form; the form itself when nothing that was learned fits."""
        tags = [""] * len(forms) if pos is None else pos
        votes = [self.why(form, tag) for form, tag in zip(forms, tags, strict=True)]
        return [apply_tree(vote.tree, form) or form if vote else form for form, vote in zip(forms, votes)]

    def why(self, form: str, pos: str = "") -> Vote | None:
        """Which suffix decides the lemma of a form, and by which tree; None when nothing fits."""
        for suffix in self._suffixes(form):
            for tree, count in self.trees_.get((pos, suffix), Counter()).most_common():
                if apply_tree(tree, form):
                    return Vote(suffix, tree, count)
        return None

    def _suffixes(self, form: str) -> list[str]:
        """The suffixes of a form, the longest first; the last is empty. A whole word is marked, as it is no mere ending."""
        marked = f"^{form}"
        return [marked[-n:] for n in range(min(self.max_suffix, len(marked)), 0, -1)] + [""]
