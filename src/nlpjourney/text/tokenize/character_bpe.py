"""BPE over characters, as Gemma and Llama 2 have it in `tokenizer.json`: ▁ for a space, bytes only for what is unknown.

Unlike in byte-level BPE a text is first its characters; one that the vocabulary lacks becomes its UTF-8 bytes (`<0xE3>`), or the
unknown token. The text is not split into words, so merges run over all of it. Notable choice: ordinary Python with a heap,
O(n log n), some hundred times slower than `BPE`; it is here to read these files.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, Literal

from nlpjourney.text.tokenize import bpe_json, tokenizer_json, utf8
from nlpjourney.text.tokenize.added_tokens import AddedTokens
from nlpjourney.text.tokenize.arguments import check_batch
from nlpjourney.text.tokenize.json_section import Section
from nlpjourney.text.tokenize.model_input import ModelInput
from nlpjourney.text.tokenize.sentencepiece_bpe import merge
from nlpjourney.text.tokenize.sp_normalizer import SPACE_SIGN
from nlpjourney.text.tokenize.special_tokens import SpecialTokens

Special = Literal["all"] | Collection[str]
_BROKEN = re.compile("[\udc80-\udcff]")
_BEHIND_SPACES = re.compile(r"[^ ]* |[^ ]+")


class CharacterBPE:
    """The tokenizer of such a file, or of the folder that holds it. Raises FileFormatError for what is not supported."""

    def __init__(self, path: str | Path) -> None:
        spec = tokenizer_json.read(tokenizer_json.find(path, "tokenizer.json"))
        model = tokenizer_json.model_of(spec, "BPE")
        for key in ("continuing_subword_prefix", "end_of_word_suffix"):
            model.expect(key, None, "")
        model.expect("dropout", None, 0.0)
        self._splits = _splits(spec)
        self._around = tokenizer_json.surroundings(spec)
        self.vocab = tokenizer_json.vocabulary(model)
        tokenizer_json.check_added(self._around, self.vocab, spec)
        self._ranks = {(a, b): rank for rank, (a, b) in reversed([*enumerate(bpe_json.merge_pairs(model, self.vocab))])}
        self._whole_words = model.get("ignore_merges", bool, False)
        self._fuse_unk = model.get("fuse_unk", bool, False)
        unk = model.optional("unk_token", str)
        if unk is not None and unk not in self.vocab:
            model.fail(f"has the unk_token {unk!r}, which is not in its vocabulary")
        self._unk = unk
        self._bytes = [f"<0x{byte:02X}>" for byte in range(256)] if model.get("byte_fallback", bool, False) else []
        if missing := [piece for piece in self._bytes if piece not in self.vocab]:
            model.fail(f"has byte_fallback, but {len(missing)} bytes are not in its vocabulary, such as {missing[0]}")
        if unk is None and not self._bytes:
            model.fail("has neither byte_fallback nor an unk_token for characters that are not in its vocabulary")
        model.finish()
        spec.finish()
        self.special_tokens = SpecialTokens(self._around.special)
        self._added = AddedTokens(self._around.tokens, self._around.normalize)
        self._names = {id_: token for token, id_ in self.vocab.items()}
        self._names |= {token.id: token.content for token in self._around.tokens}
        self._spec: dict[str, Any] = spec.value

    def save_pretrained(self, folder: str | Path) -> None:
        """Write `tokenizer.json` to `folder`, as it was read."""
        tokenizer_json.write(Path(folder) / "tokenizer.json", self._spec)

    @property
    def vocab_size(self) -> int:
        """How many tokens there are, added ones included (ids may have gaps)."""
        return len(self._names)

    def encode(
        self, text: str, *, allowed_special: Special = frozenset(), disallowed_special: Special = "all"
    ) -> list[int]:
        """The ids of `text`. Raises ValueError when it holds a special token that is not allowed (see `SpecialTokens`)."""
        allowed = self.special_tokens.allowed(text, allowed_special, disallowed_special)
        ids: list[int] = []
        for part, id_, _ in self._added.cut(utf8.well_formed(text), allowed):
            if id_ is not None:
                ids.append(id_)
                continue
            for word in _BEHIND_SPACES.findall(part) if self._splits else [part]:
                ids += self._ids(word)
        return ids

    def encode_batch(self, texts: Iterable[str]) -> list[list[int]]:
        """`encode` for each text, in which special tokens are ordinary text."""
        check_batch(texts)
        return [self.encode(text, disallowed_special=()) for text in texts]

    def encode_inputs(self, texts: Iterable[str]) -> ModelInput:
        """The ids of a batch as the model takes them: with the template, truncation and padding of the file."""
        return self._around.inputs.batch(self.encode_batch(texts))

    def decode(self, ids: Iterable[int]) -> str:
        """The text of `ids`: a space for ▁, without the one that the file puts before a text. Special tokens are left out."""
        text = b"".join(map(self.token_bytes, ids)).decode(errors="surrogateescape")
        text = _BROKEN.sub("\ufffd", text)
        prefixed = self._around.normalize is not None and self._around.normalize("a").startswith(SPACE_SIGN)
        return text.removeprefix(" ") if prefixed else text

    def token_bytes(self, id_: int) -> bytes:
        """The UTF-8 that a token adds to a text, none for a special one. Raises ValueError for an id that is not there."""
        if id_ not in self._names:
            raise ValueError(f"no token has the id {id_}; there are {self.vocab_size}")
        name = self._names[id_]
        if name in self.special_tokens.ids:
            return b""
        if self._bytes and name in self._bytes:
            return bytes([self._bytes.index(name)])
        return utf8.encode(name.replace(SPACE_SIGN, " "))

    def _ids(self, word: str) -> list[int]:
        if self._whole_words and word in self.vocab:
            return [self.vocab[word]]
        pieces: list[str] = []
        fresh = True  # whether an unknown character begins a run of such
        for char in word:
            if char in self.vocab:
                pieces.append(char)
            elif self._bytes:
                pieces += [self._bytes[byte] for byte in char.encode()]
            elif self._unk is not None and (fresh or not self._fuse_unk):
                pieces.append(self._unk)
            fresh = char in self.vocab
        return [self.vocab[piece] for piece in merge(pieces, lambda left, right: self._ranks.get((left, right)))]


def _splits(spec: Section) -> bool:
    """Whether text is cut behind spaces first."""
    steps = tokenizer_json.steps(spec.section("pre_tokenizer"), "pretokenizers")
    if not steps:
        return False
    split = steps[0]
    pattern = split.section("pattern")
    if len(steps) > 1 or split.get("type", str) != "Split" or pattern is None:
        spec.fail(f"has a pre_tokenizer that BPE over characters does not read here: {[step.value for step in steps]}")
    pattern.expect("String", " ")
    pattern.finish()
    split.expect("behavior", "MergedWithPrevious")
    split.expect("invert", None, False)
    split.finish()
    return True
