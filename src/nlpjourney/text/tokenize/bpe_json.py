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
from nlpjourney.text.tokenize.json_section import Section
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
    """The vocabulary of a `tokenizer.json` or its folder. Raises FileFormatError for what is not supported."""
    file = tokenizer_json.find(path, "tokenizer.json")
    spec = tokenizer_json.read(file)
    model = tokenizer_json.model_of(spec, "BPE")
    for key in ("continuing_subword_prefix", "end_of_word_suffix"):
        model.expect(key, None, "")
    model.expect("dropout", None, 0.0)
    model.expect("byte_fallback", None, False)
    model.optional("unk_token", str)  # nothing is unknown where all bytes are known
    model.optional("fuse_unk", bool)
    whole_words = model.get("ignore_merges", bool, False)
    pattern = _pattern(file, tokenizer_json.steps(spec.section("pre_tokenizer"), "pretokenizers"))
    around = tokenizer_json.surroundings(spec)
    vocab = tokenizer_json.vocabulary(model)
    tokenizer_json.check_added(around, vocab, spec)
    pairs = merge_pairs(model, vocab)
    rows = [(vocab[left], vocab[right], vocab[left + right]) for left, right in pairs]
    merges = np.array(rows, dtype=np.int32).reshape(-1, 3)
    model.finish()
    spec.finish()
    added = {token.content for token in around.tokens}
    used = set(np.unique(merges).tolist())
    tokens: dict[int, bytes] = {}
    for token, id_ in vocab.items():
        if token in added and id_ not in used and len(token) != 1:
            continue  # only text that is written so becomes this token, and that is cut out before
        try:
            tokens[id_] = byte_alphabet.from_chars(token)
        except ValueError as error:
            if token not in added:
                model.fail(f"has in its vocabulary what byte-level BPE cannot have: {error}")
    return BPEVocabulary(tokens, merges, pattern, around.special, whole_words, around)


def merge_pairs(model: Section, vocab: dict[str, int]) -> list[tuple[str, str]]:
    """The merges as pairs of tokens; they and what they make are in the vocabulary."""
    pairs: list[tuple[str, str]] = []
    for i, merge in enumerate(model.get("merges", list)):
        pair = merge.split(" ") if isinstance(merge, str) else merge  # older files: one string
        if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(token, str) for token in pair):
            model.fail(f"has as merge {i} {merge!r}, which are not two tokens")
        left, right = pair
        for token in (left, right, left + right):
            if token not in vocab:
                model.fail(
                    f"has the merge {left!r} {right!r}, which speaks of {token!r}, which is not in the vocabulary"
                )
        pairs.append((left, right))
    return pairs


def _pattern(file: Path, steps: list[Section]) -> str:
    """The name of the pattern that these pre-tokenizer steps stand for."""
    written = [step.value for step in steps]
    if not steps or steps[-1].get("type", str) != "ByteLevel" or steps[-1].get("add_prefix_space", bool, True):
        raise FileFormatError(
            f"{file}: the pre_tokenizer must end with ByteLevel without add_prefix_space, it is {written}"
        )
    last = steps[-1]
    use_regex = last.get("use_regex", bool, True)
    last.optional("trim_offsets", bool)
    last.finish()
    if use_regex:
        if not written[:-1]:
            return "gpt2"
        if written[:-1] == [_DIGITS]:
            return "smollm"
    elif not written[:-1]:
        return "whole"
    elif len(steps) == 2 and written[0].get("type") == "Split":
        split = steps[0]
        split.expect("behavior", "Isolated")
        split.expect("invert", False, None)
        regex = split.section("pattern")
        for name in REGEXES:
            if regex is not None and regex.any("Regex") in (oniguruma(name), REGEXES[name]):
                regex.finish()
                split.finish()
                return name
    raise FileFormatError(f"{file}: this way of splitting is not one of {', '.join(REGEXES)}: {written[:-1]}")


def write(vocabulary: BPEVocabulary, file: Path) -> None:
    """Write `vocabulary` as a `tokenizer.json`.

    Raises ValueError for a special token that is also the written form of an ordinary one: the file names both by that string,
    and its readers find the ordinary one.
    """
    tokens, merges, pattern, specials, whole_words, around = vocabulary
    chars = {id_: byte_alphabet.to_chars(token) for id_, token in tokens.items()}
    for id_, token in chars.items():
        if token in specials and specials[token] != id_:
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
            **tokenizer_json.around_model(specials, around),
            "pre_tokenizer": {
                "type": "Sequence", "pretokenizers": [*steps, _byte_level(pattern in ("gpt2", "smollm"))],
            },
            "decoder": _byte_level(True),
            "model": {
                "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
                "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": whole_words,
                "vocab": {chars[id_]: id_ for id_ in sorted(chars)},
                "merges": [[chars[left], chars[right]] for left, right, _ in merges.tolist()],
            },
        },
    )  # fmt: skip
