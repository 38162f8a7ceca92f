"""The entity grid: a text is coherent when what it speaks of comes and goes as in other texts.

Barzilay & Lapata (2008). A grid has a row for each sentence and a column for each entity; a cell says whether the entity is
subject there (S), object (O), something else (X) or absent (-). A coherent text stays with its subjects, so its columns have
more "SS" than the same sentences shuffled. The features are the shares of all transitions; a linear model learns from pairs
of a better and a worse text which of them count. Notable choice: pairs are ranked by logistic regression on the difference
of their features, as Bradley & Terry's model has it, instead of a support vector machine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from nlpjourney.ml.estimator import Saved
from nlpjourney.ml.logistic import logistic_weights

ROLES = "SOX-"
_SORTED = np.array(sorted(ROLES))
_PLACES = np.array([ROLES.index(role) for role in sorted(ROLES)])


def grammatical_role(word: int, heads: Sequence[int], tags: Sequence[str]) -> str:
    """Subject (S) before its verb, object (O) behind it, else X; from a dependency tree. word: the entity's head word."""
    head = heads[word]
    if head < 0 or not tags[head].startswith("VB"):
        return "X"
    return "S" if word < head else "O"


def noun_roles(words: Sequence[str], tags: Sequence[str], heads: Sequence[int]) -> dict[str, str]:
    """A sentence's nouns with their best role there: the entities of a text that has no coreference chains.

    Nouns spelt alike are taken for one entity, small letters and a plural's s apart (Barzilay & Lapata's grid without
    coreference does the same with equal nouns). tags: of the Penn Treebank.
    """
    found: dict[str, str] = {}
    for i, (word, tag) in enumerate(zip(words, tags, strict=True)):
        if tag.startswith("NN"):
            noun = word.lower()
            noun = noun[:-1] if tag == "NNS" and noun.endswith("s") else noun
            found[noun] = min(grammatical_role(i, heads, tags), found.get(noun, "X"), key=ROLES.index)
    return found


def entity_grid(sentences: Sequence[Mapping[str, str]]) -> NDArray[np.str_]:
    """The grid (n_sentences, n_entities) of sentences given as {entity: role}; entities in the order of their coming up.

    Raises ValueError for a role that is not S, O or X.
    """
    entities = list(dict.fromkeys(entity for sentence in sentences for entity in sentence))
    for sentence in sentences:
        if unknown := set(sentence.values()) - set("SOX"):
            raise ValueError(f"roles are S, O and X, not {sorted(unknown)[0]!r}")
    rows = [[sentence.get(entity, "-") for entity in entities] for sentence in sentences]
    return np.array(rows, dtype="<U1").reshape(len(sentences), len(entities))


def transitions(grid: NDArray[np.str_], length: int = 2) -> NDArray[np.float64]:
    """The share of each sequence of roles down the columns, (4**length,), in the order of `transition_names`.

    All 0 for a text with fewer sentences than `length`, or with no entity.
    """
    rows = max(len(grid) - length + 1, 0)
    codes = _PLACES[np.searchsorted(_SORTED, grid)]  # roles as their places in ROLES
    numbers = np.zeros((rows, grid.shape[1]), dtype=np.int64)
    for step in range(length):
        numbers = numbers * len(ROLES) + codes[step : step + rows]
    found = np.bincount(numbers.ravel(), minlength=len(ROLES) ** length)
    return found / max(int(found.sum()), 1)


def grid_features(grid: NDArray[np.str_], length: int = 2, salient: int = 2) -> NDArray[np.float64]:
    """The transitions of entities that stand in `salient` sentences or more, then those of the others, (2 * 4**length,).

    Apart, because what is mentioned often is what the text is about, and it moves through the text in another way.
    """
    often = (grid != "-").sum(axis=0) >= salient
    return np.concatenate([transitions(grid[:, often], length), transitions(grid[:, ~often], length)])


def transition_names(length: int = 2) -> list[str]:
    """The sequences of roles behind the features: "SS", "SO", …"""
    return ["".join(roles) for roles in product(ROLES, repeat=length)]


class CoherenceRanker(Saved):
    """Which of two texts is the more coherent, learned from pairs of features.

    l2: how strongly weights are held near 0; n_steps: steps of L-BFGS at most. After `fit`: `weights_` (n_features,).
    """

    learned = ("weights_",)
    weights_: NDArray[np.float64]

    def __init__(self, l2: float = 1e-3, n_steps: int = 2000) -> None:
        if l2 < 0 or n_steps < 1:
            raise ValueError(f"l2 is not negative and n_steps at least 1, not {l2} and {n_steps}")
        self.l2, self.n_steps = l2, n_steps

    def fit(self, better: NDArray[np.float64], worse: NDArray[np.float64]) -> CoherenceRanker:
        """Learn from pairs: both (n_pairs, n_features), row i of `better` from the better text of pair i. Returns self."""
        if better.shape != worse.shape or better.ndim != 2 or len(better) == 0:
            raise ValueError(
                f"give as many better texts as worse ones, and one at least, not {better.shape} and {worse.shape}"
            )
        self.weights_ = logistic_weights(better - worse, self.l2, self.n_steps)
        return self

    def score(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """How coherent texts are, from their features (…, n_features); only differences have a meaning."""
        result: NDArray[np.float64] = np.asarray(features @ self.weights_)
        return result
