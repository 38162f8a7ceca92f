"""Are these vectors any good? Agreement with people about similar words, and the share of analogies that come out right.

WordSim-353 (Finkelstein et al., 2002) has people's ratings of how related two words are, SimLex-999 (Hill et al., 2015)
of how similar; a model is compared by Spearman's rank correlation. The analogies are those of Mikolov et al. (2013).

Notable choices: as in Gensim, case does not count, pairs and analogies with an unknown word are left out (and counted),
and only the first `restrict` words, the most frequent ones, take part.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.stats
from numpy.typing import NDArray

from nlpjourney import assets
from nlpjourney.text.embeddings.word_vectors import WordVectors

Pairs = list[tuple[str, str, float]]
Analogies = dict[str, list[tuple[str, str, str, str]]]


def wordsim353() -> Pairs:
    """353 pairs of words with people's ratings of relatedness, 0 … 10."""
    return read_pairs(assets.path("wordsim353"))


def simlex999() -> Pairs:
    """999 pairs of words with people's ratings of similarity, 0 … 10."""
    return read_pairs(assets.path("simlex999"))


def google_analogies() -> Analogies:
    """19,544 analogies by kind."""
    return read_analogies(assets.path("google-analogies"))


def read_pairs(file: str | Path) -> Pairs:
    """Lines of two words and a number, separated by tabs; lines that begin with # are comments."""
    lines = Path(file).read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line.strip() and not line.startswith("#")]
    return [(a, b, float(rating)) for a, b, rating in rows]


def read_analogies(file: str | Path) -> Analogies:
    """Lines of four words, in sections that begin with a line ": name"."""
    sections: Analogies = {}
    section = ""
    for line in Path(file).read_text(encoding="utf-8").splitlines():
        if line.startswith(":"):
            section = line[1:].strip()
            sections[section] = []
        elif line.strip():
            a, b, c, d = line.split()
            sections[section].append((a, b, c, d))
    return sections


@dataclass(frozen=True)
class PairScore:
    """spearman, pearson: correlation with people over `n_used` pairs; `n_unknown` pairs had a word without a vector."""

    spearman: float
    pearson: float
    n_used: int
    n_unknown: int


@dataclass(frozen=True)
class AnalogyScore:
    """right, used, unknown: number of analogies by kind."""

    right: dict[str, int]
    used: dict[str, int]
    unknown: dict[str, int]

    @property
    def accuracy(self) -> float:
        """The share of right answers; nan when none could be asked."""
        n_used = sum(self.used.values())
        return sum(self.right.values()) / n_used if n_used else float("nan")


def _known(vectors: WordVectors, restrict: int) -> dict[str, int]:
    """Word numbers by upper-case word; of several spellings the first, most frequent one."""
    known: dict[str, int] = {}
    for i, word in enumerate(vectors.words[:restrict]):
        known.setdefault(word.upper(), i)
    return known


def score_pairs(vectors: WordVectors, pairs: Pairs, restrict: int = 300_000) -> PairScore:
    """Correlation of the vectors' cosines with people's ratings. Raises ValueError when fewer than two pairs are known."""
    known = _known(vectors, restrict)
    rows = [(known.get(a.upper(), -1), known.get(b.upper(), -1), rating) for a, b, rating in pairs]
    used = [row for row in rows if row[0] >= 0 and row[1] >= 0]
    if len(used) < 2:
        raise ValueError(f"only {len(used)} of {len(pairs)} pairs have vectors for both words; a correlation needs two")
    a, b = (np.array([row[i] for row in used]) for i in (0, 1))
    cosines = np.einsum("nd,nd->n", vectors.unit[a], vectors.unit[b])
    ratings = [row[2] for row in used]
    spearman, pearson = scipy.stats.spearmanr(ratings, cosines)[0], scipy.stats.pearsonr(ratings, cosines)[0]
    return PairScore(float(spearman), float(pearson), len(used), len(pairs) - len(used))


def score_analogies(vectors: WordVectors, analogies: Analogies, restrict: int = 300_000) -> AnalogyScore:
    """Ask each analogy a : b = c : ? by 3CosAdd; right when the nearest word (not a, b or c) is d."""
    known = _known(vectors, restrict)
    # Words that differ in case only are one candidate: all of the same number.
    same = np.array([known[word.upper()] for word in vectors.words[:restrict]], dtype=np.int64)
    right, used, unknown = {}, {}, {}
    for kind, rows in analogies.items():
        numbers = np.array([[known.get(word.upper(), -1) for word in row] for row in rows], dtype=np.int64).reshape(
            -1, 4
        )
        asked = numbers[(numbers >= 0).all(axis=1)]
        used[kind], unknown[kind] = len(asked), len(rows) - len(asked)
        right[kind] = sum(
            int((_answers(vectors.unit[:restrict], same, part) == part[:, 3]).sum())
            for part in np.array_split(asked, len(asked) // 500 + 1)
        )
    return AnalogyScore(right, used, unknown)


def _answers(unit: NDArray[np.float32], same: NDArray[np.int64], asked: NDArray[np.int64]) -> NDArray[np.int64]:
    """The number of the answer to each row (a, b, c, …), int64 (n,)."""
    a, b, c = (unit[asked[:, i]] for i in range(3))
    cosines = (b - a + c) @ unit.T  # (n, n_words); the length of b - a + c does not change the order
    for i in range(3):
        cosines[same[None, :] == asked[:, i, None]] = -np.inf
    return np.asarray(same[cosines.argmax(axis=1)])
