"""How Pattern cuts a text into words: punctuation off both ends of what stands between white space, emoticons joined again.

De Smedt & Daelemans (2012). Notable choice: as TextBlob 0.20.1 does it, slips included. Of those one matters: a contraction is
cut first (*is n't*), and then the apostrophe is cut off too (*is n ' t*), so the negation in *isn't* is never found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

PUNCTUATION = ".,;:!?()[]{}`''\"@#$^&*+-|=~_"
MARKS = tuple(PUNCTUATION.replace(".", ""))
CONTRACTIONS = ("'d", "'m", "'s", "'ll", "'re", "'ve", "n't")
SINGLE_LETTER, LETTERS = re.compile(r"^[A-Za-z]\.$"), re.compile(r"^([A-Za-z]\.)+$")
TITLE = re.compile(r"^[A-Z][b|c|d|f|g|h|j|k|l|m|n|p|q|r|s|t|v|w|x|z]+.$")
END = "END-OF-SENTENCE"
ENDS, CLOSING = ("...", ".", "!", "?", END), ("'", '"', "”", "’", "...", ".", "!", "?", ")", END)


class Tokens:
    """The tokenizer, with the emoticons and abbreviations of the language."""

    def __init__(self, emoticons: Mapping[tuple[str, float], Iterable[str]], abbreviations: Iterable[str]) -> None:
        faces = sorted({face for own in emoticons.values() for face in own}, key=lambda face: (-len(face), face))
        pieces = "|".join(" ?".join(map(re.escape, face)) for face in faces)
        self.emoticon = re.compile(rf"({pieces})($|\s)")
        self.abbreviations = frozenset(abbreviations)

    def of(self, text: str) -> list[str]:
        """The words and marks of the text, in order."""
        for contraction in CONTRACTIONS:
            text = text.replace(contraction, " " + contraction)
        for quote in "“”‘’'\"":
            text = text.replace(quote, f" {quote} ")
        text = re.sub(r"\n{2,}", f" {END} ", text.replace("\r\n", "\n"))
        text = re.sub(r"\s+", " ", text)
        cut = [token for piece in re.findall(r"(\S+)\s", text + " ") for token in self._cut(piece)]
        return [word for sentence in _sentences(cut) for word in self._joined(sentence).split()]

    def _cut(self, piece: str) -> list[str]:
        """A piece without the marks at its ends, and those marks."""
        head, tail = [], []
        while piece.startswith(MARKS) and piece not in CONTRACTIONS:
            head.append(piece[0])
            piece = piece[1:]
        while piece.endswith((*MARKS, ".")) and piece not in CONTRACTIONS:
            if piece.endswith(MARKS):
                tail.append(piece[-1])
                piece = piece[:-1]
            if piece.endswith("..."):
                tail.append("...")
                piece = piece[:-3].rstrip(".")
            if piece.endswith("."):
                if self._is_abbreviation(piece):
                    break
                tail.append(".")
                piece = piece[:-1]
        return [*head, *([piece] if piece else []), *reversed(tail)]

    def _is_abbreviation(self, piece: str) -> bool:
        return piece in self.abbreviations or any(rule.match(piece) for rule in (SINGLE_LETTER, LETTERS, TITLE))

    def _joined(self, sentence: list[str]) -> str:
        """The sentence as a string, where emoticons and (!) that were cut apart are whole again."""
        text = re.sub(r"\( ?\! ?\)", "(!)", " ".join(sentence))
        return self.emoticon.sub(lambda found: found.group(1).replace(" ", "") + found.group(2), text)


def _sentences(tokens: list[str]) -> list[list[str]]:
    """Cut after the marks that end a sentence, and the quotes and brackets behind them."""
    sentences: list[list[str]] = [[]]
    start = at = 0
    while at < len(tokens):
        if tokens[at] in ENDS:
            while at < len(tokens) and tokens[at] in CLOSING:
                if tokens[at] in ("'", '"') and sentences[-1].count(tokens[at]) % 2 == 0:
                    break  # it opens the next one
                at += 1
            sentences[-1] += [token for token in tokens[start:at] if token != END]
            sentences.append([])
            start = at
        at += 1
    sentences[-1] += tokens[start:at]
    return [sentence for sentence in sentences if sentence]
