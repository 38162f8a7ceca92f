"""MinHash against exact Jaccard similarity."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpjourney.llm.data import MinHash, jaccard


def plain_shingles(text: str, n: int) -> set[tuple[str, ...]]:
    words = text.split()
    return {tuple(words[i : i + n]) for i in range(max(1, len(words) - n + 1))} if words else set()


@given(
    st.lists(st.sampled_from("abcd"), max_size=30), st.lists(st.sampled_from("abcd"), max_size=30), st.integers(1, 4)
)
def test_shingles_are_those_of_the_definition(a, b, n):
    """The hashes stand for the runs of words: the same sizes, and the same similarity."""
    first, second = " ".join(a), " ".join(b)
    sets = plain_shingles(first, n), plain_shingles(second, n)
    hasher = MinHash(shingle=n)
    hashed = hasher.shingles(first), hasher.shingles(second)
    assert [len(h) for h in hashed] == [len(s) for s in sets]
    union = sets[0] | sets[1]
    assert jaccard(*hashed) == (len(sets[0] & sets[1]) / len(union) if union else 1.0)


@pytest.mark.parametrize("shared", [0, 150, 300, 450, 500])
def test_signatures_estimate_the_similarity(shared):
    rng = np.random.default_rng(shared)
    numbers = rng.integers(2**63, size=1000 - shared, dtype=np.uint64)
    a, b = numbers[:500], numbers[500 - shared :]
    exact = jaccard(np.unique(a), np.unique(b))
    hasher = MinHash(n_bands=64, rows=16)
    estimate = hasher.estimate(hasher.signature(a), hasher.signature(b))
    assert abs(estimate - exact) < 4 * np.sqrt(exact * (1 - exact) / 1024) + 1e-12


def test_the_chance_of_becoming_a_candidate_is_the_formula():
    """Measured over many pairs of similarity 1/2."""
    hasher = MinHash(n_bands=4, rows=2)
    rng = np.random.default_rng(0)
    found, n = 0, 400
    for _ in range(n):
        numbers = rng.integers(2**63, size=60, dtype=np.uint64)
        found += len(list(hasher.candidates([hasher.signature(numbers[:45]), hasher.signature(numbers[15:])]))) > 0
    expected = hasher.chance(30 / 60)
    assert abs(found / n - expected) < 4 * np.sqrt(expected * (1 - expected) / n)


def test_near_duplicates_go_and_the_first_stays():
    rng = np.random.default_rng(0)
    base = [" ".join(f"w{rng.integers(5000)}" for _ in range(200)) for _ in range(40)]
    copies = [text.replace(text.split()[100], "other", 1).upper() + "!" for text in base[:10]]
    result = MinHash().deduplicate([*base, *copies, "", ""], threshold=0.8)
    assert result.removed == {**{40 + i: i for i in range(10)}, 51: 50}
    assert result.kept == [*range(40), 50]


def test_a_text_below_the_threshold_stays():
    a, b = "a b c d e f g h i j", "a b c d e v w x y z"
    hasher = MinHash(n_bands=64, rows=1, shingle=1)
    assert jaccard(hasher.shingles(a), hasher.shingles(b)) == pytest.approx(1 / 3)
    assert hasher.deduplicate([a, b], threshold=0.34).removed == {}
    assert hasher.deduplicate([a, b], threshold=1 / 3).removed == {1: 0}


def test_wrong_settings_are_refused():
    with pytest.raises(ValueError, match="at least 1"):
        MinHash(rows=0)
    with pytest.raises(ValueError, match="threshold"):
        MinHash().deduplicate([], threshold=0)
