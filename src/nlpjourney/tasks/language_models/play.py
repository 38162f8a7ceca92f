"""Shannon's game, and what a written text has copied.

In the game (Shannon, *Prediction and entropy of printed English*, 1951) somebody guesses a text letter by letter. A player who
gives the right letter the probability p pays −log2 p bits; fewer bits, better player. `next_byte` is what a model believes
comes next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from nlpjourney.tasks.language_models.ngram import NGramModel


def next_byte(model: Any, text: str) -> NDArray[np.float64]:
    """The probability of each of the 256 bytes after `text`: of an n-gram model of characters, or of a model of `neural`."""
    if isinstance(model, NGramModel):
        spread, found = np.zeros(256), model.distribution(["<s>", *text][-model.order :])
        for word, p in zip(model.vocabulary.words(), found):
            if len(word) == 1 and ord(word) < 256:
                spread[ord(word)] = p
        spread /= spread.sum()
        return spread
    sequence, rest = model.start(list(text.encode()))
    logits = model.extend([sequence], [rest])[0]
    return np.asarray(torch.softmax(logits.double(), dim=-1))


def bits(spread: NDArray[np.float64], right: str) -> float:
    """What a player pays for the character that really came."""
    return float(-np.log2(spread[ord(right)]))


def guess(confidence: Mapping[str, float], alphabet: Sequence[str]) -> NDArray[np.float64]:
    """A person's belief as probabilities: letters with their shares, and what is left spread evenly over the rest of `alphabet`.

    Raises ValueError for shares that leave nothing for the rest.
    """
    left = 1 - sum(confidence.values())
    if not 0 < left <= 1 or min(confidence.values(), default=0) < 0:
        raise ValueError(
            "the shares must add up to less than 1: a letter that gets nothing would cost infinitely many bits"
        )
    spread = np.zeros(256)
    rest = [c for c in alphabet if c not in confidence]
    spread[[ord(c) for c in rest]] = left / len(rest)
    for letter, share in confidence.items():
        spread[ord(letter)] = share
    return spread


def runs(tokens: Sequence[str], n: int = 5) -> set[tuple[str, ...]]:
    """All different runs of `n` tokens."""
    return {tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)}


def copied_runs(tokens: Sequence[str], known: set[tuple[str, ...]]) -> list[bool]:
    """For each of `tokens` whether it lies in one of the `known` runs, which are all of one length."""
    n = len(next(iter(known), ()))
    copied = [False] * len(tokens)
    for i in range(len(tokens) - n + 1 if n else 0):
        if tuple(tokens[i : i + n]) in known:
            copied[i : i + n] = [True] * n
    return copied
