"""A probabilistic context-free grammar: rules that build phrases, each with its probability given the phrase.

Booth & Thompson (1973). P(tree) is the product of the probabilities of its rules; those of one left side sum to 1. From a
treebank the best estimate is the plainest: how often the rule was used, divided by how often its left side stood there. That
maximises the likelihood of the treebank, and it is why unseen rules have probability 0.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping

from nlpjourney.text.syntax.tree import Label, Rule, Tree

_TOLERANCE = 0.01  # hand-written probabilities are rounded
_TOKENS = re.compile(
    r"(?P<word>'[^']*'|\"[^\"]*\")|\[(?P<probability>[^\]]*)\]|(?P<bar>\|)|(?P<label>[^\s|\[\]'\"]+)|(?P<junk>\S)"
)


class PCFG:
    """Rules with probabilities.

    >>> grammar = PCFG.from_string("S -> 'a' S [0.25] | 'a' [0.75]")
    >>> grammar.start.name, len(grammar.rules)
    ('S', 2)
    """

    def __init__(self, rules: Mapping[Rule, float], start: str = "S") -> None:
        """Raises ValueError for a probability outside (0, 1], for a left side whose probabilities do not sum to 1, an empty right
        side, and a start that no rule has."""
        totals: dict[Label, float] = {}
        for rule, probability in rules.items():
            if not 0 < probability <= 1:
                raise ValueError(f"a probability lies above 0 and is at most 1, not {probability} ({rule})")
            if not rule.rhs:
                raise ValueError(
                    f"{rule.lhs.name} has a rule with nothing on its right side, which this parser cannot use"
                )
            totals[rule.lhs] = totals.get(rule.lhs, 0.0) + probability
        for label, total in totals.items():
            if abs(total - 1) > _TOLERANCE:
                raise ValueError(f"the probabilities of the rules of {label.name} sum to {total:g}; they must sum to 1")
        if Label(start) not in totals:
            raise ValueError(f"no rule says what {start} consists of; name the phrase of a whole sentence as `start`")
        self.rules = dict(rules)
        self.start = Label(start)

    @classmethod
    def from_string(cls, text: str) -> PCFG:
        """Rules as people write them, one left side a line: `NP -> DT NN [0.7] | 'she' [0.3]`; the first left side is the start.

        Lines may be empty or begin with #. Raises ValueError that quotes the line that cannot be read.
        """
        rules: dict[Rule, float] = {}
        start = ""
        for line in text.splitlines():
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            left, arrow, right = line.partition("->")
            if not arrow or len(left.split()) != 1:
                raise ValueError(f"a rule reads `NP -> DT NN [0.7]`, not {line!r}")
            lhs = Label(left.strip())
            start = start or lhs.name
            rhs: list[Label | str] = []
            probability: float | None = None
            for token in [*_TOKENS.finditer(right), None]:
                if token is not None and token["word"]:
                    rhs.append(token["word"][1:-1])
                elif token is not None and token["label"]:
                    rhs.append(Label(token["label"]))
                elif token is not None and token["probability"] is not None:
                    probability = _number(token["probability"], line)
                elif token is not None and not token["bar"]:
                    raise ValueError(f"{token[0]!r} has no meaning in {line!r}: is a quote or a bracket not closed?")
                else:
                    if probability is None:
                        raise ValueError(f"a probability in brackets is missing in {line!r}")
                    rule = Rule(lhs, tuple(rhs))
                    rules[rule] = rules.get(rule, 0.0) + probability
                    rhs, probability = [], None
        if not start:
            raise ValueError("a grammar has at least one rule")
        return cls(rules, start)

    @classmethod
    def from_trees(cls, trees: Iterable[Tree], start: str = "S") -> PCFG:
        """The relative frequencies of the rules in a treebank. Raises ValueError for no trees."""
        counts = Counter(rule for tree in trees for rule in tree.rules())
        if not counts:
            raise ValueError("there is nothing to learn from: give at least one tree")
        totals: Counter[Label] = Counter()
        for rule, count in counts.items():
            totals[rule.lhs] += count
        return cls({rule: count / totals[rule.lhs] for rule, count in counts.items()}, start)

    def log_probability(self, tree: Tree) -> float:
        """The natural logarithm of P(tree); minus infinity if it uses a rule that the grammar does not have."""
        probabilities = [self.rules.get(rule, 0.0) for rule in tree.rules()]
        return -math.inf if 0.0 in probabilities else math.fsum(map(math.log, probabilities))

    def __str__(self) -> str:
        return "\n".join(f"{rule} [{probability:g}]" for rule, probability in self.rules.items())


def _number(text: str, line: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{text!r} is no probability, in {line!r}") from None
