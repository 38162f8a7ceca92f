"""VADER (Hutto & Gilbert, 2014): how positive or negative a sentence is, by a lexicon and a handful of rules, without training.

The rules are those of `rules`, word for word and slip for slip; here they run over the numbers of words in compiled loops, for
many texts at once. Notable choices: what a rule asks about a word (is it a negation? a booster?) is a bit or a number in a table,
so that no string is looked at twice; sums and products are made in vaderSentiment's order, and rounded as Python rounds, so
that the four numbers are the same to the last digit.

In plain Python: `plain_valence`, `plain_but` and `plain_scores` (`tasks.sentiment.rules`).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlpjourney.errors import InvalidInput
from nlpjourney.tasks.sentiment import rules
from nlpjourney.tasks.sentiment.lexicon import Lexicon, vader_lexicon
from nlpjourney.tasks.sentiment.rules import Scores, Step
from nlpjourney.tasks.sentiment.vader_loops import BEGINS, ROLES, Tables, rate
from nlpjourney.tasks.sentiment.word_table import WITH_NT, WordTable

DIGITS = np.array([1e3, 1e3, 1e3, 1e4])
COMPENSATED = sys.version_info >= (3, 12)  # since when Python's `sum` of floats keeps track of what rounding loses


class Judged(NamedTuple):
    """A word as the rules see it: the steps that made its valence, and what *but* left of it."""

    word: str
    steps: tuple[Step, ...]
    valence: float


class Explanation(NamedTuple):
    """How a text gets its scores: its words, the sum of their valences, what punctuation adds to it, the four numbers."""

    words: tuple[Judged, ...]
    total: float
    punctuation: float
    scores: Scores


class Vader:
    """The analyzer; by default with the lexicon of vaderSentiment 3.3.2, which is fetched on first use (AssetError)."""

    def __init__(self, lexicon: Lexicon | None = None) -> None:
        self.lexicon = vader_lexicon() if lexicon is None else lexicon
        self.table = WordTable(self.lexicon, ROLES)
        self._tables = _tables(self.lexicon, self.table)

    def scores(self, text: str) -> Scores:
        """neg, neu and pos, which sum to 1 but for rounding, and compound, from -1 to 1. All are 0 for a text without words."""
        return Scores(*self.score_many([text])[0].tolist())

    def score_many(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """The four numbers of each text (n, 4). Raises InvalidInput for what is not a list of texts."""
        if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
            raise InvalidInput("give a list of strings: a single text goes to `scores`, or into a list")
        simple = [i for i, text in enumerate(texts) if text.isascii()]
        if len(simple) == len(texts):
            return self._rate(texts, ascii_only=True)
        found = np.empty((len(texts), 4))
        found[simple] = self._rate([texts[i] for i in simple], ascii_only=True)
        others = np.setdiff1d(np.arange(len(texts)), simple)
        found[others] = self._rate([rules.replace_emojis(texts[i], self.lexicon) for i in others], ascii_only=False)
        return found

    def _rate(self, texts: Sequence[str], ascii_only: bool) -> NDArray[np.float64]:
        found = np.empty((len(texts), 4))
        words = self.table.find_in_ascii(texts) if ascii_only else self.table.find(texts)
        rate(words, self._tables, COMPENSATED, found)
        return _rounded(found)

    def explain(self, text: str) -> Explanation:
        """The same scores, with every rule that was applied to every word."""
        if not isinstance(text, str):
            raise InvalidInput(f"a text is a string, not {type(text).__name__}")
        text = rules.replace_emojis(text, self.lexicon)
        words = rules.split_words(text)
        some_capitals = 0 < sum(word.isupper() for word in words) < len(words)
        steps = [tuple(rules.plain_valence(words, i, some_capitals, self.lexicon)) for i in range(len(words))]
        valences = [its[-1].valence if its else 0.0 for its in steps]
        after = rules.plain_but(words, valences)
        emphasis = rules.punctuation(text)
        judged = [
            Judged(word, its if v == w else (*its, Step("but", "but", w)), w)
            for word, its, v, w in zip(words, steps, valences, after)
        ]
        return Explanation(tuple(judged), float(sum(after)), emphasis, rules.plain_scores(after, emphasis))


def _rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """As Python's `round` does it, which looks at the exact value: close to the middle between two, it is asked itself."""
    scaled = values * DIGITS
    found: NDArray[np.float64] = np.rint(scaled) / DIGITS
    for i, j in np.argwhere(np.abs(scaled - np.floor(scaled) - 0.5) < 1e-6):
        found[i, j] = round(float(values[i, j]), 4 if j == 3 else 3)
    return found


def _tables(lexicon: Lexicon, table: WordTable) -> Tables:
    """What the loops look up by a word's number."""
    n = len(table)
    valences, boosters, roles = np.zeros(n), np.zeros(n), np.zeros(n, np.int32)
    for word, number in table.ids.items():
        valences[number] = lexicon.valences.get(word, 0.0)
        boosters[number] = lexicon.boosters.get(word, 0.0)
        roles[number] = sum(1 << bit for bit, has in enumerate(_asked(word, lexicon)) if has)
    roles[WITH_NT] = 1 << 1
    phrases = [(phrase, value, idiom) for idiom in (True, False)
               for phrase, value in (lexicon.idioms if idiom else lexicon.boosters).items() if " " in phrase]  # fmt: skip
    ids = np.zeros((len(phrases), 3), np.int32)  # 0: no word, since no rule knows that one
    for row, (phrase, _, _) in zip(ids, phrases):
        numbers = [table.number(word) for word in phrase.split()]
        row[: len(numbers)] = numbers
        roles[numbers[0]] |= BEGINS
    of_idiom = np.array([idiom for *_, idiom in phrases], np.bool_)
    return Tables(valences, boosters, roles, ids, np.array([value for _, value, _ in phrases], np.float64), of_idiom)


def _asked(word: str, lexicon: Lexicon) -> list[bool]:
    """Whether the word is in the lexicon, negates, and has each of the roles."""
    return [word in lexicon.valences, rules.negates(word, lexicon), *(word in names.split() for names in ROLES)]
