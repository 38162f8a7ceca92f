"""Solr's updates: documents as JSON, whole or as atomic updates; deletions and commits as XML, which is what pysolr sends.

A request is read to its end before anything is changed.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any
from xml.etree import ElementTree

from nlpjourney.http import Problem
from nlpjourney.tasks.search.server.collection import Collection
from nlpjourney.tasks.search.server.fields import Fields, Source
from nlpjourney.tasks.search.server.request import known, row, string, table
from nlpjourney.tasks.search.server.solr_query import Query

MODIFIERS = ("set", "add", "add-distinct", "remove", "inc")


def read_documents(body: Any, collection: Collection | None) -> dict[str, Source]:
    """The documents of a request by id, as they will be in a collection. Raises Problem and InvalidInput for what cannot be."""
    documents: dict[str, Source] = {}
    fields = deepcopy(collection.fields) if collection is not None else Fields()
    fields.declare("id", "keyword")
    for given in row(body, "the body, which holds the documents,"):
        doc_id = given.get("id") if isinstance(given, dict) else None
        if isinstance(doc_id, bool) or not isinstance(doc_id, str | int) or doc_id == "":
            raise Problem("Document is missing mandatory uniqueKey field: id, a string or a whole number")
        doc_id = str(doc_id)
        if "_version_" in given:
            raise Problem("the local compatible server does not know '_version_', the condition of a write")
        stored = collection.get(doc_id) if collection is not None else None
        before = documents.get(doc_id, stored.source if stored else {})
        atomic = any(isinstance(value, dict) for value in given.values())
        document = dict(before) if atomic else {}
        for name, value in given.items():
            if isinstance(value, dict):
                for modifier, operand in table(value, f"the atomic update of {name!r}", MODIFIERS).items():
                    document[name] = _modified(name, document.get(name), modifier, operand)
            else:
                document[name] = value
        document = {name: value for name, value in document.items() if value is not None} | {"id": doc_id}
        if any(isinstance(one, dict) for value in document.values() if isinstance(value, list) for one in value):
            raise Problem(f"document {doc_id!r}: the local compatible server does not know nested documents")
        fields.indexed(document)
        documents[doc_id] = document
    return documents


def _modified(name: str, value: Any, modifier: str, operand: Any) -> Any:
    """A field's new value, None for none."""
    if modifier == "set":
        return operand or None if isinstance(operand, list) else operand
    if modifier == "inc":
        if not _is_number(operand) or not (value is None or _is_number(value)):
            raise Problem(f"[{name}]: 'inc' adds a number to a number, not {operand!r} to {value!r}")
        return (value or 0) + operand
    old = [] if value is None else value if isinstance(value, list) else [value]
    given = operand if isinstance(operand, list) else [operand]
    if modifier == "remove":
        return [one for one in old if one not in given] or None
    return old + [one for one in given if modifier == "add" or one not in old]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def run_command(body: bytes, collection: Collection) -> None:
    """`<commit/>` or `<delete>` with `<id>` and `<query>`. Raises Problem, and then nothing is deleted."""
    try:
        command = ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        raise Problem(f"the body is neither JSON nor XML: {error}") from None
    known([command.tag], ("commit", "delete"), "the commands of an update")
    for part in command.iter():
        known(part.attrib, (), f"the attributes of <{part.tag}>")
    known([part.tag for part in command], ("id", "query") if command.tag == "delete" else (), f"<{command.tag}>")
    collection.refresh()  # a commit; and what a query deletes includes what was just added
    gone: list[str] = []
    for part in command:
        text = string(part.text, f"the text of <{part.tag}>")
        gone += [text] if part.tag == "id" else Query(text).evaluate(collection)
    for doc_id in gone:
        collection.delete(doc_id)
