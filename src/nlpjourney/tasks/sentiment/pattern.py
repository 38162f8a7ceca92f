"""Pattern's scorer, which TextBlob carries: polarity and subjectivity as means over a lexicon of adjectives.

De Smedt & Daelemans (2012). Each word of the lexicon has a *polarity* (-1 … 1), a *subjectivity* (0, a fact, … 1, an opinion)
and an *intensity*: what it multiplies the next word by, as *very* does. A negation multiplies polarity by -0.5: *not good* is
only slightly bad. Words that are not in the lexicon do not count. Notable choices: everything is as in TextBlob 0.20.1, slips
included, so that the two numbers are the same. One of its choices depends on the run: which of two overlapping emoticons is
read first follows Python's random order of a set; here it is the longest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple
from xml.etree import ElementTree

from nlpjourney import assets
from nlpjourney.errors import InvalidInput
from nlpjourney.tasks.sentiment.constants import read_constants
from nlpjourney.tasks.sentiment.pattern_words import PUNCTUATION, Tokens

NEGATIONS = ("no", "not", "n't", "never")
NEGATED = -0.5
EXCLAIMED = 1.25


class Entry(NamedTuple):
    """A word of the lexicon. modifies: it is an adverb, so that the next word is multiplied by its intensity."""

    polarity: float
    subjectivity: float
    intensity: float
    modifies: bool


class Assessed(NamedTuple):
    """A known word with the words that changed it, and what they make together."""

    words: tuple[str, ...]
    polarity: float
    subjectivity: float


class Polarity(NamedTuple):
    """The means over the known words, both 0 where there is none."""

    polarity: float
    subjectivity: float


class _Chunk:
    """A known word while those around it are read."""

    def __init__(self, word: str, polarity: float, subjectivity: float, intensity: float) -> None:
        self.words, self.polarity, self.subjectivity, self.intensity = [word], polarity, subjectivity, intensity
        self.negated = False


class PatternAnalyzer:
    """TextBlob's default analyzer, under its own name. The lexicon is fetched on first use (AssetError)."""

    def __init__(self) -> None:
        lists = read_constants(assets.path("pattern-rules"), ["EMOTICONS", "ABBREVIATIONS"])
        self.lexicon = _lexicon()
        self.moods = _moods(lists["EMOTICONS"])
        self.tokens = Tokens(lists["EMOTICONS"], lists["ABBREVIATIONS"])

    def score(self, text: str) -> Polarity:
        """The text's polarity, from -1 to 1, and its subjectivity, from 0 to 1."""
        found = self.assess(text)
        polarity = subjectivity = 0.0
        for assessed in found:  # added one by one, as TextBlob does; since Python 3.12 `sum` rounds otherwise
            polarity += assessed.polarity
            subjectivity += assessed.subjectivity
        n = len(found) or 1
        return Polarity(polarity / n, subjectivity / n)

    def assess(self, text: str) -> list[Assessed]:
        """The known words, each with its modifiers and negation. Raises InvalidInput for what is no string."""
        if not isinstance(text, str):
            raise InvalidInput(f"a text is a string, not {type(text).__name__}")
        return self._assess([word.lower() for word in self.tokens.of(text)])

    def _assess(self, words: Sequence[str]) -> list[Assessed]:
        chunks: list[_Chunk] = []
        modifier = negation = ""  # of the words just before
        for word in words:
            entry = self.lexicon.get(word)
            if entry is not None:
                if not modifier:
                    chunks.append(_Chunk(word, entry.polarity, entry.subjectivity, entry.intensity))
                else:
                    chunk = chunks[-1]
                    chunk.words.append(word)
                    chunk.polarity = _clipped(entry.polarity * chunk.intensity)
                    chunk.subjectivity = _clipped(entry.subjectivity * chunk.intensity)
                    chunk.intensity = entry.intensity
                if negation:
                    chunks[-1].words.insert(0, negation)
                    chunks[-1].intensity = 1 / chunks[-1].intensity
                    chunks[-1].negated = True
                modifier = word if entry.modifies else ""
                negation = word if word in NEGATIONS else ""
                continue
            if word in NEGATIONS:
                negation = word
            elif negation and len(word.strip("'")) > 1:  # "not a good": one letter between does not matter
                negation = ""
            if negation and modifier.endswith("ly"):  # "really not good"
                chunks[-1].words.append(negation)
                chunks[-1].negated = True
                negation = ""
            elif modifier and len(word) > 2:  # "really is a good"
                modifier = ""
            if word == "!" and chunks:
                chunks[-1].words.append("!")
                chunks[-1].polarity = _clipped(chunks[-1].polarity * EXCLAIMED)
            if word == "(!)":  # said to be irony: no polarity, all opinion
                chunks.append(_Chunk(word, 0.0, 1.0, 1.0))
            elif word in self.moods:
                chunks.append(_Chunk(word, self.moods[word], 1.0, 1.0))
        return [
            Assessed(tuple(c.words), c.polarity * NEGATED if c.negated else c.polarity, c.subjectivity) for c in chunks
        ]


def _clipped(value: float) -> float:
    return max(-1.0, min(value, 1.0))


@cache
def _lexicon() -> Mapping[str, Entry]:
    """Means over a word's senses within a part of speech, then over parts of speech; and adverbs made of adjectives."""
    senses: dict[str, dict[str | None, list[tuple[float, float, float]]]] = {}
    for word in ElementTree.parse(assets.path("pattern-sentiment")).getroot().findall("word"):
        values = tuple(float(word.get(name, default)) for name, default in
                       (("polarity", 0.0), ("subjectivity", 0.0), ("intensity", 1.0)))  # fmt: skip
        if form := word.get("form"):
            senses.setdefault(form, {}).setdefault(word.get("pos"), []).append(values)  # type: ignore[arg-type]
    by_pos = {form: {pos: _means(rows) for pos, rows in kinds.items()} for form, kinds in senses.items()}
    found = {form: Entry(*_means(list(kinds.values())), modifies="RB" in kinds) for form, kinds in by_pos.items()}
    for form, kinds in by_pos.items():
        if "JJ" in kinds:  # terrible, and so terribly: also where the lexicon has values of its own for the adverb
            stem = form[:-1] + "i" if form.endswith("y") else form
            stem = stem[:-2] if stem.endswith("le") else stem
            found[stem + "ly"] = Entry(*kinds["JJ"], modifies=True)
    return found


def _means(rows: Sequence[tuple[float, float, float]]) -> tuple[float, float, float]:
    a, b, c = (sum(column) / len(rows) for column in zip(*rows))
    return a, b, c


def _moods(emoticons: Mapping[tuple[str, float], frozenset[str]]) -> dict[str, float]:
    """The polarity of each emoticon in lower case; the first mood that has it wins. Pattern looks at no long ones."""
    found: dict[str, float] = {}
    for (_, polarity), faces in emoticons.items():
        for face in faces:
            low = face.lower()
            if not low.isalpha() and len(low) <= 5 and low not in PUNCTUATION:
                found.setdefault(low, polarity)
    return found
