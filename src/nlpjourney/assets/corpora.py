"""Real text, ready to use: each function reads one asset of the catalog (fetching it on first use).

Texts come back as ordinary strings in a fixed order, the same on every machine.
"""

from __future__ import annotations

import ast
import bz2
import csv
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from nlpjourney.assets.store import path

Subset = Literal["train", "test", "all"]


@dataclass(frozen=True)
class Document:
    text: str
    label: str


def _orange_table(file: Path) -> list[dict[str, str]]:
    """Rows of an Orange `.tab` file (tab-separated; names, types and roles in the first three lines), by column."""
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    with file.open(encoding="utf-8", newline="") as f:
        columns, _, _, *rows = csv.reader(f, delimiter="\t")
    return [dict(zip(columns, row)) for row in rows if any(row)]  # some have an empty row


def _labelled(asset: str, stem: str, subset: Subset) -> list[Document]:
    if subset not in ("train", "test", "all"):
        raise ValueError(f"subset must be 'train', 'test' or 'all', not {subset!r}")
    parts = ("train", "test") if subset == "all" else (subset,)
    folder = path(asset)
    rows = (row for part in parts for row in _orange_table(folder / f"{stem}-{part}.tab"))
    return [Document(row["Text"], row["Category"]) for row in rows]


def newsgroups(subset: Subset = "all") -> list[Document]:
    """20 Newsgroups: posts labelled by group. Lower-cased and without punctuation, as the package ships them."""
    return _labelled("newsgroups", "20newsgroups", subset)


def reuters(subset: Subset = "all") -> list[Document]:
    """Reuters news of 1987 with one of 52 topics each. Lower-cased and without punctuation."""
    return _labelled("reuters", "reuters-r52", subset)


def tales() -> dict[str, str]:
    """Fairy tales of the Brothers Grimm and of Andersen, by title."""
    folder = path("tales")
    files = (folder / name for name in ("grimm-tales.tab", "andersen.tab"))
    return {row["Title"]: row["Content"] for file in files for row in _orange_table(file)}


def shakespeare(edition: Literal["modern", "folio"] = "modern") -> dict[str, str]:
    """Plays and poems by file name, without the publisher's preface.

    "modern" spelling holds all of Shakespeare and Milton's poems; "folio" is the spelling of 1623, the plays only.
    """
    ending = {"modern": "_gut.txt", "folio": "_gut_f.txt"}[edition]
    texts = {}
    for file in sorted(path("shakespeare").rglob(f"*{ending}")):
        text = file.read_text(encoding="latin-1").replace("\r\n", "\n")
        # Project Gutenberg marks where the work ends and, in most files, where it starts.
        text = re.split(r"\*\*\* ?START[^\n]*\n|\*END\*?THE SMALL PRINT[^\n]*\n|\*END\*[^\n]*\n", text)[-1]
        text = re.split(r"\n\**\s*(?:\*\*\* ?)?END OF (?:THE|THIS) PROJECT", text, flags=re.I)[0]
        texts[file.name.removesuffix(ending)] = text.strip() + "\n"
    return texts


def lee_news() -> tuple[list[str], list[str], NDArray[np.float64]]:
    """The Lee news texts: (300 background texts, 50 judged texts, 50 × 50 human similarities in 0..1)."""
    folder = path("lee-news")
    background = (folder / "lee_background.cor").read_text(encoding="utf-8").splitlines()
    judged = (folder / "lee.cor").read_text(encoding="latin-1").splitlines()
    upper = np.loadtxt(path("lee-similarities"), dtype=np.float64)  # the file holds the half above the diagonal
    return background, judged, np.maximum(upper, upper.T)


def wikipedia() -> dict[str, str]:
    """Long articles of the English Wikipedia, by title, with the wiki markup taken out."""
    return dict(_wikipedia())


@cache
def _wikipedia() -> dict[str, str]:
    articles = {}
    with bz2.open(path("wikipedia-sample")) as f:
        for _, element in ElementTree.iterparse(f):
            if element.tag.endswith("}page"):
                title = element.findtext("{*}title") or ""
                text = element.findtext("{*}revision/{*}text") or ""
                if text and not text.lower().startswith("#redirect"):
                    articles[title] = _plain_wiki(text)
                element.clear()
    return articles


