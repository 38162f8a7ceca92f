"""All ways to cut a text into pieces, and the best one, a random one, or the average over all of them.

A unigram model (Kudo, 2018) gives a segmentation the product of its pieces' probabilities. The pieces that start at a place
are one walk down a trie, so a text of n characters is a lattice with few edges a place, and dynamic programming
answers everything: the largest product by Viterbi's recursion; sums over all ways by the forward and backward
recursions. A character that is no piece is an edge too, with the score `unk_score`. Notable choice: sums of scores are rounded as
SentencePiece rounds them (to float32 at each place) or Hugging Face (float64), by the dtype of `scores`: "aaa" as aa+a
or a+aa has the same probability, and rounding decides which comes out.

In plain Python: `plain_unigram` and `plain_expected_counts` (`text.tokenize.plain`).
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpjourney.text.tokenize.trie import Trie, child
from nlpjourney.text.tokenize.utf8 import char_length

_LEAD = 0xE2  # the first byte of ▁


class Scratch(NamedTuple):
    """Room for one search, used again for the next text."""

    best: NDArray[np.floating]  # (room + 1,) the score of the best way to each place
    steps: NDArray[np.int32]  # (room + 1, 2) where its last piece starts (-1: no way yet), and that piece
    ids: NDArray[np.int32]  # (room,) the pieces found; the last one stands at the end
    ends: NDArray[np.int64]  # (room,) and where each ends


@njit(cache=True)
def new_scratch(room: int, scores: NDArray[np.floating]) -> Scratch:
    """For texts of up to `room` bytes."""
    return Scratch(
        np.empty(room + 1, dtype=scores.dtype),
        np.empty((room + 1, 2), dtype=np.int32),
        np.empty(room, dtype=np.int32),
        np.empty(room, dtype=np.int64),
    )


@njit(cache=True)
def best_path(
    data: NDArray[np.uint8],
    trie: Trie,
    scores: NDArray[np.floating],
    unk_score: float,
    unk_id: int,
    by_word: bool,
    allow_whole: bool = True,
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The most probable segmentation of UTF-8 text: ids, and where each piece ends; see `search`."""
    scratch = new_scratch(len(data), scores)
    first = search(data, trie, scores, unk_score, unk_id, by_word, allow_whole, scratch)
    return scratch.ids[first:].copy(), scratch.ends[first:].copy()


@njit(cache=True)
def search(
    data: NDArray[np.uint8],
    trie: Trie,
    scores: NDArray[np.floating],
    unk_score: float,
    unk_id: int,
    by_word: bool,
    allow_whole: bool,
    scratch: Scratch,
) -> int:
    """Find the most probable segmentation; its pieces stand in scratch.ids and ends from the returned place on.

    With `by_word` the text is cut before each ▁ first, and no piece reaches over such a cut. Of equally good ways the
    one with the longest last piece wins, as in SentencePiece. Without `allow_whole` the text must not be one piece.
    """
    best, steps = scratch.best, scratch.steps
    best[0] = 0.0
    steps[: len(data) + 1, 0] = -1
    unk = scores.dtype.type(unk_score)
    word_end = 0
    start = 0
    while start < len(data):
        if by_word and start == word_end:
            best[start] = 0.0
            word_end = start + char_length(data[start])
            while word_end < len(data) and not is_space_sign(data, word_end):
                word_end += 1
        limit = word_end if by_word else len(data)
        length = char_length(data[start])
        single = False
        node = 0
        for at in range(start, limit):
            node = child(trie, node, data[at])
            if node < 0:
                break
            piece = trie.ids[node]
            if piece < 0 or (not allow_whole and start == 0 and at + 1 == len(data)):
                continue
            candidate = scores[piece] + best[start]
            if steps[at + 1, 0] < 0 or candidate > best[at + 1]:
                best[at + 1], steps[at + 1, 0], steps[at + 1, 1] = candidate, start, piece
            if at + 1 - start == length:
                single = True
        if not single:
            candidate = unk + best[start]
            end = start + length
            if steps[end, 0] < 0 or candidate > best[end]:
                best[end], steps[end, 0], steps[end, 1] = candidate, start, unk_id
        start += length
    first = len(scratch.ids)
    at = len(data)
    while at > 0:
        first -= 1
        scratch.ends[first], scratch.ids[first] = at, steps[at, 1]
        at = steps[at, 0]
    return first


@njit(cache=True, inline="always")
def is_space_sign(data: NDArray[np.uint8], at: int) -> bool:
    return bool(data[at] == _LEAD and at + 2 < len(data) and data[at + 1] == 0x96 and data[at + 2] == 0x81)


@njit(cache=True)
def _log_add(a: float, b: float) -> float:
    """log(exp(a) + exp(b))."""
    low, high = min(a, b), max(a, b)
    return high if low == -math.inf else high + math.log1p(math.exp(low - high))


