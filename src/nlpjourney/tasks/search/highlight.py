"""Highlighting: show the part of a text that answers the query, with the matches marked.

Idea (query-biased summaries: Tombros & Sanderson, SIGIR 1998): of all windows of some width, take the one that holds the
most different words of the query, then the most occurrences. Notable choices: matching goes through the index's own
analyzer, so what is marked is exactly what was found ("cats" for "cat" under a stemmer); results are character spans, and
only `mark_up` knows HTML, escaping the text itself, so that a document cannot smuggle tags into a page.
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from nlpjourney.tasks.search.analyzer import Analyzer
from nlpjourney.tasks.search.phrase import phrase_terms
from nlpjourney.tasks.search.scored import Query, query_terms

Span = tuple[int, int]


@dataclass(frozen=True)
class Snippet:
    """A part of a text: `text` begins at character `start` of the whole, `spans` are the matches within `text`; `before`
    and `after` say whether something was cut off there.
    """

    text: str
    start: int
    spans: list[Span]
    before: bool
    after: bool


def highlight(text: str, query: Query, analyzer: Analyzer | None = None) -> list[Span]:
    """The spans (start, end) of every word of `text` that the query asks for, in order."""
    return [span for span, _ in _matches(text, query_terms(query, analyzer or Analyzer()), analyzer or Analyzer())]


def highlight_phrase(text: str, phrase: str, analyzer: Analyzer | None = None) -> list[Span]:
    """The spans of the words of each occurrence of `phrase` (its words in this order, with its gaps of dropped words)."""
    analyzer = analyzer or Analyzer()
    terms, offsets = phrase_terms(phrase, analyzer)
    wanted = list(zip(offsets.tolist(), terms))
    words = analyzer.spans(text)
    marked: set[int] = set()
    for first in range(len(words) - wanted[-1][0] if wanted else 0):
        if all(words[first + i][2] == term for i, term in wanted):
            marked.update(first + i for i, _ in wanted)
    return [words[i][:2] for i in sorted(marked)]


def _matches(text: str, terms: Mapping[str, float], analyzer: Analyzer) -> list[tuple[Span, str]]:
    found: list[tuple[Span, str]] = []
    for start, end, term in analyzer.spans(text):
        # A word that falls apart in lower-casing has several terms on one span: it is marked once.
        if terms.get(term, 0) > 0 and (not found or found[-1][0] != (start, end)):
            found.append(((start, end), term))
    return found


def snippet(text: str, query: Query, analyzer: Analyzer | None = None, width: int = 200) -> Snippet:
    """The window of about `width` characters with the most words of the query; the beginning when there is none.

    The window is never longer than `width`, unless its one match is; it begins and ends between words where it can.
    """
    if width < 1:
        raise ValueError(f"width must be at least 1 character, not {width}")
    analyzer = analyzer or Analyzer()
    found = _matches(text, query_terms(query, analyzer), analyzer)
    # Slide over the matches: from each one, as many as fit into the width.
    best, best_range = (0, 0), (0, 0)
    last, inside = 0, Counter[str]()  # how often each term stands in found[first:last]
    for first, ((begin, _), term) in enumerate(found):
        while last < len(found) and (last == first or found[last][0][1] - begin <= width):
            inside[found[last][1]] += 1
            last += 1
        value = (len(inside), last - first)
        if value > best:
            best, best_range = value, (first, last)
        inside[term] -= 1
        if not inside[term]:
            del inside[term]
    spans = [span for span, _ in found[slice(*best_range)]]
    start, end = _window(text, spans, width)
    return Snippet(text[start:end], start, [(a - start, b - start) for a, b in spans], start > 0, end < len(text))


def _window(text: str, spans: list[Span], width: int) -> Span:
    """A window around the spans: the room that is left goes to both sides, then the ends move inwards to spaces."""
    inner = (spans[0][0], spans[-1][1]) if spans else (0, 0)
    room = max(width - (inner[1] - inner[0]), 0)
    start = max(0, min(inner[0] - room // 2, len(text) - width))
    end = max(min(start + width, len(text)), inner[1])
    if start > 0 and not text[start - 1].isspace():
        cut = next((i + 1 for i in range(start, inner[0]) if text[i].isspace()), start)
        start = cut
    if end < len(text) and not text[end].isspace():
        end = next((i for i in range(end - 1, max(inner[1], start), -1) if text[i].isspace()), end)
    return start, end


def mark_up(part: Snippet, before: str = "<mark>", after: str = "</mark>", ellipsis: str = "…") -> str:
    """The snippet as HTML: matches between `before` and `after`, everything else escaped, an ellipsis where it is cut."""
    out, at = [ellipsis + " " if part.before else ""], 0
    for start, end in part.spans:
        out += [html.escape(part.text[at:start]), before, html.escape(part.text[start:end]), after]
        at = end
    out += [html.escape(part.text[at:]), " " + ellipsis if part.after else ""]
    return "".join(out)
