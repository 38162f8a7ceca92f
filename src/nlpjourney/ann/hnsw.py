"""HNSW: approximate nearest neighbours by walking a graph towards the query.

Malkov & Yashunin, "Efficient and robust approximate nearest neighbor search using hierarchical navigable small world
graphs" (2016; IEEE TPAMI 2020). Every vector is a node linked to near but diverse others. A few nodes also live on sparser
upper levels, like the stations of an express train. A search starts at the top, walks greedily down, and on level 0 keeps
the `ef` nearest nodes seen so far, always expanding the nearest one not yet expanded. Notable choices:

- Nodes are inserted in batches, so that threads can share the work without locks (see `hnsw_graph.py`); the graph is the
  same for any number of threads.
- Equal vectors share one node's links (see `copies.py`), so that no number of copies cuts the graph apart.
- A deleted node stays as a stepping stone and is left out of results. The pool of a search grows by one place for each
  deleted node it meets, so results do not get fewer.
- The file is the arrays as they lie in memory: loading maps it and checks the links, and of the vectors only what a search
  touches is read.
"""

from __future__ import annotations

import json
import math
import operator
import os
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from tqdm import tqdm

from nlpjourney.ann.array_file import arrays_at
from nlpjourney.ann.copies import empty_table, join_copies
from nlpjourney.ann.hnsw_graph import Graph, Scratch, connect, find_neighbours, search_graph
from nlpjourney.ann.soundness import is_sound
from nlpjourney.ann.vectors import (
    LANES,
    LINE,
    Metric,
    Neighbours,
    aligned,
    check_k,
    check_metric,
    check_threads,
    in_threads,
    no_neighbours,
    normalise,
    outside,
    padded,
)
from nlpjourney.errors import FileFormatError
from nlpjourney.ml.checks import check_vectors

BATCH = 256  # nodes inserted at a time: enough work between two meetings of the threads, few enough to compare directly
VERSION = 2  # of the file
MAGIC = b"NLPJHNSW"  # first bytes of a file; then the length of the header (8 bytes), the header (JSON), the arrays


