"""Lucene's classic query syntax as Solr has it, read by luqum's parser, answered by our index.

`field:word`, phrases, groups, AND, OR, NOT, +, -, ranges, * and ? in words, fuzzy words (~, ~0 to ~2), ^boosts, `field:*`,
`*:*`. As in Lucene, AND and OR do not bind: they make the clauses beside them required or not, so that `a OR b AND c` needs b
and c. A query of nothing but NOT is what all other documents match. What luqum reads and Solr does not, and what we do not
have (slop, regular expressions, local parameters), is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Lock

from luqum import tree
from luqum.exceptions import ParseError
from luqum.parser import parser

from nlpjourney.http import Problem
from nlpjourney.tasks.search.server import matching
from nlpjourney.tasks.search.server.boolean import combined
from nlpjourney.tasks.search.server.collection import Collection
from nlpjourney.tasks.search.server.fields import NUMBERS
from nlpjourney.tasks.search.server.fragments import Wanted
from nlpjourney.tasks.search.server.matching import Scores

MAX_CLAUSES = 1024  # as in Solr
MAX_SIGNS = 8 * MAX_CLAUSES  # luqum's time grows with the square of a query's length

_SIGN = re.compile(r"[^\w.]")
_PARSING = Lock()  # luqum has one parser, and it keeps its state
_CHARACTER = re.compile(r"\\u([0-9a-fA-F]{4})|\\(.)|(.)", re.DOTALL)
_NAMES = {
    tree.Proximity: "the slop of a phrase (~ behind it)",
    tree.Regex: "a regular expression (/…/)",
    tree.From: "a comparison with > (write [x TO *])",
    tree.To: "a comparison with < (write [* TO x])",
}


@dataclass(frozen=True)
class Query:
    """A query. default_field: of words that name none. all_words: whether words without AND or OR are all needed."""

    text: str
    default_field: str = "text"
    all_words: bool = False

    def evaluate(self, collection: Collection) -> Scores:
        """The documents that match, with scores. Raises Problem for what cannot be read or is not served."""
        try:
            found = self._tree()
            if found is None:
                return {}
            return self._boolean(collection, found, self.default_field, top=True)
        except RecursionError:
            raise Problem("the query is nested too deeply") from None

    def _tree(self) -> tree.Item | None:
        if not self.text.strip():
            return None
        if self.text.lstrip().startswith("{!"):
            raise Problem("the local compatible server does not know local parameters, {!…}")
        if (n := len(_SIGN.findall(self.text))) > MAX_SIGNS:
            raise Problem(f"the query is too long: it has {n} blanks and signs, at most {MAX_SIGNS} are read")
        try:
            with _PARSING:
                return parser.parse(self.text)
        except (ParseError, ValueError, ArithmeticError) as error:
            raise Problem(f"cannot parse {self.text[:200]!r}: {error}") from None

    def _boolean(self, collection: Collection, node: tree.Item, field: str, top: bool = False) -> Scores:
        """The rules by which Lucene's classic parser makes clauses required, optional or prohibited."""
        parts = list(_clauses(node))
        if len(parts) > MAX_CLAUSES:
            raise Problem(f"too many boolean clauses: {len(parts)}, at most {MAX_CLAUSES}")
        roles: list[str] = []
        for joined, part in parts:
            if joined == "AND" and roles[-1] != "must_not":
                roles[-1] = "must"
            if joined == "OR" and self.all_words and roles[-1] != "must_not":
                roles[-1] = "should"
            if isinstance(part, tree.Not | tree.Prohibit):
                roles.append("must_not")
            elif isinstance(part, tree.Plus) or joined == "AND" or (self.all_words and joined != "OR"):
                roles.append("must")
            else:
                roles.append("should")
        scores: dict[str, list[Scores]] = {"must": [], "should": [], "must_not": []}
        for role, (_, part) in zip(roles, parts):
            inner = part.a if isinstance(part, tree.Not | tree.Prohibit | tree.Plus) else part
            scores[role].append(self._one(collection, inner, field))
        if not scores["must"] and not scores["should"] and not top:
            return {}  # as in Solr, only a whole query may be nothing but NOT
        return combined(matching.every(collection), **scores, least=int(bool(scores["should"]) and not scores["must"]))

    def _one(self, collection: Collection, node: tree.Item, field: str) -> Scores:
        if isinstance(node, tree.Group | tree.FieldGroup):
            return self._boolean(collection, node.expr, field)
        if isinstance(node, tree.SearchField):
            if node.name == "*" and isinstance(node.expr, tree.Word) and node.expr.value == "*":
                return matching.every(collection)
            _no_sign(node.name)
            if isinstance(node.expr, tree.SearchField):
                raise Problem(f"cannot parse {str(node)!r}: it has a field twice (write \\: for a colon)")
            return self._one(collection, _negative(node.expr), plain(node.name))
        if isinstance(node, tree.Boost):
            if node.implicit_force:
                raise Problem(f"cannot parse {str(node)!r}: a number has to follow the ^")
            factor = float(node.force)
            return {doc_id: factor * s for doc_id, s in self._one(collection, _negative(node.expr), field).items()}
        if isinstance(node, tree.Not | tree.Prohibit | tree.Plus):
            raise Problem(f"cannot parse {str(node).strip()!r}: two signs, or one where none belongs")
        if isinstance(node, tree.Word):
            _no_sign(node.value)
        if field not in collection.fields.types:
            raise Problem(f"undefined field {field}")
        if isinstance(node, tree.Word):
            return self._word(collection, node, field)
        if isinstance(node, tree.Phrase):
            return matching.phrase(collection, field, plain(node.value[1:-1]))
        if isinstance(node, tree.Range):
            low, high = (_end(end, collection.fields.types[field]) for end in (node.low, node.high))
            return matching.between(collection, field, low, high, node.include_low, node.include_high)
        if isinstance(node, tree.Fuzzy):
            _no_number(collection, field, node)
            return matching.near(collection, field, plain(node.term.value), _edits(node))
        raise Problem(
            f"the local compatible server does not know {_NAMES.get(type(node), 'this')}: {str(node).strip()!r}"
        )

    def _word(self, collection: Collection, node: tree.Word, field: str) -> Scores:
        value = node.value
        if value.startswith("!") or value in ("&&", "||"):
            raise Problem(
                f"the local compatible server does not know {value!r}: write AND, OR and NOT, or \\ before it"
            )
        if value == "*":
            return matching.exists(collection, field)
        if _has_wildcard(value):
            _no_number(collection, field, node)
            return matching.like(collection, field, _pattern(value))
        return matching.words(collection, field, plain(value), (lambda n: n) if self.all_words else (lambda n: 1))

    def wanted(self, collection: Collection, field: str) -> Wanted:
        """What the query, which has been evaluated, looks for in a field: what is to be highlighted."""
        wanted, found = Wanted(), self._tree()
        for node in _leaves(found, self.default_field, field) if found is not None else ():
            if isinstance(node, tree.Phrase):
                wanted.phrases.append(plain(node.value[1:-1]))
            elif isinstance(node, tree.Fuzzy):
                fits = matching.looks_near(collection, field, plain(node.term.value), _edits(node))
                wanted.texts += matching.terms(collection, field, fits)
            elif isinstance(node, tree.Word) and _has_wildcard(node.value):
                if node.value != "*":
                    fits = matching.looks_like(collection, field, _pattern(node.value))
                    wanted.texts += matching.terms(collection, field, fits)
            elif isinstance(node, tree.Word):
                wanted.texts.append(plain(node.value))
        return wanted


