"""Texts to ids with a unigram vocabulary: normalise, take the best path, spell what is unknown; all in compiled loops.

In plain Python: `plain_unigram` (`text.tokenize.plain`).
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpjourney.text.tokenize.sp_normalizer import Rules, normalize
from nlpjourney.text.tokenize.trie import Trie
from nlpjourney.text.tokenize.unigram_lattice import best_path, is_space_sign, new_scratch, search


class Vocabulary(NamedTuple):
    """A unigram vocabulary for kernels."""

    trie: Trie  # of the normal pieces
    scores: NDArray[np.floating]  # by id
    unk_score: float
    unk_id: int
    byte_ids: NDArray[np.int32]  # (256,) with byte fallback, else (0,)
    by_word: bool


@njit(cache=True)
def encode_texts(
    data: NDArray[np.uint8], text_ends: NDArray[np.int64], rules: Rules, vocab: Vocabulary
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The ids of UTF-8 texts that stand one behind the other in `data`, and where each text's ids end."""
    out = np.empty(len(data) + 16, dtype=np.int32)
    id_ends = np.empty(len(text_ends), dtype=np.int64)
    scratch = new_scratch(1024, vocab.scores)
    n = 0
    start = 0
    for text in range(len(text_ends)):
        normalized, _ = normalize(data[start : text_ends[text]], rules)
        if len(normalized) > len(scratch.ids):
            scratch = new_scratch(2 * len(normalized), vocab.scores)
        if n + len(normalized) > len(out):
            out = np.concatenate((out, np.empty(len(out) + len(normalized), dtype=np.int32)))
        first = search(
            normalized, vocab.trie, vocab.scores, vocab.unk_score, vocab.unk_id, vocab.by_word, True, scratch
        )  # fmt: skip
        known = True
        begin = n
        for i in range(first, len(scratch.ids)):
            known &= scratch.ids[i] != vocab.unk_id
            out[n] = scratch.ids[i]
            n += 1
        if not known:
            ids, _, _ = spell_unknown(normalized, scratch.ids[first:], scratch.ends[first:], vocab)
            n = begin + len(ids)
            out[begin:n] = ids
        id_ends[text] = n
        start = text_ends[text]
    return out[:n].copy(), id_ends


@njit(cache=True)
def encode_normalized(
    data: NDArray[np.uint8], vocab: Vocabulary
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    """Ids, and where each piece starts and ends in the normalised text."""
    ids, ends = best_path(data, vocab.trie, vocab.scores, vocab.unk_score, vocab.unk_id, vocab.by_word)
    return spell_unknown(data, ids, ends, vocab)


@njit(cache=True)
def spell_unknown(
    data: NDArray[np.uint8], ids: NDArray[np.int32], ends: NDArray[np.int64], vocab: Vocabulary
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    """Ids, starts and ends in which unknown characters have become their bytes, or else one `<unk>` a run."""
    out = np.empty(len(data), dtype=np.int32)
    starts, stops = np.empty(len(data), dtype=np.int64), np.empty(len(data), dtype=np.int64)
    n = 0
    start = 0
    for i in range(len(ids)):
        end = ends[i]
        if ids[i] == vocab.unk_id and len(vocab.byte_ids) > 0:
            for at in range(start, end):
                out[n], starts[n], stops[n] = vocab.byte_ids[data[at]], start, end
                n += 1
        elif (
            ids[i] == vocab.unk_id
            and n > 0
            and out[n - 1] == vocab.unk_id
            and not (vocab.by_word and is_space_sign(data, start))
        ):
            stops[n - 1] = end
        else:
            out[n], starts[n], stops[n] = ids[i], start, end
            n += 1
        start = end
    return out[:n].copy(), starts[:n].copy(), stops[:n].copy()
