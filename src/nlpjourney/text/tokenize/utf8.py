"""UTF-8 as kernels need it: strings to byte arrays, code points out of bytes, byte offsets to character offsets.

Notable choice: a lone surrogate, which a Python string may hold but UTF-8 cannot, becomes U+FFFD, and a split pair
of surrogates becomes the character it stands for, as in tiktoken.

In plain Python: `plain_char_offsets` (`text.tokenize.plain`).
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpjourney.text.garbage import collector_rests
from nlpjourney.text.tokenize.arguments import check_text


def to_bytes(text: str) -> NDArray[np.uint8]:
    """The UTF-8 bytes of `text`, shape (n_bytes,), read-only."""
    return np.frombuffer(encode(text), dtype=np.uint8)


def encode(text: str) -> bytes:
    """The UTF-8 bytes of `text`. Raises TypeError when it is no string."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return well_formed(text).encode()
    except AttributeError:  # asked only now, as a check before costs time in batches of short texts
        check_text(text)
        raise


def join(texts: Sequence[bytes]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Encoded texts one behind the other, and where each ends, shape (n_texts,)."""
    ends = np.cumsum(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)))
    return np.frombuffer(b"".join(texts), dtype=np.uint8), ends


def well_formed(text: str) -> str:
    """`text` with surrogate pairs joined and lone surrogates replaced by U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@njit(cache=True, inline="always")
def char_length(first_byte: int) -> int:
    """How many bytes a UTF-8 character has, by its first byte."""
    return int(1 + (first_byte >= 0xC0) + (first_byte >= 0xE0) + (first_byte >= 0xF0))


@cache
def _integers(n: int) -> NDArray[np.object_]:
    return np.arange(n).astype(object)


def to_list(ids: NDArray[np.int32]) -> list[int]:
    """`ids.tolist()`, in half the time and a fifth of the memory where they are many: equal ids are the same object."""
    size = 1 << int(ids.max(initial=0)).bit_length()
    if len(ids) < 1000 or size > 1 << 20:  # a table would cost more than it saves
        found: list[int] = ids.tolist()
        return found
    shared: list[int] = _integers(size).take(ids).tolist()
    return shared


def cut(ids: NDArray[np.int32], ends: NDArray[np.int64]) -> list[list[int]]:
    """`ids` as one list for each text, which ends at `ends[i]`."""
    with collector_rests():
        whole, places = to_list(ids), ends.tolist()
        return [whole[start:end] for start, end in zip([0, *places], places)]


@njit(cache=True, inline="always")
def code_point(data: NDArray[np.uint8], at: int) -> tuple[np.int64, int]:
    """The code point that starts at byte `at` of valid UTF-8, and where the next one starts."""
    first = np.int64(data[at])
    if first < 0x80:
        return first, at + 1
    if first < 0xE0:
        return (first & 0x1F) << 6 | (np.int64(data[at + 1]) & 0x3F), at + 2
    if first < 0xF0:
        middle = (np.int64(data[at + 1]) & 0x3F) << 6
        return (first & 0x0F) << 12 | middle | (np.int64(data[at + 2]) & 0x3F), at + 3
    middle = (np.int64(data[at + 1]) & 0x3F) << 12 | (np.int64(data[at + 2]) & 0x3F) << 6
    return (first & 0x07) << 18 | middle | (np.int64(data[at + 3]) & 0x3F), at + 4


@njit(cache=True)
def char_offsets(
    data: NDArray[np.uint8], byte_starts: NDArray[np.int64], byte_ends: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Byte spans as character spans, shape (n, 2). A span that cuts a character covers the whole of it."""
    char_of = np.empty(len(data) + 1, dtype=np.int64)  # the character that each byte belongs to
    n_chars = 0
    for at in range(len(data)):
        if data[at] & 0xC0 != 0x80:  # not a continuation byte: a character starts
            n_chars += 1
        char_of[at] = n_chars - 1
    spans = np.empty((len(byte_starts), 2), dtype=np.int64)
    for i in range(len(byte_starts)):
        start, end = byte_starts[i], byte_ends[i]
        spans[i, 0] = char_of[start] if start < len(data) else n_chars
        spans[i, 1] = char_of[end - 1] + 1 if end > start else spans[i, 0]
    return spans


def positions(text: str) -> NDArray[np.int64]:
    """For each character of `well_formed(text)` its index in `text`, and at the end `len(text)`."""
    starts = np.arange(len(text) + 1)
    try:
        text.encode()
    except UnicodeEncodeError:
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        is_high, is_low = codes >> 10 == 0xD800 >> 10, codes >> 10 == 0xDC00 >> 10
        second_halves = 1 + np.flatnonzero(is_high[:-1] & is_low[1:])
        starts = np.delete(starts, second_halves)
    return starts
