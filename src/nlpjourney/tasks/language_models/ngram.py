"""N-gram language models: the probability of the next word, from what followed the last n − 1 words in the training text.

The assumption that no more of the past is needed is Markov's (1913); Shannon (1948) wrote English with it. `counts` finds the
n-grams, `smoothing` makes probabilities of their counts, `query` looks them up, `pruning` makes a model smaller, and `arpa` reads
and writes the file format of SRILM and KenLM. Scores are log10, as there and in KenLM's Python module, whose words `score`, `bos`
and `eos` are.

Notable choices: a sentence is a list of words, or a string that is cut at ASCII white space as KenLM cuts it; it has one <s> in
front and one </s> behind. Words that occur less than `min_count` times are <unk>. A model is also a `LanguageModel` of
`llm.generation`, over its vocabulary, so that the one loop there writes its texts, too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from nlpjourney.ml.estimator import Saved
from nlpjourney.tasks.language_models import query
from nlpjourney.tasks.language_models.counts import BEGIN, END, UNKNOWN, NGrams, count_ngrams
from nlpjourney.tasks.language_models.sentences import (
    SPECIAL,
    Sentence,
    cut,
    frequent,
    marked,
    numbered,
)
from nlpjourney.tasks.language_models.smoothing import Estimate, Smoothing, estimate
from nlpjourney.text.vocabulary import Vocabulary

if TYPE_CHECKING:
    from torch import Tensor


class WordScore(NamedTuple):
    """log10 of a word's probability, and how many words the n-gram has that it was read from."""

    word: str
    score: float
    length: int


