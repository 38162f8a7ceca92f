"""A grammar read off a treebank that has an answer for any sentence: new words, and phrases of new shapes.

The rules of a treebank are too many and never all there. Three well-known steps make a parser of them (Collins, 1997; Klein &
Manning, 2003): a long rule becomes a chain of short ones that remember only the parts just before (a Markov chain), so a
phrase may be longer than any seen; a phrase knows what it stands in (NP^S: a subject), which is worth as much as many rules;
and a word that is new stands for its kind: capital, digits, ending.

Notable choices: the parts are remembered from left to right; every word that was seen once in the treebank also counts as
a new word of its kind; a known word may be what its kind may be, with a little probability ("to cook" though only "the cook"
was seen). So the answer to nonsense is a tree, too, but an improbable one: see `surprise`.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from nlpjourney.ml.estimator import Saved
from nlpjourney.text.syntax.cky import Parse, ViterbiParser
from nlpjourney.text.syntax.grammar import PCFG
from nlpjourney.text.syntax.tree import Label, Rule, Tree

_ENDINGS = (
    "ing",
    "ed",
    "ly",
    "ion",
    "ity",
    "ness",
    "ment",
    "er",
    "est",
    "al",
    "ous",
    "ful",
    "ive",
    "able",
    "ies",
    "s",
    "y",
)
_NEW = "<new>"
_UNLIKELY = 0.02  # what a known word may be as well is at least so probable for its kind
_RARE = 1  # so often or less: a sample of the words that are new


class OpenGrammarParser(Saved):
    """Best trees of any sentence, learned from trees.

    order: how many parts a chain remembers; parents: whether a phrase knows what it stands in; kind_weight: how many sightings
    of a known word what its kind tells is worth.

    >>> trees = [Tree.parse("(S (NP (DT the) (NN dog)) (VP (VBD barked)))")]
    >>> str(OpenGrammarParser().fit(trees).parse(["the", "cat", "barked"]).tree)
    '(S (NP (DT the) (NN cat)) (VP (VBD barked)))'
    """

    learned = ("words_", "kinds_", "grammar_", "_parser")
    words_: frozenset[str]
    kinds_: frozenset[str]
    grammar_: PCFG
    _parser: ViterbiParser

    def __init__(self, order: int = 1, parents: bool = True, kind_weight: float = 0.5) -> None:
        if order < 0 or kind_weight < 0:
            raise ValueError(f"order and kind_weight are not negative, unlike {order} and {kind_weight}")
        self.order, self.parents, self.kind_weight = order, parents, kind_weight

    def fit(self, trees: Iterable[Tree]) -> OpenGrammarParser:
        """Learn from trees whose words stand under parts of speech, in trees of one start label. Returns self.

        Raises ValueError for no trees.
        """
        rules: Counter[Rule] = Counter()
        tags: dict[str, Counter[str]] = defaultdict(Counter)  # of each word
        start = ""
        for tree in trees:
            start = start or tree.label
            for i, (word, tag) in enumerate(tree.tags()):
                tags[word.lower() if i == 0 and not tag.startswith("NNP") else word][tag] += 1
            rules.update(rule for rule in self._open(tree, "").rules() if not isinstance(rule.rhs[0], str))
        if not rules:
            raise ValueError("there is nothing to learn from: give at least one tree")
        kinds: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for word, counts in tags.items():
            if counts.total() <= _RARE:
                for kind in (_kind(word), _NEW):
                    for tag, count in counts.items():
                        kinds[kind][tag] += count
        for kind in kinds.keys() - {_NEW}:  # what a new word may be at all, every kind of new word may be
            _add(kinds[kind], kinds[_NEW], self.kind_weight)
        weights = {rule: float(count) for rule, count in rules.items()}
        for word, counts in tags.items():
            may_be = {tag: float(count) for tag, count in counts.items()}
            known = kinds.get(_kind(word), {})
            if counts.keys() & known.keys():  # a closed class, "the" and "of", stays closed
                likely = {tag: count for tag, count in known.items() if count > _UNLIKELY * sum(known.values())}
                _add(may_be, likely, self.kind_weight)
            weights |= {Rule(Label(tag), (word,)): weight for tag, weight in may_be.items()}
        for kind, may_be in kinds.items():
            weights |= {Rule(Label(tag), (kind,)): weight for tag, weight in may_be.items()}
        totals: dict[Label, float] = defaultdict(float)
        for rule, value in weights.items():
            totals[rule.lhs] += value
        grammar = PCFG({rule: value / totals[rule.lhs] for rule, value in weights.items()}, self._name(start, ""))
        self._parser = ViterbiParser(grammar)
        self.words_, self.kinds_, self.grammar_ = frozenset(tags), frozenset(kinds), grammar
        return self

    def _state(self) -> dict[str, Any]:
        rules = [
            (rule.lhs.name, [(isinstance(x, str), x if isinstance(x, str) else x.name) for x in rule.rhs], probability)
            for rule, probability in self.grammar_.rules.items()
        ]
        return {"words": self.words_, "kinds": self.kinds_, "start": self.grammar_.start.name, "rules": rules}

    def _restore(self, state: dict[str, Any]) -> None:
        rules = {
            Rule(Label(lhs), tuple(name if is_word else Label(name) for is_word, name in rhs)): probability
            for lhs, rhs, probability in state["rules"]
        }
        self.words_, self.kinds_, self.grammar_ = state["words"], state["kinds"], PCFG(rules, state["start"])
        self._parser = ViterbiParser(self.grammar_)

    def parse(self, words: Sequence[str]) -> Parse | None:
        """The best tree; None where even this grammar has none. Raises ValueError for no words, NotFittedError before `fit`."""
        found = self._parser.parse(self._stand_ins(words))
        if found is None:
            return None
        (tree,) = self._close(found.tree, iter(words))
        assert isinstance(tree, Tree)
        return Parse(tree, found.log_probability)

    def unknown(self, words: Sequence[str]) -> list[str]:
        """The words that were not in the treebank."""
        return [word for word, used in zip(words, self._stand_ins(words)) if used.startswith("<") and used != word]

    def surprise(self, words: Sequence[str]) -> float:
        """How improbable the structure is: -log P per word in nats, the choice of words left out; inf without a tree."""
        found = self._parser.parse(self._stand_ins(words))
        if found is None:
            return math.inf
        structure = [rule for rule in found.tree.rules() if not isinstance(rule.rhs[0], str)]
        return -sum(math.log(self.grammar_.rules[rule]) for rule in structure) / len(words)

    def _stand_ins(self, words: Sequence[str]) -> list[str]:
        """Each word as the grammar knows it: as it is, small at the beginning of the sentence, or by its kind."""
        found = []
        for i, word in enumerate(words):
            forms = [word.lower(), word] if i == 0 else [word, word.lower()]
            known = [form for form in forms if form in self.words_]
            kind = _kind(word)
            found.append(known[0] if known else kind if kind in self.kinds_ else _NEW)
        return found

    def _name(self, label: str, parent: str) -> str:
        return f"{label}^{parent}" if self.parents else label

    def _open(self, tree: Tree, parent: str) -> Tree:
        """The tree with its phrases named after what they stand in, in rules with two parts at most; @ marks the chains."""
        if isinstance(tree.children[0], str):
            return tree
        name = self._name(tree.label, parent)
        parts = [child for child in tree.children if isinstance(child, Tree)]
        chain = self._open(parts[-1], tree.label)
        for at in range(len(parts) - 2, -1, -1):
            done = [part.label for part in parts[max(0, at - self.order) : at]] if self.order else []
            link = f"@{name}|{'-'.join(done)}" if at else name
            chain = Tree(link, (self._open(parts[at], tree.label), chain))
        return chain if len(parts) > 1 else Tree(name, (chain,))

    def _close(self, part: Tree | str, words: Iterable[str]) -> list[Tree | str]:
        """The other way round: chains vanish, labels are short again, words are the sentence's own."""
        if isinstance(part, str):
            return [next(iter(words))]
        below = [piece for child in part.children for piece in self._close(child, words)]
        return below if part.label.startswith("@") else [Tree(part.label.partition("^")[0], tuple(below))]


def _kind(word: str) -> str:
    """What a new word looks like."""
    if any(c.isdigit() for c in word):
        return "<digits>"
    if not any(c.isalpha() for c in word):
        return "<sign>"
    capital = "capital " if word[0].isupper() else ""
    if "-" in word:
        return f"<{capital}hyphen>"
    ending = next((end for end in _ENDINGS if word.lower().endswith(end) and len(word) > len(end) + 1), "")
    return f"<{capital}{'-' + ending if ending else 'word'}>"


def _add(to: dict[str, float], other: dict[str, float], weight: float) -> None:
    """Add the other's shares, `weight` in all."""
    total = sum(other.values())
    for key, value in other.items():
        to[key] = to.get(key, 0.0) + weight * value / total