def _plain_wiki(text: str) -> str:
    text = re.sub(r"<!--.*?-->|<ref[^>/]*/>|<ref.*?</ref>|<math>.*?</math>", "", text, flags=re.S)
    for _ in range(4):  # templates and tables nest
        text = re.sub(r"\{\{[^{}]*\}\}|\{\|[^{}]*?\|\}", "", text, flags=re.S)
    text = re.sub(r"\[\[(?:Image|File|Category|[a-z-]{2,12}):[^\[\]]*(?:\[\[[^\]]*\]\][^\[\]]*)*\]\]", "", text)
    text = re.sub(r"\[\[(?:[^\]|]*\|)?([^\]]*)\]\]", r"\1", text)
    text = re.sub(r"\[https?://\S+ ?([^\]]*)\]", r"\1", text)
    text = re.sub(r"<[^>]+>|'{2,}|^[*#:;]+ ?", "", text, flags=re.M)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def django_docs() -> dict[str, str]:
    """Django's documentation by file name: technical English in reStructuredText."""
    folder = path("django-docs")
    return {str(f.relative_to(folder)): f.read_text(encoding="utf-8") for f in sorted(folder.rglob("*.txt"))}


def django_languages() -> list[str]:
    """Language codes for which `django_messages` has translations."""
    return sorted(_message_files())


@cache
def _message_files() -> dict[str, list[Path]]:
    """The files of each language: the folders, some thousands, are walked once and not for each of a hundred languages."""
    files: dict[str, list[Path]] = {}
    for file in sorted(path("django-messages").rglob("django.po")):
        files.setdefault(file.parent.parent.name, []).append(file)
    return files


@cache
def django_messages(language: str) -> list[tuple[str, str]]:
    """Pairs (English message, translation) of Django's user interface; `language` as in `django_languages()`."""
    if language not in _message_files():
        raise ValueError(f"no language {language!r}; there are: {', '.join(django_languages())}")
    return [pair for file in _message_files()[language] for pair in _po_messages(file.read_text(encoding="utf-8"))]


def _po_messages(text: str) -> Iterator[tuple[str, str]]:
    """Plain msgid/msgstr pairs of a gettext file; plural forms and untranslated messages are left out."""
    for source, target in re.findall(r'^msgid ((?:".*"\s*)+)msgstr ((?:".*"\s*?\n?)+)', text, flags=re.M):
        # Strings are C literals, one a line: Python's own reader joins and unescapes them.
        message, translation = (str(ast.literal_eval(f"({part.strip()})")) for part in (source, target))
        if message and translation:
            yield message, translation


def dialogues() -> dict[str, list[list[str]]]:
    """Short English dialogues by subject; each is a list of turns, the first usually a question."""
    import yaml

    found = {}
    for file in sorted(path("chatterbot-english").rglob("*.yml")):
        rows = yaml.safe_load(file.read_text(encoding="utf-8"))["conversations"]
        found[file.stem] = [[str(turn) for turn in row] for row in rows]
    return found


@cache
def english_text(n_bytes: int = 50_000_000) -> str:
    """The first `n_bytes` (UTF-8) of all English here as one text: documentation, encyclopedia, plays, news, posts.

    Raises ValueError when more is asked for than there is.
    """
    parts: list[str] = []
    size = 0
    for text in _all_english():
        parts.append(text)
        size += len(text.encode()) + 1
        if size >= n_bytes:
            return "\n".join(parts).encode()[:n_bytes].decode("utf-8", errors="ignore")
    raise ValueError(f"there are {size:,} bytes of English text, {n_bytes:,} were asked for")


def _all_english() -> Iterator[str]:
    yield from django_docs().values()
    yield from wikipedia().values()
    yield from shakespeare().values()
    yield from tales().values()
    yield from lee_news()[0]
    yield from (d.text for d in newsgroups())
    yield from (d.text for d in reuters())
    yield from shakespeare("folio").values()