@njit(cache=True)
def _forward(
    data: NDArray[np.uint8], trie: Trie, scores: NDArray[np.floating], unk_score: float, alpha: float
) -> NDArray[np.float64]:
    """For each byte the log of the summed weights exp(alpha · score) of all ways up to there, shape (n_bytes + 1,)."""
    total = np.full(len(data) + 1, -np.inf)
    total[0] = 0.0
    start = 0
    while start < len(data):
        length = char_length(data[start])
        single = False
        node = 0
        for at in range(start, len(data)):
            node = child(trie, node, data[at])
            if node < 0:
                break
            if trie.ids[node] >= 0:
                total[at + 1] = _log_add(total[at + 1], total[start] + alpha * scores[trie.ids[node]])
                if at + 1 - start == length:
                    single = True
        if not single:
            total[start + length] = _log_add(total[start + length], total[start] + alpha * unk_score)
        start += length
    return total


@njit(cache=True)
def sample_path(
    data: NDArray[np.uint8],
    trie: Trie,
    scores: NDArray[np.floating],
    unk_score: float,
    unk_id: int,
    alpha: float,
    randoms: NDArray[np.float64],
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """A random segmentation, drawn with probability proportional to P(segmentation)^alpha: ids, and where pieces end.

    Forward filtering, backward sampling: from the end, each last piece is drawn by the summed weight of the ways that
    lead to its start. `randoms` are as many numbers in [0, 1) as the text has bytes.
    """
    total = _forward(data, trie, scores, unk_score, alpha)
    ids = np.empty(len(data), dtype=np.int32)
    ends = np.empty(len(data), dtype=np.int64)
    n = 0
    end = len(data)
    while end > 0:
        rest = randoms[n]
        chosen_start, chosen = -1, unk_id
        start = end
        while start > 0 and rest >= 0.0:
            start -= 1
            if data[start] & 0xC0 == 0x80:
                continue
            if total[start] == -np.inf:
                continue
            piece = _piece_at(data, start, end, trie)
            if piece < 0 and end - start != char_length(data[start]):
                continue
            score = unk_score if piece < 0 else scores[piece]
            rest -= math.exp(total[start] + alpha * score - total[end])
            chosen_start, chosen = (
                start,
                piece if piece >= 0 else unk_id,
            )  # the last one stands if rounding leaves a rest
        ids[n], ends[n] = chosen, end
        n += 1
        end = chosen_start
    return ids[:n][::-1].copy(), ends[:n][::-1].copy()


@njit(cache=True)
def _piece_at(data: NDArray[np.uint8], start: int, end: int, trie: Trie) -> int:
    """The piece `data[start:end]`, or -1."""
    node = 0
    for at in range(start, end):
        node = child(trie, node, data[at])
        if node < 0:
            return -1
    return int(trie.ids[node])


@njit(cache=True)
def expected_counts(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    counts: NDArray[np.int64],
    trie: Trie,
    scores: NDArray[np.float64],
    unk_score: float,
) -> tuple[NDArray[np.float64], float]:
    """How often each piece is expected in the words, over all their segmentations; and the log-likelihood of the words.

    The E step: a piece from a to b is used with probability forward(a) · p(piece) · backward(b) / forward(end).
    """
    expected = np.zeros(len(scores))
    log_likelihood = 0.0
    for word in range(len(counts)):
        text = data[offsets[word] : offsets[word + 1]]
        n = len(text)
        forward = _forward(text, trie, scores, unk_score, 1.0)
        backward = np.full(n + 1, -np.inf)
        backward[n] = 0.0
        log_likelihood += counts[word] * forward[n]
        for start in range(n - 1, -1, -1):
            if text[start] & 0xC0 == 0x80:
                continue
            length = char_length(text[start])
            single = False
            node = 0
            for at in range(start, n):
                node = child(trie, node, text[at])
                if node < 0:
                    break
                piece = trie.ids[node]
                if piece >= 0:
                    behind = scores[piece] + backward[at + 1]
                    backward[start] = _log_add(backward[start], behind)
                    expected[piece] += counts[word] * math.exp(forward[start] + behind - forward[n])
                    if at + 1 - start == length:
                        single = True
            if not single:
                backward[start] = _log_add(backward[start], unk_score + backward[start + length])
    return expected, log_likelihood


@njit(cache=True)
def best_counts(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    counts: NDArray[np.int64],
    trie: Trie,
    scores: NDArray[np.float64],
    unk_score: float,
) -> NDArray[np.int64]:
    """How often each piece is in the best segmentations of the words; the last entry counts unknown characters."""
    found = np.zeros(len(scores) + 1, dtype=np.int64)
    for word in range(len(counts)):
        ids, _ = best_path(data[offsets[word] : offsets[word + 1]], trie, scores, unk_score, len(scores), False)
        for piece in ids:
            found[piece] += counts[word]
    return found
