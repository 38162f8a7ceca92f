"""The walks on an HNSW graph: search one level, choose diverse neighbours, link them, search from the top.

The algorithms of Malkov & Yashunin, "Efficient and robust approximate nearest neighbor search using hierarchical navigable
small world graphs" (2016), as loops over flat arrays; `hnsw.py` has the index around them. Notable choices:

- The paper's two heaps (candidates, results) are one sorted pool: a candidate that falls out of the results could never
  be expanded anyway. Expanded nodes are marked by storing ~node.
- A batch of nodes is inserted in two steps. First all look for their neighbours in the graph as it stood before (and among
  earlier nodes of the batch, by comparing directly); then the links are made, each thread taking the nodes whose number
  is its own modulo the threads. So no locks are needed, and any number of threads builds the same graph.
- The beginnings of all neighbours of a node are requested from memory (`prefetch`) before the first is compared: waiting for
  memory, not arithmetic, is what a search spends its time on. The rest of a row the processor fetches by itself once it is
  being read; asked for at once, long rows would drive each other out of the L1 cache.

In plain Python: `plain_search_level` and `plain_select` (`ann.plain`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpjourney.ann.copies import LATER
from nlpjourney.ann.vectors import LANES, distances, insert, prefetch
from nlpjourney.ml.checks import Floats

_AHEAD = 4 * LANES  # columns of a neighbour that are requested before they are needed


class Graph(NamedTuple):
    """The arrays of an index; the first dimension of all but the last is its capacity. A row of links ends at its first -1."""

    vectors: Floats  # (n, width)
    links: NDArray[np.int32]  # (n, 2 * M): neighbours on level 0
    levels: NDArray[np.int32]  # (n,): the highest level of a node; LATER: a copy of an earlier one, which has no links
    upper_start: NDArray[np.int64]  # (n,): the row of `upper` that holds the node's links on level 1; level 2 is next
    deleted: NDArray[np.bool_]  # (n,)
    copies: NDArray[np.int32]  # (n,): the next node with an equal vector, see `copies.py`
    upper: NDArray[np.int32]  # (sum of levels, M)


class Scratch(NamedTuple):
    """What one thread needs to search."""

    visited: NDArray[np.uint16]  # (n,): the number of the search that last saw this node
    stamp: NDArray[np.int64]  # (1,): the number of the latest search
    pool_d: Floats  # the pool: distances, and nodes
    pool_n: NDArray[np.int32]
    fresh: NDArray[np.int32]  # nodes about to be compared, and their distances
    fresh_d: Floats


@njit(cache=True, nogil=True, error_model="numpy")
def search_level(
    query: Floats, graph: Graph, level: int, ef: int, n_deleted: int, l2: bool, scratch: Scratch, size: int
) -> int:
    """Algorithm 2 of the paper: the `ef` nearest nodes of a level, starting from the `size` ones in the pool.

    Returns the new size. Deleted nodes are in the pool too, above the `ef` others; n_deleted = 0 ignores the marks.
    """
    vectors, upper_start, deleted = graph.vectors, graph.upper_start, graph.deleted
    visited, fresh, fresh_d = scratch.visited, scratch.fresh, scratch.fresh_d
    pool_d, pool_n = scratch.pool_d, scratch.pool_n
    links = graph.links if level == 0 else graph.upper
    stamp = scratch.stamp[0] + 1
    if stamp == 65536:  # the stamps are used up: forget all visits
        visited[:] = 0
        stamp = 1
    scratch.stamp[0] = stamp
    mark = np.uint16(stamp)
    for i in range(size):
        visited[pool_n[i]] = mark

    capacity = ef
    if n_deleted > 0:
        for i in range(size):
            capacity += deleted[pool_n[i]]
    cursor = 0  # everything before it has been expanded
    while cursor < size:
        node = pool_n[cursor]
        if node < 0:
            cursor += 1
            continue
        pool_n[cursor] = ~node
        cursor += 1
        row = node if level == 0 else upper_start[node] + level - 1
        count = 0
        for i in range(links.shape[1]):
            neighbour = links[row, i]
            if neighbour < 0:
                break
            if visited[neighbour] != mark:
                visited[neighbour] = mark
                fresh[count] = neighbour
                count += 1
                for column in range(0, min(_AHEAD, vectors.shape[1]), LANES):
                    prefetch(vectors, neighbour, column)
        distances(query, vectors, fresh, count, l2, fresh_d)
        for i in range(count):
            if size < capacity or fresh_d[i] < pool_d[size - 1]:
                if n_deleted > 0 and deleted[fresh[i]]:
                    capacity += 1
                place = insert(pool_d, pool_n, size, capacity, fresh_d[i], fresh[i])
                size = min(size + 1, capacity)
                cursor = min(cursor, place)
    for i in range(size):
        pool_n[i] = ~pool_n[i]
    return size


@njit(cache=True, nogil=True, error_model="numpy")
def select(vectors: Floats, scratch: Scratch, size: int, m: int, l2: bool, out: NDArray[np.int32]) -> None:
    """Algorithm 4, the heuristic: from the pool, nearest first, up to `m` nodes, each nearer to the new node than to any
    chosen before it. So links point in different directions, also across the gap between two clusters.

    The rest of `out` becomes -1.
    """
    pool_d, pool_n, fresh_d = scratch.pool_d, scratch.pool_n, scratch.fresh_d
    chosen = 0
    for i in range(size):
        if chosen == m:
            break
        diverse = True
        for start in range(0, chosen, 4):
            count = min(4, chosen - start)
            distances(vectors[pool_n[i]], vectors, out[start:], count, l2, fresh_d)
            for j in range(count):
                diverse = diverse and fresh_d[j] >= pool_d[i]
            if not diverse:
                break
        if diverse:
            out[chosen] = pool_n[i]
            chosen += 1
    out[chosen:] = -1


@njit(cache=True, nogil=True, error_model="numpy")
def find_neighbours(
    graph: Graph, batch: int, first: int, last: int, step: int, entry: int, top: int, ef: int, l2: bool,
    slots: NDArray[np.int64], picked: NDArray[np.int32], scratch: Scratch,
) -> None:  # fmt: skip
    """Choose the neighbours of the nodes first, first + step, … < last of the batch that starts at node `batch`.

    Row slots[node - batch] + level of `picked` receives them. The graph is only read. entry = -1: it is empty.
    """
    vectors, levels, m = graph.vectors, graph.levels, graph.upper.shape[1]
    pool_d, pool_n, fresh, fresh_d = scratch.pool_d, scratch.pool_n, scratch.fresh, scratch.fresh_d
    for node in range(first, last, step):
        if levels[node] == LATER:
            continue
        query = vectors[node]
        if entry >= 0:
            fresh[0] = entry
            distances(query, vectors, fresh, 1, l2, fresh_d)
            pool_d[0], pool_n[0] = fresh_d[0], entry
            for level in range(top, levels[node], -1):
                search_level(query, graph, level, 1, 0, l2, scratch, 1)
        for level in range(levels[node], -1, -1):
            size = 0
            if entry >= 0 and level <= top:
                size = search_level(query, graph, level, ef, 0, l2, scratch, 1)
            nearest_d, nearest_n = pool_d[0], pool_n[0]  # where the next level starts: batch nodes have no links yet
            other = batch
            while other < node:
                count = 0
                while other < node and count < 2 * m:
                    if levels[other] >= level:
                        fresh[count] = other
                        count += 1
                    other += 1
                distances(query, vectors, fresh, count, l2, fresh_d)
                for i in range(count):
                    if size < ef or fresh_d[i] < pool_d[size - 1]:
                        insert(pool_d, pool_n, size, ef, fresh_d[i], fresh[i])
                        size = min(size + 1, ef)
            select(vectors, scratch, size, m, l2, picked[slots[node - batch] + level])
            pool_d[0], pool_n[0] = nearest_d, nearest_n


@njit(cache=True, nogil=True, error_model="numpy")
def connect(
    graph: Graph, first: int, last: int, part: int, parts: int, l2: bool,
    slots: NDArray[np.int64], picked: NDArray[np.int32], scratch: Scratch,
) -> None:  # fmt: skip
    """Write the chosen links of the batch first … last - 1 and the links back, for nodes that are `part` modulo `parts`."""
    vectors, levels, upper_start, m = graph.vectors, graph.levels, graph.upper_start, graph.upper.shape[1]
    pool_d, pool_n, fresh, fresh_d = scratch.pool_d, scratch.pool_n, scratch.fresh, scratch.fresh_d
    for node in range(first, last):
        for level in range(levels[node] + 1):
            links = graph.links if level == 0 else graph.upper
            width = links.shape[1]
            picks = picked[slots[node - first] + level]
            if node % parts == part:
                links[node if level == 0 else upper_start[node] + level - 1, :m] = picks
            for i in range(m):
                other = picks[i]
                if other < 0:
                    break
                if other % parts != part:
                    continue
                row = links[other if level == 0 else upper_start[other] + level - 1]
                count = 0
                while count < width and row[count] >= 0:
                    count += 1
                if count < width:
                    row[count] = node
                    continue
                # No room: of the old links and the new one keep those that the heuristic chooses.
                fresh[:width] = row
                fresh[width] = node
                distances(vectors[other], vectors, fresh, width + 1, l2, fresh_d)
                for j in range(width + 1):
                    insert(pool_d, pool_n, j, width + 1, fresh_d[j], fresh[j])
                select(vectors, scratch, width + 1, width, l2, row)


@njit(cache=True, nogil=True, error_model="numpy")
def search_graph(
    queries: Floats, first: int, last: int, graph: Graph, entry: int, top: int, ef: int, n_deleted: int, l2: bool,
    scratch: Scratch, out_d: Floats, out_n: NDArray[np.int64],
) -> None:  # fmt: skip
    """Algorithm 5: the nearest nodes of queries[first:last], and their copies, into the rows of out_d and out_n (queries, k)."""
    vectors, deleted, copies = graph.vectors, graph.deleted, graph.copies
    pool_d, pool_n, fresh, fresh_d = scratch.pool_d, scratch.pool_n, scratch.fresh, scratch.fresh_d
    for q in range(first, last):
        query = queries[q]
        fresh[0] = entry
        distances(query, vectors, fresh, 1, l2, fresh_d)
        pool_d[0], pool_n[0] = fresh_d[0], entry
        for level in range(top, 0, -1):
            search_level(query, graph, level, 1, 0, l2, scratch, 1)
        size = search_level(query, graph, 0, ef, n_deleted, l2, scratch, 1)
        found, k = 0, out_n.shape[1]
        for i in range(size):
            if found == k and pool_d[i] > out_d[q, k - 1]:
                break
            copy = pool_n[i]
            while True:
                if not deleted[copy]:
                    if found == k and (pool_d[i] > out_d[q, k - 1] or copy > out_n[q, k - 1]):
                        break  # the later copies have higher numbers still
                    if found == 0 or pool_d[i] > out_d[q, found - 1]:  # so it is, but for copies at one distance
                        out_d[q, found], out_n[q, found] = pool_d[i], copy
                    else:
                        insert(out_d[q], out_n[q], found, k, pool_d[i], copy)
                    found = min(found + 1, k)
                copy = copies[copy]
                if copy == pool_n[i]:
                    break
