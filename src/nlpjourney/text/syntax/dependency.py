"""A dependency parser that reads a sentence once: arc-standard transitions, chosen by an averaged perceptron.

Nivre (2004): words move from a buffer onto a stack; then the upper two of the stack are joined, and the dependent goes.
Three moves suffice for every tree without crossing arcs: SHIFT, LEFT (the second depends on the first), RIGHT (the first
depends on the second); a sentence of n words takes 2n of them. A linear model scores the moves from a few words around the
top of the stack (Collins & Roark, 2004; Zhang & Nivre, 2011). When the right move does not win clearly, its weights go up
and those of the best other go down; what is kept is the average over all steps, which is steadier than the last state.

Notable choices: heads only, no labels; a feature is a hash into one table, so there is no dictionary of features, and
the whole training is one compiled loop. The root is a word 0 put before the sentence.

In plain Python: `plain_arc_standard` (`text.syntax.plain`) and `plain_averaged_perceptron` (`ml.perceptron`).
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpjourney.ml.estimator import Saved
from nlpjourney.ml.perceptron import average, learn

SHIFT, LEFT, RIGHT = 0, 1, 2
_N_TEMPLATES = 22
_NONE, _ROOT, _UNKNOWN = 0, 1, 2  # ids of words and tags; the others follow


class DependencyParser(Saved):
    """Heads of words, learned from sentences with heads.

    n_epochs: rounds over the sentences; bits: the table has 2**bits rows of features; seed: of the order of the sentences.

    >>> parser = DependencyParser().fit([["dogs", "bark"]], [["NNS", "VBP"]], [[1, -1]])
    >>> parser.predict(["cats", "bark"], ["NNS", "VBP"])
    [1, -1]
    """

    learned = ("word_ids_", "tag_ids_", "weights_")
    word_ids_: dict[str, int]
    tag_ids_: dict[str, int]
    weights_: NDArray[np.float32]

    def __init__(self, n_epochs: int = 10, bits: int = 18, seed: int = 0) -> None:
        if n_epochs < 1 or not 8 <= bits <= 26:
            raise ValueError(f"n_epochs is at least 1 and bits between 8 and 26, not {n_epochs} and {bits}")
        self.n_epochs, self.bits, self.seed = n_epochs, bits, seed

    def fit(
        self, words: Sequence[Sequence[str]], tags: Sequence[Sequence[str]], heads: Sequence[Sequence[int]]
    ) -> DependencyParser:
        """Learn from sentences: their words, parts of speech, and for each word the index of its head (-1: the root).

        Raises ValueError for lists of different lengths, for heads that are no tree, and for crossing arcs. Returns self.
        """
        if not words or not len(words) == len(tags) == len(heads):
            raise ValueError(
                f"{len(words)} sentences, {len(tags)} lists of tags, {len(heads)} of heads: "
                "give as many of each, and one at least"
            )
        for sentence, tree in zip(words, heads):
            if len(sentence) != len(tree):
                raise ValueError(f"{len(sentence)} words and {len(tree)} heads in {' '.join(sentence)!r}")
            if not is_projective_tree(tree):
                fault = "are no tree with one root and without crossing arcs"
                raise ValueError(f"the heads of {' '.join(sentence)!r} {fault}: {list(tree)}")
        word_ids = _number(word.lower() for sentence in words for word in sentence)
        tag_ids = _number(tag for sentence in tags for tag in sentence)
        encoded = [_encode(*pair, word_ids, tag_ids) for pair in zip(words, tags)]
        offsets = np.cumsum([0, *(len(ids) for ids, _ in encoded)]).astype(np.int64)
        gold = np.concatenate([np.array([-1, *(head + 1 for head in tree)], dtype=np.int32) for tree in heads])
        orders = np.array(
            [random.Random(f"{self.seed} {e}").sample(range(len(words)), len(words)) for e in range(self.n_epochs)]
        )
        all_words, all_tags = (np.concatenate(column) for column in zip(*encoded))
        self.weights_ = _train(all_words, all_tags, gold, offsets, orders.astype(np.int64), self.bits)
        self.word_ids_, self.tag_ids_ = word_ids, tag_ids
        return self

    def predict(self, words: Sequence[str], tags: Sequence[str]) -> list[int]:
        """The index of each word's head in the sentence, -1 for the root. Raises NotFittedError before `fit`."""
        weights = self.weights_
        if not words:
            return []
        found = _parse(*_encode(words, tags, self.word_ids_, self.tag_ids_), weights)
        return [int(head) - 1 for head in found[1:]]


