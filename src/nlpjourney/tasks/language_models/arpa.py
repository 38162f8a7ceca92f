"""ARPA files: an n-gram model as text, the format of SRILM and KenLM (named after the agency that paid for the first ones).

    \\data\\
    ngram 1=4              how many n-grams of each order
    \\1-grams:
    -0.6  a  -0.3          log10 of the probability, the n-gram, log10 of its backoff weight (none in the highest order)
    \\end\\

Columns are separated by tabs or spaces. Notable choices: numbers are written with as many digits as single precision needs to
come back the same; <unk> gets 10^−100 where a file has none, as in KenLM.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlpjourney.errors import FileFormatError, MissingFile
from nlpjourney.files import write_bytes
from nlpjourney.tasks.language_models import query
from nlpjourney.tasks.language_models.counts import NGrams
from nlpjourney.tasks.language_models.ngram import NGramModel
from nlpjourney.tasks.language_models.sentences import SPECIAL
from nlpjourney.tasks.language_models.smoothing import NEVER, Estimate
from nlpjourney.text.vocabulary import Vocabulary

UNKNOWN_MISSING = -100.0


def write_arpa(model: NGramModel, path: str | Path) -> None:
    """Write a model as an ARPA file, aside and then renamed. Raises ValueError for words with white space."""
    ngrams, words = model.ngrams, model.vocabulary.words()
    if bad := [word for word in words if len(_cut(word)) != 1]:
        raise ValueError(f"an ARPA file separates words by white space, so it cannot hold {bad[0]!r}")
    out = io.StringIO()
    out.write("\\data\\\n")
    for n, size in enumerate(model.n_ngrams, 1):
        out.write(f"ngram {n}={size}\n")
    names = [""]  # of the n-grams one shorter
    for n in range(1, ngrams.order + 1):
        ids, before = ngrams.of(n), ngrams.of(n - 1).start
        last = ngrams.word[ids].tolist()
        names = [
            f"{names[p - before]} {words[w]}" if n > 1 else words[w] for p, w in zip(ngrams.parent[ids].tolist(), last)
        ]
        out.write(f"\n\\{n}-grams:\n")
        scores = [str(score) for score in model.log_prob[ids]]
        if n < ngrams.order:
            weights = [str(weight) for weight in model.backoff[ids]]
            out.writelines(f"{s}\t{name}\t{b}\n" for s, name, b in zip(scores, names, weights))
        else:
            out.writelines(f"{s}\t{name}\n" for s, name in zip(scores, names))
    out.write("\n\\end\\\n")
    write_bytes(Path(path), out.getvalue().encode("utf-8", "surrogatepass"))


def _cut(line: str) -> list[str]:
    """The columns of a line, which ASCII white space separates: a no-break space belongs to a word."""
    return [part.decode("utf-8", "surrogatepass") for part in line.encode("utf-8", "surrogatepass").split()]


def read_arpa(path: str | Path) -> NGramModel:
    """The model in an ARPA file. Raises MissingFile, and FileFormatError with the line that is wrong."""
    try:
        text = Path(path).read_bytes().decode("utf-8", "surrogatepass")
    except FileNotFoundError:
        raise MissingFile(f"there is no file {path}") from None
    except UnicodeDecodeError as error:
        raise FileFormatError(f"{path} is no ARPA file: it is not text in UTF-8 ({error})") from None
    return _Reader(str(path), text).model()


class _Reader:
    """Goes through the lines of a file, and knows where it is when something is wrong."""

    def __init__(self, path: str, text: str) -> None:
        self.path, self.lines, self.at = path, text.split("\n"), 0

    def wrong(self, what: str) -> FileFormatError:
        return FileFormatError(f"{self.path}, line {self.at}: {what}")

    def next(self) -> str:
        """The next line that is not empty."""
        while self.at < len(self.lines):
            self.at += 1
            if line := self.lines[self.at - 1].strip(" \t\r"):
                return line
        raise self.wrong("the file ends before \\end\\: it is cut off")

    def model(self) -> NGramModel:
        line = self.next()
        while line != "\\data\\":  # other text may stand before it
            line = self.next()
        sizes: list[int] = []
        line = self.next()
        while line.startswith("ngram "):
            order, _, announced = line[6:].partition("=")
            if not (order.strip().isdecimal() and announced.strip().isdecimal()) or int(order) != len(sizes) + 1:
                raise self.wrong(f"expected 'ngram {len(sizes) + 1}=…', found {line!r}")
            sizes.append(int(announced))
            line = self.next()
        if not sizes:
            raise self.wrong("there is no line 'ngram 1=…' after \\data\\")
        vocabulary = Vocabulary()
        vocabulary.add_words(SPECIAL)
        parents, words = [np.zeros(1, np.int32)], [np.full(1, -1, np.int32)]
        probs, weights = [np.zeros(1, np.float32)], [np.zeros(1, np.float32)]
        starts = [0, 1]
        for n, size in enumerate(sizes, 1):
            if line != f"\\{n}-grams:":
                raise self.wrong(f"expected '\\{n}-grams:', found {line!r}")
            rows = list(self._rows(n, size, n == len(sizes)))
            names = [name for row in rows for name in row[1]]
            numbers = (vocabulary.add_words if n == 1 else vocabulary.find)(names).reshape(-1, n)
            p, b = (np.array([row[i] for row in rows], np.float32) for i in (0, 2))
            if n == 1:
                parent, word, p, b = self._unigrams(numbers[:, 0], p, b, len(vocabulary))
            else:
                if (numbers < 0).any():
                    raise self.wrong(f"among the {n}-grams there is a word that is no 1-gram")
                parent, word, p, b = self._longer(numbers, p, b, parents, words, n)
            parents.append(parent)
            words.append(word)
            probs.append(p)
            weights.append(b)
            starts.append(starts[-1] + len(parent))
            line = self.next()
        if line != "\\end\\":
            raise self.wrong(f"expected '\\end\\', found {line!r}")
        parent, word = np.concatenate(parents), np.concatenate(words)
        model = NGramModel(len(sizes))
        slots = query.make_slots(parent, word)
        ngrams = NGrams(parent, word, query.link_suffixes(parent, word, slots), np.array(starts))
        model._take(vocabulary, ngrams, Estimate(np.concatenate(probs), np.concatenate(weights), []), None)
        return model

    def _rows(self, n: int, size: int, highest: bool) -> Iterator[tuple[float, list[str], float]]:
        for _ in range(size):
            parts = _cut(self.next())
            if not n + 1 <= len(parts) <= n + 1 + (not highest):
                raise self.wrong(f"expected a number and {n} words, found {self.lines[self.at - 1]!r}")
            try:
                p, b = float(parts[0]), float(parts[n + 1]) if len(parts) > n + 1 else 0.0
            except ValueError:
                raise self.wrong(f"{parts[0]!r} or {parts[-1]!r} should be a number") from None
            if not p <= 0 or np.isnan(b):
                raise self.wrong(f"log10 of a probability must be 0 or less, not {parts[0]!r}")
            yield p, parts[1 : n + 1], b

    def _unigrams(
        self, numbers: NDArray[np.int32], p: NDArray[np.float32], b: NDArray[np.float32], vocab_size: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]:
        if len(set(numbers.tolist())) < len(numbers):
            raise self.wrong("a 1-gram occurs twice")
        probs = np.full(vocab_size, NEVER, np.float32)
        probs[0] = UNKNOWN_MISSING
        weights = np.zeros(vocab_size, np.float32)
        probs[numbers], weights[numbers] = p, b
        return np.zeros(vocab_size, np.int32), np.arange(vocab_size, dtype=np.int32), probs, weights

    def _longer(
        self, numbers: NDArray[np.int32], p: NDArray[np.float32], b: NDArray[np.float32],
        parents: list[NDArray[np.int32]], words: list[NDArray[np.int32]], n: int,
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]:  # fmt: skip
        """Sorted by history and last word, as everywhere here."""
        parent, word = np.concatenate(parents), np.concatenate(words)
        slots = query.make_slots(parent, word)
        histories = numbers[:, 0] + 1
        for i in range(1, n - 1):
            histories = query.find_ids(parent, word, slots, histories.astype(np.int32), numbers[:, i]).astype(np.int32)
            if (histories < 0).any():
                raise self.wrong(f"a {n}-gram begins with a {i + 1}-gram that the file does not have")
        keys = histories.astype(np.int64) << 32 | numbers[:, -1]
        order = np.argsort(keys)
        if (np.diff(keys[order]) == 0).any():
            raise self.wrong(f"a {n}-gram occurs twice")
        return histories[order].astype(np.int32), numbers[order, -1], p[order], b[order]
