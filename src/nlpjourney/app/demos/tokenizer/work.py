"""One text through several tokenizers: tokens with ids and bytes, and how byte-pair encoding builds a word.

The vocabularies are those of the models: GPT-2, GPT-4, GPT-4o, MiniLM (a BERT). The Unigram model is trained here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from nlpjourney import assets
from nlpjourney.app.demos.tokenizer import VOCABULARIES, MergeState, Token, Tokenized, Vocabulary, Word
from nlpjourney.app.demos.tokenizer.unigram import trained_here
from nlpjourney.app.demos.visible import visible
from nlpjourney.text.tokenize import BPE, Unigram, WordPiece
from nlpjourney.text.tokenize.splitting import split

_BYTE_PIECE = re.compile("<0x([0-9A-F]{2})>")


def tokenize(text: str) -> list[Tokenized]:
    """The text in every vocabulary. One that cannot be had says so in `problem`; the others are there all the same."""
    n_bytes = len(text.encode("utf-8", "replace"))
    found = []
    for vocabulary in VOCABULARIES:
        try:
            words = _words(vocabulary, text)
            found.append(Tokenized(vocabulary, words, n_bytes))
        except assets.AssetError:
            found.append(
                Tokenized(vocabulary, (), n_bytes, "Its vocabulary is not on this machine and could not be fetched.")
            )
    return found


def merge_steps(key: str, word: str) -> list[MergeState]:
    """How byte-pair encoding builds `word` (one of the words that `tokenize` gave), merge by merge."""
    model = _load(key)
    if not isinstance(model, BPE):
        raise ValueError(f"{key} has no merges")
    return [
        MergeState(tuple(_show(token)[0] for token in step.tokens), step.joined, step.rank)
        for step in model.merge_steps(word)
    ]


def _words(vocabulary: Vocabulary, text: str) -> tuple[Word, ...]:
    model = _load(vocabulary.key)
    if isinstance(model, BPE):
        words = split(text, model.pattern)
        return tuple(
            Word(word, tuple(_token(i, model.decode_bytes([i])) for i in ids))
            for word, ids in zip(words, model.encode_batch(words))
        )
    names = _names(model)
    return tuple(
        Word(text[start:end], (_named(i, names[i], text[start:end]),))
        for i, (start, end) in zip(*model.encode_with_offsets(text))
    )


@cache
def _names(model: WordPiece | Unigram) -> dict[int, str]:
    """The pieces of a vocabulary by their ids."""
    if isinstance(model, WordPiece):
        return {id: piece for piece, id in model.vocab.items()}
    return dict(enumerate(model.pieces))


def _named(id: int, piece: str, source: str) -> Token:
    """A token of a vocabulary of text pieces; those like `<0xE3>` are single bytes."""
    if byte := _BYTE_PIECE.fullmatch(piece):
        return Token(id, byte[1], 1, False)
    return Token(id, visible(piece.replace("▁", " ")), len(source.encode("utf-8", "replace")), True)


def _token(id: int, data: bytes) -> Token:
    shown, whole = _show(data)
    return Token(id, shown, len(data), whole)


def _show(data: bytes) -> tuple[str, bool]:
    """A token's bytes as text; parts of a character in hexadecimal."""
    try:
        return visible(data.decode("utf-8")), True
    except UnicodeDecodeError:
        return " ".join(f"{byte:02X}" for byte in data), False


@cache
def _load(key: str) -> Any:
    loaders: dict[str, Callable[[], Any]] = {
        "gpt2": BPE.gpt2,
        "cl100k": BPE.cl100k,
        "o200k": BPE.o200k,
        "minilm": lambda: WordPiece.from_pretrained(assets.path("minilm-tokenizer")),
        "unigram": trained_here,
    }
    return loaders[key]()
