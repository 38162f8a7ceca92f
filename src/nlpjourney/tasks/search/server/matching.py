"""Which documents of a collection a condition on one field matches, with scores: BM25 for words and phrases of text, 1 otherwise.

What a condition says is compared as the field's type asks: words of text through the analyzer, numbers as numbers. A field that
no document has matches nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase

from nlpjourney.tasks.search.highlight import highlight_phrase
from nlpjourney.tasks.search.server.collection import Collection
from nlpjourney.tasks.search.server.fields import Scalar, typed

Scores = dict[str, float]
Fits = Callable[[Scalar], bool]


def every(collection: Collection) -> Scores:
    """All documents."""
    return dict.fromkeys(collection.seen, 1.0)


def words(collection: Collection, field: str, text: Scalar, needed: Callable[[int], int] = lambda n: 1) -> Scores:
    """Documents that have as many different words of the text as `needed` says for their number. Other types: the value."""
    if collection.fields.types.get(field) != "text":
        return equal(collection, field, text)
    reader = collection.readers.get(field)
    if reader is None:
        return {}
    text = str(typed("text", text, field))
    scores = reader.scores(text)
    wanted = set(collection.analyzer(text))
    if (least := needed(len(wanted))) > 1:
        having = [reader.scores({term: 1.0}) for term in wanted]
        scores = {doc_id: score for doc_id, score in scores.items() if sum(doc_id in h for h in having) >= least}
    return scores


def phrase(collection: Collection, field: str, text: Scalar) -> Scores:
    """Documents whose field holds the words one after another, in one of its values. Other types: the value."""
    if collection.fields.types.get(field) != "text":
        return equal(collection, field, text)
    reader = collection.readers.get(field)
    if reader is None:
        return {}
    text = str(typed("text", text, field))
    return {
        doc_id: score
        for doc_id, score in reader.phrase_scores(text).items()
        if len(held := _values(collection, doc_id, field)) == 1
        or any(highlight_phrase(str(value), text, collection.analyzer) for value in held)
    }


def equal(collection: Collection, field: str, value: Scalar) -> Scores:
    """Documents that have this value; in text, this one term, which is not analyzed. Raises InvalidInput for another type's."""
    kind = collection.fields.types.get(field)
    if kind is None:
        return {}
    wanted = typed(kind, value, field)
    if kind == "text":
        reader = collection.readers.get(field)
        return reader.scores({str(wanted): 1.0}) if reader else {}
    return {doc_id: 1.0 for doc_id in collection.seen if wanted in _values(collection, doc_id, field)}


def exists(collection: Collection, field: str) -> Scores:
    """Documents that have any value there, or in an object of that name."""
    inside = f"{field}."
    return {
        doc_id: 1.0
        for doc_id, values in collection.values.items()
        if any(path == field or path.startswith(inside) for path in values)
    }


def between(
    collection: Collection,
    field: str,
    low: Scalar | None,
    high: Scalar | None,
    with_low: bool = True,
    with_high: bool = True,
) -> Scores:
    """Documents with a value from low to high, the ends included or not, None for no end; in text, with such a term."""
    kind = collection.fields.types.get(field)
    if kind is None:
        return {}
    least, most = (None if end is None else typed(kind, end, field) for end in (low, high))

    def inside(value: Scalar) -> bool:
        above = least is None or value > least or (with_low and value == least)  # type: ignore[operator]
        return above and (most is None or value < most or (with_high and value == most))  # type: ignore[operator]

    return _any(collection, field, inside)


def like(collection: Collection, field: str, pattern: str) -> Scores:
    """Documents with a term (or keyword) of the pattern: * is any characters, ? is one, [x] is x itself."""
    return _any(collection, field, looks_like(collection, field, pattern))


def looks_like(collection: Collection, field: str, pattern: str) -> Fits:
    """Whether a term (or keyword) is of that pattern. Terms are lower-case, and so is a pattern for them."""
    wanted = pattern.lower() if collection.fields.types.get(field) == "text" else pattern
    return lambda value: fnmatchcase(str(value), wanted)


def near(collection: Collection, field: str, word: str, edits: int) -> Scores:
    """Documents with a term (or keyword) at most so many edits from the word."""
    return _any(collection, field, looks_near(collection, field, word, edits))


def looks_near(collection: Collection, field: str, word: str, edits: int) -> Fits:
    """Whether a term (or keyword) is at most so many edits from the word."""
    wanted = word.lower() if collection.fields.types.get(field) == "text" else word
    return lambda value: within(str(value), wanted, edits)


def terms(collection: Collection, field: str, fits: Fits) -> list[str]:
    """The terms of a text field that fit."""
    reader = collection.readers.get(field)
    return [term for term in reader.terms() if fits(term)] if reader else []


def within(a: str, b: str, edits: int) -> bool:
    """Whether a becomes b by that many insertions, deletions, replacements and exchanges of neighbours, or fewer.

    Of the table of distances only the band of that width around its diagonal is filled.
    """
    if abs(len(a) - len(b)) > edits:
        return False
    far = edits + 1
    before: list[int] = []
    last = [min(j, far) for j in range(len(b) + 1)]
    for i, x in enumerate(a, 1):
        row = [far] * (len(b) + 1)
        row[0] = min(i, far)
        for j in range(max(1, i - edits), min(len(b), i + edits) + 1):
            row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != b[j - 1]))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == b[j - 1]:
                row[j] = min(row[j], before[j - 2] + 1)
        before, last = last, row
    return last[-1] <= edits


def _any(collection: Collection, field: str, fits: Fits) -> Scores:
    if collection.fields.types.get(field) == "text":
        found = terms(collection, field, fits)
        return dict.fromkeys(collection.readers[field].scores(dict.fromkeys(found, 1.0)), 1.0) if found else {}
    return {doc_id: 1.0 for doc_id in collection.seen if any(map(fits, _values(collection, doc_id, field)))}


def _values(collection: Collection, doc_id: str, field: str) -> list[Scalar]:
    return collection.values.get(doc_id, {}).get(field, [])