def _encode(
    words: Sequence[str], tags: Sequence[str], word_ids: Mapping[str, int], tag_ids: Mapping[str, int]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Ids of words and tags, the root's first."""
    if len(words) != len(tags):
        raise ValueError(f"{len(words)} words but {len(tags)} tags in {' '.join(words)!r}")
    found = [_ROOT, *(word_ids.get(word.lower(), _UNKNOWN) for word in words)]
    found_tags = [_ROOT, *(tag_ids.get(tag, _UNKNOWN) for tag in tags)]
    return np.array(found, dtype=np.int32), np.array(found_tags, dtype=np.int32)


def is_projective_tree(heads: Sequence[int]) -> bool:
    """Whether heads (-1: the root) make one tree in which no two arcs cross."""
    n = len(heads)
    if list(heads).count(-1) != 1 or any(not -1 <= head < n for head in heads):
        return False
    for word in range(n):
        at, steps = word, 0
        while at != -1 and steps <= n:
            at, steps = heads[at], steps + 1
        if at != -1:  # a circle
            return False
    arcs = [
        (min(word, head), max(word, head)) for word, head in enumerate(heads)
    ]  # the root's arc starts before all words
    return not any(a < c < b < d for a, b in arcs for c, d in arcs)


def attachment_score(gold: Iterable[Sequence[int]], predicted: Iterable[Sequence[int]]) -> float:
    """UAS: the share of words that got their right head.

    Raises ValueError where a sentence has different lengths, or where there is no word.
    """
    pairs = [pair for one, other in zip(gold, predicted, strict=True) for pair in zip(one, other, strict=True)]
    if not pairs:
        raise ValueError("there are no words to score")
    return sum(a == b for a, b in pairs) / len(pairs)


def _number(items: Iterable[str]) -> dict[str, int]:
    return {item: id_ for id_, item in enumerate(dict.fromkeys(items), start=_UNKNOWN + 1)}


@njit(cache=True)
def _features(
    words: NDArray[np.int32],
    tags: NDArray[np.int32],
    stack: NDArray[np.int32],
    n_stack: int,
    front: int,
    outer: NDArray[np.int32],
    mask: int,
    rows: NDArray[np.int64],
) -> None:
    """The rows of the table for a state: `outer[w]` are the leftmost and rightmost dependents of word w so far (-1: none)."""
    n = len(words)
    s0, s1 = stack[n_stack - 1], stack[n_stack - 2] if n_stack > 1 else -1
    s2 = stack[n_stack - 3] if n_stack > 2 else -1
    b0, b1 = front if front < n else -1, front + 1 if front + 1 < n else -1
    s0w, s0t = words[s0], tags[s0]
    s1w, s1t = (words[s1], tags[s1]) if s1 >= 0 else (_NONE, _NONE)
    s2t = tags[s2] if s2 >= 0 else _NONE
    b0w, b0t = (words[b0], tags[b0]) if b0 >= 0 else (_NONE, _NONE)
    b1t = tags[b1] if b1 >= 0 else _NONE
    s0l, s0r = _tag(tags, outer[s0, 0]), _tag(tags, outer[s0, 1])
    s1l, s1r = (_tag(tags, outer[s1, 0]), _tag(tags, outer[s1, 1])) if s1 >= 0 else (_NONE, _NONE)
    apart = min(s0 - s1, 6) if s1 >= 0 else 0
    rows[0], rows[1], rows[2] = _row(1, s0w, 0, 0, mask), _row(2, s0t, 0, 0, mask), _row(3, s0w, s0t, 0, mask)
    rows[3], rows[4], rows[5] = _row(4, s1w, 0, 0, mask), _row(5, s1t, 0, 0, mask), _row(6, s1w, s1t, 0, mask)
    rows[6], rows[7], rows[8] = _row(7, b0w, 0, 0, mask), _row(8, b0t, 0, 0, mask), _row(9, b0t, b1t, 0, mask)
    rows[9], rows[10] = _row(10, s1w, s0w, 0, mask), _row(11, s1t, s0t, 0, mask)
    rows[11], rows[12] = _row(12, s1w, s0t, 0, mask), _row(13, s1t, s0w, 0, mask)
    rows[13], rows[14] = _row(14, s1t, s0t, b0t, mask), _row(15, s2t, s1t, s0t, mask)
    rows[15], rows[16] = _row(16, s0t, b0t, b1t, mask), _row(17, s1t, s0t, apart, mask)
    rows[17], rows[18] = _row(18, s1t, s1l, s0t, mask), _row(19, s1t, s1r, s0t, mask)
    rows[19], rows[20] = _row(20, s1t, s0t, s0l, mask), _row(21, s1t, s0t, s0r, mask)
    rows[21] = _row(22, s1w, s0t, b0t, mask)


@njit(cache=True)
def _tag(tags: NDArray[np.int32], word: int) -> int:
    return tags[word] if word >= 0 else _NONE


@njit(cache=True)
def _row(template: int, a: int, b: int, c: int, mask: int) -> int:
    """A row for one feature: its values, mixed (the multipliers are odd and large; the upper bits are the best mixed)."""
    h = np.uint64(template) * np.uint64(0x9E3779B97F4A7C15)
    h = (h ^ np.uint64(a)) * np.uint64(0xC2B2AE3D27D4EB4F)
    h = (h ^ np.uint64(b)) * np.uint64(0x165667B19E3779F9)
    h = (h ^ np.uint64(c)) * np.uint64(0x9E3779B97F4A7C15)
    return int((h >> np.uint64(32)) & np.uint64(mask))


@njit(cache=True)
def _best(
    weights: NDArray[np.float32], rows: NDArray[np.int64], n_stack: int, front: int, n: int, handicapped: int = -1
) -> int:
    """The possible move with the highest score; in training the right one is `handicapped`, so that it must win clearly."""
    best, best_score = -1, np.float32(0)
    for move in range(3):
        if move == SHIFT and front == n:
            continue
        if move == LEFT and n_stack < 3:  # the root depends on nothing
            continue
        if move == RIGHT and (n_stack < 2 or (n_stack == 2 and front < n)):  # the root takes one word, the last of all
            continue
        score = np.float32(-1 if move == handicapped else 0)
        for row in rows:
            score += weights[row, move]
        if best < 0 or score > best_score:
            best, best_score = move, score
    return best


@njit(cache=True)
def _right_move(stack: NDArray[np.int32], n_stack: int, gold: NDArray[np.int32], waiting: NDArray[np.int32]) -> int:
    """What leads to the gold tree: join two as soon as nothing of the dependent's own is still to come (`waiting`)."""
    if n_stack > 1:
        s0, s1 = stack[n_stack - 1], stack[n_stack - 2]
        if s1 > 0 and gold[s1] == s0 and waiting[s1] == 0:
            return LEFT
        if gold[s0] == s1 and waiting[s0] == 0:
            return RIGHT
    return SHIFT


@njit(cache=True)
def _do(
    move: int, stack: NDArray[np.int32], n_stack: int, front: int, heads: NDArray[np.int32], outer: NDArray[np.int32]
) -> tuple[int, int]:
    """Make a move; returns the new height of the stack and front of the buffer."""
    if move == SHIFT:
        stack[n_stack] = front
        return n_stack + 1, front + 1
    s0, s1 = stack[n_stack - 1], stack[n_stack - 2]
    if move == LEFT:
        heads[s1], stack[n_stack - 2] = s0, s0
        outer[s0, 0] = s1  # later ones lie further left
        if outer[s0, 1] < 0:
            outer[s0, 1] = s1
    else:
        heads[s0] = s1
        outer[s1, 1] = s0
        if outer[s1, 0] < 0:
            outer[s1, 0] = s0
    return n_stack - 1, front


@njit(cache=True)
def _parse(words: NDArray[np.int32], tags: NDArray[np.int32], weights: NDArray[np.float32]) -> NDArray[np.int32]:
    """The head of each word of one sentence, the root's place first."""
    n = len(words)
    stack, heads = np.zeros(n, dtype=np.int32), np.full(n, -1, dtype=np.int32)
    outer = np.full((n, 2), -1, dtype=np.int32)
    rows = np.empty(_N_TEMPLATES, dtype=np.int64)
    n_stack, front = 1, 1
    while front < n or n_stack > 1:
        _features(words, tags, stack, n_stack, front, outer, len(weights) - 1, rows)
        n_stack, front = _do(_best(weights, rows, n_stack, front, n), stack, n_stack, front, heads, outer)
    return heads


@njit(cache=True)
def _train(
    words: NDArray[np.int32],
    tags: NDArray[np.int32],
    gold: NDArray[np.int32],
    offsets: NDArray[np.int64],
    orders: NDArray[np.int64],
    bits: int,
) -> NDArray[np.float32]:
    """Averaged weights (2**bits, 3) after a pass over the sentences in each of the orders."""
    weights = np.zeros((1 << bits, 3), dtype=np.float32)
    sums = np.zeros((1 << bits, 3), dtype=np.float64)
    rows = np.empty(_N_TEMPLATES, dtype=np.int64)
    step = 0
    for epoch in range(len(orders)):
        for sentence in orders[epoch]:
            start, end = offsets[sentence], offsets[sentence + 1]
            n = end - start
            w, t, g = words[start:end], tags[start:end], gold[start:end]
            stack, heads = np.zeros(n, dtype=np.int32), np.full(n, -1, dtype=np.int32)
            outer = np.full((n, 2), -1, dtype=np.int32)
            waiting = np.zeros(n, dtype=np.int32)
            for word in range(1, n):
                waiting[g[word]] += 1
            n_stack, front = 1, 1
            while front < n or n_stack > 1:
                step += 1
                _features(w, t, stack, n_stack, front, outer, len(weights) - 1, rows)
                right = _right_move(stack, n_stack, g, waiting)
                chosen = _best(weights, rows, n_stack, front, n, right)
                if right != chosen:
                    learn(weights, sums, rows, right, chosen, step)
                if right == LEFT:
                    waiting[stack[n_stack - 1]] -= 1
                elif right == RIGHT:
                    waiting[stack[n_stack - 2]] -= 1
                n_stack, front = _do(right, stack, n_stack, front, heads, outer)  # training stays on the gold path
    return average(weights, sums, step)
