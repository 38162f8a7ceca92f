"""From the ids of texts to the input of a model: a template's special tokens, truncation, padding.

A model is trained on `[CLS] … [SEP]` or `<|begin_of_text|> …`, takes so many ids at most, and a batch is a rectangle. What is
done stands in three sections of `tokenizer.json`. Read here is what they do to single texts; the template of pairs is kept for
writing the file again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from nlpjourney.text.tokenize.json_section import Section

_MOST = 2**24  # more than any model takes, and than any vocabulary has: a broken file is no reason to fill the memory


class ModelInput(NamedTuple):
    """A batch: the ids of each text, and 1 for each id that is no padding, else 0."""

    ids: list[list[int]]
    mask: list[list[int]]


class Template(NamedTuple):
    """The special tokens before and behind a text."""

    before: tuple[int, ...] = ()
    behind: tuple[int, ...] = ()


class Truncation(NamedTuple):
    """At most so many ids, the template's included."""

    max_length: int
    keep_end: bool  # what is cut off is the start


class Padding(NamedTuple):
    """To which length, and with what."""

    id: int
    length: int | None  # None: that of the longest
    multiple_of: int
    before: bool


class InputRules(NamedTuple):
    """What a file says about the input of its model."""

    template: Template | None = None
    truncation: Truncation | None = None
    padding: Padding | None = None

    def frame(self, ids: Sequence[int]) -> list[int]:
        """The ids of a text, cut to their length, in the template."""
        before, behind = self.template or Template()
        ids = list(ids)
        if self.truncation is not None:
            room = self.truncation.max_length - len(before) - len(behind)
            ids = ids[max(len(ids) - room, 0) :] if self.truncation.keep_end else ids[:room]
        return [*before, *ids, *behind]

    def batch(self, texts: Sequence[Sequence[int]]) -> ModelInput:
        """The ids of texts as the model takes them."""
        framed = [self.frame(ids) for ids in texts]
        masks = [[1] * len(ids) for ids in framed]
        if self.padding is None or not framed:
            return ModelInput(framed, masks)
        id_, length, multiple, before = self.padding
        wanted = max(map(len, framed)) if length is None else length
        wanted = -(-wanted // multiple) * multiple
        for rows, fill in ((framed, id_), (masks, 0)):
            for i, row in enumerate(rows):
                pad = [fill] * (wanted - len(row))
                rows[i] = pad + row if before else row + pad
        return ModelInput(framed, masks)


def read(spec: Section) -> InputRules:
    """The rules in the sections post_processor, truncation and padding of a `tokenizer.json`."""
    template = _template(spec.section("post_processor"))
    return InputRules(template, _truncation(spec.section("truncation"), template), _padding(spec.section("padding")))


def _template(part: Section | None) -> Template | None:
    if part is None:
        return None
    kind = part.get("type", str)
    if kind == "Sequence":
        found = [template for inner in part.sections("processors") if (template := _template(inner)) is not None]
        part.finish()
        if len(found) > 1:
            part.fail("has several templates; read here is one")
        return found[0] if found else None
    if kind == "ByteLevel":  # says how offsets are shown
        for key in ("add_prefix_space", "trim_offsets", "use_regex"):
            part.optional(key, bool)
        part.finish()
        return None
    if kind in ("BertProcessing", "RobertaProcessing"):
        ends = [_named_id(part, key) for key in ("cls", "sep")]
        if kind == "RobertaProcessing":
            part.optional("trim_offsets", bool)
            part.optional("add_prefix_space", bool)
        part.finish()
        return Template((ends[0],), (ends[1],))
    if kind != "TemplateProcessing":
        part.fail(
            f"is {kind!r}; read here are TemplateProcessing, BertProcessing, RobertaProcessing, ByteLevel and Sequence"
        )
    special = part.section("special_tokens") or Section(part.file, f"{part.place}.special_tokens", {})
    sides: tuple[list[int], list[int]] = ([], [])
    n_texts = 0
    for step in part.sections("single"):
        if (token := step.section("SpecialToken")) is not None:
            entry = special.section(token.get("id", str))
            if entry is None:
                token.fail(f"is {token.value['id']!r}, which is not among special_tokens")
            for id_ in entry.get("ids", list):
                if type(id_) is not int or id_ < 0:
                    entry.fail(f"has the id {id_!r}, which is no whole number from 0")
                sides[n_texts > 0].append(id_)
        elif (text := step.section("Sequence")) is not None:
            text.expect("id", "A")
            n_texts += 1
        step.finish()
    if n_texts != 1:
        part.fail(f"must have the text A once in 'single', not {n_texts} times")
    part.get("pair", list, [])
    part.finish()
    return Template(tuple(sides[0]), tuple(sides[1]))


def _named_id(part: Section, key: str) -> int:
    value = part.get(key, list)
    if len(value) != 2 or type(value[1]) is not int or value[1] < 0:
        part.fail(f"must have in {key!r} a token and its id, not {value}")
    return int(value[1])


def _truncation(part: Section | None, template: Template | None) -> Truncation | None:
    if part is None:
        return None
    length = part.get("max_length", int)
    part.expect("strategy", "LongestFirst", "OnlyFirst")
    part.expect("direction", None, "Right", "Left")
    part.get("stride", int, 0)  # by how much the parts of a text overlap; only the first part is asked for here
    part.finish()
    n_special = sum(map(len, template)) if template else 0
    if length < n_special:
        part.fail(f"has max_length {length}, which leaves no room for the {n_special} special tokens of the template")
    return Truncation(length, part.value.get("direction") == "Left")


def _padding(part: Section | None) -> Padding | None:
    if part is None:
        return None
    strategy: Any = part.any("strategy")
    length = None
    if strategy != "BatchLongest":
        fixed = part.section("strategy") if isinstance(strategy, dict) else None
        if fixed is None:
            part.fail(f"has strategy {strategy!r}; read here is 'BatchLongest' or {{'Fixed': length}}")
        length = fixed.get("Fixed", int)
        fixed.finish()
    part.expect("direction", "Right", "Left")
    multiple = part.optional("pad_to_multiple_of", int)
    id_ = part.get("pad_id", int)
    part.get("pad_type_id", int, 0)
    part.get("pad_token", str)
    part.finish()
    for key, number in (("pad_id", id_), ("strategy", length), ("pad_to_multiple_of", multiple)):
        if number is not None and not 0 <= number <= _MOST:
            part.fail(f"has {key} {number}, which is no whole number from 0 to {_MOST}")
    return Padding(id_, length, multiple or 1, part.value["direction"] == "Left")
