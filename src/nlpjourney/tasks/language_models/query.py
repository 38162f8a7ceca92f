"""Looking n-grams up: the longest one that the model has, and a penalty for each word of the history that was dropped.

The n-grams stand in a hash table by (history, word); a history is the id of an n-gram, so a key is two numbers whatever the
order. Behind each word the reader stands on the id of the longest n-gram that ends there, and where that has no continuation with
the next word it goes to its suffix, as the automaton of Aho and Corasick (1975) does: most words take one or two steps. KenLM
(Heafield, 2011) hashes the words of each n-gram for the same end. In plain Python: `plain_score`.

Slots hold id + 1 in the lower half and 32 bits of the hash in the upper half, so that a wrong slot is mostly seen without a look
at the n-gram; 0 is empty.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

_LOW = np.uint64(0xFFFFFFFF)


@njit(cache=True, inline="always")
def _hash(history, word):  # type: ignore[no-untyped-def]
    mixed = (np.uint64(history) << np.uint64(32) | np.uint64(word)) * np.uint64(0x9E3779B97F4A7C15)
    return (mixed ^ mixed >> np.uint64(29)) * np.uint64(0xBF58476D1CE4E5B9)


@njit(cache=True, inline="always")
def _find(slots, parent, words, history, word):  # type: ignore[no-untyped-def]
    """The id of the n-gram (history, word), or −1."""
    code = _hash(history, word)
    mask = np.uint64(len(slots) - 1)
    mark = code & _LOW
    slot = code >> np.uint64(32) & mask
    while slots[slot] != np.uint64(0):
        if slots[slot] >> np.uint64(32) == mark:
            id_ = np.int64(slots[slot] & _LOW) - 1
            if parent[id_] == history and words[id_] == word:
                return id_
        slot = (slot + np.uint64(1)) & mask
    return np.int64(-1)


@njit(cache=True, inline="always")
def _step(slots, parent, words, suffix, log_prob, backoff, first_longest, state, word):  # type: ignore[no-untyped-def]
    """(log10 P(word | state), the id of the n-gram that was found, the next state)."""
    penalty = 0.0
    found = _find(slots, parent, words, state, word)
    while found < 0:
        penalty += backoff[state]
        state = suffix[state]
        found = np.int64(word) + 1 if state == 0 else _find(slots, parent, words, state, word)
    after = suffix[found] if found >= first_longest else np.int32(found)
    return penalty + log_prob[found], found, after


@njit(cache=True)
def make_slots(parent: NDArray[np.int32], words: NDArray[np.int32], n_slots: int) -> NDArray[np.uint64]:
    """The hash table of all n-grams but the empty one; `n_slots` is a power of two, larger than their number."""
    slots = np.zeros(n_slots, np.uint64)
    mask = np.uint64(n_slots - 1)
    for id_ in range(1, len(parent)):
        code = _hash(parent[id_], words[id_])
        slot = code >> np.uint64(32) & mask
        while slots[slot] != np.uint64(0):
            slot = (slot + np.uint64(1)) & mask
        slots[slot] = np.uint64(id_ + 1) | (code & _LOW) << np.uint64(32)
    return slots


@njit(cache=True)
def link_suffixes(slots: NDArray[np.uint64], parent: NDArray[np.int32], words: NDArray[np.int32]) -> NDArray[np.int32]:
    """For each n-gram the longest one that it ends with and that is there; parents have smaller ids than children."""
    suffix = np.zeros(len(parent), np.int32)
    for id_ in range(1, len(parent)):
        if parent[id_] == 0:
            continue
        at = suffix[parent[id_]]
        found = _find(slots, parent, words, at, words[id_])
        while found < 0:
            at = suffix[at]
            found = _find(slots, parent, words, at, words[id_])
        suffix[id_] = found
    return suffix


@njit(cache=True)
def find_ids(
    slots: NDArray[np.uint64], parent: NDArray[np.int32], words: NDArray[np.int32], histories: NDArray[np.int32],
    last: NDArray[np.int32],
) -> NDArray[np.int64]:  # fmt: skip
    """The ids of the n-grams (histories[i], last[i]), −1 where there is none."""
    found = np.empty(len(histories), np.int64)
    for i in range(len(histories)):
        found[i] = _find(slots, parent, words, histories[i], last[i])
    return found


@njit(cache=True)
def score_tokens(
    tokens: NDArray[np.int32], lengths: NDArray[np.int32], begin: int, end: int, slots: NDArray[np.uint64],
    parent: NDArray[np.int32], words: NDArray[np.int32], suffix: NDArray[np.int32], log_prob: NDArray[np.float32],
    backoff: NDArray[np.float32], first_longest: int,
) -> NDArray[np.float64]:  # fmt: skip
    """log10 of the probability of each sentence. begin: the word to start behind, −1 for none; end: the word after the last."""
    totals = np.zeros(len(lengths))
    at = 0
    for i in range(len(lengths)):
        state = np.int32(begin + 1)
        total = 0.0
        for j in range(at, at + lengths[i]):
            word = max(tokens[j], np.int32(0))  # not in the vocabulary: <unk>
            score, _, state = _step(slots, parent, words, suffix, log_prob, backoff, first_longest, state, word)
            total += score
        if end >= 0:
            score, _, state = _step(slots, parent, words, suffix, log_prob, backoff, first_longest, state, np.int32(end))
            total += score
        at += lengths[i]
        totals[i] = total
    return totals


@njit(cache=True)
def score_each(
    tokens: NDArray[np.int32], state: int, slots: NDArray[np.uint64], parent: NDArray[np.int32], words: NDArray[np.int32],
    suffix: NDArray[np.int32], log_prob: NDArray[np.float32], backoff: NDArray[np.float32], first_longest: int,
) -> tuple[NDArray[np.float64], NDArray[np.int64], int]:  # fmt: skip
    """For each token of one text log10 of its probability, and the id of the n-gram it was read from; and the last state."""
    scores, found = np.empty(len(tokens)), np.empty(len(tokens), np.int64)
    at = np.int32(state)
    for j in range(len(tokens)):
        word = max(tokens[j], np.int32(0))
        scores[j], found[j], at = _step(slots, parent, words, suffix, log_prob, backoff, first_longest, at, word)
    return scores, found, np.int64(at)


@njit(cache=True)
def score_all_words(
    state: int, n_words: int, slots: NDArray[np.uint64], parent: NDArray[np.int32], words: NDArray[np.int32],
    suffix: NDArray[np.int32], log_prob: NDArray[np.float32], backoff: NDArray[np.float32], first_longest: int,
) -> NDArray[np.float64]:  # fmt: skip
    """log10 P(word | state) of every word of the vocabulary."""
    scores = np.empty(n_words)
    for word in range(n_words):
        scores[word], _, _ = _step(
            slots, parent, words, suffix, log_prob, backoff, first_longest, np.int32(state), np.int32(word)
        )
    return scores


@njit(cache=True)
def score_after(
    states: NDArray[np.int32], tokens: NDArray[np.int32], slots: NDArray[np.uint64], parent: NDArray[np.int32],
    words: NDArray[np.int32], suffix: NDArray[np.int32], log_prob: NDArray[np.float32], backoff: NDArray[np.float32],
    first_longest: int,
) -> NDArray[np.float64]:  # fmt: skip
    """log10 P(tokens[i] | states[i]); 0 where a token is below 0."""
    scores = np.zeros(len(tokens))
    for i in range(len(tokens)):
        if tokens[i] >= 0:
            scores[i], _, _ = _step(
                slots, parent, words, suffix, log_prob, backoff, first_longest, states[i], tokens[i]
            )
    return scores
