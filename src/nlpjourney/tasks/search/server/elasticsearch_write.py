"""Elasticsearch's writes, one by one and in bulk: index, create, update (`doc`, `upsert`, `doc_as_upsert`) and delete.

Conditions (`create`; `if_seq_no` with `if_primary_term`) are checked before anything is changed. A bulk request is read to its
end first: one that is malformed changes nothing, in one that is not each action has its own answer.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nlpjourney.errors import InvalidInput
from nlpjourney.http import Problem, read_json
from nlpjourney.tasks.search.server.collection import Collection, Stored
from nlpjourney.tasks.search.server.collections import Collections
from nlpjourney.tasks.search.server.elasticsearch_query import only
from nlpjourney.tasks.search.server.fields import Source
from nlpjourney.tasks.search.server.request import flag, known, required, string, table, whole_number

KINDS = ("index", "create", "update", "delete")


@dataclass(frozen=True)
class Write:
    """One action. doc_id: None makes a new one. body: the document, or for an update what it says; None for a delete."""

    kind: str
    index: str
    doc_id: str | None
    body: dict[str, Any] | None = None
    if_seq_no: int | None = None
    if_primary_term: int | None = None

    def __post_init__(self) -> None:
        if (self.if_seq_no is None) != (self.if_primary_term is None):
            raise Problem("'if_seq_no' and 'if_primary_term' are given together")
        if self.kind == "update":
            known(self.body or {}, ("doc", "upsert", "doc_as_upsert"), "an update")
            table(required(self.body, "doc", "an update"), "'doc'")
            table((self.body or {}).get("upsert", {}), "'upsert'")
            flag((self.body or {}).get("doc_as_upsert", False), "doc_as_upsert")


def apply(collections: Collections, write: Write) -> tuple[dict[str, Any], int]:
    """Do it: the answer and its status. Raises Problem, and then nothing is changed."""
    name = index_name(write.index)
    collection = collections.texts.get(name)
    if collection is None and write.kind in ("update", "delete"):
        raise no_index(name)
    doc_id = write.doc_id if write.doc_id is not None else secrets.token_urlsafe(15)
    old = collection.get(doc_id) if collection is not None else None
    _check_conditions(write, doc_id, old)
    if write.kind == "delete":
        assert collection is not None
        result = "deleted" if collection.delete(doc_id) else "not_found"
        version, seq_no = (old.version + 1, collection.seq_no - 1) if old else (1, collection.seq_no)
        return _answer(name, doc_id, result, version, seq_no), 200 if old else 404
    source = _updated(write, doc_id, old) if write.kind == "update" else write.body or {}
    if write.kind == "update" and old is not None and json.dumps(source) == json.dumps(old.source):
        return _answer(name, doc_id, "noop", old.version, old.seq_no), 200
    try:
        stored = collections.text(name).put(doc_id, source)
    except InvalidInput as error:
        raise Problem(str(error), 400, "document_parsing_exception") from None
    result = "updated" if old else "created"
    return _answer(name, doc_id, result, stored.version, stored.seq_no), 200 if old else 201


def _check_conditions(write: Write, doc_id: str, old: Stored | None) -> None:
    conflict = ""
    if write.kind == "create" and old is not None:
        conflict = f"document already exists (current version [{old.version}])"
    elif write.if_seq_no is not None and old is None:
        conflict = f"required seqNo [{write.if_seq_no}], but no document was found"
    elif (
        write.if_seq_no is not None and old is not None and (write.if_seq_no, write.if_primary_term) != (old.seq_no, 1)
    ):
        required_now = f"required seqNo [{write.if_seq_no}], primary term [{write.if_primary_term}]"
        conflict = f"{required_now}. current document has seqNo [{old.seq_no}] and primary term [1]"
    if conflict:
        raise Problem(f"[{doc_id}]: version conflict, {conflict}", 409, "version_conflict_engine_exception")


def _updated(write: Write, doc_id: str, old: Stored | None) -> Source:
    body = write.body or {}
    if old is not None:
        return _merged(old.source, body["doc"])
    if flag(body.get("doc_as_upsert", False), "doc_as_upsert"):
        return dict(body["doc"])
    if "upsert" in body:
        return dict(body["upsert"])
    raise Problem(f"[{doc_id}]: document missing", 404, "document_missing_exception")


def _merged(old: Source, new: Source) -> Source:
    """Objects are merged, anything else is replaced."""
    merged = dict(old)
    for name, value in new.items():
        before = merged.get(name)
        merged[name] = _merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return merged


def _answer(index: str, doc_id: str, result: str, version: int, seq_no: int) -> dict[str, Any]:
    return {
        "_index": index, "_id": doc_id, "_version": version, "result": result, "_seq_no": seq_no, "_primary_term": 1,
        "_shards": {"total": 1, "successful": 1, "failed": 0},
    }  # fmt: skip


def index_name(name: Any) -> str:
    """The name of one index. Raises Problem for a pattern or a list of names."""
    string(name, "'_index'")
    if name.startswith(("_", "-", "+")) or any(c in name for c in ',*?"<>|#'):
        raise Problem(
            f"[{name}] is not the name of one index: the local compatible server has no patterns, lists and aliases of them",
            400,
            "invalid_index_name_exception",
        )
    return str(name)


def no_index(name: str) -> Problem:
    return Problem(f"no such index [{name}]", 404, "index_not_found_exception")


def existing(collections: Collections, name: str) -> Collection:
    """The collection of an index. Raises Problem when there is none."""
    found = collections.texts.get(index_name(name))
    if found is None:
        raise no_index(name)
    return found


def read_bulk(body: bytes, index: str | None) -> list[Write]:
    """The actions of a bulk request, lines of JSON: what to do, then (except for delete) the document. Raises Problem."""
    lines = iter([_line(line) for line in body.split(b"\n") if line.strip()])
    return list(_actions(lines, index))


def _actions(lines: Iterator[dict[str, Any]], index: str | None) -> Iterator[Write]:
    for action in lines:
        kind, where = only(action, "the action of a bulk request")
        known([kind], KINDS, "the actions of a bulk request")
        table(where, f"the bulk action {kind!r}", ("_index", "_id", "if_seq_no", "if_primary_term"))
        name = index_name(where.get("_index", index))
        if kind in ("update", "delete"):
            required(where, "_id", f"the bulk action {kind!r}")
        doc_id = where.get("_id")
        if doc_id is not None or kind in ("update", "delete"):
            doc_id = string(str(doc_id) if type(doc_id) is int else doc_id, f"the '_id' of the bulk action {kind!r}")
        document = None
        if kind != "delete" and (document := next(lines, None)) is None:
            raise Problem(f"the last bulk action, {kind!r}, is followed by no document")
        yield Write(kind, name, doc_id, document, *conditions(where))


def conditions(given: dict[str, Any]) -> tuple[int | None, int | None]:
    """if_seq_no and if_primary_term, None where they are not given. Raises Problem for anything but whole numbers."""
    seq_no, term = (
        whole_number(given[name], name) if name in given else None for name in ("if_seq_no", "if_primary_term")
    )
    return seq_no, term


def _line(line: bytes) -> dict[str, Any]:
    try:
        content = read_json(line)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise Problem(f"a line of a bulk request is no JSON object: {line[:80].decode(errors='replace')!r}")
    return content


def bulk(collections: Collections, writes: list[Write]) -> list[dict[str, Any]]:
    """Do all of them, in order: an answer each."""
    items = []
    for write in writes:
        try:
            answer, status = apply(collections, write)
        except Problem as problem:
            error = {"type": problem.kind or "illegal_argument_exception", "reason": str(problem)}
            answer, status = {"_index": write.index, "_id": write.doc_id, "error": error}, problem.status
        items.append({write.kind: answer | {"status": status}})
    return items
