"""Django's user interface in a hundred languages, from its gettext files."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from nlpjourney.assets.store import path


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
