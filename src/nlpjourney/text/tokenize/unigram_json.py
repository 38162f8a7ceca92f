"""Unigram models in Hugging Face's `tokenizer.json`, both ways.

SentencePiece's normalisation is written there as steps: the compiled character map, the tidying of spaces, ▁ for a space.
Read are the steps that are written here, and those of `Metaspace` alone; others are refused.
"""

import base64
from pathlib import Path
from typing import Any

from nlpjourney.errors import FileFormatError
from nlpjourney.text.tokenize import tokenizer_json
from nlpjourney.text.tokenize.sentencepiece_file import BYTE, CONTROL, NORMAL, UNKNOWN, SentencePieceModel
from nlpjourney.text.tokenize.sp_normalizer import SPACE_SIGN

_TRIM = {"type": "Replace", "pattern": {"Regex": r"\A +| +\z"}, "content": ""}
_SQUEEZE = {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}
_PREFIX = {"type": "Prepend", "prepend": SPACE_SIGN}
_SIGN = {"type": "Replace", "pattern": {"String": " "}, "content": SPACE_SIGN}


def write(model: SentencePieceModel, by_word: bool, file: Path) -> None:
    """Write the model as `tokenizer.json`."""
    steps: list[dict[str, Any]] = []
    if model.charsmap:
        steps.append({"type": "Precompiled", "precompiled_charsmap": base64.b64encode(model.charsmap).decode()})
    steps += [_TRIM, _SQUEEZE] if model.remove_extra_spaces else []
    steps += [_PREFIX] if model.dummy_prefix else []
    special = {piece: i for i, (piece, kind) in enumerate(zip(model.pieces, model.kinds)) if kind in (UNKNOWN, CONTROL)}
    tokenizer_json.write(
        file,
        {
            **tokenizer_json.HEADER,
            "added_tokens": tokenizer_json.added_tokens(special),
            "normalizer": {"type": "Sequence", "normalizers": [*steps, _SIGN]},
            "pre_tokenizer": _metaspace("never", by_word),
            "post_processor": None,
            "decoder": _decoder(model),
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


def read(path: str | Path) -> tuple[SentencePieceModel, bool]:
    """The model in a `tokenizer.json` or its folder, and whether text is cut into words first."""
    file = tokenizer_json.find(path, "tokenizer.json")
    spec = tokenizer_json.read(file)
    tokenizer_json.expect(file, "model type", spec["model"].get("type"), "Unigram")
    model = SentencePieceModel(byte_fallback=spec["model"].get("byte_fallback", False), remove_extra_spaces=False)
    steps = tokenizer_json.steps(spec.get("normalizer"), "normalizers")
    if steps and steps[0]["type"] == "Precompiled":
        model.charsmap = base64.b64decode(steps.pop(0)["precompiled_charsmap"])
    if steps[:2] == [_TRIM, _SQUEEZE]:
        model.remove_extra_spaces = True
        del steps[:2]
    model.dummy_prefix = steps[:1] == [_PREFIX]
    if model.dummy_prefix:
        del steps[0]
    metaspace = tokenizer_json.steps(spec.get("pre_tokenizer"), "pretokenizers")
    if len(metaspace) != 1 or metaspace[0]["type"] != "Metaspace" or metaspace[0]["replacement"] != SPACE_SIGN:
        raise FileFormatError(f"{file}: the pre_tokenizer must be Metaspace with ▁, it is {metaspace}")
    tokenizer_json.expect(file, "prepend_scheme", metaspace[0]["prepend_scheme"], "never")
    if steps not in ([], [_SIGN]):
        raise FileFormatError(f"{file}: these steps of the normalizer are not supported: {steps}")
    by_word = bool(metaspace[0].get("split", True))
    special = {token["content"] for token in spec.get("added_tokens", []) if token.get("special")}
    for i, (piece, score) in enumerate(spec["model"]["vocab"]):
        model.pieces.append(piece)
        model.scores.append(score)
        if i == spec["model"]["unk_id"]:
            model.kinds.append(UNKNOWN)
        elif piece in special:
            model.kinds.append(CONTROL)
        else:
            is_byte = model.byte_fallback and len(piece) == 6 and piece.startswith("<0x") and piece.endswith(">")
            model.kinds.append(BYTE if is_byte else NORMAL)
    return model, by_word