class NGramModel(Saved):
    """An n-gram language model.

    >>> model = NGramModel(order=2, smoothing="add_k").fit(["a cat sat", "a dog sat"])
    >>> model.probability("cat", ["a"]) > model.probability("cat", ["sat"])
    True

    order: words of the longest n-gram. smoothing: see `smoothing`, as are k and discount. min_count: see above.
    """

    learned: ClassVar[tuple[str, ...]] = ("vocabulary", "ngrams", "log_prob", "backoff", "counts", "discounts")
    vocabulary: Vocabulary
    ngrams: NGrams
    log_prob: NDArray[np.float32]
    backoff: NDArray[np.float32]
    counts: NDArray[np.int32] | None  # of each n-gram; None for a model from an ARPA file
    discounts: list[list[float]]
    _index: tuple[NDArray[np.uint64], NDArray[np.int32]] | None = None  # made by the first query
    context_length: ClassVar[int | None] = None

    def __init__(
        self,
        order: int = 3,
        smoothing: Smoothing = "modified_kneser_ney",
        *,
        k: float = 1.0,
        discount: float | None = None,
        min_count: int = 1,
    ) -> None:
        self.order, self.smoothing, self.k, self.discount, self.min_count = order, smoothing, k, discount, min_count

    def fit(self, sentences: Iterable[Sentence]) -> Self:
        """Learn from sentences. Raises ValueError for none, for the words <s> and </s> in one, and for wrong settings."""
        if self.order < 1 or self.min_count < 1:
            raise ValueError(f"order and min_count must be at least 1, not {self.order} and {self.min_count}")
        vocabulary = Vocabulary()
        vocabulary.add_words(SPECIAL)
        tokens, lengths = numbered(sentences, vocabulary, grow=True)
        if not len(lengths):
            raise ValueError("there is no sentence to learn from")
        if ((tokens == BEGIN) | (tokens == END)).any():
            raise ValueError("<s> and </s> mark the ends of sentences: they must not be words of one")
        if self.min_count > 1:
            vocabulary, tokens = frequent(vocabulary, tokens, self.min_count)
        ngrams, counts = count_ngrams(marked(tokens, lengths), self.order, len(vocabulary))
        del tokens
        found = estimate(ngrams, counts, self.smoothing, k=self.k, discount=self.discount)
        self._take(vocabulary, ngrams, found, counts)
        return self

    def _take(self, vocabulary: Vocabulary, ngrams: NGrams, found: Estimate, counts: NDArray[np.int32] | None) -> None:
        self.vocabulary, self.ngrams, self.counts = vocabulary, ngrams, counts
        self.log_prob, self.backoff, self.discounts = found
        self._index = None

    @property
    def n_ngrams(self) -> list[int]:
        """How many n-grams of 1, 2, … words there are."""
        return [int(size) for size in np.diff(self.ngrams.starts[1:])]

    @property
    def nbytes(self) -> int:
        """Memory that a query needs, in bytes, without the vocabulary."""
        return sum(array.nbytes for array in self._tables())

    # Scores

    def _tables(self) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
        if self._index is None:
            g = self.ngrams
            longest = int(g.starts[g.order]) if g.order > 1 else 1  # a unigram model keeps no state but the empty one
            records = query.make_records(g.parent, g.word, g.suffix, self.log_prob, self.backoff, longest)
            self._index = query.make_slots(g.parent, g.word), records
        return self._index

    def score(self, sentence: Sentence, bos: bool = True, eos: bool = True) -> float:
        """log10 of the sentence's probability; with `bos` it begins behind <s>, with `eos` the end </s> is predicted, too."""
        return float(self.score_batch([sentence], bos, eos)[0])

    def score_batch(self, sentences: Sequence[Sentence], bos: bool = True, eos: bool = True) -> NDArray[np.float64]:
        """`score` of many sentences, shape (n,)."""
        tables = self._tables()
        tokens, lengths = numbered(sentences, self.vocabulary, grow=False)
        return query.score_tokens(tokens, lengths, BEGIN if bos else -1, END if eos else -1, *tables)

    def full_scores(self, sentence: Sentence, bos: bool = True, eos: bool = True) -> list[WordScore]:
        """Word by word, </s> included with `eos`."""
        tables = self._tables()
        tokens, _ = numbered([sentence], self.vocabulary, grow=False)
        shown = [*cut(sentence), *(["</s>"] if eos else [])]
        if eos:
            tokens = np.append(tokens, np.int32(END))
        scores, found, _ = query.score_each(tokens, 1 + BEGIN if bos else 0, *tables)
        lengths = np.searchsorted(self.ngrams.starts, found, side="right") - 1
        return [WordScore(w, float(s), int(n)) for w, s, n in zip(shown, scores, lengths, strict=True)]

    def perplexity(self, sentences: Sequence[Sentence]) -> float:
        """10 to the mean of −log10 P over all words and the ends of the sentences; unknown words count as <unk>."""
        scores = self.score_batch(sentences)
        if not len(scores):
            raise ValueError("there is no sentence to measure")
        n = len(numbered(sentences, self.vocabulary, grow=False)[0]) + len(scores)
        return float(10 ** (-scores.sum() / n))

    def probability(self, word: str, history: Sequence[str] = ()) -> float:
        """P(word | history). A history that begins with "<s>" is the beginning of a sentence."""
        (score,) = query.score_each(self._numbers([word]), self._behind(history), *self._tables())[0]
        return float(10**score)

    def distribution(self, history: Sequence[str] = ()) -> NDArray[np.float64]:
        """P(word | history) of every word of the vocabulary, in its order; they add up to 1. Shape (vocab_size,)."""
        found: NDArray[np.float64] = 10 ** query.score_all_words(
            self._behind(history), self.vocab_size, *self._tables()
        )
        return found

    def _numbers(self, words: Sequence[str]) -> NDArray[np.int32]:
        return self.vocabulary.find(words)

    def _behind(self, history: Sequence[str]) -> int:
        if isinstance(history, str):
            raise TypeError("a history must be a list of words, not one string")
        return self._read(self._numbers(history), 0)

    def _read(self, tokens: NDArray[np.int32], state: int) -> int:
        return int(query.score_each(tokens, state, *self._tables())[2])

    # Writing texts: the protocol of llm.generation

    @property
    def vocab_size(self) -> int:
        return len(self.vocabulary)

    def start(self, prompt: Any) -> tuple[NGramSequence, Any]:
        """A new sequence, and the prompt, all of which is still to be read."""
        return NGramSequence(), prompt

    def extend(self, sequences: Sequence[NGramSequence], new: Sequence[Any]) -> Tensor:
        """Read the ids `new[i]` after `sequences[i]`: the logits (n, vocab_size) of what follows each, which are log
        probabilities in nats. Raises ValueError for nothing to read and for ids that do not exist."""
        import torch

        rows = [np.asarray(ids) for ids in new]
        for ids in rows:
            if ids.ndim != 1 or not len(ids) or ids.dtype.kind not in "iu":
                raise ValueError("there must be at least one token id to read, and no embeddings")
            if not 0 <= ids.min() <= ids.max() < self.vocab_size:
                raise ValueError(f"ids must be from 0 to {self.vocab_size - 1}")
        logits = np.empty((len(rows), self.vocab_size), np.float32)
        for row, sequence, ids in zip(logits, sequences, rows, strict=True):
            sequence.read(ids.tolist(), self._read(ids.astype(np.int32), sequence.state))
            row[:] = query.score_all_words(sequence.state, self.vocab_size, *self._tables()) * math.log(10)
            row[[UNKNOWN, BEGIN]] = -np.inf  # no words to write
        return torch.from_numpy(logits)

    # Files

    def _state(self) -> dict[str, Any]:
        return {
            "words": self.vocabulary.words(), "ngrams": list(self.ngrams), "log_prob": self.log_prob, "backoff": self.backoff,
            "counts": self.counts, "discounts": self.discounts,
        }  # fmt: skip

    def _restore(self, state: dict[str, Any]) -> None:
        vocabulary = Vocabulary()
        vocabulary.add_words(state["words"])
        found = Estimate(state["log_prob"], state["backoff"], state["discounts"])
        self._take(vocabulary, NGrams(*state["ngrams"]), found, state["counts"])


class NGramSequence:
    """A text that is being written: its ids, and the state behind each."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self._states: list[tuple[int, int]] = [(0, 0)]  # (length, state) after each reading

    @property
    def state(self) -> int:
        return self._states[-1][1]

    def read(self, ids: list[int], state: int) -> None:
        self.ids += ids
        self._states.append((len(self.ids), state))

    def __len__(self) -> int:
        return len(self.ids)

    def fork(self) -> NGramSequence:
        """A second sequence that begins like this one."""
        other = NGramSequence()
        other.ids, other._states = list(self.ids), list(self._states)
        return other

    def truncate(self, length: int) -> None:
        """Forget all but the first `length` tokens. Raises ValueError where no reading ended there."""
        kept = [pair for pair in self._states if pair[0] <= length]
        if kept[-1][0] != length:
            raise ValueError(f"the sequence cannot be cut to {length} tokens: no reading ended there")
        self._states = kept
        del self.ids[length:]
