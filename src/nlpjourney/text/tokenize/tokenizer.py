"""What every tokenizer can do, and the one that a file or folder holds.

Each class has more of its own (offsets, sampling, batches); code that takes "a tokenizer" needs this much.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from nlpjourney.errors import FileFormatError
from nlpjourney.text.tokenize import minbpe_file, sentencepiece_file, tokenizer_json
from nlpjourney.text.tokenize.bpe import BPE
from nlpjourney.text.tokenize.character_bpe import CharacterBPE
from nlpjourney.text.tokenize.special_tokens import SpecialTokens
from nlpjourney.text.tokenize.unigram import Unigram
from nlpjourney.text.tokenize.wordpiece import WordPiece


class Tokenizer(Protocol):
    """Strings to ids and back."""

    special_tokens: SpecialTokens

    @property
    def vocab_size(self) -> int:
        """How many ids there are, those of special tokens included."""

    def encode(self, text: str) -> list[int]:
        """The ids of `text`; nothing in it becomes a special token."""

    def decode(self, ids: Iterable[int]) -> str:
        """The text of `ids`. Raises ValueError for an id that is not there."""

    def token_bytes(self, id_: int) -> bytes:
        """The UTF-8 that a token adds to a text, none for a control token. Raises ValueError for an id that is not there."""


_BY_MODEL: dict[str, type[BPE | WordPiece | Unigram]] = {"BPE": BPE, "WordPiece": WordPiece, "Unigram": Unigram}
_NAMES = ("tokenizer.json", "tokenizer.model", "spiece.model", "vocab.txt")


def load_tokenizer(path: str | Path) -> Tokenizer:
    """The tokenizer of a file, or of a folder that holds one: tokenizer.json, SentencePiece's or minbpe's .model, vocab.txt.

    Raises MissingFile, and FileFormatError for a file of another kind. (tiktoken's ranks do not say how text is split:
    `BPE.from_tiktoken` asks for it; a GGUF file is read by `llm.gguf`.)
    """
    file = tokenizer_json.find(path, *_NAMES)
    if file.suffix == ".json":
        spec = tokenizer_json.read(file)
        kind = spec.value["model"].get("type", "BPE")  # older files of byte-level BPE do not say
        if not isinstance(kind, str) or kind not in _BY_MODEL:
            raise FileFormatError(f"{file} holds a tokenizer of type {kind!r}; known are {', '.join(_BY_MODEL)}")
        if kind == "BPE" and "ByteLevel" not in json.dumps(spec.value.get("pre_tokenizer")):
            return CharacterBPE(file)
        return _BY_MODEL[kind].from_pretrained(file)
    if file.suffix == ".txt":
        return WordPiece.from_pretrained(file)
    if file.suffix == ".model":
        with file.open("rb") as opened:
            is_minbpe = opened.read(len(minbpe_file.HEADER)) == minbpe_file.HEADER.encode()
        return minbpe_file.read(file) if is_minbpe else Unigram(sentencepiece_file.read(file))
    raise FileFormatError(
        f"{file} is no tokenizer that is read here: known are {', '.join(_NAMES)} and minbpe's .model"
    )
