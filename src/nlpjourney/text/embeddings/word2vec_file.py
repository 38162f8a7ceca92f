"""The files that word vectors travel in: word2vec's text and binary formats, and GloVe's text.

    text    first line "n_words d", then a line per word: the word and d decimal numbers, separated by spaces
    GloVe   the same without the first line
    binary  the same first line, then for each word its bytes, a space, and d little-endian float32

Notable choices:
- Numbers are written with the fewest digits that read back to the same float32: text loses nothing, as Gensim's does.
- word2vec.c ends each binary vector with a newline and Gensim does not: both are read; we write without.
- Bytes of a word that are not UTF-8 (the Google News vectors have some) survive reading and writing as surrogates.
"""

from __future__ import annotations

import codecs
import gzip
import io
import re
import warnings
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from nlpjourney import files
from nlpjourney.errors import FileFormatError
from nlpjourney.text.embeddings.word_vectors import WordVectors

T = TypeVar("T")


def save_text(vectors: WordVectors, file: str | Path, *, header: bool = True) -> None:
    """Write word2vec's text format, or without `header` GloVe's. Raises ValueError for a word that the format cannot hold."""
    rows = [f"{len(vectors)} {vectors.vectors.shape[1]}"] if header else []
    for word, vector in zip(vectors.words, vectors.vectors):
        if not header and _ends_in_number(word):
            raise ValueError(f"without a first line that tells the size, {word!r} would be read as a word and a number")
        rows.append(f"{_one_line(word)} {' '.join(map(str, vector))}")
    files.write_bytes(Path(file), ("\n".join(rows) + "\n").encode("utf-8", "surrogateescape"))


def save_binary(vectors: WordVectors, file: str | Path) -> None:
    """Write word2vec's binary format. Raises ValueError for a word that the format cannot hold."""
    parts = [f"{len(vectors)} {vectors.vectors.shape[1]}\n".encode()]
    for word, vector in zip(vectors.words, vectors.vectors.astype("<f4")):
        if " " in word:
            raise ValueError(f"the binary format ends a word at its first space, so it cannot hold {word!r}")
        parts += [_one_line(word).encode("utf-8", "surrogateescape"), b" ", vector.tobytes()]
    files.write_bytes(Path(file), b"".join(parts))


def _one_line(word: str) -> str:
    if not word or "\n" in word:
        raise ValueError(f"the format needs words of at least one character without line ends, not {word!r}")
    return word


def load_text(file: str | Path) -> WordVectors:
    """Read word2vec's or GloVe's text, compressed by gzip or not. A first line of two whole numbers is word2vec's.

    Of a word that occurs twice the first vector counts, and a warning says so. Raises ValueError, with the line, where a line has
    too few numbers or one that is not finite; when lines are missing; and for a file that is neither of the two.
    """
    with _opened(file) as raw, io.TextIOWrapper(raw, "utf-8", "surrogateescape", newline="\n") as lines:
        first = _read(file, lines.readline)
        header = re.fullmatch(r"\s*([0-9]+) +([0-9]+)\s*", first)
        n_words, size = _sizes(file, header) if header else (-1, len(first.split(" ")) - 1)
        if size == 0:
            tabs = ", not by tabs" if "\t" in first else ""
            raise FileFormatError(
                f"{file}: expected word vectors, a word and its numbers on each line with a space between them{tabs}; "
                f"the file begins with {first[:60]!r}"
            )
        words, rows = [], []
        blank = 0
        for n, line in enumerate(_after(file, first, lines, bool(header)), start=2 if header else 1):
            if not line.rstrip("\r\n "):
                blank = blank or n
                continue
            # The word is what is left of the last `size` numbers: GloVe has words with spaces.
            word, *numbers = line.rstrip("\r\n ").rsplit(" ", size)
            try:
                with np.errstate(over="ignore"):
                    row = np.array(numbers, dtype=np.float64).astype(np.float32)
            except ValueError:
                row = np.empty(0, dtype=np.float32)
            if blank or len(row) != size or not np.isfinite(row).all():
                at, got = (blank, "\n") if blank else (n, line[:60])  # blank lines may stand at the end alone
                raise FileFormatError(f"{file}, line {at}: expected a word and {size} numbers, all finite, got {got!r}")
            words.append(word)
            rows.append(row)
    if header and len(words) != n_words:
        raise FileFormatError(
            f"{file}: the first line promises {n_words} words, there are {len(words)}; is the file cut?"
        )
    doubtful = [word for word in words if _ends_in_number(word)]
    if doubtful and (not header or len(doubtful) == len(words)):
        raise FileFormatError(
            f"{file}: beside the {size} numbers of the first line, {doubtful[0][:60]!r} would be a word; is the first line wrong?"
        )
    return _first_of_each(file, words, np.array(rows, dtype=np.float32).reshape(len(words), size))


