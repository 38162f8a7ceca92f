"""Highlighting for the servers: the best part of a field's values, with the matches marked. It is always HTML-escaped."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from nlpjourney.tasks.search.analyzer import Analyzer
from nlpjourney.tasks.search.highlight import highlight_phrase, mark_up, snippet
from nlpjourney.tasks.search.server.fields import Scalar


@dataclass
class Wanted:
    """What a query looks for in one field: single words, and phrases, whose words count only where the whole phrase stands."""

    texts: list[str] = field(default_factory=list)
    phrases: list[str] = field(default_factory=list)


def fragments(
    values: list[Scalar], wanted: Wanted, analyzer: Analyzer, width: int, before: str, after: str
) -> list[str]:
    """The best part of each value that has a match."""
    found = []
    for value in values:
        part = snippet(str(value), " ".join([*wanted.texts, *wanted.phrases]), analyzer, width)
        if not wanted.texts:
            marked = {span for phrase in wanted.phrases for span in highlight_phrase(part.text, phrase, analyzer)}
            part = replace(part, spans=sorted(marked))
        if part.spans:
            found.append(mark_up(part, before, after, ellipsis="…"))
    return found
