"""`tokenizer.json`: one file with everything a Hugging Face tokenizer does, as a pipeline of named steps.

normalizer → pre_tokenizer → model → post_processor, and a decoder for the way back; beside it the added tokens, truncation and
padding. Here is what the tokenizers share in reading and writing it; each knows its own part. Notable choice: what is
not understood is refused with its name, because a file that is read but obeyed only in part gives wrong ids without a word.
Only the decoder is not read: here it follows from the model.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nlpjourney import files
from nlpjourney.errors import FileFormatError, MissingFile
from nlpjourney.text.tokenize import json_normalizer, model_input
from nlpjourney.text.tokenize.added_tokens import AddedToken
from nlpjourney.text.tokenize.json_normalizer import Step
from nlpjourney.text.tokenize.json_section import Section
from nlpjourney.text.tokenize.model_input import InputRules

_FLAGS = ("single_word", "lstrip", "rstrip", "normalized")
_MAX_ID = 2**31 - 1


@dataclass(frozen=True)
class Surroundings:
    """What a file says around its model."""

    normalize: Step | None = None
    tokens: tuple[AddedToken, ...] = ()
    inputs: InputRules = field(default_factory=InputRules)
    written: Mapping[str, Any] = field(default_factory=dict)  # the sections as they stand there, to be written again

    @property
    def plain(self) -> bool:
        """Whether a text is only searched for special tokens, as they stand."""
        return self.normalize is None and all(token == AddedToken(token.content, token.id) for token in self.tokens)

    @property
    def special(self) -> dict[str, int]:
        """The ids of the special tokens."""
        return {token.content: token.id for token in self.tokens if token.special}


NOTHING = Surroundings()


def find(path: str | Path, *names: str) -> Path:
    """`path` itself when it is a file, else the first of `names` in that folder."""
    path = Path(path)
    if path.is_file():
        return path
    for name in names:
        if (path / name).is_file():
            return path / name
    raise MissingFile(f"{path} is neither a file nor a folder with {' or '.join(names)}")


def read(file: Path) -> Section:
    """The parsed file. Raises FileFormatError when it is not a tokenizer.json."""
    try:
        spec = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise FileFormatError(f"{file} is not JSON: {error}") from None
    if not isinstance(spec, dict) or not isinstance(spec.get("model"), dict):
        raise FileFormatError(f'{file} is JSON, but not a tokenizer.json: it has no "model"')
    return Section(file, "the file", spec)


def model_of(spec: Section, kind: str) -> Section:
    """The model's section, which must be of that kind; older files of BPE do not say theirs."""
    model = Section(spec.file, "model", spec.any("model"))
    found = model.get("type", str, "BPE")
    if found != kind:
        model.fail(f"type is {found!r}; this tokenizer reads {kind!r}")
    return model


def surroundings(spec: Section, *, with_normalizer: bool = True) -> Surroundings:
    """All but the pre_tokenizer, the model, and where the caller reads it the normalizer."""
    for key in ("version", "decoder"):
        spec.any(key)
    sections = ("truncation", "padding", "added_tokens", "normalizer", "post_processor")
    around = Surroundings(
        json_normalizer.read(spec.section("normalizer")) if with_normalizer else None,
        tuple(_added_token(entry) for entry in spec.sections("added_tokens")),
        model_input.read(spec),
        {key: spec.value.get(key) for key in sections},
    )
    seen: dict[str, int] = {}
    for token in around.tokens:
        if seen.setdefault(token.content, token.id) != token.id:
            spec.fail(
                f"has {token.content!r} twice among the added tokens, with the ids {seen[token.content]} and {token.id}"
            )
    return around


def _added_token(entry: Section) -> AddedToken:
    content = entry.get("content", str)
    if not content:
        entry.fail("is the empty string, which stands between any two characters")
    flags = {flag: entry.get(flag, bool, False) for flag in _FLAGS}
    token = AddedToken(content, whole_id(entry, entry.get("id", int)), entry.get("special", bool, False), **flags)
    entry.finish()
    return token


def whole_id(part: Section, id_: object) -> int:
    """`id_`, which must be a whole number that an array of ids can hold."""
    if type(id_) is not int or not 0 <= id_ <= _MAX_ID:
        part.fail(f"has the id {id_!r}, which is no whole number from 0 to {_MAX_ID}")
    return id_


def vocabulary(model: Section) -> dict[str, int]:
    """The ids of the tokens in `vocab`, each its own."""
    vocab = model.get("vocab", dict)
    by_id: dict[int, str] = {}
    for token, id_ in vocab.items():
        if by_id.setdefault(whole_id(model, id_), token) != token:
            model.fail(f"gives {by_id[id_]!r} and {token!r} the same id {id_}")
    return vocab


def check_added(around: Surroundings, vocab: Mapping[str, int], spec: Section) -> None:
    """Refuse an added token that has another id in the vocabulary, or the id of another token."""
    tokens = {id_: token for token, id_ in vocab.items()}
    for content, id_, *_ in around.tokens:
        if (other := vocab.get(content, id_)) != id_:
            spec.fail(f"has {content!r} with the id {id_} among the added tokens, {other} in the vocabulary")
        if tokens.setdefault(id_, content) != content:
            spec.fail(f"has the added token {content!r} with the id {id_}, which is that of {tokens[id_]!r}")


def steps(part: Section | None, plural: str) -> list[Section]:
    """The steps of a pipeline part: none, one, or those of a `Sequence` (listed under `plural`)."""
    if part is None:
        return []
    if part.get("type", str) == "Sequence":
        found = [step for inner in part.sections(plural) for step in steps(inner, plural)]
        part.finish()
        return found
    return [part]


def around_model(ids: Mapping[str, int], around: Surroundings) -> dict[str, Any]:
    """The head of a file with the special tokens `ids`, and the sections of the file that it came from."""
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    added = [{"id": ids[token], "content": token, **flags} for token in sorted(ids, key=ids.__getitem__)]
    head: dict[str, Any] = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": added}
    return head | {"normalizer": None, "post_processor": None} | dict(around.written)


def write(file: Path, spec: dict[str, Any]) -> None:
    """Write `spec` as JSON, one item a line; there is never half a file."""
    # Not with `indent`: for that Python leaves its encoder in C, and 200,000 merges take ten times as long.
    files.write_text(file, json.dumps(spec, ensure_ascii=False, separators=(",\n", ": ")))
