"""Fuzzy words: the banded table against the whole one."""

from itertools import product

from nlpjourney.tasks.search.server.matching import within


def distance(a: str, b: str) -> int:
    """Optimal string alignment, the whole table."""
    d = {(i, j): i + j for i in range(len(a) + 1) for j in range(len(b) + 1) if i == 0 or j == 0}
    for i, j in product(range(1, len(a) + 1), range(1, len(b) + 1)):
        d[i, j] = min(d[i - 1, j] + 1, d[i, j - 1] + 1, d[i - 1, j - 1] + (a[i - 1] != b[j - 1]))
        if i > 1 and j > 1 and a[i - 2 : i] == b[j - 2 : j][::-1]:
            d[i, j] = min(d[i, j], d[i - 2, j - 2] + 1)
    return d[len(a), len(b)]


def test_within_is_the_edit_distance():
    words = ["".join(letters) for n in range(5) for letters in product("ab", repeat=n)] + [
        "abcde",
        "abdce",
        "bacde",
        "xabcde",
    ]
    for a, b in product(words, words):
        for edits in range(3):
            assert within(a, b, edits) is (distance(a, b) <= edits), (a, b, edits)
