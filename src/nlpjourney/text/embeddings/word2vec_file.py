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

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlpjourney import files
from nlpjourney.errors import FileFormatError
from nlpjourney.text.embeddings.word_vectors import WordVectors


def save_text(vectors: WordVectors, file: str | Path, *, header: bool = True) -> None:
    """Write word2vec's text format, or without `header` GloVe's. Raises ValueError for a word that the format cannot hold."""
    rows = [f"{len(vectors)} {vectors.vectors.shape[1]}"] if header else []
    for word, vector in zip(vectors.words, vectors.vectors):
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
    """Read word2vec's or GloVe's text. A first line of two whole numbers is word2vec's.

    Raises ValueError, with the line, where a line has too few numbers, or when lines are missing.
    """
    with Path(file).open(encoding="utf-8", errors="surrogateescape", newline="\n") as lines:
        first = lines.readline()
        header = re.fullmatch(r"(\d+) (\d+)\s*", first)
        n_words, size = (int(header[1]), int(header[2])) if header else (-1, len(first.split(" ")) - 1)
        words, rows = [], []
        for n, line in enumerate(_after(first, lines, bool(header)), start=2 if header else 1):
            # The word is what is left of the last `size` numbers: GloVe has words with spaces.
            word, *numbers = line.rstrip("\r\n ").rsplit(" ", size)
            try:
                row = np.array(numbers, dtype=np.float64).astype(np.float32)
            except ValueError:
                row = np.empty(0, dtype=np.float32)
            if len(row) != size:
                raise FileFormatError(f"{file}, line {n}: expected a word and {size} numbers, got {line[:60]!r}")
            words.append(word)
            rows.append(row)
    if header and len(words) != n_words:
        raise FileFormatError(
            f"{file}: the first line promises {n_words} words, there are {len(words)}; is the file cut?"
        )
    return WordVectors(words, np.array(rows, dtype=np.float32).reshape(len(words), size))


def _after(first: str, lines: Iterator[str], header: bool) -> Iterator[str]:
    if not header and first:
        yield first
    yield from lines


def load_binary(file: str | Path) -> WordVectors:
    """Read word2vec's binary format, with or without a newline after each vector. Raises ValueError when the file is cut."""
    data = Path(file).read_bytes()
    header = re.match(rb"(\d+) (\d+)\s*?\n", data)
    if header is None:
        raise FileFormatError(f'{file}: a binary word2vec file begins with "n_words d", this one with {data[:20]!r}')
    n_words, size = int(header[1]), int(header[2])
    words: list[str] = []
    vectors: NDArray[np.float32] = np.empty((n_words, size), dtype=np.float32)
    at = header.end()
    for row in vectors:
        end = data.find(b" ", at)
        if end < 0 or end + 1 + 4 * size > len(data):
            raise FileFormatError(f"{file}: cut after {len(words)} of {n_words} words")
        words.append(data[at:end].lstrip(b"\n").decode("utf-8", "surrogateescape"))
        row[:] = np.frombuffer(data, dtype="<f4", count=size, offset=end + 1)
        at = end + 1 + 4 * size
    return WordVectors(words, vectors)
