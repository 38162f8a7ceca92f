"""Unigram tokenization (Kudo, 2018), the model of SentencePiece, T5, XLM-R and ALBERT.

Each piece has a probability, a text is cut so that the product is largest, and a cut can also be drawn at random
(subword regularization): a model that sees many segmentations of a word learns what they have in common. A space is
the character ▁, a part of the word behind it, so that a text can be put together again. Notable choices: whole texts are
segmented in one compiled pass over a trie; `.model` files of SentencePiece and `tokenizer.json` are read and written, with
the same ids as their libraries (`json_normalizer` names two exceptions; and in texts of some 100 kB and more without a line
end, equally probable ways may be told apart otherwise);
characters that no piece has become `<unk>`, or with byte fallback their UTF-8 bytes.
"""

import math
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import DTypeLike

from nlpjourney.errors import FileFormatError
from nlpjourney.text.tokenize import sentencepiece_file, unigram_json, utf8
from nlpjourney.text.tokenize.added_tokens import AddedTokens
from nlpjourney.text.tokenize.arguments import check_batch, check_text, whole_number
from nlpjourney.text.tokenize.model_input import ModelInput
from nlpjourney.text.tokenize.sentencepiece_file import BYTE, CONTROL, NORMAL, UNKNOWN, SentencePieceModel
from nlpjourney.text.tokenize.sp_normalizer import SPACE_SIGN, SentencePieceNormalizer
from nlpjourney.text.tokenize.special_tokens import SpecialTokens, distinct_names_of
from nlpjourney.text.tokenize.tokenizer_json import NOTHING
from nlpjourney.text.tokenize.trie import build_trie
from nlpjourney.text.tokenize.unigram_corpus import count_words
from nlpjourney.text.tokenize.unigram_encoding import Vocabulary, encode_normalized, encode_texts, spell_unknown
from nlpjourney.text.tokenize.unigram_lattice import sample_path
from nlpjourney.text.tokenize.unigram_training import UNK_PENALTY, train_pieces

_BYTE_PIECES = [f"<0x{byte:02X}>" for byte in range(256)]
_BROKEN = re.compile("[\udc80-\udcff]")


