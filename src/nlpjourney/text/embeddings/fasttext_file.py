"""fastText's own file, `.bin`: options, dictionary, the matrix of words and buckets, the output matrix. All little-endian.

    int32 magic, version; the options (12 int32, float64 t); int32 n_entries, n_words, n_labels; int64 n_tokens, pruned
    for each word: its bytes, 0, int64 count, int8 kind
    twice: bool quantized; int64 n_rows, d; float32 rows

What was read is written again byte for byte. Files of classifiers (with labels) and compressed ones are refused.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlpjourney import files
from nlpjourney.errors import FileFormatError

MAGIC, VERSION = 793712314, 12
_OPTIONS = struct.Struct("<12id")
_SIZES = struct.Struct("<3i2q")
_ENTRY = struct.Struct("<qb")
_SHAPE = struct.Struct("<?2q")


class Options(NamedTuple):
    """fastText's options, by its own names. loss: 1 hierarchical softmax, 2 negative sampling; model: 1 CBOW, 2 skip-gram."""

    dim: int
    ws: int
    epoch: int
    min_count: int
    neg: int
    word_ngrams: int
    loss: int
    model: int
    bucket: int
    minn: int
    maxn: int
    lr_update_rate: int
    t: float


class FastTextFile(NamedTuple):
    """counts: int64 (n_words,); inputs: float32 (n_words + bucket, dim), words first; output: float32 (n_words, dim)."""

    options: Options
    words: list[str]
    counts: NDArray[np.int64]
    n_tokens: int
    inputs: NDArray[np.float32]
    output: NDArray[np.float32]


def write_fasttext(model: FastTextFile, file: str | Path) -> None:
    """Write a `.bin`. Raises ValueError for a word with a zero byte, which ends words there."""
    n_words = len(model.words)
    parts = [struct.pack("<2i", MAGIC, VERSION), _OPTIONS.pack(*model.options)]
    parts.append(_SIZES.pack(n_words, n_words, 0, model.n_tokens, -1))
    for word, count in zip(model.words, model.counts.tolist()):
        if "\0" in word:
            raise ValueError(f"the format ends a word at a zero byte, so it cannot hold {word!r}")
        parts += [word.encode("utf-8", "surrogateescape"), b"\0", _ENTRY.pack(count, 0)]
    for matrix in (model.inputs, model.output):
        parts += [_SHAPE.pack(False, *matrix.shape), matrix.astype("<f4", copy=False).tobytes()]
    files.write_bytes(Path(file), b"".join(parts))


def read_fasttext(file: str | Path) -> FastTextFile:
    """Read a `.bin`. Raises ValueError when it is none, is cut, or holds a classifier or a compressed model."""
    data = Path(file).read_bytes()
    try:
        return _parse(data)
    except struct.error as error:
        raise FileFormatError(f"{file}: the file is cut") from error
    except ValueError as error:
        raise FileFormatError(f"{file}: {error}") from error


def _parse(data: bytes) -> FastTextFile:
    magic, version = struct.unpack_from("<2i", data)
    if magic != MAGIC:
        raise ValueError("not a fastText model: this is not how one begins")
    if version != VERSION:
        raise ValueError(
            f"a fastText model of version {version}, and only {VERSION} can be read; Gensim reads older ones"
        )
    options = Options(*_OPTIONS.unpack_from(data, 8))
    at = 8 + _OPTIONS.size
    n_entries, n_words, n_labels, n_tokens, pruned = _SIZES.unpack_from(data, at)
    at += _SIZES.size
    if n_labels or n_entries != n_words or pruned >= 0:
        raise ValueError("a classifier or a pruned model; only models of word vectors can be read")
    if n_words < 0:
        raise ValueError(f"{n_words} words")
    words, counts = [], []
    for _ in range(n_words):
        end = data.find(b"\0", at)
        if end < 0:
            raise ValueError("the file is cut")
        words.append(data[at:end].decode("utf-8", "surrogateescape"))
        counts.append(_ENTRY.unpack_from(data, end + 1)[0])
        at = end + 1 + _ENTRY.size
    inputs, at = _matrix(data, at)
    output, at = _matrix(data, at)
    if at != len(data):
        raise ValueError(f"{len(data) - at} bytes too many")
    if inputs.shape != (n_words + options.bucket, options.dim):
        raise ValueError(f"{n_words} words and {options.bucket} buckets, but a matrix of shape {inputs.shape}")
    if output.shape != (n_words, options.dim):
        raise ValueError(f"{n_words} words of {options.dim} numbers, but an output matrix of shape {output.shape}")
    if len(set(words)) < n_words:
        raise ValueError("a word occurs twice")
    return FastTextFile(options, words, np.array(counts, dtype=np.int64), n_tokens, inputs, output)


def _matrix(data: bytes, at: int) -> tuple[NDArray[np.float32], int]:
    quantized, n_rows, size = _SHAPE.unpack_from(data, at)
    at += _SHAPE.size
    if quantized:
        raise ValueError("a compressed (quantized) model; only plain ones can be read")
    if n_rows < 0 or size < 1:
        raise ValueError(f"a matrix of {n_rows} rows of {size} numbers")
    if at + 4 * n_rows * size > len(data):
        raise ValueError("the file is cut")
    rows = np.frombuffer(data, dtype="<f4", count=n_rows * size, offset=at)
    return rows.reshape(n_rows, size).astype(np.float32), at + 4 * n_rows * size
