"""Byte-pair encoding as the GPT models use it: any string becomes ids, and the ids become the same string again.

Text is split into words by a published pattern (`splitting`); a word is its UTF-8 bytes; the pair of neighbours
that was learned first is joined until none is left (Sennrich et al., 2016; on bytes: Radford et al., 2019). As
the 256 bytes are tokens themselves nothing is ever unknown. Notable choices: one class for vocabularies that are trained
here, and those of OpenAI (`BPE.cl100k()`), Hugging Face (`from_pretrained`) and minbpe (`minbpe_file`); special tokens
behave as in tiktoken; the work is done by compiled loops in `bpe_training` and `bpe_encoding`.
"""

import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nlpjourney import assets
from nlpjourney.errors import FileFormatError
from nlpjourney.text.tokenize import bpe_encoding, bpe_json, utf8
from nlpjourney.text.tokenize.added_tokens import AddedTokens, Found
from nlpjourney.text.tokenize.arguments import check_batch, texts_of, whole_number
from nlpjourney.text.tokenize.bpe_tables import BPEVocabulary, build_table, merges_of_ranks
from nlpjourney.text.tokenize.bpe_training import Symbols, learn_merges
from nlpjourney.text.tokenize.byte_alphabet import BYTE_ORDER
from nlpjourney.text.tokenize.model_input import ModelInput
from nlpjourney.text.tokenize.special_tokens import SpecialTokens, distinct_names_of
from nlpjourney.text.tokenize.splitting import classify, find_pattern
from nlpjourney.text.tokenize.tiktoken_file import read_tiktoken
from nlpjourney.text.tokenize.tokenizer_json import NOTHING, Surroundings
from nlpjourney.text.tokenize.unicode_classes import split_classes
from nlpjourney.text.tokenize.word_counts import count_words

Special = Literal["all"] | Collection[str]
BYTES = [bytes([byte]) for byte in range(256)]


class MergeStep(NamedTuple):
    """A word on its way: its tokens, and which of them was just made and by which merge (None at the start)."""

    tokens: tuple[bytes, ...]
    joined: int | None  # index in `tokens`
    rank: int | None  # the merge's place in the list of merges: 0 was learned first


