"""The parts of a word: character n-grams in a fixed number of buckets (Bojanowski et al., 2017).

A word is put between < and >, so that "her" in "where" is not the word <her>. All its n-grams of min_n to max_n characters are
hashed with FNV-1a into `bucket` rows of a matrix: n-grams that meet in a bucket share a vector.

Notable choices, all fastText's: n-grams count characters of UTF-8, the hash takes bytes as *signed* (a slip that has become part
of the file format), and a < or > alone is no n-gram.

In plain Python: `plain_bucket` (`text.embeddings.plain`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

END_OF_SENTENCE = "</s>"  # fastText's own word for the end of a line; it has no parts


def character_ngrams(word: str, min_n: int = 3, max_n: int = 6) -> list[str]:
    """The n-grams of a word, in fastText's order: by where they begin, then by length."""
    if word == END_OF_SENTENCE:
        return []
    whole = f"<{word}>"
    return [
        whole[i:j]
        for i in range(len(whole))
        for j in range(i + min_n, min(i + max_n, len(whole)) + 1)
        if j - i > 1 or 0 < i < len(whole) - 1
    ]


def subword_buckets(
    words: Sequence[str], min_n: int, max_n: int, bucket: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The buckets of all n-grams of each word, int32, one behind the other; and where each word's begin, int64 (n_words + 1,)."""
    encoded = [f"<{w}>".encode("utf-8", "surrogateescape") if w != END_OF_SENTENCE else b"" for w in words]
    ends = np.cumsum([0, *map(len, encoded)])
    data = np.frombuffer(b"".join(encoded), dtype=np.uint8)
    # At most max_n n-grams begin at each byte.
    found = np.empty(len(data) * max(0, max_n), dtype=np.int32)
    offsets = np.zeros(len(words) + 1, dtype=np.int64)
    _hash_ngrams(data, ends, min_n, max_n, bucket, found, offsets)
    return offsets, found[: offsets[-1]].copy()


@njit(cache=True)
def _hash_ngrams(
    data: NDArray[np.uint8],
    ends: NDArray[np.int64],
    min_n: int,
    max_n: int,
    bucket: int,
    found: NDArray[np.int32],
    offsets: NDArray[np.int64],
) -> None:
    n_found = 0
    for word in range(len(ends) - 1):
        first, last = ends[word], ends[word + 1]
        for i in range(first, last):
            if data[i] & 0xC0 == 0x80:  # inside of a character
                continue
            code = np.uint32(2166136261)
            j, n = i, 0
            while j < last and n < max_n:
                while True:  # one character
                    byte = np.uint32(data[j])
                    if byte >= 128:
                        byte |= np.uint32(0xFFFFFF00)
                    code = np.uint32((code ^ byte) * np.uint32(16777619))
                    j += 1
                    if j == last or data[j] & 0xC0 != 0x80:
                        break
                n += 1
                if n >= min_n and not (n == 1 and (i == first or j == last)):
                    found[n_found] = code % np.uint32(bucket)
                    n_found += 1
        offsets[word + 1] = n_found
