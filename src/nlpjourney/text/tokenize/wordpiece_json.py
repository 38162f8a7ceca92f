"""WordPiece in Hugging Face's `tokenizer.json`, both ways: BERT's normalizer and pre_tokenizer, and its vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nlpjourney.text.tokenize import tokenizer_json
from nlpjourney.text.tokenize.json_section import Section
from nlpjourney.text.tokenize.tokenizer_json import Surroundings


def read(file: Path) -> dict[str, Any]:
    """The arguments of `WordPiece`. Raises FileFormatError for what is not supported."""
    spec = tokenizer_json.read(file)
    model = tokenizer_json.model_of(spec, "WordPiece")
    model.expect("continuing_subword_prefix", "##")
    normalizer = _part(spec, "normalizer", "BertNormalizer")
    normalizer.expect("clean_text", True)
    _part(spec, "pre_tokenizer", "BertPreTokenizer").finish()
    around = tokenizer_json.surroundings(spec, with_normalizer=False)
    vocab = tokenizer_json.vocabulary(model)
    tokenizer_json.check_added(around, vocab, spec)
    unk_token = model.get("unk_token", str)
    vocab = vocab | {token.content: token.id for token in around.tokens}
    if unk_token not in vocab:
        model.fail(f"has the unk_token {unk_token!r}, which is not in its vocabulary")
    max_word_chars = model.get("max_input_chars_per_word", int)
    if not 0 <= max_word_chars < 2**31:
        model.fail(f"has max_input_chars_per_word {max_word_chars}, which is no number of characters")
    settings = {
        "vocab": vocab,
        "lowercase": normalizer.get("lowercase", bool),
        "strip_accents": normalizer.optional("strip_accents", bool),
        "split_cjk": normalizer.get("handle_chinese_chars", bool),
        "max_word_chars": max_word_chars,
        "unk_token": unk_token,
        "around": around,
    }
    for part in (normalizer, model, spec):
        part.finish()
    return settings


def _part(spec: Section, key: str, kind: str) -> Section:
    part = spec.section(key)
    if part is None:
        spec.fail(f"has no {key}; read here is {kind}")
    if part.get("type", str) != kind:
        part.fail(f"is {part.value['type']!r}; read here is {kind}")
    return part


def write(
    file: Path,
    vocab: Mapping[str, int],
    *,
    special: Mapping[str, int],
    unk_token: str,
    lowercase: bool,
    strip_accents: bool,
    split_cjk: bool,
    max_word_chars: int,
    around: Surroundings,
) -> None:
    """Write a `tokenizer.json`; one that was not read from a file gets BERT's template, `[CLS] … [SEP]`."""
    spec = {
        **tokenizer_json.around_model(special, around),
        "normalizer": {
            "type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": split_cjk,
            "strip_accents": strip_accents, "lowercase": lowercase,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {
            "type": "WordPiece", "unk_token": unk_token, "continuing_subword_prefix": "##",
            "max_input_chars_per_word": max_word_chars, "vocab": vocab,
        },
    }  # fmt: skip
    if not around.written:
        spec["post_processor"] = _template(special)
    tokenizer_json.write(file, spec)


def _template(ids: Mapping[str, int]) -> dict[str, Any] | None:
    if "[CLS]" not in ids or "[SEP]" not in ids:
        return None
    cls, sep = {"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}
    a, b = ({"Sequence": {"id": name, "type_id": i}} for i, name in enumerate("AB"))
    return {
        "type": "TemplateProcessing",
        "single": [cls, a, sep],
        "pair": [cls, a, sep, b, {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
        "special_tokens": {name: {"id": name, "ids": [ids[name]], "tokens": [name]} for name in ("[CLS]", "[SEP]")},
    }