class HNSWIndex:
    """A navigable graph over float32 vectors of `dim` dimensions.

    `metric`: "l2", "ip" or "cosine". `M`: links of a node on the upper levels, twice as many on level 0; more cost memory
    and find more. `ef_construction`: how many candidates are looked at for the links of a new node. Node levels are drawn
    from `seed`. Ids are 0, 1, 2, … in the order of adding.
    """

    def __init__(self, dim: int, metric: Metric = "l2", M: int = 16, ef_construction: int = 200, seed: int = 0) -> None:
        check_metric(metric)
        for name, value, least in (("dim", dim, 1), ("M", M, 2), ("ef_construction", ef_construction, M)):
            if value < least:
                raise ValueError(f"{name} must be at least {least}, not {value}")
        self.dim, self.metric, self.M, self.ef_construction, self.seed = dim, metric, M, ef_construction, seed
        self._n = self._n_deleted = self._n_upper = self._top = 0
        self._entry = -1
        self._graph = self._empty(0, 0)
        self._spare: list[Scratch] = []
        self._table = np.empty(0, np.int32)

    def _empty(self, n: int, n_upper: int) -> Graph:
        width = -(-self.dim // LANES) * LANES
        links, upper = aligned(n, 2 * self.M, np.int32), aligned(n_upper, self.M, np.int32)
        links.fill(-1)
        upper.fill(-1)
        vectors = aligned(n, width, np.float32)
        levels, copies, deleted = np.zeros(n, np.int32), np.zeros(n, np.int32), np.zeros(n, np.bool_)
        return Graph(vectors, links, levels, np.zeros(n, np.int64), deleted, copies, upper)

    @property
    def graph(self) -> Graph:
        """The arrays of the graph (views of the part in use): links to look at, not to change."""
        full = self._graph
        return Graph(
            full.vectors[: self._n], full.links[: self._n], full.levels[: self._n], full.upper_start[: self._n],
            full.deleted[: self._n], full.copies[: self._n], full.upper[: self._n_upper],
        )  # fmt: skip

    def __len__(self) -> int:
        """How many vectors a search can return."""
        return self._n - self._n_deleted

    def add(self, vectors: ArrayLike, n_threads: int = 1) -> None:
        """Insert `vectors` (n, dim). The graph does not depend on `n_threads`.

        Ctrl-C stops after the batch at work; what is inserted by then stays, and the index is whole.
        """
        check_threads(n_threads)
        new = check_vectors(vectors, self.dim)
        if self.metric == "cosine":
            new = normalise(new)
        first, end = self._n, self._n + len(new)
        # One draw a node, counted from the seed: a node's level does not depend on how the adding was divided.
        draws = np.random.Generator(np.random.PCG64(self.seed).advance(first)).random(len(new))
        levels = np.floor(-np.log(1 - draws) / math.log(self.M)).astype(np.int32)
        self._reserve(end, int(levels.sum()))
        self._graph.levels[first:end] = levels
        self._graph.vectors[first:end, : self.dim] = new
        # The work is done in a thread of its own, which Ctrl-C does not reach: a batch is never left half linked.
        with (
            ThreadPoolExecutor(1) as worker,
            tqdm(total=len(new), unit=" vectors", disable=None if len(new) >= 20_000 else True) as bar,
        ):
            for start in range(first, end, BATCH):
                stop = min(start + BATCH, end)
                worker.submit(self._insert, start, stop, n_threads).result()
                bar.update(stop - start)

    def _reserve(self, end: int, n_upper: int) -> None:
        """Make room for nodes up to `end` and `n_upper` more upper levels; arrays grow by half at least."""
        old, n, used = self._graph, self._n, self._n_upper
        if end > len(old.vectors) or used + n_upper > len(old.upper):
            room = max(end, n + n // 2) if end > len(old.vectors) else len(old.vectors)
            graph = self._empty(room, used + max(n_upper, used // 2))
            arrays: Iterable[tuple[NDArray[Any], NDArray[Any]]] = zip(self.graph, graph)
            for before, after in arrays:
                after[: len(before)] = before
            self._graph, self._spare = graph, []
        if 2 * end > len(self._table):
            table = empty_table(end)
            join_copies(self._graph.vectors, 0, n, table, self._graph.copies, self._graph.levels)
            self._table = table

    def _insert(self, first: int, last: int, n_threads: int) -> None:
        graph, l2 = self._graph, self.metric == "l2"
        join_copies(graph.vectors, first, last, self._table, graph.copies, graph.levels)
        uppers = np.maximum(graph.levels[first:last], 0)
        graph.upper_start[first:last] = self._n_upper + np.cumsum(uppers) - uppers
        rows = graph.levels[first:last].astype(np.int64) + 1
        slots = np.cumsum(rows) - rows
        picked = np.empty((int(rows.sum()), self.M), np.int32)
        scratch = [self._scratch(max(self.ef_construction, 2 * self.M)) for _ in range(n_threads)]
        start, top, ef = self._entry, self._top, self.ef_construction

        def find(t: int, _: int) -> None:
            find_neighbours(graph, first, first + t, last, n_threads, start, top, ef, l2, slots, picked, scratch[t])

        def link(t: int, _: int) -> None:
            connect(graph, first, last, t, n_threads, l2, slots, picked, scratch[t])

        in_threads(find, n_threads, n_threads)
        in_threads(link, n_threads, n_threads)
        self._spare.extend(scratch)
        highest = first + int(np.argmax(graph.levels[first:last]))
        if self._entry < 0 or graph.levels[highest] > self._top:
            self._entry, self._top = highest, int(graph.levels[highest])
        self._n, self._n_upper = last, self._n_upper + int(uppers.sum())

    def _scratch(self, pool: int) -> Scratch:
        """Working memory with room for `pool` nodes in the pool, used before if possible."""
        try:  # another thread may search at the same time, and take the last one
            scratch = self._spare.pop()
            if len(scratch.pool_d) > pool:
                return scratch
        except IndexError:
            pass
        n, room = len(self._graph.vectors), 2 * self.M + 4
        return Scratch(
            np.zeros(n, np.uint16),
            np.zeros(1, np.int64),
            np.empty(pool + 1, np.float32),
            np.empty(pool + 1, np.int32),
            np.empty(room, np.int32),
            np.empty(room, np.float32),
        )

    def search(self, queries: ArrayLike, k: int = 10, ef: int = 50, n_threads: int = 1) -> Neighbours:
        """About the k nearest vectors of each query (queries, dim), nearest first.

        `ef`: how many nodes are kept while walking (at least k): larger finds more of the true neighbours, more slowly.
        """
        check_k(k)
        asked = check_vectors(queries, self.dim)
        asked = padded(normalise(asked) if self.metric == "cosine" else asked)
        found = no_neighbours(len(asked), k)
        if self._entry < 0:
            return outside(found, self.metric)
        ef = min(max(ef, k), self._n)

        def part(first: int, last: int) -> None:
            scratch = self._scratch(min(ef + self._n_deleted, self._n))
            search_graph(
                asked, first, last, self._graph, self._entry, self._top, ef, self._n_deleted,
                self.metric == "l2", scratch, *found,
            )  # fmt: skip
            self._spare.append(scratch)

        in_threads(part, len(asked), n_threads)
        return outside(found, self.metric)

    def delete(self, ids: ArrayLike) -> None:
        """Mark nodes as deleted: no search returns them any more. Marking twice is the same as once."""
        marked = np.atleast_1d(np.asarray(ids, dtype=np.int64))
        wrong = marked[(marked < 0) | (marked >= self._n)]
        if wrong.size:
            raise IndexError(f"there is no vector {wrong[0]}: ids go from 0 to {self._n - 1}")
        self._graph.deleted[marked] = True
        self._n_deleted = int(self._graph.deleted[: self._n].sum())

    def save(self, path: str | Path) -> None:
        """Write the index to one file: under another name first, then renamed, so that `path` is never half written."""
        path = Path(path)
        graph = self.graph
        arrays, end = {}, 0
        for name, array in graph._asdict().items():
            arrays[name] = {"dtype": array.dtype.str, "shape": array.shape, "offset": end}
            end += -(-array.nbytes // LINE) * LINE
        settings = {
            name: getattr(self, name) for name in ("dim", "metric", "M", "ef_construction", "seed", "_entry", "_top")
        }
        header = json.dumps({"version": VERSION, "settings": settings, "arrays": arrays, "size": end}).encode()
        header += b" " * (-(len(MAGIC) + 8 + len(header)) % LINE)  # arrays start at the beginning of a cache line
        handle, aside = tempfile.mkstemp(prefix=path.name, suffix=".part", dir=path.parent)
        try:
            with open(handle, "wb") as file:
                file.write(MAGIC + len(header).to_bytes(8, "little") + header)
                for array in graph:
                    file.write(np.ascontiguousarray(array).data)
                    file.write(bytes(-array.nbytes % LINE))
            os.replace(aside, path)
        except BaseException:
            Path(aside).unlink(missing_ok=True)
            raise

    @classmethod
    def load(cls, path: str | Path) -> HNSWIndex:
        """Map a saved index into memory. Changes made to it stay in memory: the file is written by `save` alone."""
        path = Path(path)
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(len(MAGIC) + 8)
            if len(start) < len(MAGIC) + 8 or not start.startswith(MAGIC):
                raise FileFormatError(f"{path} is not an HNSW index of NLP Journey")
            text = file.read(min(int.from_bytes(start[len(MAGIC) :], "little"), size))
        first = len(start) + len(text)
        try:
            header = json.loads(text)
            version, settings, body = header["version"], header["settings"], int(header["size"])
        except (ValueError, TypeError, KeyError, RecursionError):
            raise FileFormatError(f"{path} is cut off within its header, or damaged: copy or build it again") from None
        if version != VERSION:
            raise FileFormatError(
                f"{path} has format version {version}, this program reads version {VERSION}: build it again"
            )
        if size != first + body:
            raise FileFormatError(
                f"{path} has {size} bytes instead of {first + body}: it was cut off or altered; copy or build it again"
            )
        try:
            numbers = {
                name: operator.index(settings[name])
                for name in ("dim", "M", "ef_construction", "seed", "_entry", "_top")
            }
            entry, top = numbers.pop("_entry"), numbers.pop("_top")
            index = cls(metric=settings["metric"], **numbers)
            data = np.memmap(path, np.uint8, mode="c").view(np.ndarray)
            graph = Graph(**arrays_at(header["arrays"], data[first:]))
            sound = is_sound(graph, index.dim, index.M, entry, top)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
            raise FileFormatError(f"{path} has a header without sense ({error}): copy or build it again") from None
        if not sound:
            raise FileFormatError(f"{path} is damaged, its links lead nowhere: copy or build it again")
        index._graph, index._entry, index._top = graph, entry, top
        index._n, index._n_upper = len(graph.vectors), len(graph.upper)
        index._n_deleted = int(graph.deleted.sum())
        return index


def warmup() -> None:
    """Compile the kernels (cached on disk afterwards)."""
    index = HNSWIndex(2)
    index.add([[0, 1], [1, 0]])
    index.search([[0, 1]], 1)
    is_sound(index.graph, 2, index.M, index._entry, index._top)