class BPE:
    """A byte-level BPE tokenizer.

    `tokens` has the bytes of each id, all 256 single bytes among them; `merges` are rows (left id, right id, joined id),
    the first learned first; `pattern` is the name of a split pattern (see `splitting.PATTERNS`). With `whole_words` a
    word that is a token becomes that token even if the merges lead elsewhere (tiktoken's rule, `ignore_merges` in
    `tokenizer.json`). `around` is what such a file says besides: see `tokenizer_json`. Raises ValueError when these do not fit
    together.
    """

    def __init__(
        self,
        tokens: Mapping[int, bytes],
        merges: ArrayLike,
        *,
        pattern: str = "cl100k",
        special_tokens: Mapping[str, int] | None = None,
        whole_words: bool = False,
        around: Surroundings = NOTHING,
    ) -> None:
        self.pattern = pattern
        self._pattern = find_pattern(pattern)
        self.tokens = dict(tokens)
        self.merges: NDArray[np.int32] = np.asarray(merges, dtype=np.int32).reshape(-1, 3)
        self.whole_words = whole_words
        self.special_tokens = SpecialTokens(special_tokens or {})
        if missing := [
            byte for byte, known in zip(range(256), map(set(self.tokens.values()).__contains__, BYTES)) if not known
        ]:
            raise ValueError(
                f"a byte-level vocabulary has all 256 bytes; {len(missing)} are missing, such as {missing[0]:#04x}"
            )
        names = {id_: name.encode() for name, id_ in (special_tokens or {}).items()}
        names |= {token.id: utf8.encode(token.content) for token in around.tokens}
        if taken := sorted(id_ for id_, name in names.items() if self.tokens.get(id_, name) != name):
            raise ValueError(f"the ids {taken} belong to a token and to a special token")
        for left, right, joined in self.merges.tolist():
            if self.tokens.get(left, b"") + self.tokens.get(right, b"") != self.tokens.get(joined):
                raise ValueError(f"the merge ({left}, {right}, {joined}) does not join two tokens to the third")
        self._table = build_table(self.tokens, self.merges)
        self._memo = bpe_encoding.new_memo()
        self._bytes = self.tokens | names
        self._around = around
        self._added = None if around.plain else AddedTokens(around.tokens, around.normalize)

    @classmethod
    def train(
        cls,
        texts: str | Iterable[str],
        vocab_size: int,
        *,
        pattern: str = "cl100k",
        special_tokens: Sequence[str] = (),
        min_frequency: int = 1,
    ) -> Self:
        """Learn a vocabulary of `vocab_size` tokens: the 256 bytes as ids 0 to 255, merges, at the end special tokens.

        The merges are those of Hugging Face's `BpeTrainer` (which numbers the tokens otherwise). Training stops early, with a
        warning, when no pair is left that occurs `min_frequency` times. Raises ValueError for texts without a character and for a
        `vocab_size` below 256 and the special tokens.
        """
        special_names = distinct_names_of(special_tokens, "special_tokens")
        n_wanted = whole_number(vocab_size, "vocab_size") - len(special_names)
        if n_wanted < 256:
            raise ValueError(
                f"vocab_size must hold 256 bytes and {len(special_names)} special tokens, not {vocab_size}"
            )
        words = count_words(texts_of(texts), find_pattern(pattern))
        if not len(words.counts):
            raise ValueError("there is nothing to learn from: `texts` held no characters")
        symbol_of_byte = np.empty(256, dtype=np.int32)
        symbol_of_byte[BYTE_ORDER] = np.arange(256)
        merges, n_tokens = learn_merges(
            Symbols(symbol_of_byte[words.data], words.offsets, words.counts),
            np.array(BYTE_ORDER, dtype=np.uint8), np.arange(257), np.zeros(256, dtype=np.int8),
            min(n_wanted, 256 + len(words.data)), min_frequency,  # a merge takes one symbol at least out of the words
        )  # fmt: skip
        if n_tokens < n_wanted:
            warnings.warn(f"the texts allow {n_tokens} tokens, fewer than the {n_wanted} asked for", stacklevel=2)
        id_of_symbol = np.append(BYTE_ORDER, np.arange(256, n_tokens)).astype(np.int32)
        merges = id_of_symbol[merges]  # the order of the bytes decided ties; as ids, the bytes are themselves
        tokens = dict(enumerate(BYTES))
        for left, right, joined in merges.tolist():
            tokens[joined] = tokens[left] + tokens[right]
        specials = {name: n_tokens + i for i, name in enumerate(special_names)}
        return cls(tokens, merges, pattern=pattern, special_tokens=specials)

    @classmethod
    def from_tiktoken(cls, file: str | Path, *, pattern: str, special_tokens: Mapping[str, int] | None = None) -> Self:
        """From OpenAI's format: on each line a token in base 64 and its rank, which is also its id."""
        ranks = read_tiktoken(file)
        return cls(
            {id_: token for token, id_ in ranks.items()},
            merges_of_ranks(ranks),
            pattern=pattern,
            special_tokens=special_tokens,
            whole_words=True,
        )

    @classmethod
    def gpt2(cls) -> Self:
        """The vocabulary of GPT-2 and GPT-3: 50,257 tokens."""
        return cls.from_tiktoken(assets.path("gpt2-ranks"), pattern="gpt2", special_tokens={"<|endoftext|>": 50256})

    @classmethod
    def cl100k(cls) -> Self:
        """The vocabulary of GPT-3.5 and GPT-4: some 100,000 tokens."""
        names = ("<|endoftext|>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>")
        specials = {name: 100257 + i for i, name in enumerate(names)} | {"<|endofprompt|>": 100276}
        return cls.from_tiktoken(assets.path("cl100k-ranks"), pattern="cl100k", special_tokens=specials)

    @classmethod
    def o200k(cls) -> Self:
        """The vocabulary of GPT-4o: some 200,000 tokens."""
        specials = {"<|endoftext|>": 199999, "<|endofprompt|>": 200018}
        return cls.from_tiktoken(assets.path("o200k-ranks"), pattern="o200k", special_tokens=specials)

    @classmethod
    def from_pretrained(cls, path: str | Path) -> Self:
        """From a byte-level `tokenizer.json` (Hugging Face), or the folder that holds it."""
        vocabulary = bpe_json.read(path)
        try:
            return cls(**vocabulary._asdict())
        except ValueError as error:
            raise FileFormatError(f"{path}: {error}") from None

    def save_pretrained(self, folder: str | Path) -> None:
        """Write `tokenizer.json` to `folder`, for Hugging Face tokenizers and Transformers.

        Raises ValueError for a special token that the format cannot tell from an ordinary one (see `bpe_json.write`).
        """
        ids = self.special_tokens.ids
        vocabulary = BPEVocabulary(self.tokens, self.merges, self.pattern, ids, self.whole_words, self._around)
        bpe_json.write(vocabulary, Path(folder) / "tokenizer.json")

    @property
    def vocab_size(self) -> int:
        """How many tokens there are, special ones included (ids may have gaps)."""
        return len(self._bytes)

    def encode(
        self, text: str, *, allowed_special: Special = frozenset(), disallowed_special: Special = "all"
    ) -> list[int]:
        """The ids of `text`. Raises ValueError when it holds a special token that is not allowed (see `SpecialTokens`).

        A lone surrogate, which has no UTF-8, counts as U+FFFD.
        """
        ids: list[int] = []
        for piece, id_, _ in self._cut(text, allowed_special, disallowed_special):
            ids += [id_] if id_ is not None else utf8.to_list(self._ids(piece))
        return ids

    def encode_ordinary(self, text: str) -> list[int]:
        """The ids of `text`, in which special tokens are ordinary text."""
        return utf8.to_list(self.encode_to_numpy(text))

    def encode_to_numpy(self, text: str) -> NDArray[np.int32]:
        """`encode_ordinary` as an array, shape (n_ids,): for whole corpora."""
        if self._added is not None:
            return np.array(self.encode(text, disallowed_special=()), dtype=np.int32)
        return self._ids(text)

    def encode_batch(self, texts: Iterable[str]) -> list[list[int]]:
        """`encode_ordinary` for each text, faster than one by one."""
        check_batch(texts)
        if self._added is not None:
            return [self.encode_ordinary(text) for text in texts]
        encoded = list(map(utf8.encode, texts))
        if not encoded:
            return []
        return utf8.cut(*self._encode(*utf8.join(encoded)))

    def encode_inputs(self, texts: Iterable[str]) -> ModelInput:
        """The ids of a batch as the model takes them: with the template, truncation and padding of the `tokenizer.json`.

        Without these sections they are those of `encode_batch`.
        """
        return self._around.inputs.batch(self.encode_batch(texts))

    def encode_with_offsets(
        self, text: str, *, allowed_special: Special = frozenset(), disallowed_special: Special = ()
    ) -> tuple[list[int], list[tuple[int, int]]]:
        """The ids of `text`, and where in it (start, end in characters) each comes from.

        A token that holds a part of a character's bytes covers the whole character. Unlike in `encode` special tokens are
        ordinary text unless they are allowed: offsets are for looking at a text, not for feeding a model. Raises ValueError when
        the vocabulary's file changes texts before they are split.
        """
        if self._around.normalize is not None:
            raise ValueError("there are no offsets: the normalizer of this vocabulary's file changes the text first")
        ids: list[int] = []
        spans: list[tuple[int, int]] = []
        for piece, id_, start in self._cut(text, allowed_special, disallowed_special):
            if id_ is not None:
                ids.append(id_)
                spans.append((start, start + len(piece)))
            else:
                piece_ids = utf8.to_list(self._ids(piece))
                ends = np.cumsum([len(self.tokens[id_]) for id_ in piece_ids], dtype=np.int64)
                found = utf8.char_offsets(utf8.to_bytes(piece), np.concatenate(([0], ends[:-1])), ends)
                found = utf8.positions(piece)[found] + start
                ids += piece_ids
                spans += [(a, b) for a, b in found.tolist()]
        return ids, spans

    def decode(self, ids: Iterable[int], errors: str = "replace") -> str:
        """The text of `ids`. Bytes that are not UTF-8, as after a cut, become U+FFFD, or what `bytes.decode` offers."""
        return self.decode_bytes(ids).decode("utf-8", errors)

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        """The bytes of `ids`. Raises ValueError for an id that is not there."""
        try:
            return b"".join(map(self._bytes.__getitem__, ids))
        except KeyError as error:
            raise ValueError(f"no token has the id {error.args[0]}; the highest is {max(self._bytes)}") from None

    def token_bytes(self, id_: int) -> bytes:
        """The bytes of one token; of a special one, those of its name. Raises ValueError for an id that is not there."""
        return self.decode_bytes([id_])

    def merge_steps(self, word: str) -> Iterator[MergeStep]:
        """The states of one word, merge by merge, from its bytes to its tokens. The word is not split, whatever it holds.

        This is the algorithm in its plain form; `encode` gives the same tokens for a word (a vocabulary with `whole_words`
        takes those that no merge can reach at once).
        """
        ids = [self._ids_of_bytes[byte] for byte in utf8.to_bytes(word).tobytes()]
        yield MergeStep(tuple(self.tokens[i] for i in ids), None, None)
        while ranked := [
            (rank, i) for i, pair in enumerate(zip(ids, ids[1:])) if (rank := self._ranks.get(pair)) is not None
        ]:
            rank, i = min(ranked)  # the earliest merge; of equal ones the leftmost
            ids[i : i + 2] = [int(self.merges[rank, 2])]
            yield MergeStep(tuple(self.tokens[id_] for id_ in ids), i, rank)

    @cached_property
    def _ids_of_bytes(self) -> list[int]:
        return [int(id_) for id_ in self._table.byte_ids]

    @cached_property
    def _ranks(self) -> dict[tuple[int, int], int]:
        ranks: dict[tuple[int, int], int] = {}
        for rank, (left, right, _) in enumerate(self.merges.tolist()):
            ranks.setdefault((left, right), rank)
        return ranks

    def _cut(self, text: str, allowed_special: Special, disallowed_special: Special) -> Iterator[Found]:
        """The added tokens of `text`, and what stands between them."""
        allowed = self.special_tokens.allowed(text, allowed_special, disallowed_special)
        return self.special_tokens.cut(text, allowed) if self._added is None else self._added.cut(text, allowed)

    def _ids(self, text: str) -> NDArray[np.int32]:
        """The ids of a text without added tokens, as it is split."""
        data = utf8.to_bytes(text)
        return self._encode(data, np.array([len(data)]))[0]

    def _encode(
        self, data: NDArray[np.uint8], text_ends: NDArray[np.int64]
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        kinds = classify(data, split_classes())
        encoded: tuple[NDArray[np.int32], NDArray[np.int64]] = bpe_encoding.encode(
            data, kinds, text_ends, self._pattern, self._table, self._memo, self.whole_words
        )
        return encoded
