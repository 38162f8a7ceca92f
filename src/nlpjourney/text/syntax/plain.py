"""Parsing in plain Python: what `cky` and `dependency` compute.

Read this first. `plain_cky` gives the probability of the best tree; `plain_arc_standard` makes a tree of a row of moves, the rule
for choosing them is `ml.perceptron`'s `plain_averaged_perceptron`.
"""

from __future__ import annotations

from collections.abc import Sequence

from nlpjourney.text.syntax.grammar import PCFG
from nlpjourney.text.syntax.tree import Label


def plain_cky(words: Sequence[str], grammar: PCFG) -> float:
    """The probability of the best tree of the words, 0.0 if there is none, for a grammar whose rules have at most two parts.

    Cocke, Kasami, Younger with Viterbi's maximum: the best phrase over a span is made of the best phrases over its two parts.
    """
    n = len(words)
    best: dict[tuple[int, int], dict[Label | str, float]] = {}
    for width in range(1, n + 1):
        for start in range(n - width + 1):
            cell: dict[Label | str, float] = {words[start]: 1.0} if width == 1 else {}
            for middle in range(start + 1, start + width):
                left, right = best[start, middle], best[middle, start + width]
                for rule, p in grammar.rules.items():
                    if len(rule.rhs) == 2 and rule.rhs[0] in left and rule.rhs[1] in right:
                        cell[rule.lhs] = max(cell.get(rule.lhs, 0.0), p * left[rule.rhs[0]] * right[rule.rhs[1]])
            better = True
            while better:  # rules with one part, until nothing gets more probable
                better = False
                for rule, p in grammar.rules.items():
                    if len(rule.rhs) == 1 and p * cell.get(rule.rhs[0], 0.0) > cell.get(rule.lhs, 0.0):
                        cell[rule.lhs], better = p * cell[rule.rhs[0]], True
            best[start, start + width] = cell
    return best[0, n].get(grammar.start, 0.0)


def plain_arc_standard(n_words: int, moves: Sequence[str]) -> list[int]:
    """The head of each word (-1: the root) after moves SHIFT, LEFT and RIGHT (Nivre, 2004). The root lies below the stack."""
    heads, stack, front = [-2] * n_words, [-1], 0
    for move in moves:
        if move == "SHIFT":  # the next word comes onto the stack
            stack.append(front)
            front += 1
        elif move == "LEFT":  # the second depends on the first, and goes
            dependent = stack.pop(-2)
            heads[dependent] = stack[-1]
        else:  # the first depends on the second, and goes
            dependent = stack.pop()
            heads[dependent] = stack[-1]
    return heads
