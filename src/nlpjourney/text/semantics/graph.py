"""A WordNet: senses of words as nodes, "is a kind of" as edges.

Miller, Beckwith, Fellbaum, Gross & Miller (1990). A synset is a set of words that share a meaning, with a definition; its
hypernyms are the more general ones. A word has one synset for each of its meanings, the most frequent first. Names are
WordNet's as NLTK writes them: `bank.n.02` is the second sense of the noun "bank".
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Synset:
    """One meaning. lemmas: the words that have it, spaces written as _; hypernyms: names of more general synsets."""

    name: str
    lemmas: tuple[str, ...]
    hypernyms: tuple[str, ...] = ()
    definition: str = ""
    examples: tuple[str, ...] = ()

    @property
    def pos(self) -> str:
        """n, v, a, s (an adjective in the train of another) or r (an adverb)."""
        return self.name.rsplit(".", 2)[1]


class WordNet:
    """Synsets by name and by word.

    senses: for a word in small letters, the names of its synsets in order; without it, all synsets that list the word, in
    the order of their own.
    """

    def __init__(self, synsets: Iterable[Synset], senses: Mapping[str, Sequence[str]] | None = None) -> None:
        """Raises ValueError for a name that comes twice or is unknown, and for hypernyms that go round in a circle."""
        self.synsets: dict[str, Synset] = {}
        for synset in synsets:
            if synset.name in self.synsets:
                raise ValueError(f"there are two synsets {synset.name}")
            self.synsets[synset.name] = synset
        self._senses: dict[str, list[str]] = {}
        if senses is None:
            for synset in self.synsets.values():
                for lemma in dict.fromkeys(lemma.lower() for lemma in synset.lemmas):
                    self._senses.setdefault(lemma, []).append(synset.name)
        else:
            self._senses = {word: list(names) for word, names in senses.items()}
        for name in [h for s in self.synsets.values() for h in s.hypernyms] + [
            n for ns in self._senses.values() for n in ns
        ]:
            if name not in self.synsets:
                raise ValueError(f"{name} is used but there is no such synset")
        self._depths = self._measure()

    @classmethod
    def from_text(cls, text: str) -> WordNet:
        """Read synsets as people write them: `bank.n.02: bank, riverside < slope.n.01 | land along a river; "…"`.

        One a line; hypernyms are separated by commas, examples stand in quotes. Lines may be empty or begin with #. Raises
        ValueError that quotes a line that cannot be read.
        """
        found = []
        for line in text.splitlines():
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            head, bar, gloss = line.partition("|")
            name, colon, rest = head.partition(":")
            lemmas, _, hypernyms = rest.partition("<")
            if not bar or not colon or name.count(".") != 2 or not lemmas.strip():
                raise ValueError(f"a synset reads `name.n.01: words < hypernyms | definition`, not {line!r}")
            definition, examples = split_gloss(gloss)
            found.append(Synset(name.strip(), _names(lemmas), _names(hypernyms), definition, examples))
        return cls(found)

    def senses(self, word: str, pos: str | None = None) -> list[Synset]:
        """The synsets of a word, the most frequent first; of one part of speech only, if given ("a" includes "s")."""
        names = self._senses.get(word.lower().replace(" ", "_"), [])
        found = [self.synsets[name] for name in names]
        return found if pos is None else [s for s in found if s.pos == pos or (pos == "a" and s.pos == "s")]

    def words(self) -> list[str]:
        """All words that have a sense."""
        return list(self._senses)

    def ancestors(self, name: str) -> dict[str, int]:
        """Everything that this is a kind of, itself included: how many steps up, on the shortest way. Raises KeyError."""
        found = {self.synsets[name].name: 0}
        queue = deque([name])
        while queue:
            below = queue.popleft()
            for above in self.synsets[below].hypernyms:
                if above not in found:
                    found[above] = found[below] + 1
                    queue.append(above)
        return found

    def depth(self, name: str) -> tuple[int, int]:
        """How many steps a synset lies below a top, on the shortest and on the longest way."""
        return self._depths[name]

    def _measure(self) -> dict[str, tuple[int, int]]:
        """The depths of all synsets, from the tops downwards (Kahn's order)."""
        below: dict[str, list[str]] = {name: [] for name in self.synsets}
        n_open = {name: len(set(synset.hypernyms)) for name, synset in self.synsets.items()}
        for name, synset in self.synsets.items():
            for above in set(synset.hypernyms):
                below[above].append(name)
        ready = deque(name for name, n in n_open.items() if n == 0)
        depths: dict[str, tuple[int, int]] = {}
        while ready:
            name = ready.popleft()
            above_depths = [depths[above] for above in self.synsets[name].hypernyms] or [(-1, -1)]
            depths[name] = 1 + min(low for low, _ in above_depths), 1 + max(high for _, high in above_depths)
            for lower in below[name]:
                n_open[lower] -= 1
                if n_open[lower] == 0:
                    ready.append(lower)
        if len(depths) < len(self.synsets):
            circle = sorted(set(self.synsets) - set(depths))
            raise ValueError(f"hypernyms go round in a circle through {', '.join(circle[:3])}")
        return depths


def split_gloss(gloss: str) -> tuple[str, tuple[str, ...]]:
    """A gloss as its definition and its examples, which stand in double quotes."""
    parts = gloss.split('"')
    return "".join(parts[::2]).strip().strip("; "), tuple(parts[1::2])


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip().replace(" ", "_") for part in text.split(",") if part.strip())
