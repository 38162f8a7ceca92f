"""SentencePiece's normalisation (Kudo and Richardson, 2018): map characters, tidy spaces, and write a space as ▁ (U+2581).

A `.model` file carries its character map compiled: a double-array trie (Darts) of byte strings, each with the place of
its replacement in a block of text; at each place the longest entry wins. So text is normalised as the
model was trained, whatever Unicode version is at hand. Notable choice: the map is read as it is and walked by a
compiled loop, which also notes for each byte of the result where it came from.

In plain Python: `plain_normalize` (`text.tokenize.plain`).
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpjourney.text.tokenize import utf8

SPACE_SIGN = "▁"
_BLANK = 0x20


class Normalized(NamedTuple):
    """Text after normalisation."""

    data: NDArray[np.uint8]  # its UTF-8
    origins: NDArray[np.int64]  # (n_bytes + 1,) where in the original UTF-8 each byte, and the end, comes from


class Rules(NamedTuple):
    """What `normalize` obeys."""

    trie: NDArray[np.uint32]  # the double array; empty: characters stay as they are
    plain: NDArray[np.uint8]  # (256,) 2: nothing in the map starts with this byte; 1: only if no ASCII follows it
    replacements: NDArray[np.uint8]
    dummy_prefix: bool
    remove_extra_spaces: bool


class SentencePieceNormalizer:
    """`normalize(text)` as SentencePiece does it.

    `charsmap` is a model's `precompiled_charsmap`; empty means that characters stay as they are. With `dummy_prefix` a
    space is put before the text, so that its first word looks like the others; with `remove_extra_spaces` spaces at both ends go,
    and of several only one stays. Raises ValueError for a map that is cut short.
    """

    def __init__(self, charsmap: bytes = b"", *, dummy_prefix: bool = True, remove_extra_spaces: bool = True) -> None:
        self.charsmap = charsmap
        self.dummy_prefix = dummy_prefix
        self.remove_extra_spaces = remove_extra_spaces
        n_trie = int.from_bytes(charsmap[:4], "little")
        if charsmap and (n_trie % 4 or len(charsmap) < 4 + n_trie):
            raise ValueError("the precompiled character map is cut short")
        self._trie = np.frombuffer(charsmap[4 : 4 + n_trie], dtype="<u4").astype(np.uint32)
        self._plain = _plain_bytes(self._trie)
        self._replacements = np.frombuffer(charsmap[4 + n_trie :], dtype=np.uint8)

    def normalize(self, text: str) -> Normalized:
        """`text` normalised, with where each byte comes from."""
        return Normalized(*normalize(utf8.to_bytes(text), self.rules))

    def maps(self, char: str) -> bool:
        """Whether the map has an entry for the character."""
        return bool(_longest_entry(utf8.to_bytes(char), 0, self._trie)[1] >= 0)

    @property
    def rules(self) -> Rules:
        """The same for kernels."""
        return Rules(self._trie, self._plain, self._replacements, self.dummy_prefix, self.remove_extra_spaces)


@njit(cache=True)
def normalize(data: NDArray[np.uint8], rules: Rules) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """`Normalized` for UTF-8 text."""
    trie, replacements, remove_extra_spaces = rules.trie, rules.replacements, rules.remove_extra_spaces
    room = 3 * len(data) + 64
    out = np.empty(room, dtype=np.uint8)
    origins = np.empty(room + 1, dtype=np.int64)
    n = 0
    started = False  # whether the spaces at the start, which may have to go, are over
    after_space = remove_extra_spaces  # whether spaces that come now are too many
    at = 0
    while at < len(data):
        plain = rules.plain[data[at]]
        if started and n < room and (plain == 2 or (plain == 1 and (at + 1 == len(data) or data[at + 1] < 0x80))):
            out[n], origins[n] = data[at], at  # by far the most frequent case: a letter that stays
            n += 1
            at += 1
            after_space = False
            continue
        end, place = _longest_entry(data, at, trie)
        if place < 0:
            _, end = utf8.code_point(data, at)
            source, start, stop = data, at, end
        else:
            source, start, stop = replacements, place, place
            while replacements[stop] != 0:
                stop += 1
        if not started:
            if remove_extra_spaces and stop - start == 1 and source[start] == _BLANK:
                at = end
                continue
            started = True
            if rules.dummy_prefix:
                n = _write_sign(out, origins, n, at)
        while after_space and start < stop and source[start] == _BLANK:
            start += 1
        if start < stop:
            if n + 3 * (stop - start) + 3 > room:  # a replacement may be long
                grown = 2 * room + 3 * (stop - start)
                out = np.concatenate((out, np.empty(grown - room, dtype=np.uint8)))
                origins = np.concatenate((origins, np.empty(grown - room, dtype=np.int64)))
                room = grown
            for i in range(start, stop):
                if source[i] == _BLANK:
                    n = _write_sign(out, origins, n, at)
                else:
                    out[n] = source[i]
                    origins[n] = at
                    n += 1
            after_space = remove_extra_spaces and source[stop - 1] == _BLANK
        at = end
    origins[n] = len(data)
    if remove_extra_spaces:
        while n >= 3 and out[n - 3] == 0xE2 and out[n - 2] == 0x96 and out[n - 1] == 0x81:
            n -= 3
    return out[:n].copy(), origins[: n + 1].copy()


@njit(cache=True, inline="always")
def _write_sign(out: NDArray[np.uint8], origins: NDArray[np.int64], n: int, at: int) -> int:
    """Write ▁, which comes from byte `at` of the original."""
    out[n], out[n + 1], out[n + 2] = 0xE2, 0x96, 0x81
    origins[n : n + 3] = at
    return n + 3


@njit(cache=True)
def _plain_bytes(trie: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """`Rules.plain` for a double array. Bytes of longer characters and the space never count as plain."""
    plain = np.zeros(256, dtype=np.uint8)
    for byte in range(0x80):
        plain[byte] = 2 if byte != _BLANK else 0
        if len(trie) == 0 or byte == _BLANK:
            continue
        node = _offset(trie[0]) ^ byte
        if np.int64(trie[node]) & 0x800000FF != byte:
            continue
        plain[byte] = 0 if np.int64(trie[node]) >> 8 & 1 else 1
        children = node ^ _offset(trie[node])
        for after in range(1, 0x80):
            if np.int64(trie[children ^ after]) & 0x800000FF == after:
                plain[byte] = 0
    return plain


@njit(cache=True)
def _longest_entry(data: NDArray[np.uint8], at: int, trie: NDArray[np.uint32]) -> tuple[int, int]:
    """Where the longest entry of the map from `at` ends, and where its replacement starts (-1: there is none).

    A unit of a double array holds a label, an offset to its children and whether a value hangs below (Yata, 2009).
    """
    best_end, best = at, -1
    if len(trie) == 0:
        return best_end, best
    node = _offset(trie[0])
    for i in range(at, len(data)):
        node ^= np.int64(data[i])
        unit = np.int64(trie[node])
        if unit & 0x800000FF != data[i]:
            break
        node ^= _offset(trie[node])
        if unit >> 8 & 1:
            best_end, best = i + 1, int(trie[node]) & 0x7FFFFFFF
    return best_end, best


@njit(cache=True, inline="always")
def _offset(unit: np.uint32) -> np.int64:
    wide = np.int64(unit)
    return wide >> 10 << ((wide & 0x200) >> 6)
