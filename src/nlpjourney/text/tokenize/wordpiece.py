"""WordPiece: words into the longest pieces of a vocabulary, from left to right (BERT's tokenizer).

Schuster and Nakajima (2012) proposed the vocabulary for voice search; Devlin et al. (2018) made it BERT's: text is
normalised, cut at white space and around punctuation and Chinese characters, and each word is taken apart greedily:
the longest piece that starts the word, then the longest `##piece` that continues it, and so on; a word that gets
stuck becomes one `[UNK]`. The compiled loop is in `wordpiece_encoding`.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from nlpjourney import files
from nlpjourney.errors import FileFormatError
from nlpjourney.text.tokenize import tokenizer_json, utf8, wordpiece_json
from nlpjourney.text.tokenize.added_tokens import AddedTokens
from nlpjourney.text.tokenize.arguments import check_batch, check_text, texts_of, whole_number
from nlpjourney.text.tokenize.bert_normalizer import BertNormalizer
from nlpjourney.text.tokenize.model_input import InputRules, ModelInput, Template
from nlpjourney.text.tokenize.special_tokens import SpecialTokens
from nlpjourney.text.tokenize.tokenizer_json import NOTHING, Surroundings
from nlpjourney.text.tokenize.trie import build_trie
from nlpjourney.text.tokenize.unicode_classes import BERT_CJK, BERT_PUNCTUATION, bert_classes
from nlpjourney.text.tokenize.wordpiece_encoding import encode_normalized
from nlpjourney.text.tokenize.wordpiece_training import train_vocab

SPECIAL_NAMES = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


class _Separate(dict[int, str]):
    """A `str.translate` table that puts spaces around the characters with any of the class bits `bits`."""

    def __init__(self, bits: int) -> None:
        super().__init__()
        self.bits = bits
        self._classes = bert_classes()

    def __missing__(self, code: int) -> str:
        self[code] = f" {chr(code)} " if self._classes[code] & self.bits else chr(code)
        return self[code]


class WordPiece:
    """A WordPiece tokenizer with BERT's normalisation.

    `vocab` maps each piece to its id; pieces that continue a word start with "##". `unk_token` must be in it, and `[CLS]` and
    `[SEP]` for `add_special_tokens`. Words of more than `max_word_chars` characters become `unk_token`. `around` is what a
    `tokenizer.json` says besides. Raises ValueError for a vocabulary without `unk_token`, and when two pieces have the same id.
    """

    def __init__(
        self,
        vocab: Mapping[str, int],
        *,
        lowercase: bool = True,
        strip_accents: bool | None = None,
        split_cjk: bool = True,
        max_word_chars: int = 100,
        unk_token: str = "[UNK]",
        around: Surroundings = NOTHING,
    ) -> None:
        if unk_token not in vocab:
            raise ValueError(f'the vocabulary has no "{unk_token}" piece, which stands for words that cannot be built')
        self.vocab = dict(vocab)
        self.normalizer = BertNormalizer(lowercase, strip_accents)
        self.split_cjk = split_cjk
        self.max_word_chars = max_word_chars
        self.special_tokens = SpecialTokens(
            {name: vocab[name] for name in (*SPECIAL_NAMES, unk_token) if name in vocab} | around.special
        )
        self.unk_token = unk_token
        self.unk_id = self.vocab[unk_token]
        self._around = around
        self._added = None if around.plain else AddedTokens(around.tokens, self.normalizer.normalize)
        self._pieces = {id_: piece for piece, id_ in self.vocab.items()}
        if len(self._pieces) < len(self.vocab):
            first, second = next(
                (piece, last) for piece, id_ in self.vocab.items() if (last := self._pieces[id_]) != piece
            )
            raise ValueError(f"the pieces {first!r} and {second!r} have the same id {self.vocab[first]}")
        ordinary = [piece for piece in self.vocab if piece not in self.special_tokens.ids and piece not in ("", "##")]
        self._separate = _Separate(BERT_PUNCTUATION | (BERT_CJK if split_cjk else 0))
        self._trie = build_trie(  # below root 0 the pieces that start a word, below root 1 those that continue one
            [piece.removeprefix("##").encode() for piece in ordinary]
            + [piece.encode() for piece in ordinary if piece.startswith("##")],  # "##" may also start a word
            [self.vocab[piece] for piece in ordinary] + [self.vocab[p] for p in ordinary if p.startswith("##")],
            [int(piece.startswith("##")) for piece in ordinary] + [0 for p in ordinary if p.startswith("##")],
        )

    @classmethod
    def train(
        cls,
        texts: str | Iterable[str],
        vocab_size: int,
        *,
        lowercase: bool = True,
        min_frequency: int = 1,
        limit_alphabet: int = 1000,
    ) -> Self:
        """Learn a vocabulary of up to `vocab_size` pieces, BERT's special ones included; see `train_vocab`."""
        tokenizer = cls({name: id_ for id_, name in enumerate(SPECIAL_NAMES)}, lowercase=lowercase)
        words: Counter[str] = Counter()
        for text in texts_of(texts):
            words.update(tokenizer.words(text))
        vocab = train_vocab(words, vocab_size, SPECIAL_NAMES, min_frequency, limit_alphabet)
        return cls(vocab, lowercase=lowercase)

    @classmethod
    def from_pretrained(cls, path: str | Path, *, lowercase: bool = True) -> Self:
        """From a folder, a `tokenizer.json` (Hugging Face) or a `vocab.txt` (Google's BERT: one piece a line).

        `tokenizer.json` says itself whether to lower-case; `lowercase` is for `vocab.txt`, which does not.
        """
        file = tokenizer_json.find(path, "tokenizer.json", "vocab.txt")
        if file.suffix == ".json":
            return cls(**wordpiece_json.read(file))
        vocab: dict[str, int] = {}
        try:
            content = file.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise FileFormatError(f"{file} is not UTF-8: {error}") from None
        for number, line in enumerate(content.removesuffix("\n").split("\n")):
            piece = line.rstrip("\r")
            if vocab.setdefault(piece, number) != number:
                raise FileFormatError(
                    f"{file}, line {number + 1}: the piece {piece!r} stands already in line {vocab[piece] + 1}"
                )
        if "[UNK]" not in vocab:
            raise FileFormatError(f"{file}: no line of it is [UNK], which every vocabulary of WordPiece has")
        return cls(vocab, lowercase=lowercase)

    def save_pretrained(self, folder: str | Path) -> None:
        """Write `tokenizer.json` and `vocab.txt` to `folder`, for Hugging Face tokenizers and Transformers."""
        in_order = sorted(self.vocab, key=self.vocab.__getitem__)
        wordpiece_json.write(
            Path(folder) / "tokenizer.json",
            self.vocab,
            special=self.special_tokens.ids,
            unk_token=self.unk_token,
            lowercase=self.normalizer.lowercase,
            strip_accents=self.normalizer.strip_accents,
            split_cjk=self.split_cjk,
            max_word_chars=self.max_word_chars,
            around=self._around,
        )
        files.write_text(Path(folder) / "vocab.txt", "".join(piece + "\n" for piece in in_order))

    @property
    def vocab_size(self) -> int:
        """How many pieces there are, special ones included (ids may have gaps)."""
        return len(self.vocab)

    def words(self, text: str) -> list[str]:
        """The words of `text`, normalised, before they are taken apart."""
        check_text(text)
        return self.normalizer.normalize(text).translate(self._separate).split()

    def encode(
        self,
        text: str,
        *,
        add_special_tokens: bool = False,
        max_length: int | None = None,
        allowed_special: Literal["all"] | Collection[str] = frozenset(),
        disallowed_special: Literal["all"] | Collection[str] = "all",
    ) -> list[int]:
        """The ids of `text`, at most `max_length` of them; with `add_special_tokens` in `[CLS]` … `[SEP]`.

        Raises ValueError when the text holds a special token that is not allowed (see `SpecialTokens`), and for a `max_length`
        that is negative or has no room for `[CLS]` and `[SEP]`.
        """
        if max_length is not None and whole_number(max_length, "max_length") < 0:
            raise ValueError(f"max_length must be at least 0, not {max_length}")
        allowed = self.special_tokens.allowed(text, allowed_special, disallowed_special)
        ids: list[int] = []
        if self._added is None:
            for piece, id_, _ in self.special_tokens.cut(text, allowed):
                ids += [id_] if id_ is not None else self._ids(self.normalizer.normalize(piece))
        else:
            for piece, id_, _ in self._added.cut(text, allowed):
                ids += [id_] if id_ is not None else self._ids(piece)
        if not add_special_tokens:
            return ids[:max_length]
        template = self._around.inputs.template or Template((self._special("[CLS]"),), (self._special("[SEP]"),))
        n_special = sum(map(len, template))
        if max_length is not None:
            if max_length < n_special:
                raise ValueError(
                    f"max_length must leave room for [CLS] and [SEP]: at least {n_special}, not {max_length}"
                )
            del ids[max_length - n_special :]
        return InputRules(template).frame(ids)

    def encode_batch(
        self, texts: Iterable[str], *, add_special_tokens: bool = False, max_length: int | None = None
    ) -> list[list[int]]:
        """`encode` for each text, as ordinary text: special tokens in it are not recognised, nor refused."""
        check_batch(texts)
        return [
            self.encode(text, add_special_tokens=add_special_tokens, max_length=max_length, disallowed_special=())
            for text in texts
        ]

    def encode_ordinary(self, text: str) -> list[int]:
        """The ids of `text`, in which special tokens are ordinary text."""
        return self.encode(text, disallowed_special=())

    def encode_inputs(self, texts: Iterable[str]) -> ModelInput:
        """The ids of a batch as the model takes them: with the template, truncation and padding of the `tokenizer.json`.

        Without these sections they are those of `encode_batch`.
        """
        return self._around.inputs.batch(self.encode_batch(texts))

    def encode_with_offsets(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """The ids of `text` as ordinary text, and where in `text` (start, end in characters) each comes from.

        Raises ValueError for a vocabulary with added tokens that are no special tokens.
        """
        check_text(text)
        if self._added is not None:
            raise ValueError("there are no offsets: this vocabulary's file looks for added tokens first")
        normalized, origins = self.normalizer.normalize_with_origins(text)
        ids, starts, ends = self._encode_normalized(normalized)
        spans = utf8.char_offsets(utf8.to_bytes(normalized), starts, ends)
        return ids.tolist(), [(origins[start], origins[end - 1] + 1) for start, end in spans.tolist()]

    def decode(self, ids: Iterable[int], *, skip_special_tokens: bool = True) -> str:
        """Words joined by spaces: the normalised text, up to spacing. Raises ValueError for an id that is not there."""
        words: list[str] = []
        for id_ in ids:
            piece = self._pieces.get(id_)
            if piece is None:
                raise ValueError(f"no piece has the id {id_}; the vocabulary has {len(self._pieces)} pieces")
            if skip_special_tokens and piece in self.special_tokens.ids:
                continue
            if piece.startswith("##") and words:
                words[-1] += piece[2:]
            else:
                words.append(piece)
        return " ".join(words)

    def token_bytes(self, id_: int) -> bytes:
        """The piece without its ##; none for a special token. Raises ValueError for an id that is not there.

        The spaces between words are not in the pieces: BERT's tokenizer does not keep them.
        """
        return self.decode([id_]).removeprefix("##").encode()

    def _special(self, name: str) -> int:
        if name not in self.special_tokens.ids:
            raise ValueError(f"the vocabulary has no {name} token: encode with add_special_tokens=False")
        return self.special_tokens.ids[name]

    def _ids(self, normalized: str) -> list[int]:
        ids: list[int] = self._encode_normalized(normalized)[0].tolist()
        return ids

    def _encode_normalized(self, normalized: str) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
        data = utf8.to_bytes(normalized)
        return encode_normalized(
            data, bert_classes(), self._separate.bits, self._trie, self.unk_id, self.max_word_chars
        )