def _sizes(file: str | Path, header: re.Match[Any]) -> tuple[int, int]:
    """The two numbers of a first line."""
    if max(map(len, header.groups())) > 12:
        raise FileFormatError(
            f"{file}: no file has as many words or numbers as the first line promises, {header[0][:60]!r}"
        )
    return int(header[1]), int(header[2])


def _ends_in_number(word: str) -> bool:
    """Whether a word with spaces looks like a word with numbers left over, as "cat 0.5" does."""
    return re.search(r" [-+]?[0-9.]*[0-9](e[-+]?[0-9]+)?$", word) is not None


def _opened(file: str | Path) -> IO[bytes]:
    """The file, through gzip where it begins as gzip's files do. Raises ValueError for a byte order mark."""
    with Path(file).open("rb") as raw:
        start = raw.read(3)
    if start.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise FileFormatError(f"{file} begins with a byte order mark: save it as UTF-8 without one")
    return cast(IO[bytes], gzip.open(file)) if start.startswith(b"\x1f\x8b") else Path(file).open("rb")


def _read(file: str | Path, step: Callable[[], T]) -> T:
    """What `step` reads. Raises ValueError for a compressed file that is damaged."""
    try:
        return step()
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise FileFormatError(f"{file} is a damaged gzip file ({error}): copy it again") from None


def _after(file: str | Path, first: str, lines: io.TextIOWrapper, header: bool) -> Iterator[str]:
    if not header:
        yield first
    while line := _read(file, lines.readline):
        yield line


def _first_of_each(file: str | Path, words: list[str], vectors: NDArray[np.float32]) -> WordVectors:
    """Words with the first vector of each."""
    rows = dict(zip(reversed(words), range(len(words) - 1, -1, -1)))
    if len(rows) == len(words):
        return WordVectors(words, vectors)
    again = next(word for i, word in enumerate(words) if rows[word] != i)
    warnings.warn(
        f"{file}: {len(words) - len(rows)} lines give a word again, such as {again!r}; its first vector counts",
        stacklevel=3,
    )
    kept = sorted(rows.values())
    return WordVectors([words[i] for i in kept], vectors[kept])


def load_binary(file: str | Path) -> WordVectors:
    """Read word2vec's binary format, with or without a newline after each vector, compressed by gzip or not.

    Of a word that occurs twice the first vector counts, and a warning says so. Raises ValueError when the file is cut, goes on
    behind its words, or holds numbers that are not finite.
    """
    with _opened(file) as raw:
        data = _read(file, raw.read)
    header = re.match(rb"([0-9]+) ([0-9]+)\s*?\n", data)
    if header is None:
        raise FileFormatError(f'{file}: a binary word2vec file begins with "n_words d", this one with {data[:20]!r}')
    n_words, size = _sizes(file, header)
    if size == 0:
        raise FileFormatError(f"{file}: the first line promises vectors of 0 numbers")
    room = (len(data) - header.end()) // (4 * size + 1)  # words that the file can hold at most
    words: list[str] = []
    vectors: NDArray[np.float32] = np.empty((min(n_words, room), size), dtype=np.float32)
    at = header.end()
    for row in vectors:
        end = data.find(b" ", at)
        if end < 0 or end + 1 + 4 * size > len(data):
            break
        words.append(data[at:end].lstrip(b"\n").decode("utf-8", "surrogateescape"))
        row[:] = np.frombuffer(data, dtype="<f4", count=size, offset=end + 1)
        at = end + 1 + 4 * size
    if len(words) < n_words:
        raise FileFormatError(f"{file}: cut after {len(words)} of {n_words} words")
    if data[at:].strip(b"\n"):
        raise FileFormatError(
            f"{file}: {len(data) - at} bytes more than the {n_words} words that the first line promises"
        )
    if (wrong := np.flatnonzero(~np.isfinite(vectors).all(axis=1))).size:
        raise FileFormatError(
            f"{file}: the vector of {words[wrong[0]]!r} holds numbers that are not finite; is the file damaged?"
        )
    return _first_of_each(file, words, vectors)
