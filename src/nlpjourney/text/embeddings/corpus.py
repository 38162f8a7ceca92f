"""A corpus as numbers: what every trainer of word vectors reads.

Words are numbered from the most frequent (0) to the rarest; of equally frequent words the one seen first comes first. Words
seen fewer than `min_count` times are left out of their sentences, so that those left move together, as in word2vec.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlpjourney.text.vocabulary import Vocabulary


@dataclass(frozen=True)
class Corpus:
    """Sentences of word numbers.

    words: by number; counts: int64 (n_words,), how often each occurs; tokens: int32 (n_tokens,), all sentences, one behind
    the other; starts: int64 (n_sentences + 1,), where each begins in `tokens`; lengths: int64 (n_sentences,), how many words
    each had before rare ones were left out (the learning-rate schedule counts them).
    """

    words: list[str]
    counts: NDArray[np.int64]
    tokens: NDArray[np.int32]
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]

    @classmethod
    def from_sentences(cls, sentences: Iterable[Sequence[str]], min_count: int = 1) -> Corpus:
        """Number the words of tokenized sentences. Raises ValueError when no word occurs `min_count` times."""
        numbers: dict[str, int] = {}
        tokens: list[NDArray[np.int32]] = [np.empty(0, dtype=np.int32)]
        for sentence in sentences:
            if isinstance(sentence, str):
                raise TypeError("a sentence must be a list of words; for plain text use Corpus.from_texts")
            found = [numbers.setdefault(word, len(numbers)) for word in sentence]
            tokens.append(np.array(found, dtype=np.int32))
        lengths = np.array([len(sentence) for sentence in tokens[1:]], dtype=np.int64)
        return cls._ordered(list(numbers), np.concatenate(tokens), lengths, min_count)

    @classmethod
    def from_texts(cls, texts: Iterable[str], min_count: int = 1, *, lowercase: bool = True) -> Corpus:
        """Number the words (runs of word characters) of plain texts; each text is one sentence."""
        vocabulary = Vocabulary()
        tokens, lengths = vocabulary.add_texts(texts, lowercase=lowercase)
        return cls._ordered(vocabulary.words(), tokens, lengths.astype(np.int64), min_count)

    @classmethod
    def _ordered(
        cls, words: list[str], tokens: NDArray[np.int32], lengths: NDArray[np.int64], min_count: int
    ) -> Corpus:
        counts = np.bincount(tokens, minlength=len(words))
        order = np.argsort(-counts, kind="stable")
        order = order[counts[order] >= max(1, min_count)]
        if len(order) == 0:
            raise ValueError(
                f"no word occurs {min_count} times in {len(lengths)} sentences; give more text or a lower min_count"
            )
        number = np.full(len(words), -1, dtype=np.int32)
        number[order] = np.arange(len(order), dtype=np.int32)
        tokens = number[tokens]
        # Where sentences begin once rare words are out: the number of words kept before each.
        kept_before = np.concatenate([[0], np.cumsum(tokens >= 0)])
        starts = kept_before[np.concatenate([[0], np.cumsum(lengths)])]
        return cls([words[i] for i in order.tolist()], counts[order], tokens[tokens >= 0], starts, lengths)

    def sentences(self) -> list[list[str]]:
        """The sentences as lists of words, without the rare ones."""
        named = [self.words[i] for i in self.tokens.tolist()]
        bounds = self.starts.tolist()
        return [named[a:b] for a, b in zip(bounds, bounds[1:])]
