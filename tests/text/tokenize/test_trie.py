"""The double array against a dictionary."""

from hypothesis import given, settings
from hypothesis import strategies as st

from nlpjourney.text.tokenize.trie import build_trie, child


def find(trie, word, root=0):
    node = root
    for byte in word:
        node = child.py_func(trie, node, byte)
        if node < 0:
            return -1
    return trie.ids[node]


SHORT = st.lists(st.sampled_from([0, 1, 97, 98, 255]), max_size=4).map(bytes)


@given(
    st.sets(st.one_of(SHORT.filter(len), st.binary(min_size=1, max_size=6)), max_size=60), st.lists(SHORT, max_size=20)
)
@settings(max_examples=80, deadline=None)
def test_finds_what_is_in_it_and_nothing_else(pieces, others):
    numbers = {piece: i for i, piece in enumerate(sorted(pieces))}
    trie = build_trie(list(numbers), list(numbers.values()))
    for word in [*pieces, *others, b"\x00", b"\xff", b"zz"]:
        assert find(trie, word) == numbers.get(word, -1)


def test_roots_are_apart():
    trie = build_trie([b"ab", b"ab", b"c"], [5, 6, 7], roots=[0, 1, 1])
    assert [find(trie, b"ab"), find(trie, b"ab", root=1), find(trie, b"c"), find(trie, b"c", root=1)] == [5, 6, -1, 7]


def test_no_pieces():
    trie = build_trie([], [])
    assert find(trie, b"\x00") == -1 and find(trie, b"a") == -1
