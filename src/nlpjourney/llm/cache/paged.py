"""A paged cache: keys and values in pages of equal size, so that texts of any length share one store without gaps.

A server does not know how long an answer becomes. Reserving the longest for each wastes most of the memory; vLLM (Kwon et al.,
2023) takes it in pages, as an operating system does: each text has a table of the pages that hold its tokens, a page is taken
when the last is full, and free when nobody uses it any more. Texts that begin alike, as all do that share a system prompt,
point to the same pages; who writes into a shared page gets a copy of it first (copy on write). Which pages a prompt may begin
with is found in a tree: a full page stands under the page before it, by the tokens that it holds (SGLang's RadixAttention,
Zheng et al., 2023).
"""

from __future__ import annotations

import threading
import weakref
from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nlpjourney.errors import JourneyError

Floats = NDArray[np.float32]
PAGE_SIZE = 64  # tokens: the loops over a page are long enough to cost what they do over one long array


class OutOfPages(MemoryError, JourneyError):
    """No page is free: some text has to end, or to wait."""


class Page:
    """Keys and values of some tokens in all layers: `data` (2, n_layers, n_kv_heads, page_size, d_head)."""

    __slots__ = ("address", "children", "data", "number", "parent", "tokens", "users")

    def __init__(self, data: Floats, number: int) -> None:
        self.data, self.address, self.number = data, data.ctypes.data, number
        self.users = 1  # texts that point to it
        self.tokens: tuple[int, ...] | None = None  # what it stands under in the tree, once it is full
        self.parent: Page | None = None
        self.children: dict[tuple[int, ...], Page] = {}


class PagePool:
    """The pages of one model, for any number of texts, also in several threads.

    n_pages: how many may be in use at once; None: as many as are needed. n_kept: full pages that no text uses any more are kept
    for prompts that begin with them, so many at most, the latest. Raises ValueError for sizes below 1.
    """

    def __init__(
        self,
        n_layers: int,
        n_kv_heads: int,
        d_head: int,
        *,
        page_size: int = PAGE_SIZE,
        n_pages: int | None = None,
        n_kept: int = 0,
    ) -> None:
        if min(n_layers, n_kv_heads, d_head, page_size, 1 if n_pages is None else n_pages) < 1:
            raise ValueError("layers, heads, their width, pages and their size must be at least 1")
        self.shape = (2, n_layers, n_kv_heads, page_size, d_head)
        self.page_size, self.n_pages, self.n_kept = page_size, n_pages, n_kept
        self._n_used = self._n_made = 0
        self._roots: dict[tuple[int, ...], Page] = {}
        self._kept: dict[Page, None] = {}  # in the order in which they fell out of use: children before their parents
        self._lock = threading.Lock()
        # Texts that are gone. They leave a note only: Python may collect one while this very thread holds the lock.
        self._gone: deque[list[Page]] = deque()

    @property
    def n_used(self) -> int:
        """Pages that texts point to."""
        with self._lock:
            self._collect()
            return self._n_used

    def start(self, ids: Sequence[int] = ()) -> PagedCache:
        """A text that holds as much of the beginning of `ids` as whole pages of this pool do."""
        pages: list[Page] = []
        size = self.page_size
        with self._lock:
            self._collect()
            children = self._roots
            while page := children.get(tuple(ids[len(pages) * size : (len(pages) + 1) * size])):
                pages.append(page)
                children = page.children
            self._use(pages)
        return PagedCache(self, pages, ids[: len(pages) * size])

    def share(self, pages: Sequence[Page]) -> None:
        """One more text points to these."""
        with self._lock:
            self._use(pages)

    def take(self, n: int) -> list[Page]:
        """New pages for a text. Raises OutOfPages when fewer are free."""
        with self._lock:
            self._collect()
            free = n if self.n_pages is None else self.n_pages - self._n_used
            if n > free:
                raise OutOfPages(f"{n} more pages are needed, and {free} are free")
            if self.n_pages is not None:
                self._forget(self.n_pages - self._n_used - n)
            self._n_used += n
            self._n_made += n
            return [Page(np.empty(self.shape, np.float32), self._n_made - n + i) for i in range(n)]

    def release(self, pages: Sequence[Page]) -> None:
        """A text does not point to these any more."""
        with self._lock:
            self._drop(pages)

    def is_writable(self, page: Page) -> bool:
        """Whether only one text can ever see what is written into it."""
        return page.users == 1 and page.tokens is None

    def register(self, page: Page, parent: Page | None, tokens: tuple[int, ...]) -> None:
        """The page is full: a prompt with these tokens after those of `parent` may begin with it.

        If there is such a page already, or `parent` is not to be found itself, nothing happens.
        """
        with self._lock:
            if parent is None or parent.tokens is not None:
                children = self._roots if parent is None else parent.children
                if tokens not in children:
                    children[tokens] = page
                    page.tokens, page.parent = tokens, parent

    def leave(self, pages: list[Page]) -> None:
        """A text is gone; its pages will be released by whoever asks for some next."""
        self._gone.append(pages)

    def _collect(self) -> None:
        while self._gone:
            self._drop(self._gone.popleft())

    def _use(self, pages: Sequence[Page]) -> None:
        for page in pages:
            self._n_used += page.users == 0
            page.users += 1
            self._kept.pop(page, None)

    def _drop(self, pages: Sequence[Page]) -> None:
        # Whoever uses a page uses its parent: in this order no parent is forgotten before its children.
        for page in reversed(pages):
            page.users -= 1
            if page.users == 0:
                self._n_used -= 1
                if page.tokens is not None:
                    self._kept[page] = None
        self._forget(self.n_kept)

    def _forget(self, n: int) -> None:
        """Keep `n` pages that nobody uses."""
        while len(self._kept) > max(n, 0):
            page = next(iter(self._kept))
            del self._kept[page]
            assert page.tokens is not None
            del (self._roots if page.parent is None else page.parent.children)[page.tokens]


