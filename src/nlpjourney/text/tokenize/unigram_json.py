"""Unigram models in Hugging Face's `tokenizer.json`, both ways.

SentencePiece's normalisation is written there as steps: the compiled character map, the tidying of spaces, ▁ for a space. A file
with just these is a `SentencePieceModel`, which compiled loops obey. Other files (T5, ALBERT, XLM-R) have other steps, and their
pre_tokenizer cuts a text at spaces and puts ▁ before each word: what they do is kept as a function (`UnigramFile.words`).
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from nlpjourney.errors import FileFormatError
from nlpjourney.text.tokenize import tokenizer_json
from nlpjourney.text.tokenize.added_tokens import AddedToken
from nlpjourney.text.tokenize.json_section import Section
from nlpjourney.text.tokenize.sentencepiece_file import BYTE, CONTROL, NORMAL, UNKNOWN, SentencePieceModel
from nlpjourney.text.tokenize.sp_normalizer import SPACE_SIGN
from nlpjourney.text.tokenize.tokenizer_json import Surroundings

Words = Callable[[str, bool], list[str]]
_WORD = re.compile(r"(?:\S|[\x1c-\x1f])+")  # between spaces, which for Unicode these four are not
_TRIM = {"type": "Replace", "pattern": {"Regex": r"\A +| +\z"}, "content": ""}
_SQUEEZE = {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}
_PREFIX = {"type": "Prepend", "prepend": SPACE_SIGN}
_SIGN = {"type": "Replace", "pattern": {"String": " "}, "content": SPACE_SIGN}


class UnigramFile(NamedTuple):
    """What a file says."""

    model: SentencePieceModel
    by_word: bool
    around: Surroundings
    words: Words | None  # of a normalized part of a text, and whether it stands at the start; None: `model` says all


def write(loaded: UnigramFile, file: Path) -> None:
    """Write the model as `tokenizer.json`."""
    model, by_word, around, words = loaded
    steps: list[dict[str, Any]] = []
    if model.charsmap:
        steps.append({"type": "Precompiled", "precompiled_charsmap": base64.b64encode(model.charsmap).decode()})
    steps += [_TRIM, _SQUEEZE] if model.remove_extra_spaces else []
    steps += [_PREFIX] if model.dummy_prefix else []
    special = {piece: i for i, (piece, kind) in enumerate(zip(model.pieces, model.kinds)) if kind in (UNKNOWN, CONTROL)}
    ours = {
        "normalizer": {"type": "Sequence", "normalizers": [*steps, _SIGN]},
        "pre_tokenizer": _metaspace("never", by_word),
        "decoder": _decoder(model),
    }
    tokenizer_json.write(
        file,
        {
            **tokenizer_json.around_model(special, around),
            **(ours if words is None else {}),
            "model": {
                "type": "Unigram",
                "unk_id": model.kinds.index(UNKNOWN),
                "vocab": [[piece, score] for piece, score in zip(model.pieces, model.scores)],
                "byte_fallback": model.byte_fallback,
            },
        },
    )


def _metaspace(prepend_scheme: str, split: bool) -> dict[str, Any]:
    return {"type": "Metaspace", "replacement": SPACE_SIGN, "prepend_scheme": prepend_scheme, "split": split}


def _decoder(model: SentencePieceModel) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"type": "Replace", "pattern": {"String": SPACE_SIGN}, "content": " "}]
    if model.byte_fallback:
        steps.append({"type": "ByteFallback"})
    steps.append({"type": "Fuse"})
    if model.dummy_prefix:
        steps.append({"type": "Strip", "content": " ", "start": 1, "stop": 0})
    return {"type": "Sequence", "decoders": steps}


def read(path: str | Path) -> UnigramFile:
    """What stands in a `tokenizer.json` or its folder. Raises FileFormatError for what is not supported."""
    file = tokenizer_json.find(path, "tokenizer.json")
    spec = tokenizer_json.read(file)
    part = tokenizer_json.model_of(spec, "Unigram")
    around = tokenizer_json.surroundings(spec)
    model = SentencePieceModel(byte_fallback=part.get("byte_fallback", bool, False), remove_extra_spaces=False)
    words: Words | None
    words, by_word, scheme = _words(tokenizer_json.steps(spec.section("pre_tokenizer"), "pretokenizers"), spec)
    simple = scheme == "never" and all(token == AddedToken(token.content, token.id) for token in around.tokens)
    if simple and _normalization(model, around.written["normalizer"]):
        around, words = replace(around, normalize=None), None
    else:
        model.dummy_prefix = scheme != "never"
        kept = {key: spec.any(key) for key in ("pre_tokenizer", "decoder")}
        around = replace(around, written={**around.written, **kept})
    _read_pieces(part, model, set(around.special))
    ids = {piece: i for i, piece in enumerate(model.pieces)}
    tokenizer_json.check_added(around, ids, spec)
    part.finish()
    spec.finish()
    return UnigramFile(model, by_word, around, words)


def _read_pieces(part: Section, model: SentencePieceModel, special: set[str]) -> None:
    unk_id = part.get("unk_id", int)
    for i, row in enumerate(part.get("vocab", list)):
        if not isinstance(row, list) or len(row) != 2 or type(row[0]) is not str or type(row[1]) not in (int, float):
            part.fail(f"must have in 'vocab' pieces with their scores; number {i} is {row!r}")
        piece, score = row
        if not math.isfinite(score):
            part.fail(f"gives the piece {piece!r} the score {score}")
        model.pieces.append(piece)
        model.scores.append(float(score))
        is_byte = model.byte_fallback and len(piece) == 6 and piece.startswith("<0x") and piece.endswith(">")
        model.kinds.append(UNKNOWN if i == unk_id else CONTROL if piece in special else BYTE if is_byte else NORMAL)
    if not 0 <= unk_id < len(model.pieces):
        part.fail(f"has unk_id {unk_id}, but {len(model.pieces)} pieces")


def _normalization(model: SentencePieceModel, normalizer: dict[str, Any] | None) -> bool:
    """Whether the steps are those that `write` writes; then `model` has them."""
    steps = (normalizer or {}).get("normalizers", [normalizer] if normalizer else [])
    steps = list(steps)
    if steps and steps[0].get("type") == "Precompiled":
        model.charsmap = base64.b64decode(steps.pop(0)["precompiled_charsmap"])
    model.remove_extra_spaces = steps[:2] == [_TRIM, _SQUEEZE]
    if model.remove_extra_spaces:
        del steps[:2]
    model.dummy_prefix = steps[:1] == [_PREFIX]
    if model.dummy_prefix:
        del steps[0]
    if steps in ([], [_SIGN]):
        return True
    model.charsmap, model.remove_extra_spaces = b"", False
    return False


def _words(steps: list[Section], spec: Section) -> tuple[Words, bool, str]:
    """What the pre_tokenizer does to a text, whether words are cut before each ▁, and where ▁ is put."""
    at_spaces = len(steps) == 2 and steps[0].get("type", str) == "WhitespaceSplit"
    if at_spaces:
        steps[0].finish()
    if not steps or len(steps) != 1 + at_spaces or steps[-1].get("type", str) != "Metaspace":
        raise FileFormatError(
            f"{spec.file}: the pre_tokenizer must be Metaspace with ▁, alone or behind WhitespaceSplit,"
            f" it is {[step.value for step in steps]}"
        )
    last = steps[-1]
    last.expect("replacement", SPACE_SIGN)
    last.expect("str_rep", None, SPACE_SIGN)
    old = last.optional("add_prefix_space", bool)  # how older files say it
    scheme = last.get("prepend_scheme", str, "never" if old is False else "always")
    last.expect("prepend_scheme", None, "always", "never", "first")
    if old is not None and old != (scheme != "never"):
        last.fail(f"has add_prefix_space {old} and prepend_scheme {scheme!r}, which do not fit together")
    by_word = last.get("split", bool, True)
    last.finish()

    def words(text: str, at_start: bool) -> list[str]:
        parts = [(m[0], m.start()) for m in _WORD.finditer(text)] if at_spaces else [(text, 0)]
        found = []
        for part, start in parts:
            word = part.replace(" ", SPACE_SIGN)
            here = scheme == "always" or (scheme == "first" and at_start and start == 0)
            found.append(SPACE_SIGN + word if here and not word.startswith(SPACE_SIGN) else word)
        return found

    return words, by_word, scheme
