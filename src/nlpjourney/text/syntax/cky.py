"""CKY: the best tree of a sentence, from short stretches to long ones.

Cocke, Kasami and Younger (1960s) filled a chart with the phrases that each stretch of words can be; with probabilities and
the best of each kept it is Viterbi's algorithm on trees (Jelinek, Lafferty & Mercer, 1992). A phrase over a stretch is made of
two neighbours, so all splits of it are tried: n³ steps for n words, though the trees may be exponentially many.

Notable choices: a rule with three or more parts is cut into rules with two, through helpers named after what they stand
for, which vanish from the result; rules with one part are tried again until none improves its stretch, so chains and
circles of them are fine. Each stretch lists the phrases found, and rules are looked up by their left part: only what
exists is combined. Of two equally probable trees the one found first stays: its first part is the shorter.

In plain Python: `plain_cky` (`text.syntax.plain`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpjourney.text.syntax.grammar import PCFG
from nlpjourney.text.syntax.tree import Label, Tree


class Parse(NamedTuple):
    """A tree and the natural logarithm of its probability."""

    tree: Tree
    log_probability: float

    @property
    def probability(self) -> float:
        """May be 0.0 for a long sentence, which its logarithm survives."""
        return math.exp(self.log_probability)


class _Rules(NamedTuple):
    """Rules of one shape, sorted by `key` (a word, the only part, or the left part): those of k are first[k] to first[k + 1]."""

    first: NDArray[np.int64]  # (n_keys + 1,)
    rights: NDArray[np.int32]  # (n_rules,) the right part of a rule with two, else -1
    parents: NDArray[np.int32]  # (n_rules,) the phrase
    log_probs: NDArray[np.float64]  # (n_rules,)


class ViterbiParser:
    """The most probable tree under a grammar.

    >>> parser = ViterbiParser(PCFG.from_string("S -> S S [0.4] | 'a' [0.6]"))
    >>> str(parser.parse(["a", "a"]).tree)
    '(S (S a) (S a))'
    """

    def __init__(self, grammar: PCFG) -> None:
        self.grammar = grammar
        self._symbols: dict[tuple[Label | str, ...], int] = {}  # a phrase is (label,), a helper all that it stands for
        self._words: dict[str, int] = {}
        lexical: list[tuple[int, int, int, float]] = []  # (key, right, parent, log probability)
        unary: list[tuple[int, int, int, float]] = []
        binary: list[tuple[int, int, int, float]] = []
        helpers: set[int] = set()
        self._symbol((grammar.start,))

        def helper(parts: tuple[Label | str, ...]) -> int:
            """The phrase for the parts of a rule, made when it is new: a phrase itself, a word, or two parts and more."""
            symbol = self._symbol(parts)
            if symbol not in helpers and (len(parts) > 1 or isinstance(parts[0], str)):
                helpers.add(symbol)
                add(symbol, parts, 0.0)
            return symbol

        def add(parent: int, parts: tuple[Label | str, ...], log_prob: float) -> None:
            if len(parts) > 1:
                binary.append((helper(parts[:1]), helper(parts[1:]), parent, log_prob))
            elif isinstance(parts[0], str):
                lexical.append((self._words.setdefault(parts[0], len(self._words)), -1, parent, log_prob))
            else:
                unary.append((self._symbol(parts), -1, parent, log_prob))

        for rule, probability in grammar.rules.items():
            add(self._symbol((rule.lhs,)), rule.rhs, math.log(probability))
        self._names = list(self._symbols)
        self._lexical = _sorted(lexical, len(self._words))
        self._unary, self._binary = _sorted(unary, len(self._names)), _sorted(binary, len(self._names))

    def parse(self, words: Sequence[str]) -> Parse | None:
        """The best tree of a sentence; None if the grammar has none.

        Raises ValueError for an empty sentence or for words that no rule has.
        """
        if not words:
            raise ValueError("an empty sentence has no tree")
        if unknown := sorted({word for word in words if word not in self._words}):
            raise ValueError(f"the grammar does not have the words {', '.join(map(repr, unknown))}")
        ids = np.array([self._words[word] for word in words], dtype=np.int32)
        scores, rights, splits = _fill(ids, self._lexical, self._unary, self._binary, len(self._names))
        best = float(scores[_cell(0, len(words)), 0])  # the start is symbol 0
        if best == -math.inf:
            return None

        def parts(symbol: int, start: int, end: int) -> list[Tree | str]:
            """What a symbol of the chart stands for: one tree, or the parts of a helper."""
            left, right = rights[_cell(start, end), symbol]
            if left < 0:
                below: list[Tree | str] = [words[start]]
            elif right < 0:
                below = parts(left, start, end)
            else:
                split = int(splits[_cell(start, end), symbol])
                below = [*parts(left, start, split), *parts(right, split, end)]
            name = self._names[symbol]
            return [Tree(name[0].name, tuple(below))] if len(name) == 1 and isinstance(name[0], Label) else below

        (tree,) = parts(0, 0, len(words))
        assert isinstance(tree, Tree)
        return Parse(tree, best)

    def _symbol(self, parts: tuple[Label | str, ...]) -> int:
        return self._symbols.setdefault(parts, len(self._symbols))


def _sorted(rules: list[tuple[int, int, int, float]], n_keys: int) -> _Rules:
    rules = sorted(rules, key=lambda rule: rule[0])  # a stable order: that of the grammar within one key
    counts = np.bincount(np.array([rule[0] for rule in rules], dtype=np.int64), minlength=n_keys)
    return _Rules(
        np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        np.array([rule[1] for rule in rules], dtype=np.int32),
        np.array([rule[2] for rule in rules], dtype=np.int32),
        np.array([rule[3] for rule in rules], dtype=np.float64),
    )


@njit(cache=True)
def _cell(start: int, end: int) -> int:
    """Where words start to end - 1 stand in the chart, a triangle."""
    return end * (end - 1) // 2 + start


@njit(cache=True)
def _fill(
    words: NDArray[np.int32], lexical: _Rules, unary: _Rules, binary: _Rules, n_symbols: int
) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.int32]]:
    """For each stretch and symbol: the best log probability, the two parts behind it (-1: none), and where they meet."""
    n = len(words)
    n_cells = n * (n + 1) // 2
    scores = np.full((n_cells, n_symbols), -np.inf)
    parts = np.empty((n_cells, n_symbols, 2), dtype=np.int32)
    splits = np.empty((n_cells, n_symbols), dtype=np.int32)
    found = np.empty((n_cells, n_symbols), dtype=np.int32)  # the symbols of a stretch, in the order of their coming up
    n_found = np.zeros(n_cells, dtype=np.int64)
    for length in range(1, n + 1):
        for start in range(n - length + 1):
            end = start + length
            here = _cell(start, end)
            score = scores[here]
            if length == 1:
                for rule in range(lexical.first[words[start]], lexical.first[words[start] + 1]):
                    parent, p = lexical.parents[rule], lexical.log_probs[rule]
                    if p > score[parent]:
                        n_found[here] = _keep(parent, p, score, found[here], n_found[here])
                        parts[here, parent, 0], parts[here, parent, 1] = -1, -1
            for split in range(start + 1, end):
                left_cell, right_cell = _cell(start, split), _cell(split, end)
                right_score = scores[right_cell]
                for i in range(n_found[left_cell]):
                    left = found[left_cell, i]
                    p_left = scores[left_cell, left]
                    for rule in range(binary.first[left], binary.first[left + 1]):
                        right, parent = binary.rights[rule], binary.parents[rule]
                        p = binary.log_probs[rule] + p_left + right_score[right]
                        if p > score[parent]:
                            n_found[here] = _keep(parent, p, score, found[here], n_found[here])
                            parts[here, parent, 0], parts[here, parent, 1] = left, right
                            splits[here, parent] = split
            better = True
            while better:  # a probability is at most 1: no circle gains anything
                better = False
                i = 0
                while i < n_found[here]:
                    part = found[here, i]
                    i += 1
                    for rule in range(unary.first[part], unary.first[part + 1]):
                        parent, p = unary.parents[rule], unary.log_probs[rule] + score[part]
                        if p > score[parent]:
                            n_found[here] = _keep(parent, p, score, found[here], n_found[here])
                            parts[here, parent, 0], parts[here, parent, 1] = part, -1
                            better = True
    return scores, parts, splits


@njit(cache=True)
def _keep(symbol: int, p: float, score: NDArray[np.float64], found: NDArray[np.int32], n_found: int) -> int:
    """Note a better score for a symbol; returns how many symbols the stretch has now."""
    if score[symbol] == -np.inf:
        found[n_found] = symbol
        n_found += 1
    score[symbol] = p
    return n_found
