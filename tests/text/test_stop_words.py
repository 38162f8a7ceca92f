"""Lists of stop words: each measure against its definition written out, what it finds in real text, and the standard lists."""

import math
import re
from collections import Counter
from typing import get_args

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from nlpjourney.assets import corpora
from nlpjourney.text.stop_words import Measure, derive, score_words, standard

TABLE = np.array([[3, 1, 0, 2], [3, 0, 4, 0], [6, 0, 4, 0]])  # 3 texts, 4 words


def test_counts():
    assert score_words(csr_matrix(TABLE), "frequency").tolist() == [12, 1, 8, 2]
    assert score_words(csr_matrix(TABLE), "document_frequency").tolist() == [3, 1, 2, 1]


def test_entropy_by_its_definition():
    got = score_words(csr_matrix(TABLE), "entropy")
    for column, value in zip(TABLE.T, got):
        shares = [n / column.sum() for n in column if n]
        assert value == pytest.approx(-sum(p * math.log(p, 3) for p in shares))
    assert got[1] == got[3] == 0


def test_divergence_by_its_definition():
    got = score_words(csr_matrix(TABLE), "divergence")
    lengths = TABLE.sum(axis=1)
    for column, value in zip(TABLE.T, got):
        rows = [(n / column.sum(), length / lengths.sum()) for n, length in zip(column, lengths) if n]
        assert value == pytest.approx(-sum(p * math.log2(p / q) for p, q in rows))
    # A word with the same share everywhere tells nothing, and nothing tells less.
    even = csr_matrix(np.array([[1, 9], [2, 18], [5, 45]]))
    assert score_words(even, "divergence") == pytest.approx([0, 0])


def test_random_sampling_by_its_definition():
    # Whatever is drawn of the first two words, their documents are the same two.
    table = np.array([[2, 1, 1], [1, 1, 5], [0, 0, 9]])
    rng = np.random.default_rng(3)
    total, n_drawn = np.zeros(3), np.zeros(3)
    for word in rng.choice(3, size=200):
        here = table[table[:, word] > 0].sum(axis=0)
        weights = [p * math.log2(p / q) for p, q in zip(here / here.sum(), table.sum(axis=0) / table.sum())]
        if max(weights) > 0:
            total += np.array(weights) / max(weights)
            n_drawn += 1
    assert score_words(csr_matrix(table), "random_sampling", seed=3) == pytest.approx(-total / n_drawn)


@pytest.mark.parametrize("measure", get_args(Measure))
def test_the_counts_given_stay_and_zeros_do_not_count(measure):
    table = csr_matrix(TABLE)
    table.data[1] = 0  # stored, but zero: now word 1 never occurs
    before = table.copy()
    with pytest.raises(ValueError, match="word 1 occurs in no document"):
        score_words(table, measure)
    assert (table != before).nnz == 0 and table.dtype == before.dtype
    one = csr_matrix(np.array([[2, 1]]))
    assert np.isfinite(score_words(one, measure)).all()


@pytest.mark.parametrize("measure", ["frequency", "document_frequency", "entropy", "divergence"])
def test_news_show_the_words_of_the_standard_list(measure):
    background, _, _ = corpora.lee_news()
    found = derive(background, 50, measure, min_df=5)
    assert len(set(found)) == 50
    assert sum(word in standard() for word in found) >= 30


def test_frequency_is_a_count_and_ties_are_alphabetical():
    background, _, _ = corpora.lee_news()
    counts = Counter(re.findall(r"\w+(?:['’]\w+)*", "\n".join(background).lower()))
    expected = sorted(counts, key=lambda word: (-counts[word], word))[:300]
    assert derive(background, 300, "frequency") == expected


def test_the_same_seed_gives_the_same_list():
    background, _, _ = corpora.lee_news()
    lists = [derive(background, 40, "random_sampling", min_df=5, seed=seed) for seed in (1, 1, 2)]
    assert lists[0] == lists[1] != lists[2]


def test_standard_lists():
    assert {"the", "not", "don't", "themselves"} <= standard() and len(standard()) > 150
    assert "nicht" in standard("german")
    with pytest.raises(ValueError, match=r"'klingon'; there are albanian, arabic"):
        standard("klingon")


def test_errors():
    with pytest.raises(ValueError, match=r"unknown measure 'zipf'; there are"):
        derive(["a b"], 3, "zipf")
    with pytest.raises(TypeError, match="brackets"):
        derive("a b")
    with pytest.raises(ValueError, match="no feature is left"):
        derive(["a", "b"], min_df=2)
