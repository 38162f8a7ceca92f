"""Sentences as pictures: the trees and heads of this package, drawn in the style of all drawings."""

from __future__ import annotations

from collections.abc import Sequence

from nlpjourney.drawing import arcs, tree
from nlpjourney.drawing.trees import Node
from nlpjourney.text.syntax.tree import Tree


def tree_svg(parsed: Tree) -> str:
    """A constituency tree as SVG: phrases in blue above, words in one line below."""
    return tree(_node(parsed), f"Phrases of the sentence: {' '.join(parsed.leaves())}", str(parsed)).svg


def _node(part: Tree | str) -> Node:
    return part if isinstance(part, str) else (part.label, [_node(child) for child in part.children])


def dependency_svg(words: Sequence[str], heads: Sequence[int], gold: Sequence[int] | None = None) -> str:
    """Dependencies as SVG: an arc from each head (-1: the root) to its dependent, dashed where `gold` has another head.

    Raises ValueError for lists of different lengths, and for a head that is no other word of the sentence.
    """
    return arcs(words, heads, f"Dependencies of the sentence: {' '.join(words)}", gold=gold).svg
