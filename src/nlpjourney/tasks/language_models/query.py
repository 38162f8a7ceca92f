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

from nlpjourney.ann.vectors import prefetch

_LOW = np.uint64(0xFFFFFFFF)
SIDE_BY_SIDE = 16  # sentences
PARENT, WORD, SHORTER, AFTER, LOG_PROB, BACKOFF = range(6)  # the columns of `make_records`


@njit(cache=True, inline="always")
def _hash(history, word):  # type: ignore[no-untyped-def]
    mixed = (np.uint64(history) << np.uint64(32) | np.uint64(word)) * np.uint64(0x9E3779B97F4A7C15)
    return (mixed ^ mixed >> np.uint64(29)) * np.uint64(0xBF58476D1CE4E5B9)


@njit(cache=True, inline="always")
def _find(slots, records, history, word):  # type: ignore[no-untyped-def]
    """The id of the n-gram (history, word), or −1."""
    code = _hash(history, word)
    mask = np.uint64(len(slots) - 1)
    mark = code & _LOW
    slot = code >> np.uint64(32) & mask
    while slots[slot] != np.uint64(0):
        if slots[slot] >> np.uint64(32) == mark:
            id_ = np.int64(slots[slot] & _LOW) - 1
            if records[id_, PARENT] == history and records[id_, WORD] == word:
                return id_
        slot = (slot + np.uint64(1)) & mask
    return np.int64(-1)


@njit(cache=True, inline="always")
def _step(slots, records, numbers, state, word):  # type: ignore[no-untyped-def]
    """(log10 P(word | state), the id of the n-gram that was found, the next state)."""
    penalty = 0.0
    found = np.int64(word) + 1 if state == 0 else _find(slots, records, state, word)
    while found < 0:
        penalty += numbers[state, BACKOFF]
        state = records[state, SHORTER]
        found = np.int64(word) + 1 if state == 0 else _find(slots, records, state, word)
    return penalty + numbers[found, LOG_PROB], found, records[found, AFTER]


@njit(cache=True)
def make_records(
    parent: NDArray[np.int32], words: NDArray[np.int32], suffix: NDArray[np.int32], log_prob: NDArray[np.float32],
    backoff: NDArray[np.float32], first_longest: int,
) -> NDArray[np.int32]:  # fmt: skip
    """All that a query asks of an n-gram, side by side: (n, 6), two of the columns being bits of float32.

    AFTER is where the reader stands behind it, SHORTER where it goes from there when it backs off; both pass over n-grams that
    nothing follows and whose backoff weight is 1.
    """
    n = len(parent)
    records = np.empty((n, 6), np.int32)
    numbers = records.view(np.float32)
    useful = backoff != 0
    for id_ in range(1, n):
        useful[parent[id_]] = True
    records[0, SHORTER] = records[0, AFTER] = 0
    for id_ in range(n):  # suffixes have smaller ids
        records[id_, PARENT], records[id_, WORD] = parent[id_], words[id_]
        numbers[id_, LOG_PROB], numbers[id_, BACKOFF] = log_prob[id_], backoff[id_]
        if id_ > 0:
            records[id_, SHORTER] = records[suffix[id_], AFTER]
            records[id_, AFTER] = id_ if id_ < first_longest and useful[id_] else records[suffix[id_], AFTER]
    return records


@njit(cache=True)
def make_slots(parent: NDArray[np.int32], words: NDArray[np.int32]) -> NDArray[np.uint64]:
    """The hash table of all n-grams but the empty one: a power of two of slots, at most two thirds of them taken."""
    n_slots = 16
    while 2 * n_slots < 3 * len(parent):
        n_slots *= 2
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
def link_suffixes(parent: NDArray[np.int32], words: NDArray[np.int32], slots: NDArray[np.uint64]) -> NDArray[np.int32]:
    """For each n-gram the longest one that it ends with and that is there; parents have smaller ids than children."""
    suffix = np.zeros(len(parent), np.int32)
    records = _keys(parent, words)
    for id_ in range(1, len(parent)):
        if parent[id_] == 0:
            continue
        at = suffix[parent[id_]]
        found = _find(slots, records, at, words[id_])
        while found < 0:
            at = suffix[at]
            found = _find(slots, records, at, words[id_])
        suffix[id_] = found
    return suffix


@njit(cache=True)
def _keys(parent, words):  # type: ignore[no-untyped-def]
    keys = np.empty((len(parent), 2), np.int32)
    keys[:, PARENT], keys[:, WORD] = parent, words
    return keys


@njit(cache=True)
def find_ids(
    parent: NDArray[np.int32], words: NDArray[np.int32], slots: NDArray[np.uint64], histories: NDArray[np.int32],
    last: NDArray[np.int32],
) -> NDArray[np.int64]:  # fmt: skip
    """The ids of the n-grams (histories[i], last[i]), −1 where there is none."""
    found = np.empty(len(histories), np.int64)
    records = _keys(parent, words)
    for i in range(len(histories)):
        found[i] = _find(slots, records, histories[i], last[i])
    return found


