"""Byte-level BPE in Hugging Face's `tokenizer.json`, both ways.

A byte is written as a printable character (`byte_alphabet`), a merge as a pair of such strings. How text is split stands
there as a regular expression, in the dialect of Oniguruma; only the patterns of `splitting` are read, any other is refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from nlpjourney.errors import FileFormatError
from nlpjourney.text.tokenize import byte_alphabet, tokenizer_json
from nlpjourney.text.tokenize.bpe_tables import BPEVocabulary
from nlpjourney.text.tokenize.splitting import REGEXES

_DIGITS = {"type": "Digits", "individual_digits": True}


def _byte_level(use_regex: bool) -> dict[str, Any]:
    return {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": use_regex}


def oniguruma(pattern: str) -> str:
    """The split pattern as Oniguruma understands it: there `{1,3}+` is no possessive, and `\\Z` no end of the text."""
    regex = REGEXES[pattern]
    for possessive, plain in (("++", "+"), ("?+", "?"), ("*+", "*"), ("3}+", "3}"), (r"\Z", r"\z")):
        regex = regex.replace(possessive, plain)
    return regex


def read(path: str | Path) -> BPEVocabulary:
    """The vocabulary of a `tokenizer.json` or its folder. Raises ValueError for what is not supported."""
    file = tokenizer_json.find(path, "tokenizer.json")
    spec = tokenizer_json.read(file)
    model = spec["model"]
    tokenizer_json.expect(file, "model type", model.get("type", "BPE"), "BPE")
    tokenizer_json.expect(file, "normalizer", spec.get("normalizer"), None)
    for key in ("continuing_subword_prefix", "end_of_word_suffix", "dropout"):
        tokenizer_json.expect(file, key, model.get(key) or None, None)
    tokenizer_json.expect(file, "byte_fallback", model.get("byte_fallback", False), False)
    pattern = _pattern(file, tokenizer_json.steps(spec.get("pre_tokenizer"), "pretokenizers"))
    added = spec.get("added_tokens", [])
    for token in added:
        for flag in ("single_word", "lstrip", "rstrip"):
            tokenizer_json.expect(file, f"{flag} of {token['content']!r}", token.get(flag, False), False)
    specials = {token["content"]: token["id"] for token in added}
    for token, id_ in specials.items():
        if (other := model["vocab"].get(token, id_)) != id_:
            raise FileFormatError(
                f"{file}: {token!r} has the id {id_} among the added tokens, {other} in the vocabulary"
            )
    vocab = {token: id_ for token, id_ in model["vocab"].items() if token not in specials}
    try:
        tokens = {id_: byte_alphabet.from_chars(token) for token, id_ in vocab.items()}
        merges = []
        for merge in model["merges"]:
            left, right = merge.split(" ") if isinstance(merge, str) else merge  # older files: one string
            merges.append((vocab[left], vocab[right], vocab[left + right]))
    except KeyError as error:
        raise FileFormatError(f"{file}: a merge speaks of {error.args[0]!r}, which is not in the vocabulary") from None
    return BPEVocabulary(tokens, np.array(merges), pattern, specials, model.get("ignore_merges", False))


def _pattern(file: Path, steps: list[dict[str, Any]]) -> str:
    """The name of the pattern that these pre-tokenizer steps stand for."""
    if not steps or steps[-1]["type"] != "ByteLevel" or steps[-1].get("add_prefix_space"):
        raise FileFormatError(
            f"{file}: the pre_tokenizer must end with ByteLevel without add_prefix_space, it is {steps}"
        )
    if steps[-1].get("use_regex", True):
        if not steps[:-1]:
            return "gpt2"
        if steps[:-1] == [_DIGITS]:
            return "smollm"
    elif not steps[:-1]:
        return "whole"
    elif (
        len(steps) == 2
        and steps[0]["type"] == "Split"
        and steps[0]["behavior"] == "Isolated"
        and not steps[0]["invert"]
    ):
        for name in REGEXES:
            if steps[0]["pattern"].get("Regex") in (oniguruma(name), REGEXES[name]):
                return name
    raise FileFormatError(f"{file}: this way of splitting is not one of {', '.join(REGEXES)}: {steps[:-1]}")


def write(vocabulary: BPEVocabulary, file: Path) -> None:
    """Write `vocabulary` as a `tokenizer.json`.

    Raises ValueError for a special token that is also the written form of an ordinary one: the file names both by that string,
    and its readers find the ordinary one.
    """
    tokens, merges, pattern, specials, whole_words = vocabulary
    chars = {id_: byte_alphabet.to_chars(token) for id_, token in tokens.items()}
    for id_, token in chars.items():
        if token in specials:
            raise ValueError(
                f"tokenizer.json cannot hold the special token {token!r}, because the ordinary token {tokens[id_]!r} is written"
                " the same way there: give the special token another name, such as '<|name|>'"
            )
    steps: list[dict[str, Any]] = {"gpt2": [], "whole": [], "smollm": [_DIGITS]}.get(
        pattern,
        [{"type": "Split", "pattern": {"Regex": oniguruma(pattern)}, "behavior": "Isolated", "invert": False}],
    )
    tokenizer_json.write(
        file,
        {
            **tokenizer_json.HEADER,
            "added_tokens": tokenizer_json.added_tokens(specials),
            "normalizer": None,
            "pre_tokenizer": {
                "type": "Sequence", "pretokenizers": [*steps, _byte_level(pattern in ("gpt2", "smollm"))],
            },
            "post_processor": None,
            "decoder": _byte_level(True),
            "model": {
                "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
                "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": whole_words,
                "vocab": {chars[id_]: id_ for id_ in sorted(chars)},
                "merges": [[chars[left], chars[right]] for left, right, _ in merges.tolist()],
            },
        },
    )  # fmt: skip
