"""Vectors with ids and metadata over the HNSW graph, in memory: what a vector database keeps under one namespace."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nlpjourney.ann.hnsw import HNSWIndex
from nlpjourney.ann.vectors import ExactIndex, Metric
from nlpjourney.errors import InvalidInput
from nlpjourney.tasks.search.server.pinecone_filter import Meets


@dataclass
class Namespace:
    """Vectors by id. A replaced or deleted vector is marked in the graph."""

    graph: HNSWIndex
    node: dict[str, int] = field(default_factory=dict)  # of each id, its node in the graph
    ids: list[str] = field(default_factory=list)  # of each node, its id
    values: dict[str, list[float]] = field(default_factory=dict)
    metadata: dict[str, dict[str, Any]] = field(default_factory=dict)


class VectorCollection:
    """Vectors of `dim` numbers, in namespaces, each made by its first vector; metric: "cosine", "ip" or "l2"."""

    def __init__(self, dim: int, metric: Metric) -> None:
        self.dim, self.metric = dim, metric
        self.namespaces: dict[str, Namespace] = {}

    def upsert(self, name: str, vectors: Sequence[tuple[str, Sequence[float], dict[str, Any]]]) -> None:
        """Add vectors (id, values, metadata), or replace those with the same ids. Raises InvalidInput, and changes nothing, for a
        vector that is none of this collection.
        """
        for _, values, _ in vectors:
            self.check(values)
        space = self.namespaces.setdefault(name, Namespace(HNSWIndex(self.dim, self.metric)))
        matrix = np.array([values for _, values, _ in vectors], dtype=np.float32).reshape(-1, self.dim)
        first = len(space.ids)
        space.graph.add(matrix)
        for i, (vector_id, values, metadata) in enumerate(vectors):
            if vector_id in space.node:
                space.graph.delete(space.node[vector_id])
            space.node[vector_id] = first + i
            space.ids.append(vector_id)
            space.values[vector_id], space.metadata[vector_id] = list(values), metadata

    def check(self, vector: Any) -> None:
        """Raises InvalidInput for what is no vector of `dim` numbers that a float32 can hold."""
        if not isinstance(vector, list) or not all(_is_number(x) for x in vector):
            raise InvalidInput("a vector has to be a list of numbers that fit into float32")
        if len(vector) != self.dim:
            raise InvalidInput(f"expected vectors of {self.dim} dimensions, not of {len(vector)}")

    def delete(self, name: str, ids: Sequence[str]) -> None:
        """Delete those of the ids that there are."""
        space = self.namespaces[name]
        for vector_id in ids:
            if vector_id in space.node:
                space.graph.delete(space.node.pop(vector_id))
                del space.values[vector_id], space.metadata[vector_id]

    def meeting(self, name: str, meets: Meets) -> list[str]:
        """The ids of the vectors whose metadata meets a condition."""
        return [vector_id for vector_id, metadata in self.namespaces[name].metadata.items() if meets(metadata)]

    def query(self, name: str, vector: Sequence[float], k: int, meets: Meets | None = None) -> list[tuple[str, float]]:
        """The k nearest (id, score), nearest first. With a condition: the exact k nearest of the vectors that meet it."""
        self.check(vector)
        if name not in self.namespaces:
            return []
        space = self.namespaces[name]
        if meets is None:
            scores, nodes = space.graph.search([vector], k, ef=max(100, 2 * k))
            return [(space.ids[node], float(score)) for node, score in zip(nodes[0], scores[0]) if node >= 0]
        # A graph with most of its nodes closed is no longer a good way anywhere: compare what is left.
        left = self.meeting(name, meets)
        exact = ExactIndex(self.dim, self.metric)
        exact.add([space.values[vector_id] for vector_id in left])
        scores, rows = exact.search([vector], k)
        return [(left[row], float(score)) for row, score in zip(rows[0], scores[0]) if row >= 0]


def _is_number(x: Any) -> bool:
    largest = float(np.finfo(np.float32).max)
    return isinstance(x, int | float) and not isinstance(x, bool) and math.isfinite(x) and abs(x) <= largest
