"""Nearest neighbours in plain Python: what the fast modules of this package compute, each algorithm as its paper states it.

Read this first. `plain_search` is `vectors`, `plain_ivf_search` is `ivf`, `plain_pq_distance` is `pq`; `plain_search_level` and
`plain_select` are the two halves of `hnsw_graph`, around which `hnsw` is built. Distances are squared Euclidean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

Vector = Sequence[float]


def plain_distance(a: Vector, b: Vector) -> float:
    """The squared Euclidean distance."""
    return sum((x - y) ** 2 for x, y in zip(a, b, strict=True))


def plain_search(query: Vector, vectors: Sequence[Vector], k: int) -> list[tuple[float, int]]:
    """The k nearest as (distance, number), nearest first, equal ones by number: compare everything, sort."""
    return sorted((plain_distance(query, vector), i) for i, vector in enumerate(vectors))[:k]


def plain_ivf_search(
    query: Vector, vectors: Sequence[Vector], centroids: Sequence[Vector], k: int, nprobe: int
) -> list[tuple[float, int]]:
    """The k nearest among the vectors whose nearest centroid is one of the `nprobe` nearest to the query."""
    visited = {c for _, c in plain_search(query, centroids, nprobe)}
    lists = [plain_search(vector, centroids, 1)[0][1] for vector in vectors]
    return sorted((plain_distance(query, v), i) for i, v in enumerate(vectors) if lists[i] in visited)[:k]


def plain_pq_code(vector: Vector, codebooks: Sequence[Sequence[Vector]]) -> list[int]:
    """For each part of the vector the number of the nearest code word in that part's book."""
    width = len(vector) // len(codebooks)
    parts = (vector[p * width : (p + 1) * width] for p in range(len(codebooks)))
    return [plain_search(part, book, 1)[0][1] for part, book in zip(parts, codebooks)]


def plain_pq_distance(query: Vector, code: Sequence[int], codebooks: Sequence[Sequence[Vector]]) -> float:
    """From the query itself to the vector that a code stands for: a sum over parts, so a table of parts would do."""
    width = len(query) // len(codebooks)
    return sum(
        plain_distance(query[p * width : (p + 1) * width], book[c])
        for p, (c, book) in enumerate(zip(code, codebooks, strict=True))
    )


def plain_search_level(
    start: int, links: Mapping[int, Sequence[int]], distance: Callable[[int], float], ef: int
) -> list[tuple[float, int]]:
    """Algorithm 2 of Malkov & Yashunin: walk the links from `start`, keeping the `ef` nearest nodes seen so far."""
    found = [(distance(start), start)]
    candidates, visited = list(found), {start}
    while candidates:
        nearest = min(candidates)
        candidates.remove(nearest)
        if len(found) == ef and nearest[0] > found[-1][0]:
            break  # all that is left to expand is farther than everything kept
        for neighbour in links[nearest[1]]:
            if neighbour not in visited:
                visited.add(neighbour)
                entry = (distance(neighbour), neighbour)
                candidates.append(entry)
                found = sorted([*found, entry])[:ef]
    return found


def plain_select(candidates: Sequence[tuple[float, int]], m: int, distance: Callable[[int, int], float]) -> list[int]:
    """Algorithm 4: of the candidates (distance to the new node, node), nearest first, up to m, each nearer to the new node
    than to any chosen before: links that point in different directions."""
    chosen: list[int] = []
    for apart, node in sorted(candidates):
        if len(chosen) < m and all(distance(node, other) >= apart for other in chosen):
            chosen.append(node)
    return chosen


def plain_copies(vectors: Sequence[Vector]) -> list[int]:
    """For each vector the number of the next one that equals it, after the last the first again: itself if there is no other."""
    groups: dict[tuple[float, ...], list[int]] = {}
    for number, vector in enumerate(vectors):
        groups.setdefault(tuple(vector), []).append(number)
    following = list(range(len(vectors)))
    for group in groups.values():
        for number, after in zip(group, [*group[1:], group[0]]):
            following[number] = after
    return following
