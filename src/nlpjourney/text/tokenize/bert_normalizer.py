"""BERT's normalisation: clean, lower-case, strip accents (Devlin et al., 2018).

Control characters go; white space becomes a space; with `strip_accents` a letter is decomposed (NFD) and its
accents go; with `lowercase` every character is lower-cased by itself. Notable choices: the character classes are
those of Hugging Face tokenizers (see `unicode_classes`), and each step is a `str.translate` with a table that fills
itself, so that Python's C loop does the work and ASCII stays fast.
"""

import unicodedata

from nlpjourney.text.tokenize import unicode_classes, unicode_tables


class _Table(dict[int, str]):
    """A translation table whose entries are computed when a character is first seen."""

    def __init__(self, lowercase: bool, strip_accents: bool) -> None:
        super().__init__()
        self._lowercase = lowercase
        self._strip_accents = strip_accents
        self._classes = unicode_classes.bert_classes()

    def __missing__(self, code: int) -> str:
        char, bits = chr(code), self._classes[code]
        removed = bits & unicode_classes.BERT_CONTROL or (self._strip_accents and bits & unicode_classes.BERT_ACCENT)
        if removed or 0xD800 <= code < 0xE000:  # a lone surrogate would become U+FFFD, which goes with the controls
            result = ""
        elif bits & unicode_classes.BERT_SPACE:
            result = " "
        elif self._lowercase:
            result = unicode_tables.LOWER_CASE.get(char) or char.lower()
        else:
            result = char
        self[code] = result
        return result


class BertNormalizer:
    """`normalize(text)` as BERT's tokenizer does it, without the spaces around Chinese characters.

    Those characters stay where they are: WordPiece treats each of them as a word of its own.
    """

    def __init__(self, lowercase: bool = True, strip_accents: bool | None = None) -> None:
        self.lowercase = lowercase
        self.strip_accents = lowercase if strip_accents is None else strip_accents
        self._clean = _Table(lowercase=False, strip_accents=False)
        self._finish = _Table(lowercase, self.strip_accents)

    def normalize(self, text: str) -> str:
        """`text` normalised."""
        if text.isascii():
            return text.translate(self._finish)  # one pass: there is nothing to decompose
        text = text.translate(self._clean)
        if self.strip_accents:
            text = unicodedata.normalize("NFD", text)
        return text.translate(self._finish)

    def normalize_with_origins(self, text: str) -> tuple[str, list[int]]:
        """`text` normalised, and for each character of the result the index of the one it came from."""
        pieces = [self.normalize(char) for char in text]
        return "".join(pieces), [i for i, piece in enumerate(pieces) for _ in piece]
