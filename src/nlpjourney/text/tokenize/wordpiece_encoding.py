"""Cutting normalised text into pieces, the longest first: WordPiece's encoding (Schuster and Nakajima, 2012).

Notable choice: the whole of it is one pass of a compiled loop over the UTF-8 bytes, and "longest piece" is one walk down a trie
(Song et al., 2021, do it in strictly linear time with failure links; words are short).

In plain Python: `plain_wordpiece` (`text.tokenize.plain`).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpjourney.text.tokenize import utf8
from nlpjourney.text.tokenize.trie import Trie, child
from nlpjourney.text.tokenize.unicode_classes import BERT_SPACE


@njit(cache=True)
def encode_normalized(
    data: NDArray[np.uint8],
    classes: NDArray[np.uint8],
    separate: int,
    trie: Trie,
    unk_id: int,
    max_word_chars: int,
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    """Ids and byte spans of normalised text; `separate` has the class bits of characters that are words of their own."""
    ids = np.empty(len(data), dtype=np.int32)  # a piece has at least one byte
    starts = np.empty(len(data), dtype=np.int64)
    ends = np.empty(len(data), dtype=np.int64)
    n = 0
    at = 0
    while at < len(data):
        code, word_end = utf8.code_point(data, at)
        bits = classes[code]
        if bits & BERT_SPACE:
            at = word_end
            continue
        n_chars = 1
        if not bits & separate:
            while word_end < len(data):
                code, after = utf8.code_point(data, word_end)
                if classes[code] & (BERT_SPACE | separate):
                    break
                word_end = after
                n_chars += 1
        n_before = n
        start = at
        while start < word_end:
            end, piece = _longest_piece(data, start, word_end, trie, int(start > at))
            if piece < 0 or n_chars > max_word_chars:
                n = n_before
                ids[n], starts[n], ends[n] = unk_id, at, word_end
                n += 1
                break
            ids[n], starts[n], ends[n] = piece, start, end
            n += 1
            start = end
        at = word_end
    return ids[:n].copy(), starts[:n].copy(), ends[:n].copy()


@njit(cache=True)
def _longest_piece(
    data: NDArray[np.uint8],
    start: int,
    end: int,
    trie: Trie,
    root: int,
) -> tuple[int, int]:
    """Where the longest piece from `start` ends, and its id (-1 when there is none)."""
    node = root
    best_end, best = start, -1
    for at in range(start, end):
        node = child(trie, node, data[at])
        if node < 0:
            break
        if trie.ids[node] >= 0:
            best_end, best = at + 1, trie.ids[node]
    return best_end, best
