"""The paged cache: what a text holds is what was put into it, whatever texts begin, fork, go back, grow and end beside it."""

import gc
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from nlpjourney.llm.cache import OutOfPages, PagedCache, PagePool

LAYERS, N_KV, D, SIZE, N_PAGES = 2, 2, 4, 3, 9
TOKENS = st.lists(st.integers(0, 1), min_size=1, max_size=7)  # so few that texts often begin alike


def numbers(ids):
    """Keys and values (2, layers, heads, len(ids), d), which depend on all tokens up to their own, as a model's do."""
    each = [
        np.random.default_rng([7, *ids[: i + 1]]).standard_normal((2, LAYERS, N_KV, D), np.float32)
        for i in range(len(ids))
    ]
    return np.stack(each, axis=3) if each else np.zeros((2, LAYERS, N_KV, 0, D), np.float32)


def add(text, ids):
    new = numbers([*text.ids, *ids])[:, :, :, len(text) :]
    text.append(ids, new[0], new[1])


class Texts(RuleBasedStateMachine):
    """Random texts; beside each cache its tokens are kept. Numbers that are not those of its tokens would be somebody else's."""

    @initialize(n_kept=st.integers(0, 3))
    def begin(self, n_kept):
        self.pool = PagePool(LAYERS, N_KV, D, page_size=SIZE, n_pages=N_PAGES, n_kept=n_kept)
        self.texts = []

    @precondition(lambda self: len(self.texts) < 4)
    @rule(ids=TOKENS)
    def start(self, ids):
        text = self.pool.start(ids)
        assert text.ids == ids[: len(text)] and len(text) % SIZE == 0
        # Of texts that live; one that was cut within a page still holds what the page holds.
        of_others = {page for other, _ in self.texts for page in other.pages}
        assert len(text) <= len(ids) // SIZE * SIZE and (self.pool.n_kept or of_others.issuperset(text.pages))
        self.texts.append((text, list(text.ids)))
        self.add(len(self.texts) - 1, ids[len(text) :])

    @precondition(lambda self: self.texts)
    @rule(data=st.data(), ids=TOKENS)
    def append(self, data, ids):
        self.add(data.draw(st.integers(0, len(self.texts) - 1)), ids)

    def add(self, i, ids):
        text, kept = self.texts[i]
        used, pages = self.pool.n_used, list(text.pages)
        try:
            add(text, ids)
        except OutOfPages:
            assert (self.pool.n_used, text.pages, text.ids) == (used, pages, kept)
            return
        kept += ids

    @precondition(lambda self: 0 < len(self.texts) < 4)
    @rule(data=st.data())
    def fork(self, data):
        text, kept = self.texts[data.draw(st.integers(0, len(self.texts) - 1))]
        used = self.pool.n_used
        self.texts.append((text.fork(), list(kept)))
        assert self.pool.n_used == used  # nothing is copied yet

    @precondition(lambda self: self.texts)
    @rule(data=st.data())
    def truncate(self, data):
        text, kept = self.texts[data.draw(st.integers(0, len(self.texts) - 1))]
        length = data.draw(st.integers(0, len(kept)))
        text.truncate(length)
        del kept[length:]

    @precondition(lambda self: self.texts)
    @rule(data=st.data())
    def end(self, data):
        self.texts.pop(data.draw(st.integers(0, len(self.texts) - 1)))

    @invariant()
    def no_page_is_lost_or_used_twice(self):
        if not hasattr(self, "pool"):
            return
        used = {page for text, _ in self.texts for page in text.pages}
        assert self.pool.n_used == len(used) <= N_PAGES
        for page in used:
            assert page.users == sum(page in text.pages for text, _ in self.texts)
        assert len(self.pool._kept) <= min(self.pool.n_kept, N_PAGES - len(used))
        for text, kept in self.texts:
            assert text.ids == kept and len(text.pages) == -(-len(kept) // SIZE)

    @invariant()
    def every_text_holds_the_numbers_of_its_own_tokens(self):
        for text, kept in getattr(self, "texts", []):
            expected = numbers(kept)
            for layer in range(LAYERS):
                assert np.array_equal(np.stack(text.read(layer)), expected[:, layer])


TestTexts = Texts.TestCase
TestTexts.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


def pool_of(**more):
    return PagePool(LAYERS, N_KV, D, page_size=4, **more)


def test_a_shared_beginning_is_stored_once():
    pool = pool_of()
    prompt = pool.start()
    add(prompt, [*range(20)])
    answers = [prompt.fork() for _ in range(8)]
    for answer in answers:
        add(answer, [1, 2, 3])
    assert pool.n_used == 5 + 8


def test_who_writes_into_a_shared_page_gets_a_copy():
    """Both go on from the middle of a page: neither may see what the other wrote."""
    first = pool_of().start()
    add(first, [1, 2, 3, 4, 5, 6])
    second = first.fork()
    add(first, [7])
    add(second, [8])
    assert first.pages[0] is second.pages[0] and first.pages[1] is not second.pages[1]
    for text in (first, second):
        assert np.array_equal(np.stack(text.read(1)), numbers(text.ids)[:, 1])


def test_pages_that_were_reserved_only_are_not_shared():
    """As when reading was interrupted: both write where nobody has written yet, each for itself."""
    first = pool_of().start()
    add(first, [1, 2, 3, 4])
    first.reserve(6)
    second = first.fork()
    add(first, [5, 6])
    add(second, [7, 8])
    for text in (first, second):
        assert np.array_equal(np.stack(text.read(0)), numbers(text.ids)[:, 0])


def test_a_prompt_begins_with_the_pages_of_others():
    """Of texts that live; of those that are gone as far as pages are kept, the latest first."""
    pool = pool_of(n_kept=2)
    text = pool.start([1, 2, 3])
    assert len(text) == 0
    add(text, [1, 2, 3, 4, 5, 6, 7, 8, 9])
    again = pool.start([1, 2, 3, 4, 5, 6, 7, 8, 0])
    assert again.pages == text.pages[:2] and again.ids == [1, 2, 3, 4, 5, 6, 7, 8]
    assert len(pool.start([1, 2, 3, 4, 5, 0, 0, 0])) == 4 and len(pool.start([2, 2, 3, 4])) == 0
    del text, again
    assert pool.n_used == 0 and len(pool.start([1, 2, 3, 4, 5, 6, 7, 8])) == 8
    for start in (20, 40):  # others push the two pages out
        other = pool.start()
        add(other, [*range(start, start + 4)])
        del other
    assert len(pool.start([1, 2, 3, 4])) == 0 and len(pool.start([*range(40, 44)])) == 4


def test_a_beginning_is_kept_longer_than_what_follows_it():
    pool = pool_of(n_kept=1)
    text = pool.start()
    add(text, [*range(8)])
    del text
    assert len(pool.start([*range(8)])) == 4


def test_embeddings_are_nobodys_beginning():
    pool = pool_of()
    text = pool.start()
    add_numbers = np.zeros((LAYERS, N_KV, 8, D), np.float32)
    text.append([1, -1, 3, 4, 5, 6, 7, 8], add_numbers, add_numbers)
    assert len(pool.start([1, -1, 3, 4])) == 0 and len(pool.start([5, 6, 7, 8])) == 0


def test_a_text_that_is_collected_while_the_pool_works_gives_its_pages_back():
    """Python may collect a text at any moment, even while this thread is inside the pool."""
    pool = pool_of(n_pages=2)

    class Cycle:
        pass

    cycle = Cycle()
    cycle.me, cycle.text = cycle, pool.start()
    add(cycle.text, [*range(8)])
    del cycle
    done = threading.Event()

    def collect_inside():
        with pool._lock:
            gc.collect()
        done.set()

    threading.Thread(target=collect_inside, daemon=True).start()
    assert done.wait(10)
    assert len(pool.take(2)) == 2


def test_threads_take_share_and_give_back():
    pool = pool_of(n_kept=4)

    def work(seed):
        rng = np.random.default_rng(seed)
        for _ in range(30):
            ids = rng.integers(0, 2, rng.integers(1, 20)).tolist()
            text = pool.start(ids)
            add(text, ids[len(text) :])
            other = text.fork()
            add(other, [5])
            for each in (text, other):
                assert np.array_equal(np.stack(each.read(0)), numbers(each.ids)[:, 0])

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))
    gc.collect()
    assert pool.n_used == 0


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        PagePool(1, 1, 2, n_pages=0)
    text = PagedCache(pool_of(n_pages=2))
    wrong = np.ones((LAYERS, N_KV, 3, D), np.float32)
    with pytest.raises(ValueError, match=r"must both be \(2, 2, 2, 4\)"):
        text.append([1, 2], wrong, wrong)
    with pytest.raises(OutOfPages, match="3 more pages are needed, and 2 are free"):
        add(text, [*range(9)])
    with pytest.raises(ValueError, match="has 0 tokens, it cannot be cut to 1"):
        text.truncate(1)