class PagedCache:
    """One text's keys and values: the tokens that it holds, `ids`, and the table of its pages."""

    def __init__(self, pool: PagePool, pages: Sequence[Page] = (), ids: Sequence[int] = ()) -> None:
        self.pool, self.pages, self.ids = pool, list(pages), list(ids)
        weakref.finalize(self, pool.leave, self.pages).atexit = False

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def addresses(self) -> NDArray[np.int64]:
        """Where the pages lie in memory, for compiled code. They stay there until the table changes."""
        return np.array([page.address for page in self.pages], np.int64)

    def fork(self) -> PagedCache:
        """A second text that begins like this one: nothing is copied until one of the two goes on."""
        used = self.pages[: -(-len(self) // self.pool.page_size)]  # not those that were reserved only
        self.pool.share(used)
        return PagedCache(self.pool, used, self.ids)

    def truncate(self, length: int) -> None:
        """Forget all but the first `length` tokens. Raises ValueError for more than there are."""
        if not 0 <= length <= len(self):
            raise ValueError(f"the text has {len(self)} tokens, it cannot be cut to {length}")
        n = -(-length // self.pool.page_size)
        self.pool.release(self.pages[n:])
        del self.pages[n:], self.ids[length:]

    def reserve(self, n: int) -> None:
        """Make room for `n` more tokens: take pages, and a copy of the last one if others can see it.

        Raises OutOfPages when they do not fit; nothing has changed then.
        """
        size, at = self.pool.page_size, len(self) // self.pool.page_size
        copied = len(self) % size > 0 and n > 0 and not self.pool.is_writable(self.pages[at])
        needed = -(-(len(self) + n) // size) - len(self.pages)
        new = self.pool.take(max(needed, 0) + copied)
        if copied:
            old, self.pages[at] = self.pages[at], new.pop(0)
            self.pages[at].data[:] = old.data
            self.pool.release([old])
        self.pages += new

    def write(self, layer: int, k: Floats, v: Floats) -> None:
        """Put keys and values (n_kv_heads, T, d_head) of the tokens that come next, for which room was reserved, in a layer."""
        size, start = self.pool.page_size, len(self)
        end = start + k.shape[1]
        for p in range(start // size, -(-end // size)):
            first, last = max(start, p * size), min(end, (p + 1) * size)
            inside, given = slice(first - p * size, last - p * size), slice(first - start, last - start)
            self.pages[p].data[0, layer, :, inside] = k[:, given]
            self.pages[p].data[1, layer, :, inside] = v[:, given]

    def read(self, layer: int, n: int = 0) -> tuple[Floats, Floats]:
        """A layer's keys and values side by side, (n_kv_heads, length + n, d_head): `n` were written since `advance`."""
        _, _, n_kv_heads, size, d_head = self.pool.shape
        out = np.empty((2, n_kv_heads, len(self) + n, d_head), np.float32)
        for p in range(-(-out.shape[2] // size)):
            last = min(size, out.shape[2] - p * size)
            out[:, :, p * size : p * size + last] = self.pages[p].data[:, layer, :, :last]
        return out[0], out[1]

    def advance(self, ids: Sequence[int]) -> None:
        """These tokens have been written in all layers. Pages that are full now can be found; not if −1 is among the tokens."""
        size, before = self.pool.page_size, len(self) // self.pool.page_size
        self.ids += ids
        for p in range(before, len(self) // size):
            tokens = tuple(self.ids[p * size : (p + 1) * size])
            if min(tokens) >= 0:
                self.pool.register(self.pages[p], self.pages[p - 1] if p else None, tokens)

    def append(self, ids: Sequence[int], k: Floats, v: Floats) -> None:
        """Tokens with their keys and values in all layers, (n_layers, n_kv_heads, T, d_head) each.

        Raises OutOfPages when they do not fit, ValueError for other shapes; the text is then as it was.
        """
        _, n_layers, n_kv_heads, _, d_head = self.pool.shape
        wanted = (n_layers, n_kv_heads, len(ids), d_head)
        if k.shape != wanted or v.shape != wanted:
            raise ValueError(f"k {k.shape} and v {v.shape} must both be {wanted}")
        self.reserve(len(ids))
        for layer in range(n_layers):
            self.write(layer, k[layer], v[layer])
        self.advance(ids)
