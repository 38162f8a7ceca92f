"""Quality filters: simple rules that tell text worth learning from from what only looks like text.

The web is mostly menus, lists of keywords and repeated boilerplate. Rules that look at counts alone remove most of it. These
are those of Gopher (Rae et al., 2021, appendix A) and C4 (Raffel et al., 2020). Notable choice: a rule is a function from a
text to a number, with the bounds that it must keep, so that a removed text can say which rule removed it and by how much.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
STOP_WORDS = frozenset({"the", "be", "to", "of", "and", "that", "have", "with"})  # Gopher's eight


@dataclass(frozen=True)
class Rule:
    """`measure` of a text must lie between `low` and `high`, both included."""

    name: str
    measure: Callable[[str], float]
    low: float = float("-inf")
    high: float = float("inf")

    def passes(self, text: str) -> bool:
        return self.low <= self.measure(text) <= self.high


@dataclass(frozen=True)
class Removed:
    """A text that went: which one (index), because of which rule, and what that rule measured."""

    index: int
    rule: str
    value: float


def n_words(text: str) -> float:
    """How many words there are."""
    return float(len(_WORD.findall(text)))


def mean_word_length(text: str) -> float:
    """Letters a word; 0 without words."""
    words = _WORD.findall(text)
    return sum(map(len, words)) / len(words) if words else 0.0


def symbols_per_word(text: str) -> float:
    """Hash signs for each word, or ellipses for each word, whichever are more: Gopher bounds each of the two."""
    symbols = max(text.count("#"), text.count("…") + text.count("..."))
    return symbols / max(1, len(_WORD.findall(text)))


def words_with_letters(text: str) -> float:
    """Share of the pieces between spaces that have at least one letter."""
    pieces = text.split()
    return sum(any(c.isalpha() for c in piece) for piece in pieces) / max(1, len(pieces))


def stop_words(text: str) -> float:
    """How many of eight very frequent English words occur: running text has at least two."""
    return float(len(STOP_WORDS & {word.lower() for word in _WORD.findall(text)}))


def bullet_lines(text: str) -> float:
    """Share of the lines that begin with a bullet."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return sum(line.startswith(("•", "*", "-", "–", "·")) for line in lines) / max(1, len(lines))


def cut_lines(text: str) -> float:
    """Share of the lines that end in an ellipsis: teasers of something else."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return sum(line.endswith(("…", "...")) for line in lines) / max(1, len(lines))


def repeated_lines(text: str) -> float:
    """Share of the lines that stood before."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return 1 - len(set(lines)) / len(lines) if lines else 0.0


def top_bigram(text: str) -> float:
    """Share of the letters that belong to the most frequent pair of words; 0 when no pair occurs twice."""
    words = [word.lower() for word in _WORD.findall(text)]
    pairs = Counter(zip(words, words[1:]))
    if not pairs:
        return 0.0
    pair, count = pairs.most_common(1)[0]
    return count * sum(map(len, pair)) / sum(map(len, words)) if count > 1 else 0.0


def placeholder(text: str) -> float:
    """Whether it is a page in the making or a program: "lorem ipsum" or a curly bracket (C4)."""
    return float("lorem ipsum" in text.lower() or "{" in text)


GOPHER = (
    Rule("words", n_words, 50, 100_000),
    Rule("mean word length", mean_word_length, 3, 10),
    Rule("symbols per word", symbols_per_word, high=0.1),
    Rule("words with letters", words_with_letters, low=0.8),
    Rule("stop words", stop_words, low=2),
    Rule("bullet lines", bullet_lines, high=0.9),
    Rule("cut lines", cut_lines, high=0.3),
    Rule("repeated lines", repeated_lines, high=0.3),
    Rule("top bigram", top_bigram, high=0.2),
    Rule("placeholder", placeholder, high=0),
)


def filter_texts(texts: Iterable[str], rules: Sequence[Rule] = GOPHER) -> tuple[list[str], list[Removed]]:
    """The texts that pass all rules, and the others by the first rule that they break."""
    kept, removed = list[str](), list[Removed]()
    for index, text in enumerate(texts):
        for rule in rules:
            value = rule.measure(text)
            if not rule.low <= value <= rule.high:
                removed.append(Removed(index, rule.name, value))
                break
        else:
            kept.append(text)
    return kept, removed
