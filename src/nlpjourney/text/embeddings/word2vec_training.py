"""The inner loops of word2vec (Mikolov et al., 2013): one job of about 10,000 words.

A hidden vector h (of a context word, or the mean of all of them) must tell a target from noise. For each output row w
with label 1 or 0

    f = h · w,    g = (label - sigmoid(f)) · alpha,    w += g h,    h's inputs += the sum of all g w

Negative sampling asks for the target (1) and a few words drawn at random (0). Hierarchical softmax asks for
each bit of the target's Huffman code.

Notable choices:
- The sigmoid is the table of word2vec.c with 1,000 entries over -6 … 6, with its rounding: the integer 1000 / 6 / 2 = 83
  scales, not 83.33, so that sigmoid(0) is 0.494. Beyond ±6 nothing is learned, as in Gensim; word2vec.c does so in hierarchical
  softmax only, and in negative sampling goes on with the sigmoid rounded to 0 or 1. Both change the vectors: they stay.
- w is read once: its part of h's gradient is taken in the loop that changes it.
- Nothing is locked: threads write the same matrices at the same time ("hogwild", Niu et al., 2011). Updates are sparse, so
  they rarely meet.

In plain Python: `plain_learn_target` (`text.embeddings.plain`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpjourney.text.embeddings.sampling import next_state, noise_word

Floats = NDArray[np.float32]
Int = int | np.integer[Any]

_ARGUMENTS = (np.arange(1000) / np.float32(1000) * 2 - 1) * 6
SIGMOID = (np.exp(_ARGUMENTS) / (np.exp(_ARGUMENTS) + 1)).astype(np.float32)


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def learn_row(hidden: Floats, output: Floats, row: Int, label: np.float32, alpha: np.float32, gradient: Floats) -> None:
    """Move one output row towards its label; add its pull on `hidden` to `gradient`. Shapes (d,), (n, d), (d,)."""
    f = np.float32(0)
    for d in range(len(hidden)):
        f += hidden[d] * output[row, d]
    if f <= -6 or f >= 6:
        return
    g = (label - SIGMOID[np.int64((np.float64(f) + 6.0) * 83)]) * alpha
    for d in range(len(hidden)):
        w = output[row, d]
        gradient[d] += g * w
        output[row, d] = w + g * hidden[d]


@njit(cache=True, nogil=True)
def learn_target(
    target: Int,
    hidden: Floats,
    output: Floats,
    alpha: np.float32,
    gradient: Floats,
    negative: int,
    cumulated: NDArray[np.uint32],
    guide: NDArray[np.int32],
    shift: int,
    code_offsets: NDArray[np.int64],
    bits: NDArray[np.uint8],
    points: NDArray[np.int32],
    state: np.uint64,
) -> np.uint64:
    """Teach one target. With `negative` 0 by its Huffman code. Returns the state of the random generator."""
    gradient[:] = 0
    if negative == 0:
        for i in range(code_offsets[target], code_offsets[target + 1]):
            learn_row(hidden, output, np.int64(points[i]), np.float32(1 - bits[i]), alpha, gradient)
        return state
    learn_row(hidden, output, target, np.float32(1), alpha, gradient)
    for _ in range(negative):
        word = noise_word(state, cumulated, guide, shift)
        state = next_state(state)
        if word != target:
            learn_row(hidden, output, word, np.float32(0), alpha, gradient)
    return state


@njit(cache=True, nogil=True)
def train_job(
    tokens: NDArray[np.int32],
    starts: NDArray[np.int64],
    windows: NDArray[np.int64],
    skip_gram: bool,
    mean: bool,
    inputs: Floats,
    output: Floats,
    alpha: np.float32,
    negative: int,
    cumulated: NDArray[np.uint32],
    guide: NDArray[np.int32],
    shift: int,
    code_offsets: NDArray[np.int64],
    bits: NDArray[np.uint8],
    points: NDArray[np.int32],
    state: np.uint64,
) -> None:
    """Train on sentences of words; `windows` (n_tokens,) says how many words to each side count at each place.

    `inputs` and `output`, float32 (n_words, d) and (n_rows, d), are changed. Skip-gram predicts the word in the middle from each
    neighbour alone, CBOW from the mean (or the sum) of all of them.
    """
    size = inputs.shape[1]
    hidden, gradient = np.empty(size, np.float32), np.empty(size, np.float32)
    for sentence in range(len(starts) - 1):
        for i in range(starts[sentence], starts[sentence + 1]):
            first = max(i - windows[i], starts[sentence])
            last = min(i + windows[i] + 1, starts[sentence + 1])
            target = np.int64(tokens[i])
            if skip_gram:
                for j in range(first, last):
                    if j == i:
                        continue
                    word = np.int64(tokens[j])
                    for d in range(size):
                        hidden[d] = inputs[word, d]
                    state = learn_target(
                        target, hidden, output, alpha, gradient,
                        negative, cumulated, guide, shift, code_offsets, bits, points, state,
                    )  # fmt: skip
                    for d in range(size):
                        inputs[word, d] += gradient[d]
                continue
            hidden[:] = 0
            n_context = last - first - 1
            scale = np.float32(1) / np.float32(max(n_context, 1))
            for j in range(first, last):
                if j != i:
                    word = np.int64(tokens[j])
                    for d in range(size):
                        hidden[d] += inputs[word, d]
            if mean:
                for d in range(size):
                    hidden[d] *= scale
            state = learn_target(
                target, hidden, output, alpha, gradient,
                negative, cumulated, guide, shift, code_offsets, bits, points, state,
            )  # fmt: skip
            if not mean:  # the error of a sum is shared out among its parts
                for d in range(size):
                    gradient[d] *= scale
            for j in range(first, last):
                if j != i:
                    word = np.int64(tokens[j])
                    for d in range(size):
                        inputs[word, d] += gradient[d]
