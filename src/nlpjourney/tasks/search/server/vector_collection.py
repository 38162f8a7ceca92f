"""Vectors with ids and metadata over the HNSW graph, in memory: what a vector database keeps under one namespace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nlpjourney.ann.hnsw import HNSWIndex
from nlpjourney.ann.vectors import ExactIndex, Metric
from nlpjourney.errors import InvalidInput

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "$eq": lambda a, b: a == b,
    "$ne": lambda a, b: a != b,
    "$gt": lambda a, b: a > b,
    "$gte": lambda a, b: a >= b,
    "$lt": lambda a, b: a < b,
    "$lte": lambda a, b: a <= b,
    "$in": lambda a, b: bool(set(a) & set(b)) if isinstance(a, list) else a in b,
    "$nin": lambda a, b: not (set(a) & set(b)) if isinstance(a, list) else a not in b,
}


def matches(metadata: dict[str, Any], condition: dict[str, Any]) -> bool:
    """Whether metadata meets a condition: fields with $eq, $ne, $gt, $gte, $lt, $lte, $in, $nin; $and, $or.

    Raises InvalidInput for an operator it does not know.
    """
    for name, wanted in condition.items():
        if name in ("$and", "$or"):
            if not (all if name == "$and" else any)(matches(metadata, part) for part in wanted):
                return False
            continue
        for operator, value in (wanted if isinstance(wanted, dict) else {"$eq": wanted}).items():
            if operator not in _COMPARE:
                raise InvalidInput(f"unknown operator {operator!r}: there are {', '.join(_COMPARE)}, $and, $or")
            if name not in metadata:
                if operator not in ("$ne", "$nin"):
                    return False
            elif not _comparable(metadata[name], value, operator) or not _COMPARE[operator](metadata[name], value):
                return False
    return True


def _comparable(a: Any, b: Any, operator: str) -> bool:
    return operator not in ("$gt", "$gte", "$lt", "$lte") or all(isinstance(x, int | float) for x in (a, b))


@dataclass
class Namespace:
    """Vectors by id. A replaced or deleted vector is marked in the graph."""

    graph: HNSWIndex
    node: dict[str, int] = field(default_factory=dict)  # of each id, its node in the graph
    ids: list[str] = field(default_factory=list)  # of each node, its id
    values: dict[str, list[float]] = field(default_factory=dict)
    metadata: dict[str, dict[str, Any]] = field(default_factory=dict)


class VectorCollection:
    """Vectors of `dim` numbers, in namespaces; metric: "cosine", "ip" or "l2"."""

    def __init__(self, dim: int, metric: Metric) -> None:
        self.dim, self.metric = dim, metric
        self.namespaces: dict[str, Namespace] = {}

    def namespace(self, name: str) -> Namespace:
        if name not in self.namespaces:
            self.namespaces[name] = Namespace(HNSWIndex(self.dim, self.metric))
        return self.namespaces[name]

    def upsert(self, name: str, vectors: Sequence[tuple[str, list[float], dict[str, Any]]]) -> None:
        """Add vectors (id, values, metadata), or replace those with the same ids. Raises InvalidInput for a wrong length."""
        space = self.namespace(name)
        lengths = {len(values) for _, values, _ in vectors}
        if lengths - {self.dim}:
            raise InvalidInput(f"expected vectors of {self.dim} dimensions, these have {min(lengths - {self.dim})}")
        matrix = np.array([values for _, values, _ in vectors], dtype=np.float32).reshape(-1, self.dim)
        first = len(space.ids)
        space.graph.add(matrix)  # checks them before anything is changed
        for i, (vector_id, values, metadata) in enumerate(vectors):
            if vector_id in space.node:
                space.graph.delete(space.node[vector_id])
            space.node[vector_id] = first + i
            space.ids.append(vector_id)
            space.values[vector_id], space.metadata[vector_id] = values, metadata

    def delete(self, name: str, ids: Sequence[str]) -> None:
        """Delete those of the ids that there are."""
        space = self.namespace(name)
        for vector_id in ids:
            if vector_id in space.node:
                space.graph.delete(space.node.pop(vector_id))
                del space.values[vector_id], space.metadata[vector_id]

    def query(
        self, name: str, vector: Sequence[float], k: int, condition: dict[str, Any] | None = None
    ) -> list[tuple[str, float]]:
        """The k nearest (id, score), nearest first. With a condition: the exact k nearest of the vectors that meet it."""
        space = self.namespace(name)
        if not condition:
            scores, nodes = space.graph.search([vector], k, ef=max(100, 2 * k))
            return [(space.ids[node], float(score)) for node, score in zip(nodes[0], scores[0]) if node >= 0]
        # A graph with most of its nodes closed is no longer a good way anywhere: compare what is left.
        left = [vector_id for vector_id, metadata in space.metadata.items() if matches(metadata, condition)]
        exact = ExactIndex(self.dim, self.metric)
        exact.add([space.values[vector_id] for vector_id in left])
        scores, rows = exact.search([vector], k)
        return [(left[row], float(score)) for row, score in zip(rows[0], scores[0]) if row >= 0]
