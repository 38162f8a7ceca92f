"""The tokenizer inside a GGUF file: byte-level BPE (GPT-2's kind) or SentencePiece's BPE, special tokens, chat template."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nlpjourney.llm.gguf import GGUFError, GGUFFile
from nlpjourney.llm.gguf.vocabulary import BYTE, CONTROL, NORMAL, PRE, USER_DEFINED
from nlpjourney.text.tokenize import BPE, byte_alphabet
from nlpjourney.text.tokenize import sentencepiece_bpe as spm
from nlpjourney.text.tokenize.special_tokens import SpecialTokens

PATTERNS = {name: pattern for pattern, name in PRE.items()}
END_OF_TURN = ("<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<|endoftext|>", "<eos>", "</s>")


class GGUFTokenizer:
    """Text to ids and back, as the file's model was trained.

    `stop` are the tokens that end an answer. Raises GGUFError for a tokenizer that is missing, broken or not supported.
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
        types = file.metadata.get("tokenizer.ggml.token_type")
        self._kinds = [NORMAL] * len(self.tokens) if types is None else [int(kind) for kind in types]
        if len(self._kinds) != len(self.tokens):
            raise GGUFError(f"{file.path}: {len(self.tokens)} tokens with {len(self._kinds)} types")
        self._ids = {token: id_ for id_, token in enumerate(self.tokens)}
        special = {
            token: i for i, token in enumerate(self.tokens) if token and self._kinds[i] in (CONTROL, USER_DEFINED)
        }
        self.special_tokens = SpecialTokens(special)
        self._user_defined = frozenset(token for token, id_ in special.items() if self._kinds[id_] == USER_DEFINED)
        self.bos: int | None = get("bos_token_id", int)
        self.eos: int | None = get("eos_token_id", int)
        self.adds_bos: bool = get("add_bos_token", bool, model == "llama")
        ends = [self.eos, get("eot_token_id", int), *(special.get(name) for name in END_OF_TURN)]
        self.stop = frozenset(id_ for id_ in ends if id_ is not None)
        self.chat_template: str | None = file.metadata.get("tokenizer.chat_template")
        self._bpe: BPE | None = None
        if model == "gpt2":
            self._bpe = self._byte_level(file, get("pre", str, "default"), get("merges", list, []))
        else:
            scores = file.metadata.get("tokenizer.ggml.scores")
            if scores is None or len(scores) != len(self.tokens):
                raise GGUFError(f"{file.path}: a 'llama' tokenizer needs a score for each token")
            self._scores = [float(score) for score in scores]
            self._prefix: bool = get("add_space_prefix", bool, True)
            self._byte_ids = [self._ids.get(f"<0x{byte:02X}>", 0) for byte in range(256)]

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
        """The ids of `text`, after the token of beginning if the model wants one.

        With `special`, names of control tokens such as `<|im_start|>` in the text become these tokens: only for text that a
        template wrote. Tokens that the file calls user-defined always do.
        """
        ids = [self.bos] if self.adds_bos and self.bos is not None else []
        allowed = self.special_tokens.ids if special else self._user_defined
        for piece, id_ in self.special_tokens.split(text, allowed, ()):
            ids += [id_] if id_ is not None else self._ordinary(piece)
        if special and len(ids) > 1 and ids[0] == ids[1] == self.bos:
            del ids[0]  # the template wrote it too
        return ids

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
