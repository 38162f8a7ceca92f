"""From a document to its features: decode, preprocess, cut into words or characters, join neighbours to n-grams.

The steps, their parameters and their corner cases are those of scikit-learn's vectorizers, so that the features are the
same; here they stand as plain functions and one class that puts them together.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any, Literal

from nlpjourney.ml.estimator import Estimator

WORD_PATTERN = r"(?u)\b\w\w+\b"


def strip_accents_unicode(text: str) -> str:
    """Letters without their accents: decompose (NFKD), then drop what combines."""
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def strip_accents_ascii(text: str) -> str:
    """Decompose, then drop everything that is not ASCII: faster and rougher."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")


def word_ngrams(words: list[str], ngram_range: tuple[int, int]) -> list[str]:
    """All runs of n words, for each n of the range in turn, joined by spaces."""
    least, most = ngram_range
    return [
        " ".join(words[i : i + n]) for n in range(least, min(most, len(words)) + 1) for i in range(len(words) - n + 1)
    ]


def char_ngrams(text: str, ngram_range: tuple[int, int]) -> list[str]:
    """All runs of n characters; two or more white spaces count as one space."""
    text = re.sub(r"\s\s+", " ", text)
    least, most = ngram_range
    return [text[i : i + n] for n in range(least, min(most, len(text)) + 1) for i in range(len(text) - n + 1)]


def char_wb_ngrams(text: str, ngram_range: tuple[int, int]) -> list[str]:
    """Runs of n characters inside words, each with a space on both sides; a word shorter than n counts once."""
    least, most = ngram_range
    found = []
    for word in re.sub(r"\s\s+", " ", text).split():
        padded = f" {word} "
        for n in range(least, most + 1):
            found += [padded[i : i + n] for i in range(max(1, len(padded) - n + 1))]
            if n >= len(padded):
                break
    return found


class TextAnalyzer(Estimator):
    """The parameters that all vectorizers share, and the analyzer that they describe."""

    input: Literal["content", "file", "filename"]
    encoding: str
    decode_error: str
    strip_accents: Any
    lowercase: bool
    preprocessor: Callable[[str], str] | None
    tokenizer: Callable[[str], list[str]] | None
    stop_words: Any
    token_pattern: str | None
    ngram_range: tuple[int, int]
    analyzer: Any

    def decode(self, document: Any) -> Any:
        """The text of a document: a string, bytes, an open file or a file's name, by `input`.

        Anything else (a list of tokens, say) is given as it is to an analyzer, preprocessor or tokenizer that is a function.
        """
        if self.input == "filename":
            with open(document, "rb") as file:
                document = file.read()
        elif self.input == "file":
            document = document.read()
        if isinstance(document, bytes):
            document = document.decode(self.encoding, self.decode_error)
        if isinstance(document, str):
            return document
        missing = document is None or (isinstance(document, float) and math.isnan(document))
        if missing or not self._takes_anything():
            raise ValueError(
                f"a document must be a string or bytes, got {document!r}: "
                + (
                    "is a value missing?"
                    if missing
                    else "documents of another kind need an analyzer or preprocessor of your own"
                )
            )
        return document

    def _takes_anything(self) -> bool:
        """Whether a function of the user's sees the document before any step of ours that needs a text."""
        ours = self.lowercase or self.strip_accents is not None
        tokenizer = self.analyzer == "word" and self.tokenizer is not None
        return callable(self.analyzer) or self.preprocessor is not None or (tokenizer and not ours)

    def build_preprocessor(self) -> Callable[[str], str]:
        """The function that is applied to a text before it is cut: lower case, then accents."""
        if self.preprocessor is not None:
            return self.preprocessor
        strip = self._accent_stripper()

        def preprocess(text: str) -> str:
            if self.lowercase:
                text = text.lower()
            return strip(text) if strip else text

        return preprocess

    def _accent_stripper(self) -> Callable[[str], str] | None:
        if callable(self.strip_accents):
            stripper: Callable[[str], str] = self.strip_accents
            return stripper
        known = {None: None, "ascii": strip_accents_ascii, "unicode": strip_accents_unicode}
        if self.strip_accents not in known:
            raise ValueError(
                f"strip_accents must be 'ascii', 'unicode', a function or None, not {self.strip_accents!r}"
            )
        return known[self.strip_accents]

    def build_tokenizer(self) -> Callable[[str], list[str]]:
        """The function that cuts a text into words."""
        if self.tokenizer is not None:
            return self.tokenizer
        if self.token_pattern is None:
            raise ValueError("give a token_pattern or a tokenizer")
        pattern = re.compile(self.token_pattern)
        if pattern.groups > 1:
            raise ValueError("token_pattern may have one group at most, which then is the word")
        return pattern.findall

    def get_stop_words(self) -> frozenset[str]:
        """The words to leave out. "english" is scikit-learn's list, for which it must be installed."""
        if self.stop_words is None:
            return frozenset()
        if self.stop_words == "english":
            try:
                from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS
            except ModuleNotFoundError as error:
                raise ModuleNotFoundError(
                    'stop_words="english" is scikit-learn\'s list: pip install scikit-learn, or give a list of your own'
                ) from error

            return frozenset(ENGLISH_STOP_WORDS)
        if isinstance(self.stop_words, str):
            raise ValueError(f'stop_words must be "english", a list or None, not {self.stop_words!r}')
        return frozenset(self.stop_words)

    def build_analyzer(self) -> Callable[[Any], list[str]]:
        """The function from a document to the list of its features, with repetitions."""
        self._check_analyzer()
        if callable(self.analyzer):
            return lambda document: list(self.analyzer(self.decode(document)))
        preprocess = self.build_preprocessor()
        if self.analyzer == "word":
            tokenize, stop = self.build_tokenizer(), self.get_stop_words()

            def words(document: Any) -> list[str]:
                found = [word for word in tokenize(preprocess(self.decode(document))) if word not in stop]
                return found if self.ngram_range == (1, 1) else word_ngrams(found, self.ngram_range)

            return words
        cut = char_ngrams if self.analyzer == "char" else char_wb_ngrams
        return lambda document: cut(preprocess(self.decode(document)), self.ngram_range)

    def _check_analyzer(self) -> None:
        """Raise ValueError for parameters that cannot be."""
        if not (callable(self.analyzer) or self.analyzer in ("word", "char", "char_wb")):
            raise ValueError(f"analyzer must be 'word', 'char', 'char_wb' or a function, not {self.analyzer!r}")
        least, most = self.ngram_range
        if not 1 <= least <= most:
            raise ValueError(f"ngram_range must be (least, most) with 1 <= least <= most, not {self.ngram_range!r}")
        if self.input not in ("content", "file", "filename"):
            raise ValueError(f"input must be 'content', 'file' or 'filename', not {self.input!r}")

    def _is_plain(self) -> bool:
        """Whether the compiled counter can do it: words by the default pattern, whatever their n-grams."""
        return (
            self.analyzer == "word"
            and self.tokenizer is None
            and self.preprocessor is None
            and self.token_pattern == WORD_PATTERN
        )

    def _plain_texts(self, documents: Iterable[Any]) -> Iterable[str]:
        """The texts for the compiled counter: decoded, and without accents if so wished; it lower-cases itself."""
        strip = self._accent_stripper()
        if strip is None:
            return map(self.decode, documents)
        preprocess = self.build_preprocessor()
        return (preprocess(self.decode(document)) for document in documents)

    @staticmethod
    def _check_documents(documents: Any) -> None:
        if isinstance(documents, str):
            raise ValueError("documents must be a list of texts, not one string: did you forget the brackets?")
