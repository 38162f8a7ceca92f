"""Sentences as numbers: what `NGramModel` reads, cut into words, which a vocabulary numbers.

A sentence is a list of words, or a string, which is cut at ASCII white space as KenLM cuts it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from nlpjourney.tasks.language_models.counts import BEGIN, END
from nlpjourney.text.vocabulary import Vocabulary
from nlpjourney.text.word_characters import N_CODE_POINTS, STARTS

SPECIAL = ("<unk>", "<s>", "</s>")  # the words 0, 1, 2
Sentence = str | Sequence[str]


@cache
def _no_white_space() -> NDArray[np.uint8]:
    table = np.full(N_CODE_POINTS, STARTS, np.uint8)
    table[[ord(c) for c in " \t\n\r\x0b\x0c"]] = 0
    return table


def cut(sentence: Sentence) -> Sequence[str]:
    """The words of a sentence; a string is cut at ASCII white space."""
    if not isinstance(sentence, str):
        return sentence
    return [word.decode("utf-8", "surrogatepass") for word in sentence.encode("utf-8", "surrogatepass").split()]


def numbered(
    sentences: Iterable[Sentence], vocabulary: Vocabulary, grow: bool
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The words' numbers, sentence after sentence (below 0: unknown), and how many each sentence has."""
    if isinstance(sentences, str):
        raise TypeError("sentences must be a list of them, not one string: did you forget the brackets?")
    sentences = list(sentences)
    if all(isinstance(sentence, str) for sentence in sentences):
        read = vocabulary.add_texts if grow else vocabulary.find_texts
        return read(sentences, lowercase=False, characters=_no_white_space())  # type: ignore[arg-type]
    lists = [cut(sentence) for sentence in sentences]
    words = [word for sentence in lists for word in sentence]
    different = list(dict.fromkeys(words))
    for word in different:
        if not isinstance(word, str) or not word:
            raise TypeError(f"a sentence must be a string or a list of words that are not empty, not one with {word!r}")
    numbers = (vocabulary.add_words if grow else vocabulary.find)(different)
    number = dict(zip(different, numbers.tolist()))
    tokens = np.fromiter(map(number.__getitem__, words), np.int32, len(words))
    return tokens, np.array([len(sentence) for sentence in lists], dtype=np.int32)


def frequent(vocabulary: Vocabulary, tokens: NDArray[np.int32], min_count: int) -> tuple[Vocabulary, NDArray[np.int32]]:
    """A vocabulary of the words that occur at least `min_count` times, and the tokens in its numbers."""
    words = vocabulary.words()
    counts = np.bincount(tokens, minlength=len(words))
    kept = [w for i, w in enumerate(words) if i < len(SPECIAL) or counts[i] >= min_count]
    smaller = Vocabulary()
    smaller.add_words(kept)
    return smaller, np.maximum(smaller.find(words), 0)[tokens].astype(np.int32)


def marked(tokens: NDArray[np.int32], lengths: NDArray[np.int32]) -> NDArray[np.int32]:
    """The tokens with <s> before and </s> after each sentence."""
    ends = np.cumsum(lengths + 2)
    marked = np.empty(len(tokens) + 2 * len(lengths), np.int32)
    inside = np.ones(len(marked), bool)
    marked[ends - 1], marked[ends - lengths - 2] = END, BEGIN
    inside[ends - 1] = inside[ends - lengths - 2] = False
    marked[inside] = tokens
    return marked