@njit(cache=True)
def score_tokens(
    tokens: NDArray[np.int32], lengths: NDArray[np.int32], begin: int, end: int, slots: NDArray[np.uint64],
    records: NDArray[np.int32],
) -> NDArray[np.float64]:  # fmt: skip
    """log10 of the probability of each sentence. begin: the word to start behind, −1 for none; end: the word after the last, −1.

    What takes time is to wait for memory: a slot, then the n-gram that it names, for every word. So some sentences are read
    side by side, and each asks for what it needs next (`prefetch`) and lets the others go on. `_step` says in one piece what a
    sentence does.
    """
    numbers = records.view(np.float32)
    by_row = slots.reshape(-1, 1)
    mask = np.uint64(len(slots) - 1)
    totals = np.zeros(len(lengths))
    sentence = np.empty(SIDE_BY_SIDE, np.int64)  # of each lane; −1: done
    at, stop = (
        np.empty(SIDE_BY_SIDE, np.int64),
        np.empty(SIDE_BY_SIDE, np.int64),
    )  # the word that is asked for, and the last
    word, state = np.empty(SIDE_BY_SIDE, np.int64), np.empty(SIDE_BY_SIDE, np.int64)
    code = np.empty(SIDE_BY_SIDE, np.uint64)
    slot = np.empty(SIDE_BY_SIDE, np.uint64)
    candidate = np.empty(SIDE_BY_SIDE, np.int64)  # the n-gram to look at, −1: a slot
    n_read, first, n_live = 0, 0, SIDE_BY_SIDE
    extra = 1 if end >= 0 else 0
    sentence[:] = -2  # to be given one
    while n_live > 0:
        for lane in range(SIDE_BY_SIDE):
            if sentence[lane] == -1:
                continue
            if sentence[lane] >= 0:
                if candidate[lane] < 0:
                    here = slots[slot[lane]]
                    if here == np.uint64(0):  # not there: one word of the history less
                        totals[sentence[lane]] += numbers[state[lane], BACKOFF]
                        state[lane] = records[state[lane], SHORTER]
                        candidate[lane] = _ask(by_row, records, state, word, code, slot, lane)
                    elif here >> np.uint64(32) == code[lane] & _LOW:
                        candidate[lane] = np.int64(here & _LOW) - 1
                        prefetch(records, candidate[lane], 0)
                    else:
                        slot[lane] = (slot[lane] + np.uint64(1)) & mask
                    continue
                found = candidate[lane]
                if records[found, PARENT] != state[lane] or records[found, WORD] != word[lane]:
                    candidate[lane] = -1
                    slot[lane] = (slot[lane] + np.uint64(1)) & mask
                    continue
                totals[sentence[lane]] += numbers[found, LOG_PROB]
                state[lane] = records[found, AFTER]
                at[lane] += 1
            while sentence[lane] == -2 or (sentence[lane] >= 0 and at[lane] == stop[lane] + extra):  # the next sentence
                if n_read == len(lengths):
                    sentence[lane] = -1
                    n_live -= 1
                else:
                    sentence[lane], at[lane] = n_read, first
                    first += lengths[n_read]
                    stop[lane] = first
                    state[lane] = records[begin + 1, AFTER]
                    n_read += 1
            if sentence[lane] >= 0:
                word[lane] = end if at[lane] == stop[lane] else max(tokens[at[lane]], np.int32(0))
                candidate[lane] = _ask(by_row, records, state, word, code, slot, lane)
    return totals


@njit(cache=True, inline="always")
def _ask(slots, records, state, word, code, slot, lane):  # type: ignore[no-untyped-def]
    """Ask the memory for what `lane` looks at next: a slot (returns −1), or a unigram, whose id is known."""
    prefetch(records, state[lane], 0)
    if state[lane] == 0:
        prefetch(records, word[lane] + 1, 0)
        return word[lane] + 1
    code[lane] = _hash(state[lane], word[lane])
    slot[lane] = code[lane] >> np.uint64(32) & np.uint64(len(slots) - 1)
    prefetch(slots, np.int64(slot[lane]), 0)
    return np.int64(-1)


@njit(cache=True)
def score_each(
    tokens: NDArray[np.int32], state: int, slots: NDArray[np.uint64], records: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.int64], np.int64]:
    """For each token of one text log10 of its probability, and the id of the n-gram it was read from; and the last state."""
    numbers = records.view(np.float32)
    scores, found = np.empty(len(tokens)), np.empty(len(tokens), np.int64)
    at = records[state, AFTER]
    for j in range(len(tokens)):
        word = max(tokens[j], np.int32(0))
        scores[j], found[j], at = _step(slots, records, numbers, at, word)
    return scores, found, np.int64(at)


@njit(cache=True)
def score_all_words(
    state: int, n_words: int, slots: NDArray[np.uint64], records: NDArray[np.int32]
) -> NDArray[np.float64]:
    """log10 P(word | state) of every word of the vocabulary."""
    numbers = records.view(np.float32)
    scores = np.empty(n_words)
    for word in range(n_words):
        scores[word], _, _ = _step(slots, records, numbers, np.int32(state), np.int32(word))
    return scores


@njit(cache=True)
def score_after(
    states: NDArray[np.int32], tokens: NDArray[np.int32], slots: NDArray[np.uint64], records: NDArray[np.int32]
) -> NDArray[np.float64]:
    """log10 P(tokens[i] | states[i]); 0 where a token is below 0."""
    numbers = records.view(np.float32)
    scores = np.zeros(len(tokens))
    for i in range(len(tokens)):
        if tokens[i] >= 0:
            scores[i], _, _ = _step(slots, records, numbers, states[i], tokens[i])
    return scores
