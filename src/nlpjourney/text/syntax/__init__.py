"""How a sentence is built: phrases in phrases, and words that depend on words."""

from nlpjourney.text.syntax.cky import Parse, ViterbiParser
from nlpjourney.text.syntax.dependency import DependencyParser, attachment_score, is_projective_tree
from nlpjourney.text.syntax.drawing import dependency_svg, tree_svg
from nlpjourney.text.syntax.grammar import PCFG
from nlpjourney.text.syntax.open_grammar import OpenGrammarParser
from nlpjourney.text.syntax.phrases import phrases
from nlpjourney.text.syntax.silver import Parsed, parsed_by_spacy
from nlpjourney.text.syntax.tree import Label, Rule, Tree
from nlpjourney.text.syntax.treebank import heads

__all__ = [
    "PCFG",
    "DependencyParser",
    "Label",
    "OpenGrammarParser",
    "Parse",
    "Parsed",
    "Rule",
    "Tree",
    "ViterbiParser",
    "attachment_score",
    "dependency_svg",
    "heads",
    "is_projective_tree",
    "parsed_by_spacy",
    "phrases",
    "tree_svg",
]


def warmup() -> None:
    """Compile every kernel of this package by running it on two words."""
    ViterbiParser(PCFG.from_string("S -> S S [0.5] | 'to' [0.5]")).parse(["to", "to"])
    DependencyParser(n_epochs=1).fit([["to", "be"]], [["TO", "VB"]], [[1, -1]]).predict(["to"], ["TO"])
