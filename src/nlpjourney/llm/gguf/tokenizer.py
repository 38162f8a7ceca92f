"""The tokenizer inside a GGUF file: byte-level BPE (GPT-2's kind) or SentencePiece's BPE, special tokens, chat template."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from nlpjourney.llm.gguf import GGUFError, GGUFFile
from nlpjourney.llm.gguf.vocabulary import BYTE, CONTROL, NORMAL, PRE, USER_DEFINED
from nlpjourney.text.tokenize import BPE, byte_alphabet
from nlpjourney.text.tokenize import sentencepiece_bpe as spm
from nlpjourney.text.tokenize.special_tokens import SpecialTokens

PATTERNS = {name: pattern for pattern, name in PRE.items()}
BEGIN_UNASKED = ("llama-bpe",)  # a file with such a split that does not say whether texts get a beginning means yes
END_OF_TURN = ("<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<|endoftext|>", "<eos>", "</s>")


class GGUFTokenizer:
    """Text to ids and back, as the file's model was trained.

    `stop` are the tokens that end an answer. What a file does not say means what it means to llama.cpp. Raises GGUFError for a
    tokenizer that is missing, broken or not supported.
    """

    def __init__(self, file: GGUFFile) -> None:
        def get(key: str, kind: type | tuple[type, ...], default: Any = None) -> Any:
            value = file.metadata.get(f"tokenizer.ggml.{key}", default)
            if value is not None and not isinstance(value, kind):
                raise GGUFError(f"{file.path}: tokenizer.ggml.{key} is a {type(value).__name__}")
            return value

        model = get("model", str)
        self.tokens: list[str] = get("tokens", list)
        if not self.tokens or model not in ("gpt2", "llama"):
            raise GGUFError(
                f"{file.path}: the tokenizer {model!r} is not supported, only 'gpt2' and 'llama' with their tokens"
            )
        self._kinds = self._read_kinds(file)
        self._ids = {token: id_ for id_, token in enumerate(self.tokens)}
        special = {
            token: i for i, token in enumerate(self.tokens) if token and self._kinds[i] in (CONTROL, USER_DEFINED)
        }
        self.special_tokens = SpecialTokens(special)
        self._user_defined = frozenset(token for token, id_ in special.items() if self._kinds[id_] == USER_DEFINED)

        def token(key: str, default: int | None = None) -> int | None:
            id_ = get(f"{key}_token_id", int, default)
            if id_ is not None and (isinstance(id_, bool) or not 0 <= id_ < len(self.tokens)):
                raise GGUFError(
                    f"{file.path}: tokenizer.ggml.{key}_token_id is {id_}, but there are {len(self.tokens)} tokens"
                )
            return None if id_ is None else int(id_)

        is_spm = model == "llama"
        pre = get("pre", str, "default")
        self.bos = token("bos", 1 if is_spm and len(self.tokens) > 1 else None)
        self.eos = token("eos", 2 if is_spm and len(self.tokens) > 2 else None)
        self.adds_bos: bool = get("add_bos_token", bool, is_spm or pre in BEGIN_UNASKED)
        self.adds_eos: bool = get("add_eos_token", bool, False)
        ends = [self.eos, token("eot"), token("eom"), *(special.get(name) for name in END_OF_TURN)]
        self.stop = frozenset(id_ for id_ in ends if id_ is not None)
        self.chat_template: str | None = file.metadata.get("tokenizer.chat_template")
        if not isinstance(self.chat_template, str | None):
            raise GGUFError(
                f"{file.path}: tokenizer.chat_template is a {type(self.chat_template).__name__}, not a text"
            )
        self._bpe: BPE | None = None
        if model == "gpt2":
            self._bpe = self._byte_level(file, pre, get("merges", list, []))
        else:
            scores = file.metadata.get("tokenizer.ggml.scores")
            if not isinstance(scores, np.ndarray) or len(scores) != len(self.tokens):
                raise GGUFError(f"{file.path}: a 'llama' tokenizer needs a score for each token")
            self._scores = [float(score) for score in scores]
            self._prefix: bool = get("add_space_prefix", bool, True)
            self._byte_ids = [self._ids.get(f"<0x{byte:02X}>", 0) for byte in range(256)]

    def _read_kinds(self, file: GGUFFile) -> list[int]:
        """The kind of each token, normal where the file says nothing."""
        kinds = file.metadata.get("tokenizer.ggml.token_type")
        if kinds is None:
            return [NORMAL] * len(self.tokens)
        if not isinstance(kinds, np.ndarray) or kinds.dtype.kind not in "iu":
            raise GGUFError(f"{file.path}: tokenizer.ggml.token_type must be whole numbers, one a token")
        if len(kinds) != len(self.tokens):
            raise GGUFError(f"{file.path}: {len(self.tokens)} tokens with {len(kinds)} types")
        for token, kind in zip(self.tokens, kinds):
            if kind == BYTE and not re.fullmatch("<0x[0-9A-Fa-f]{2}>", token):
                raise GGUFError(f"{file.path}: the token {token!r} is said to be a byte, which is written as <0x41>")
        return [int(kind) for kind in kinds]

    def _byte_level(self, file: GGUFFile, pre: str, merges: list[str]) -> BPE:
        if pre not in PATTERNS:
            raise GGUFError(
                f"{file.path}: text is split by {pre!r}, which is not known here; known: {', '.join(PATTERNS)}"
            )
        special = self.special_tokens.ids
        try:
            tokens = {i: byte_alphabet.from_chars(t) for i, t in enumerate(self.tokens) if t not in special}
            rows = []
            for merge in merges:
                left, right = merge.split(" ")
                rows.append((self._ids[left], self._ids[right], self._ids[left + right]))
            # Some vocabularies lack bytes that good text never has: these get ids of their own, and are dropped later.
            missing = {bytes([byte]) for byte in range(256)} - set(tokens.values())
            tokens |= {len(self.tokens) + i: byte for i, byte in enumerate(sorted(missing))}
            return BPE(tokens, rows, pattern=PATTERNS[pre], whole_words=pre in ("llama-bpe", "gpt-4o"))
        except (KeyError, ValueError) as error:
            raise GGUFError(f"{file.path}: tokens and merges do not fit together ({error})") from None

    @property
    def vocab_size(self) -> int:
        """How many tokens there are, special ones included."""
        return len(self.tokens)

    def encode(self, text: str, *, special: bool = False) -> list[int]:
        """The ids of `text`, after the token of beginning and before that of the end if the model wants them.

        With `special`, names of control tokens such as `<|im_start|>` in the text become these tokens: only for text that a
        template wrote. Tokens that the file calls user-defined always do.
        """
        ids = [self.bos] if self.adds_bos and self.bos is not None else []
        allowed = self.special_tokens.ids if special else self._user_defined
        for piece, id_ in self.special_tokens.split(text, allowed, ()):
            ids += [id_] if id_ is not None else self._ordinary(piece)
        if special and len(ids) > 1 and ids[0] == ids[1] == self.bos:
            del ids[0]  # the template wrote it too
        if self.adds_eos and self.eos is not None:
            ids.append(self.eos)
        return ids

    def encode_prompt(self, text: str) -> list[int]:
        """The ids of what a template wrote, which the model is to go on with: so never with the token of the end."""
        ids = self.encode(text, special=True)
        return ids[:-1] if self.adds_eos and self.eos is not None else ids

    def is_control(self, token: str) -> bool:
        """Whether the vocabulary has a control token of that name."""
        id_ = self._ids.get(token)
        return id_ is not None and self._kinds[id_] == CONTROL

    def defuse(self, text: str) -> str:
        """`text` with an invisible character (U+2060) inside every name of a control token, so that it stays ordinary text.

        A name of one character has no inside: U+FFFD takes its place.
        """
        while True:  # names may overlap: what a name was cut into can be part of another one
            found = False
            pieces = []
            for piece, id_ in self.special_tokens.split(text, self.special_tokens.ids, ()):
                is_control = id_ is not None and self._kinds[id_] == CONTROL
                found |= is_control
                ordinary = f"{piece[0]}\u2060{piece[1:]}" if len(piece) > 1 else "\ufffd"
                pieces.append(ordinary if is_control else piece)
            if not found:
                return text
            text = "".join(pieces)

    def _ordinary(self, text: str) -> list[int]:
        if self._bpe is not None:
            return [id_ for id_ in self._bpe.encode_ordinary(text) if id_ < len(self.tokens)]
        return spm.encode(text, self._ids, self._scores, self._byte_ids, self._prefix)

    def token_bytes(self, id_: int) -> bytes:
        """The bytes that a token stands for; none for a control token. Raises ValueError for an id that is not there."""
        if not 0 <= id_ < len(self.tokens):
            raise ValueError(f"no token has the id {id_}; there are {len(self.tokens)}")
        token: str = self.tokens[id_]
        kind = self._kinds[id_]
        if kind == CONTROL:
            return b""
        if kind == USER_DEFINED:
            return token.encode("utf-8", "surrogateescape")
        if self._bpe is not None:
            return byte_alphabet.from_chars(token)
        if kind == BYTE:
            return bytes([int(token[3:5], 16)])
        return token.replace(spm.SPACE, " ").encode("utf-8", "surrogateescape")

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids; control tokens are left out, broken UTF-8 becomes U+FFFD."""
        return b"".join(map(self.token_bytes, ids)).decode("utf-8", "replace")
