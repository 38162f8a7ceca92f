"""One text through several tokenizers: tokens with ids and bytes, and how byte-pair encoding builds a word.

The vocabularies are those of the models: GPT-2, GPT-4, GPT-4o, MiniLM (a BERT). The Unigram model is trained here, on 2 MB
of Wikipedia, and kept in the cache.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from nlpjourney import assets
from nlpjourney.assets import corpora
from nlpjourney.text.tokenize import BPE, Unigram, WordPiece
from nlpjourney.text.tokenize.splitting import split

UNIGRAM_PIECES = 8_000
UNIGRAM_CHARACTERS = 2_000_000


_BYTE_PIECE = re.compile("<0x([0-9A-F]{2})>")


@dataclass(frozen=True)
class Vocabulary:
    key: str
    name: str
    about: str
    merges: bool  # whether its tokens come about by merges that can be shown


VOCABULARIES = (
    Vocabulary("gpt2", "GPT-2", "byte-pair encoding, 50,257 tokens, 2019", True),
    Vocabulary("cl100k", "GPT-4 (cl100k)", "byte-pair encoding, about 100,000 tokens, 2023", True),
    Vocabulary("o200k", "GPT-4o (o200k)", "byte-pair encoding, about 200,000 tokens, 2024", True),
    Vocabulary(
        "minilm", "BERT (MiniLM)", "WordPiece, 30,522 tokens; lower-cases, so the text cannot be got back", False
    ),
    Vocabulary("unigram", "Unigram, trained here", "8,000 pieces of 2 MB of Wikipedia; the rest becomes bytes", False),
)


@dataclass(frozen=True)
class Token:
    """A token: its `id`, its text with what is invisible made visible, and how many bytes of the input it stands for."""

    id: int
    shown: str
    n_bytes: int
    whole: bool  # False: a part of a character, shown as bytes


@dataclass(frozen=True)
class Word:
    """What the tokenizer treats as a unit: its text, its tokens."""

    text: str
    tokens: tuple[Token, ...]


@dataclass(frozen=True)
class Tokenized:
    vocabulary: Vocabulary
    words: tuple[Word, ...]
    n_bytes: int
    problem: str = ""

    @property
    def tokens(self) -> list[Token]:
        return [token for word in self.words for token in word.tokens]

    @property
    def bytes_per_token(self) -> float:
        return self.n_bytes / len(self.tokens) if self.words else 0.0


@dataclass(frozen=True)
class MergeState:
    """A word after some merges: tokens as shown, which was just made (or None), and by which merge of the list."""

    tokens: tuple[str, ...]
    joined: int | None
    rank: int | None


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
    return Token(id, _visible(piece.replace("▁", " ")), len(source.encode("utf-8", "replace")), True)


def _token(id: int, data: bytes) -> Token:
    shown, whole = _show(data)
    return Token(id, shown, len(data), whole)


def _show(data: bytes) -> tuple[str, bool]:
    """A token's bytes as text; parts of a character in hexadecimal."""
    try:
        return _visible(data.decode("utf-8")), True
    except UnicodeDecodeError:
        return " ".join(f"{byte:02X}" for byte in data), False


def _visible(text: str) -> str:
    return text.replace("\r", "␍").replace("\n", "⏎").replace("\t", "⇥").replace(" ", "␣").replace("\0", "␀")


@cache
def _load(key: str) -> Any:
    loaders: dict[str, Callable[[], Any]] = {
        "gpt2": BPE.gpt2,
        "cl100k": BPE.cl100k,
        "o200k": BPE.o200k,
        "minilm": lambda: WordPiece.from_pretrained(assets.path("minilm-tokenizer")),
        "unigram": _unigram,
    }
    return loaders[key]()


def _unigram() -> Any:
    """Trained on first use (some seconds), then read from the cache."""
    folder = assets.cache_folder() / "app" / f"unigram-wikipedia-{UNIGRAM_CHARACTERS}-{UNIGRAM_PIECES}"
    if not (folder / "tokenizer.json").exists():
        text = "\n".join(corpora.wikipedia().values())[:UNIGRAM_CHARACTERS]
        Unigram.train(text.splitlines(), UNIGRAM_PIECES, byte_fallback=True).save_pretrained(folder)
    return Unigram.from_pretrained(folder)
