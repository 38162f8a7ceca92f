"""WordNet's own files, read and written: `data.noun`, `index.noun` and their like (wndb(5WN), Princeton University).

A line of a data file is one synset: its place in bytes from the start of the file, a number, the part of speech, the
words, pointers to other synsets (by file and place), a bar, the gloss. A line of an index file is one word with the places
of its senses, the most frequent first. Lines that begin with a space are the licence. Notable choices: of the pointers only
hypernyms are kept (`@`, and `@i` of an instance); what is written has them both ways, as WordNet does. Synsets are found by
the place that their line names, not by counting bytes, so files whose line ends were changed on their way can be read, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeVar

from nlpjourney import assets
from nlpjourney.errors import FileFormatError, MissingFile
from nlpjourney.text.garbage import collector_rests
from nlpjourney.text.semantics.graph import Synset, WordNet, split_gloss

T = TypeVar("T")
FILES = {"n": "noun", "v": "verb", "a": "adj", "r": "adv"}  # s, an adjective that hangs on another, is in "adj", too
_ABOVE = {"@", "@i"}
_NUMBERS = {"n": 3, "v": 29, "a": 0, "r": 2}  # lexicographer files: noun.Tops, verb.body, adj.all, adv.all


@collector_rests()
def read_wordnet(folder: Path | str) -> WordNet:
    """Read the `data.*` and `index.*` files of a folder; those of a part of speech that are not there are left out.

    Raises FileNotFoundError when there are none at all, ValueError that names file and line for one that cannot be read.
    """
    folder = Path(folder)
    rows: dict[tuple[str, int], _Row] = {}  # by part of speech of the file, and place
    words: dict[tuple[str, str], list[int]] = {}  # by part of speech of the file, and word
    for pos, suffix in FILES.items():
        if (folder / f"data.{suffix}").exists():
            for number, line in _lines(folder / f"data.{suffix}"):
                row = _parsed(_read_synset, line, f"data.{suffix}", number)
                rows[pos, row.offset] = row
            for number, line in _lines(folder / f"index.{suffix}"):
                word, offsets = _parsed(_read_word, line, f"index.{suffix}", number)
                words[pos, word] = offsets
    if not rows:
        raise MissingFile(f"{folder} holds no WordNet: there should be data.noun and index.noun")
    names = {key: _name(row, key[0], rows, words) for key, row in rows.items()}
    synsets = [
        Synset(names[key], row.lemmas, tuple(names[above] for above in row.hypernyms), *split_gloss(row.gloss))
        for key, row in rows.items()
    ]
    senses: dict[str, list[str]] = {}
    for (pos, word), offsets in words.items():
        senses.setdefault(word, []).extend(names[pos, offset] for offset in offsets)
    return WordNet(synsets, senses)


@cache
def wordnet() -> WordNet:
    """WordNet 3.0 itself, out of the assets (some seconds to read, once). Raises AssetError."""
    return read_wordnet(assets.path("wordnet"))


def write_wordnet(net: WordNet, folder: Path | str) -> None:
    """Write a WordNet so that other programs can read it; the folder is made if needed, its files are replaced.

    Adjectives that hang on others ("s") cannot be written: ValueError.
    """
    folder = Path(folder)
    if odd := [s.name for s in net.synsets.values() if s.pos not in FILES]:
        raise ValueError(f"{odd[0]} is neither noun, verb, adjective nor adverb (n, v, a, r)")
    folder.mkdir(parents=True, exist_ok=True)
    below: dict[str, list[str]] = {name: [] for name in net.synsets}
    for synset in net.synsets.values():
        for above in synset.hypernyms:
            below[above].append(synset.name)
    places: dict[str, int] = {}
    for pos in FILES:  # the length of a line does not depend on the places in it: they have eight digits
        at = len(_HEADER.encode())
        for synset in net.synsets.values():
            if synset.pos == pos:
                places[synset.name] = at
                at += len(_synset_line(synset, below[synset.name], dict.fromkeys(net.synsets, 0)).encode())
    for pos, suffix in FILES.items():
        lines = [_synset_line(s, below[s.name], places) for s in net.synsets.values() if s.pos == pos]
        (folder / f"data.{suffix}").write_bytes("".join([_HEADER, *lines]).encode())
        index = [_HEADER]
        for word in sorted(net.words()):
            if senses := [s.name for s in net.senses(word) if s.pos == pos]:
                pointers = sorted({"@" for s in senses if net.synsets[s].hypernyms} | {"~" for s in senses if below[s]})
                fields = [
                    word,
                    pos,
                    len(senses),
                    len(pointers),
                    *pointers,
                    len(senses),
                    0,
                    *(f"{places[s]:08d}" for s in senses),
                ]
                index.append(" ".join(map(str, fields)) + "  \n")
        (folder / f"index.{suffix}").write_bytes("".join(index).encode())


_HEADER = "  1 A graph in the format of WordNet's database files.  \n"


class _Row(NamedTuple):
    """A synset as its line has it; hypernyms by part of speech of the file, and place."""

    offset: int
    pos: str
    lemmas: tuple[str, ...]
    hypernyms: list[tuple[str, int]]
    gloss: str


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if line and not line.startswith(" "):
            yield number, line


def _parsed(read: Callable[[str], T], line: str, file: str, number: int) -> T:
    try:
        return read(line)
    except (ValueError, IndexError):
        raise FileFormatError(f"{file}, line {number}, is not in WordNet's format: {line[:60]!r}") from None


def _read_synset(line: str) -> _Row:
    columns, _, gloss = line.partition("|")
    fields = columns.split()
    n_words = int(fields[3], 16)
    at = 4 + 2 * n_words
    lemmas = tuple(fields[4:at:2])
    if "(" in columns:  # "(p)": where an adjective goes
        lemmas = tuple([re.sub(r"\(\w+\)$", "", word) for word in lemmas])
    if len(lemmas) != n_words or not lemmas:
        raise ValueError
    end = at + 1 + 4 * int(fields[at])  # a pointer is a symbol, a place, a part of speech, and which words it joins
    pointers = zip(fields[at + 1 : end : 4], fields[at + 2 : end : 4], fields[at + 3 : end : 4])
    if end > len(fields):
        raise ValueError
    above = [(_file_pos(pos), int(offset)) for symbol, offset, pos in pointers if symbol in _ABOVE]
    return _Row(int(fields[0]), fields[2], lemmas, above, gloss)


def _read_word(line: str) -> tuple[str, list[int]]:
    fields = line.split()
    n_senses = int(fields[2])
    return fields[0], [int(field) for field in fields[6 + int(fields[3]) :]][:n_senses]


def _file_pos(pos: str) -> str:
    return "a" if pos == "s" else pos


def _name(row: _Row, file_pos: str, rows: dict[tuple[str, int], _Row], words: dict[tuple[str, str], list[int]]) -> str:
    """The first word, the part of speech, and which of the word's senses this is (of those that hang on others, for "s")."""
    word = row.lemmas[0].lower()
    offsets = words[file_pos, word]
    if row.pos == "s":
        offsets = [offset for offset in offsets if rows[file_pos, offset].pos == "s"]
    return f"{word}.{row.pos}.{offsets.index(row.offset) + 1:02d}"


def _synset_line(synset: Synset, below: list[str], places: Mapping[str, int]) -> str:
    """A line of a data file."""
    words = [field for lemma in synset.lemmas for field in (lemma, "0")]
    pointers = [("@", name) for name in synset.hypernyms] + [("~", name) for name in below]
    targets = [f"{symbol} {places[name]:08d} {name.rsplit('.', 2)[1]} 0000" for symbol, name in pointers]
    frames = ["00"] if synset.pos == "v" else []
    fields = [
        f"{places[synset.name]:08d}", f"{_NUMBERS[synset.pos]:02d}", synset.pos, f"{len(synset.lemmas):02x}", *words,
        f"{len(pointers):03d}", *targets, *frames,
    ]  # fmt: skip
    gloss = "; ".join([synset.definition, *(f'"{example}"' for example in synset.examples)])
    return f"{' '.join(fields)} | {gloss}  \n"
