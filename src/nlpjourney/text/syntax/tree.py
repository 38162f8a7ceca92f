"""Constituency trees: a phrase, the phrases that it consists of, down to the words.

Written as treebanks write them (Marcus, Santorini & Marcinkiewicz, 1993): `(NP (DT the) (NN dog))`, with -LRB- and -RRB- for
brackets in words. Notable choice: a tree never changes, so that it may be a key of a dictionary; what looks like an edit makes a
new one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

_TOKENS = re.compile(r"[()]|[^\s()]+")


class Label(NamedTuple):
    """The name of a phrase, where a word (a plain string) could stand as well."""

    name: str


class Rule(NamedTuple):
    """A phrase `lhs` consists of `rhs`: labels of phrases, and words."""

    lhs: Label
    rhs: tuple[Label | str, ...]

    def __str__(self) -> str:
        parts = (part.name if isinstance(part, Label) else repr(part) for part in self.rhs)
        return f"{self.lhs.name} -> {' '.join(parts)}"


@dataclass(frozen=True)
class Tree:
    """A phrase: its label and its parts.

    >>> tree = Tree.parse("(S (NP (NN time)) (VP (VB flies)))")
    >>> tree.leaves(), tree.children[0].label
    (['time', 'flies'], 'NP')
    """

    label: str
    children: tuple[Tree | str, ...]

    @classmethod
    def parse(cls, text: str) -> Tree:
        """Read one tree in brackets. Raises ValueError that says where the brackets go wrong.

        The brackets without a label that the Penn Treebank puts around each tree are left out; -LRB- and -RRB- in words become
        the brackets that they stand for there.
        """
        open_: list[tuple[str, list[Tree | str]]] = []
        tokens = _TOKENS.findall(text)
        at = 0
        while at < len(tokens):
            token = tokens[at]
            at += 1
            if token == "(" and not open_ and tokens[at : at + 1] == ["("]:
                open_.append(("", []))
            elif token == "(":
                if at == len(tokens) or tokens[at] in "()":
                    raise ValueError(
                        f"a bracket opens a phrase: write its label behind it, as in (NP dog), not {text!r}"
                    )
                open_.append((tokens[at], []))
                at += 1
            elif not open_:
                raise ValueError(f"{token!r} stands outside all brackets in {text!r}")
            elif token != ")":
                open_[-1][1].append(token.replace("-LRB-", "(").replace("-RRB-", ")"))
            else:
                label, children = open_.pop()
                if not children:
                    raise ValueError(f"the phrase {label} is empty in {text!r}")
                tree = cls(label, tuple(children))
                if not label:
                    tree, *more = (child for child in children if isinstance(child, Tree))
                    if more or len(children) > 1:
                        raise ValueError(f"brackets without a label hold more than one tree in {text!r}")
                if open_:
                    open_[-1][1].append(tree)
                elif at == len(tokens):
                    return tree
                else:
                    raise ValueError(f"the tree ends before {tokens[at]!r} in {text!r}: give one tree at a time")
        raise ValueError(
            f"{len(open_)} brackets are never closed in {text!r}" if open_ else "there is no tree in an empty text"
        )

    def __str__(self) -> str:
        parts = (c.replace("(", "-LRB-").replace(")", "-RRB-") if isinstance(c, str) else str(c) for c in self.children)
        return f"({self.label} {' '.join(parts)})"

    def leaves(self) -> list[str]:
        """The words, from left to right."""
        return [leaf for child in self.children for leaf in ([child] if isinstance(child, str) else child.leaves())]

    def tags(self) -> list[tuple[str, str]]:
        """Each word with the label of the phrase right above it, its part of speech."""
        found: list[tuple[str, str]] = []
        for child in self.children:
            found += [(child, self.label)] if isinstance(child, str) else child.tags()
        return found

    def rules(self) -> Iterator[Rule]:
        """The rule behind each phrase: the phrase itself first, then those of its parts from left to right."""
        yield Rule(Label(self.label), tuple(c if isinstance(c, str) else Label(c.label) for c in self.children))
        for child in self.children:
            if isinstance(child, Tree):
                yield from child.rules()

    def height(self) -> int:
        """How many phrases lie on the longest way from here to a word, this one included."""
        return 1 + max((child.height() for child in self.children if isinstance(child, Tree)), default=0)
