"""The paged cache: the same attention as with one long array, whatever texts begin, fork, grow and end."""

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from nlpjourney.llm.blocks.tiled_attention import flash_attention
from nlpjourney.llm.cache.paged import OutOfBlocks, PagedCache

N_KV, D, BLOCK, N_BLOCKS = 2, 4, 3, 8


class Server(RuleBasedStateMachine):
    """Random texts; beside the cache each text's keys and values are kept whole."""

    @initialize()
    def begin(self):
        self.cache = PagedCache(N_BLOCKS, BLOCK, N_KV, D)
        self.rng = np.random.default_rng(0)
        self.kept = {}

    @rule()
    def start(self):
        self.kept[self.cache.start()] = np.zeros((2, N_KV, 0, D), np.float32)

    @precondition(lambda self: self.kept)
    @rule(data=st.data(), n=st.integers(0, 7))
    def append(self, data, n):
        text = data.draw(st.sampled_from(sorted(self.kept)))
        new = self.rng.standard_normal((2, N_KV, n, D)).astype(np.float32)
        free, before = self.cache.n_free, self.cache.blocks(text)
        try:
            self.cache.append(text, *new)
        except OutOfBlocks:
            assert (self.cache.n_free, self.cache.blocks(text)) == (free, before)
            return
        self.kept[text] = np.concatenate([self.kept[text], new], axis=2)

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def fork(self, data):
        text = data.draw(st.sampled_from(sorted(self.kept)))
        free = self.cache.n_free
        self.kept[self.cache.fork(text)] = self.kept[text].copy()
        assert self.cache.n_free == free  # nothing is copied yet

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def end(self, data):
        text = data.draw(st.sampled_from(sorted(self.kept)))
        self.cache.end(text)
        del self.kept[text]

    @invariant()
    def no_block_is_lost_or_used_twice(self):
        if not hasattr(self, "cache"):
            return
        used = {block for text in self.kept for block in self.cache.blocks(text)}
        assert len(used) + self.cache.n_free == N_BLOCKS
        for text, kept in self.kept.items():
            assert self.cache.length(text) == kept.shape[2]
            assert len(self.cache.blocks(text)) == -(-kept.shape[2] // BLOCK)

    @invariant()
    def attention_is_that_of_the_whole(self):
        for text, (k, v) in getattr(self, "kept", {}).items():
            if k.shape[1]:
                q = np.ones((4, D), np.float32)
                expected = flash_attention(q[:, None], k, v, causal=False)[0][:, 0]
                assert np.allclose(self.cache.attend(text, q), expected, atol=1e-5)


TestServer = Server.TestCase
TestServer.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


def test_a_shared_beginning_is_stored_once():
    cache = PagedCache(100, 16, 1, 2)
    prompt = cache.start()
    cache.append(prompt, np.ones((1, 160, 2)), np.ones((1, 160, 2)))
    answers = [cache.fork(prompt) for _ in range(8)]
    for answer in answers:
        cache.append(answer, np.ones((1, 5, 2)), np.ones((1, 5, 2)))
    assert cache.n_free == 100 - 10 - 8


def test_who_writes_into_a_shared_block_gets_a_copy():
    """Both go on from the middle of a block: neither may see what the other wrote."""
    rng = np.random.default_rng(1)
    cache = PagedCache(10, 4, 1, 2)
    start, mine, others = (rng.standard_normal((2, 1, n, 2)).astype(np.float32) for n in (6, 1, 1))
    first = cache.start()
    cache.append(first, *start)
    second = cache.fork(first)
    cache.append(first, *mine)
    cache.append(second, *others)
    assert cache.blocks(first)[0] == cache.blocks(second)[0] and cache.blocks(first)[1] != cache.blocks(second)[1]
    q = np.ones((1, 2), np.float32)
    for text, own in ((first, mine), (second, others)):
        k, v = np.concatenate([start, own], axis=2)
        expected = flash_attention(q[:, None], k, v, causal=False)[0][:, 0]
        assert np.allclose(cache.attend(text, q), expected, atol=1e-6)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        PagedCache(0, 16, 1, 2)
    cache = PagedCache(2, 4, 1, 2)
    text = cache.start()
    with pytest.raises(ValueError, match="no tokens yet"):
        cache.attend(text, np.ones((1, 2), np.float32))
    with pytest.raises(ValueError, match=r"must both be \(1, T, 2\)"):
        cache.append(text, np.ones((2, 3, 2)), np.ones((2, 3, 2)))
    with pytest.raises(OutOfBlocks, match="9 tokens need 3 blocks, and 2 are free"):
        cache.append(text, np.ones((1, 9, 2)), np.ones((1, 9, 2)))
    cache.end(text)
    with pytest.raises(KeyError, match="perhaps it has ended"):
        cache.end(text)