class Unigram:
    """A unigram tokenizer; build one with `train`, `from_sentencepiece` or `from_pretrained`.

    With `by_word` a text is first cut before each ▁, as Hugging Face does. `dtype` is that of the sums of scores:
    float32 as in SentencePiece, float64 as in Hugging Face (see `unigram_lattice`).
    """

    def __init__(self, model: SentencePieceModel, *, by_word: bool = False, dtype: DTypeLike = np.float32) -> None:
        self._setup(unigram_json.UnigramFile(model, by_word, NOTHING, None), dtype)

    def _setup(self, loaded: unigram_json.UnigramFile, dtype: DTypeLike) -> None:
        model, by_word, around, words = self._loaded = loaded
        self.model = model
        self.by_word = by_word
        if words is None:
            self.normalizer = SentencePieceNormalizer(
                model.charsmap, dummy_prefix=model.dummy_prefix, remove_extra_spaces=model.remove_extra_spaces
            )
        else:  # the file's own steps come before
            self.normalizer = SentencePieceNormalizer(dummy_prefix=False, remove_extra_spaces=False)
        self.pieces = model.pieces
        controls = [i for i, kind in enumerate(model.kinds) if kind == CONTROL]
        self.special_tokens = SpecialTokens({self.pieces[i]: i for i in controls} | around.special)
        self._added = None if words is None else AddedTokens(around.tokens, around.normalize)
        self._extra = {t.id: t for t in around.tokens if t.id >= len(self.pieces)}
        if UNKNOWN not in model.kinds:
            raise ValueError("a unigram model needs one piece of the kind UNKNOWN, such as <unk>")
        for piece, kind in zip(model.pieces, model.kinds):
            if kind not in (NORMAL, UNKNOWN, CONTROL, BYTE):
                raise ValueError(
                    f"the piece {piece!r} is of kind {kind}; user-defined and unused pieces are not supported"
                )
        self.unk_id = model.kinds.index(UNKNOWN)
        ids = [i for i, kind in enumerate(model.kinds) if kind == NORMAL]
        if not ids:
            raise ValueError("a unigram model needs pieces of the kind NORMAL")
        if model.byte_fallback and (missing := sorted(set(_BYTE_PIECES) - set(self.pieces))):
            raise ValueError(
                f"with byte fallback all bytes are pieces; {len(missing)} are missing, such as {missing[0]}"
            )
        byte_ids = [self.pieces.index(piece) for piece in _BYTE_PIECES] if model.byte_fallback else []
        scores = np.array(model.scores, dtype=dtype)
        self._rules = self.normalizer.rules
        self._vocab = Vocabulary(
            trie=build_trie([self.pieces[i].encode() for i in ids], ids),
            scores=scores,
            unk_score=float(np.asarray(scores[ids].min() - UNK_PENALTY, dtype=dtype)),
            unk_id=self.unk_id,
            byte_ids=np.array(byte_ids, dtype=np.int32),
            by_word=by_word,
        )

    @classmethod
    def train(
        cls,
        texts: str | Iterable[str],
        vocab_size: int,
        *,
        character_coverage: float = 0.9995,
        byte_fallback: bool = False,
        charsmap: bytes = b"",
        remove_extra_spaces: bool = True,
        max_piece_chars: int = 16,
        n_seeds: int = 1_000_000,
        control: Sequence[str] = ("<s>", "</s>"),
    ) -> Self:
        """Learn a vocabulary of `vocab_size` pieces from the lines of `texts`: `<unk>`, `control`, bytes if asked, and the rest.

        The characters that make up `character_coverage` of the text become pieces, the rest is unknown. Unlike SentencePiece
        pieces may mix scripts and digits (its `split_by_unicode_script` and `split_by_number` switched off). Raises
        ValueError for texts without a character, when they do not allow so many or so few pieces, and for a `control` that is
        also a piece of another kind.
        """
        vocab_size = whole_number(vocab_size, "vocab_size")
        if not 0 < character_coverage <= 1:  # a nan, too
            raise ValueError(f"character_coverage must be above 0 and at most 1, not {character_coverage}")
        control_names = distinct_names_of(control, "control")
        model = SentencePieceModel(
            charsmap=charsmap, remove_extra_spaces=remove_extra_spaces, byte_fallback=byte_fallback
        )
        reserved = ["<unk>", *(_BYTE_PIECES if byte_fallback else ())]
        if taken := set(control_names).intersection(reserved):
            raise ValueError(f"control must not hold {min(taken)!r}, which the vocabulary has as a piece of its own")
        model.pieces = [reserved[0], *control_names, *reserved[1:]]
        model.kinds = [UNKNOWN] + [CONTROL] * len(control_names) + [BYTE] * (len(reserved) - 1)
        model.scores = [0.0] * len(model.pieces)
        normalizer = SentencePieceNormalizer(charsmap, remove_extra_spaces=remove_extra_spaces)
        corpus = count_words(texts, normalizer)
        learned = train_pieces(
            corpus,
            vocab_size,
            len(model.pieces),
            max_piece_chars=max_piece_chars,
            n_seeds=n_seeds,
            character_coverage=character_coverage,
        )
        learned_pieces = [text.decode() for text in learned.texts]
        if taken := set(control_names).intersection(learned_pieces):
            raise ValueError(f"control must not hold {min(taken)!r}, which is also a piece of the text")
        model.pieces += learned_pieces
        model.scores += learned.scores.tolist()
        model.kinds += [NORMAL] * len(learned.texts)
        return cls(model)

    @classmethod
    def from_sentencepiece(cls, file: str | Path) -> Self:
        """From a `.model` file of SentencePiece. Raises FileFormatError when it is none."""
        try:
            return cls(sentencepiece_file.read(file))
        except ValueError as error:
            raise _of_file(error, file) from None

    def save_sentencepiece(self, file: str | Path) -> None:
        """Write a `.model` file that SentencePiece opens.

        Raises ValueError for a vocabulary that does more than such a file can say.
        """
        if self._added is not None:
            raise ValueError("a .model file cannot hold the steps and added tokens of this tokenizer.json")
        sentencepiece_file.write(self.model, file)

    @classmethod
    def from_pretrained(cls, path: str | Path) -> Self:
        """From a `tokenizer.json` (Hugging Face) with a Unigram model, or the folder that holds it."""
        tokenizer = cls.__new__(cls)
        try:
            tokenizer._setup(unigram_json.read(path), np.float64)
        except ValueError as error:
            raise _of_file(error, path) from None
        return tokenizer

    def save_pretrained(self, folder: str | Path) -> None:
        """Write `tokenizer.json` to `folder`, for Hugging Face tokenizers and Transformers."""
        unigram_json.write(self._loaded, Path(folder) / "tokenizer.json")

    @property
    def vocab_size(self) -> int:
        """How many pieces there are, with the tokens added beside them (ids may have gaps)."""
        return len(self.pieces) + len(self._extra)

    def encode(self, text: str) -> list[int]:
        """The ids of `text`. Control pieces such as `<s>` are ordinary text in it, and never come out of it."""
        return self.encode_batch([text])[0]

    encode_ordinary = encode

    def encode_batch(self, texts: Iterable[str]) -> list[list[int]]:
        """`encode` for each text, faster than one by one."""
        check_batch(texts)
        if self._added is not None:
            return [self._encode_by_steps(text) for text in texts]
        encoded = list(map(utf8.encode, texts))
        if not encoded:
            return []
        return utf8.cut(*encode_texts(*utf8.join(encoded), self._rules, self._vocab))

    def encode_with_offsets(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """The ids of `text`, and where in it (start, end in characters) each comes from; bytes cover their character.

        Raises ValueError when the vocabulary's file changes texts by steps of its own.
        """
        check_text(text)
        if self._added is not None:
            raise ValueError("there are no offsets: the steps of this vocabulary's file change the text first")
        normalized = self.normalizer.normalize(text)
        ids, starts, ends = encode_normalized(normalized.data, self._vocab)
        data = utf8.to_bytes(text)
        spans = utf8.char_offsets(data, normalized.origins[starts], normalized.origins[ends])
        return ids.tolist(), [(a, b) for a, b in utf8.positions(text)[spans].tolist()]

    def sample(self, text: str, *, alpha: float = 0.1, seed: int | np.random.Generator | None = None) -> list[int]:
        """The ids of a random segmentation, drawn with P(segmentation)^`alpha`: 0 is uniform, large is nearly the best.

        Raises ValueError for an `alpha` that is negative or not finite, and when the vocabulary's file has steps of its own.
        """
        if self._added is not None:
            raise ValueError("there are no samples: the steps of this vocabulary's file cut the text first")
        if not 0 <= alpha < math.inf:  # a nan, too
            raise ValueError(f"alpha must be at least 0 and finite, not {alpha}")
        normalized = self.normalizer.normalize(text)
        randoms = np.random.default_rng(seed).random(len(normalized.data))
        v = self._vocab
        path = sample_path(normalized.data, v.trie, v.scores, v.unk_score, v.unk_id, float(alpha), randoms)
        ids: list[int] = spell_unknown(normalized.data, *path, v)[0].tolist()
        return ids

    def encode_inputs(self, texts: Iterable[str]) -> ModelInput:
        """The ids of a batch as the model takes them: with the template, truncation and padding of the `tokenizer.json`.

        Without these sections they are those of `encode_batch`.
        """
        return self._loaded.around.inputs.batch(self.encode_batch(texts))

    def _encode_by_steps(self, text: str) -> list[int]:
        """`encode` as the file of the vocabulary describes it: its normalizer, its added tokens, its pre_tokenizer."""
        assert self._added is not None and self._loaded.words is not None
        check_text(text)
        ids: list[int] = []
        for part, id_, start in self._added.cut(text, frozenset()):
            if id_ is not None:
                ids.append(id_)
            elif words := list(map(utf8.encode, self._loaded.words(part, start == 0))):
                ids += utf8.to_list(encode_texts(*utf8.join(words), self._rules, self._vocab)[0])
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        """The text of `ids` as SentencePiece puts it together.

        Control pieces are left out. The ▁ that was put before the text goes, with `remove_extra_spaces` one of each piece
        up to the first that leaves something; the others become spaces. Each byte that is not UTF-8 becomes U+FFFD.
        """
        parts = [bytearray()]  # no character reaches from one part into the next
        strip = self.model.dummy_prefix or self.model.remove_extra_spaces  # the ▁ of the next piece
        for id_ in ids:
            added = self.token_bytes(id_)
            if id_ in self._extra:
                parts += [bytearray(added), bytearray()]
                strip = strip and not added
                continue
            if self.model.kinds[id_] == CONTROL:
                parts.append(bytearray())
            elif strip and self.model.kinds[id_] == NORMAL and added.startswith(b" "):
                added = added[1:]
                strip = self.model.remove_extra_spaces
            strip = strip and not added
            parts[-1] += added
        # Unlike "replace", which takes the start of a character for one fault, this marks every byte.
        return "".join(_BROKEN.sub("\ufffd", part.decode(errors="surrogateescape")) for part in parts)

    def token_bytes(self, id_: int) -> bytes:
        """What one piece adds to a text: a space for ▁, nothing for a control piece, " ⁇ " for the unknown one.

        Raises ValueError for an id that is not there, TypeError for what is no integer.
        """
        try:
            if id_ in self._extra:
                return b"" if self._extra[id_].special else utf8.encode(self._extra[id_].content)
            if not 0 <= id_ < len(self.pieces):
                raise ValueError(f"no piece has the id {id_}; the vocabulary has {len(self.pieces)} pieces")
            kind = self.model.kinds[id_]
        except TypeError:
            raise TypeError(f"an id must be an integer, not {id_!r}") from None
        if kind == BYTE:
            return bytes([int(self.pieces[id_][3:5], 16)])
        if kind == CONTROL:
            return b""
        return (self.model.unk_surface if kind == UNKNOWN else self.pieces[id_].replace(SPACE_SIGN, " ")).encode()


def _of_file(error: ValueError, file: str | Path) -> FileFormatError:
    """The same complaint, with the name of the file."""
    return error if isinstance(error, FileFormatError) else FileFormatError(f"{file}: {error}")
