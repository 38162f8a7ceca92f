"""Numbering words: one pass over UTF-8 bytes finds each word, hashes it and looks its number up.

Idea: a Python dictionary of strings makes an object for every word *occurrence*. Here the words of a whole
collection stay bytes: the scanner computes each word's FNV-1a hash (Fowler, Noll & Vo, 1991) while it reads,
and an open-addressing table with linear probing (Knuth, TAOCP vol. 3, 6.4) turns the hash into the word's
number. Only distinct words are stored, back to back in one byte array.

In plain Python: `plain_number_words` (`text.vectorize.plain`).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpjourney.text.word_characters import CONTINUES, N_CODE_POINTS, STARTS, python_words

_END = 0xFF  # a byte that never occurs in UTF-8: it marks the end of each document
SHORT, UNKNOWN = -1, -2  # in place of a word's number
_CHUNK_BYTES = 1 << 22  # documents are scanned in chunks of about 4 MB, which bounds the memory for tokens


@cache
def _every_character() -> NDArray[np.uint8]:
    return np.full(N_CODE_POINTS, STARTS, dtype=np.uint8)


@njit(cache=True)
def _find_slot(data, start, end, code, pool, offsets, hashes, slots):  # type: ignore[no-untyped-def]
    """The slot of the word data[start:end] with hash `code`, or the empty slot where it would go."""
    slot = code & np.uint64(len(slots) - 1)
    while slots[slot] >= 0:
        word = slots[slot]
        if hashes[word] == code and offsets[word + 1] - offsets[word] == end - start:
            same = True
            for i in range(end - start):
                if pool[offsets[word] + i] != data[start + i]:
                    same = False
                    break
            if same:
                return slot
        slot = (slot + np.uint64(1)) & np.uint64(len(slots) - 1)
    return slot


@njit(cache=True)
def _fill_slots(hashes, n_words, slots):  # type: ignore[no-untyped-def]
    """Put words 0 … n_words - 1 into an empty table."""
    mask = np.uint64(len(slots) - 1)
    for word in range(n_words):
        slot = hashes[word] & mask
        while slots[slot] >= 0:
            slot = (slot + np.uint64(1)) & mask
        slots[slot] = word


@njit(cache=True)
def _scan(data, is_word, min_length, insert, pool, offsets, hashes, slots, tokens, lengths, state):  # type: ignore[no-untyped-def]
    """Number the words of `data` (UTF-8, each document ended by 0xFF) into tokens and lengths; see
    Vocabulary.

    state: int64 (5,): the byte, document, token and token of the document's start to go on from, and the
    number of words. Stops early, before a word for which pool, offsets or slots have no room: the caller
    enlarges them and calls again.
    """
    i, doc, n_tokens, doc_start, n_words = state[0], state[1], state[2], state[3], state[4]
    start = i
    n_chars = 0
    code = np.uint64(14695981039346656037)
    while i < len(data):
        # Decode one character: its code point and its number of bytes.
        byte = data[i]
        if byte < 0x80:
            if is_word[byte]:
                n_chars += 1
                code = (code ^ np.uint64(byte)) * np.uint64(1099511628211)
                i += 1
                continue
            width = 1
        elif byte == _END:
            width = 1
        else:
            if byte < 0xE0:
                width = 2
                point = np.int64(byte & 0x1F) << 6 | np.int64(data[i + 1] & 0x3F)
            elif byte < 0xF0:
                width = 3
                point = np.int64(byte & 0x0F) << 12 | np.int64(data[i + 1] & 0x3F) << 6 | np.int64(data[i + 2] & 0x3F)
            else:
                width = 4
                point = np.int64(byte & 0x07) << 18 | np.int64(data[i + 1] & 0x3F) << 12
                point |= np.int64(data[i + 2] & 0x3F) << 6 | np.int64(data[i + 3] & 0x3F)
            if is_word[point] == STARTS or (is_word[point] == CONTINUES and n_chars > 0):
                n_chars += 1
                for j in range(i, i + width):
                    code = (code ^ np.uint64(data[j])) * np.uint64(1099511628211)
                i += width
                continue
        # This character ends a word, if one stands before it.
        if n_chars > 0:
            word = np.int64(-1)
            if n_chars >= min_length:
                code ^= code >> np.uint64(32)
                slot = _find_slot(data, start, i, code, pool, offsets, hashes, slots)
                word = np.int64(slots[slot])
                if word < 0 and not insert:
                    word = np.int64(UNKNOWN)
                elif word < 0:
                    size = offsets[n_words] + i - start
                    if size > len(pool) or n_words + 2 > len(offsets) or 2 * n_words + 2 > len(slots):
                        i = start
                        break
                    word = n_words
                    for j in range(start, i):
                        pool[offsets[n_words] + j - start] = data[j]
                    offsets[n_words + 1] = size
                    hashes[n_words] = code
                    slots[slot] = word
                    n_words += 1
            tokens[n_tokens] = word
            n_tokens += 1
            n_chars = 0
            code = np.uint64(14695981039346656037)
        if byte == _END:
            lengths[doc] = n_tokens - doc_start
            doc_start = n_tokens
            doc += 1
        i += width
        start = i
    state[0], state[1], state[2], state[3], state[4] = i, doc, n_tokens, doc_start, n_words


class Vocabulary:
    """Words numbered 0, 1, 2, … in the order of their first occurrence.

    pool: uint8, all distinct words as UTF-8, back to back; offsets: int64 (n + 1,), where each begins;
    hashes: uint64 (n,); slots: int32, a power of two long, the hash table: a word's number or -1.
    """

    def __init__(self) -> None:
        self._n = 0
        self._pool = np.empty(1 << 12, dtype=np.uint8)
        self._offsets = np.zeros(1 << 9, dtype=np.int64)
        self._hashes = np.empty(1 << 9, dtype=np.uint64)
        self._slots = np.full(1 << 10, -1, dtype=np.int32)

    def __len__(self) -> int:
        return self._n

    def __getitem__(self, i: int) -> str:
        if not -self._n <= i < self._n:
            raise IndexError(f"word {i} of a vocabulary of {self._n}")
        i %= self._n
        return self._pool[self._offsets[i] : self._offsets[i + 1]].tobytes().decode("utf-8", "surrogatepass")

    @property
    def nbytes(self) -> int:
        """Memory of the arrays, in bytes (of the pool: what is in use, the rest was never touched)."""
        return int(self._offsets[self._n]) + self._offsets.nbytes + self._hashes.nbytes + self._slots.nbytes

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays in use, by name: what `from_arrays` needs, to be stored in a file."""
        n, used = self._n, int(self._offsets[self._n])
        return {
            "pool": self._pool[:used],
            "offsets": self._offsets[: n + 1],
            "hashes": self._hashes[:n],
            "slots": self._slots,
        }

    @classmethod
    def from_arrays(
        cls,
        pool: NDArray[np.uint8],
        offsets: NDArray[np.int64],
        hashes: NDArray[np.uint64],
        slots: NDArray[np.int32],
    ) -> Vocabulary:
        """A vocabulary over given arrays (of a mapped file, say), which it does not copy: it finds words, and cannot grow."""
        vocabulary = cls()
        vocabulary._n = len(hashes)
        vocabulary._pool, vocabulary._offsets, vocabulary._hashes, vocabulary._slots = pool, offsets, hashes, slots
        return vocabulary

    def words(self) -> list[str]:
        """All words, in the order of their numbers."""
        ends = self._offsets[: self._n + 1].tolist()
        blob = self._pool[: ends[-1]].tobytes()
        return [blob[a:b].decode("utf-8", "surrogatepass") for a, b in itertools.pairwise(ends)]

    def add_texts(
        self,
        texts: Iterable[str],
        min_length: int = 1,
        *,
        lowercase: bool = True,
        characters: NDArray[np.uint8] | None = None,
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Find the words of each text, number the new ones.

        Returns tokens, int32 (n_tokens,): the words' numbers in reading order, SHORT (-1) for a word of fewer than
        `min_length` characters; and lengths, int32 (n_texts,): how many of them each text has. A word is a run of
        `characters`, one of the tables of `word_characters`: scikit-learn's `\\w` unless another is given.
        """
        return self._scan_texts(texts, min_length, lowercase, characters, True)

    def find_texts(
        self,
        texts: Iterable[str],
        min_length: int = 1,
        *,
        lowercase: bool = True,
        characters: NDArray[np.uint8] | None = None,
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """`add_texts` without adding: UNKNOWN (-2) for a word that has no number."""
        return self._scan_texts(texts, min_length, lowercase, characters, False)

    def _scan_texts(
        self,
        texts: Iterable[str],
        min_length: int,
        lowercase: bool,
        characters: NDArray[np.uint8] | None,
        insert: bool,
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        tokens, lengths = [np.empty(0, dtype=np.int32)], [np.empty(0, dtype=np.int32)]
        is_word = python_words() if characters is None else characters
        chunk: list[bytes] = []
        size = 0
        for text in texts:
            if not isinstance(text, str):
                raise TypeError(f"a document must be a string, got {type(text).__name__}")
            # Python lower-cases by the whole Unicode standard, and quickly; the scanner needs no case tables.
            chunk.append((text.lower() if lowercase else text).encode("utf-8", "surrogatepass"))
            size += len(chunk[-1])
            if size > _CHUNK_BYTES:
                self._scan_into(tokens, lengths, chunk, is_word, min_length, insert)
                chunk, size = [], 0
        self._scan_into(tokens, lengths, chunk, is_word, min_length, insert)
        return np.concatenate(tokens), np.concatenate(lengths)

    def add_words(self, words: Sequence[str]) -> NDArray[np.int32]:
        """Number whole words, whatever their characters; -1 for "". Shape (n,)."""
        return self._number(words, True)

    def find(self, words: Sequence[str]) -> NDArray[np.int32]:
        """The numbers of whole words, -1 where unknown. Shape (n,)."""
        return self._number(words, False)

    def _number(self, words: Sequence[str], insert: bool) -> NDArray[np.int32]:
        encoded = [word.encode("utf-8", "surrogatepass") for word in words]
        tokens: list[NDArray[np.int32]] = []
        lengths: list[NDArray[np.int32]] = []
        self._scan_into(tokens, lengths, encoded, _every_character(), 1, insert)
        numbers = np.full(len(words), -1, dtype=np.int32)
        numbers[lengths[0] > 0] = np.maximum(tokens[0], -1)
        return numbers

    def _scan_into(
        self,
        tokens: list[NDArray[np.int32]],
        lengths: list[NDArray[np.int32]],
        chunk: list[bytes],
        is_word: NDArray[np.uint8],
        min_length: int,
        insert: bool,
    ) -> None:
        data = np.frombuffer(bytearray(b"\xff".join([*chunk, b""])), dtype=np.uint8)
        found = np.empty(len(data) // 2 + 1, dtype=np.int32)
        counts = np.zeros(len(chunk), dtype=np.int32)
        state = np.array([0, 0, 0, 0, self._n], dtype=np.int64)
        while True:
            _scan(
                data, is_word, min_length, insert, self._pool, self._offsets, self._hashes, self._slots, found, counts, state
            )  # fmt: skip
            self._n = int(state[4])
            if state[0] == len(data):
                break
            self._grow(len(data))
        tokens.append(found[: state[2]].copy())
        lengths.append(counts)

    def _grow(self, room: int) -> None:
        """Enlarge what is nearly full. `room`: the next word is shorter than this many bytes."""
        used = int(self._offsets[self._n])
        if used + room > len(self._pool):
            pool = np.empty(2 * used + room, dtype=np.uint8)
            pool[:used] = self._pool[:used]
            self._pool = pool
        if self._n + 2 > len(self._offsets):
            self._offsets = np.concatenate([self._offsets, np.zeros_like(self._offsets)])
            self._hashes = np.concatenate([self._hashes, np.zeros_like(self._hashes)])
        if 2 * self._n + 2 > len(self._slots):
            self._slots = np.full(2 * len(self._slots), -1, dtype=np.int32)
            _fill_slots(self._hashes, self._n, self._slots)