def _clauses(node: tree.Item) -> Iterator[tuple[str, tree.Item]]:
    """The clauses of one level, each with the word between it and the one before. Parentheses make a level of their own."""
    if isinstance(node, tree.AndOperation | tree.OrOperation | tree.UnknownOperation):
        word = {tree.AndOperation: "AND", tree.OrOperation: "OR"}.get(type(node), "")
        for i, child in enumerate(node.children):
            for j, (joined, part) in enumerate(_clauses(child)):
                yield (word if i and not j else joined), part
    else:
        yield "", node


def _leaves(node: tree.Item, current: str, field: str) -> Iterator[tree.Item]:
    """The words, phrases and fuzzy words that are asked of a field, without those that are prohibited."""
    if isinstance(node, tree.Not | tree.Prohibit):
        return
    if isinstance(node, tree.SearchField):
        current = plain(node.name)
    if isinstance(node, tree.Term | tree.Fuzzy):
        if current == field:
            yield node
        return
    for child in node.children:
        yield from _leaves(child, current, field)


def _negative(node: tree.Item) -> tree.Item:
    """luqum reads the minus of `price:-5` as NOT."""
    if isinstance(node, tree.Prohibit) and isinstance(node.a, tree.Word):
        return tree.Word(f"-{node.a.value}")
    return node


def _end(node: tree.Item, kind: str) -> str | None:
    """The text of one end of a range, None for *."""
    node = _negative(node)
    if isinstance(node, tree.Word) and node.value == "*":
        return None
    if not isinstance(node, tree.Word | tree.Phrase):
        raise Problem(f"cannot parse {str(node)!r} as the end of a range")
    text = plain(node.value[1:-1] if isinstance(node, tree.Phrase) else node.value)
    return text.lower() if kind == "text" else text


def _edits(node: tree.Fuzzy) -> int:
    if str(node).rstrip().endswith("~"):
        return 2
    if node.degree not in (0, 1, 2):
        raise Problem(f"a fuzzy word has ~0, ~1 or ~2 edits, not {str(node).strip()!r}")
    return int(node.degree)


def _no_sign(value: str) -> None:
    """Lucene's other signs for AND, OR and NOT, which luqum reads as words."""
    if value.startswith("!") or value in ("&&", "||"):
        raise Problem(f"the local compatible server does not know {value!r}: write AND, OR and NOT, or \\ before it")


def _no_number(collection: Collection, field: str, node: tree.Item) -> None:
    if collection.fields.types[field] in {*NUMBERS, "boolean"}:
        raise Problem(f"[{field}] is not of text: {str(node).strip()!r} cannot be searched there")


def plain(value: str) -> str:
    """Without the backslashes that stood before special characters."""
    return "".join(chr(int(code, 16)) if code else literal or char for code, literal, char in _CHARACTER.findall(value))


def _has_wildcard(value: str) -> bool:
    return any(char in ("*", "?") for _, _, char in _CHARACTER.findall(value))


def _pattern(value: str) -> str:
    """As `fnmatch` wants it: what is not * or ? stands for itself."""
    found = []
    for code, literal, char in _CHARACTER.findall(value):
        other = chr(int(code, 16)) if code else literal or char
        found.append(char if char in ("*", "?") else f"[{other}]" if other in ("*", "?", "[") else other)
    return "".join(found)
